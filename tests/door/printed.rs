//! What a command prints, where, and how it ends.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use weir::cli::answer;
use weir::cli::backend::{Backend, LocalContext};
use weir::cli::progress::ProgressLine;
use weir::cli::words::Local;
use weir::commands::Reply;
use weir::commands::request::Handler;
use weir::commands::request::Request;
use weir::model::failure::Failure;

use super::double::{Double, Service};

struct House {
    socket: PathBuf,
}

impl Backend for House {
    fn socket(&self, config: &Path) -> Result<PathBuf, Failure> {
        if config.ends_with("missing.toml") {
            return Err(Failure::refused("there is no `missing.toml`", "begin with `weir init`"));
        }
        Ok(self.socket.clone())
    }

    fn open(&self, _config: &Path, _request: &Request) -> Result<Arc<dyn Handler>, Failure> {
        Ok(Arc::new(Double::default()))
    }

    fn local(&self, local: &Local, setting: &mut LocalContext<'_>) -> Result<Reply, Failure> {
        writeln!(setting.out, "told as it goes").unwrap();
        Ok(Reply::done(format!(
            "{local:?} {} {}",
            setting.config.display(),
            setting.json
        )))
    }
}

struct Ended {
    exit: u8,
    out: String,
    err: String,
}

fn at(socket: &Path, words: &[&str]) -> Ended {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let house = House {
        socket: socket.to_owned(),
    };
    let args = std::iter::once("weir").chain(words.iter().copied()).map(Into::into);
    let exit = answer(args, &house, 80, &mut out, &mut err, &mut ProgressLine::on(false, 80));
    Ended {
        exit,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

fn weir(words: &[&str]) -> Ended {
    at(Path::new("/nowhere/control.sock"), words)
}

#[test]
fn an_answer_goes_to_standard_output_and_notes_to_standard_error() {
    let ended = weir(&["plan", "--days", "1"]);
    assert_eq!(
        (ended.exit, ended.out.as_str(), ended.err.as_str()),
        (1, "planned\n", "one note\nanother\n")
    );
}

#[test]
fn the_service_and_the_file_print_the_same() {
    let service = Service::start();
    for words in [
        &["status"][..],
        &["--json", "status"],
        &["plan", "--days", "1"],
        &["ledger", "u"],
        &["subscriber", "list"],
    ] {
        let (over, here) = (at(&service.socket, words), weir(words));
        assert_eq!((over.exit, over.err), (here.exit, here.err));
        assert!(over.out == here.out, "{words:?}");
    }
    assert_eq!(
        service.double.calls.lock().unwrap().len(),
        5,
        "all went over the socket"
    );
}

#[test]
fn a_refusal_is_two_lines_on_standard_error() {
    let ended = weir(&["ledger", "u"]);
    assert_eq!(ended.exit, 1);
    assert_eq!(ended.out, "");
    assert_eq!(ended.err, "weir: `ledger` is refused\nhint: ask otherwise\n");
}

#[test]
fn with_json_a_refusal_is_an_object_beside_the_answer_that_it_has() {
    for words in [["--json", "ledger", "u"], ["ledger", "u", "--json"]] {
        let ended = weir(&words);
        assert_eq!(ended.exit, 1);
        assert_eq!(ended.out, "{\"errors\":[]}\n");
        assert_eq!(
            ended.err,
            "{\"error\":{\"what\":\"`ledger` is refused\",\"place\":null,\"way_out\":\"ask otherwise\"}}\n"
        );
    }
}

#[test]
fn help_ends_with_0_on_standard_output_and_misuse_with_2_on_standard_error() {
    let help = weir(&["--help"]);
    assert_eq!((help.exit, help.err.as_str()), (0, ""));
    assert!(help.out.contains("Usage: weir"));
    for words in [&["--json", "nonsense"][..], &[]] {
        let wrong = weir(words);
        assert_eq!((wrong.exit, wrong.out.as_str()), (2, ""));
        assert!(wrong.err.contains("Usage: weir"), "{}", wrong.err);
    }
}

#[test]
fn a_local_command_tells_as_it_goes_and_ends_with_its_answer() {
    let ended = weir(&["--json", "check", "--config", "a.toml"]);
    assert_eq!(ended.out, "told as it goes\nCheck a.toml true\n");
}

#[test]
fn a_file_is_read_where_the_command_was_typed() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("list.csv");
    std::fs::write(&name, b"ab\xff").unwrap();
    let name = name.to_str().unwrap();
    let ended = weir(&["import", "subscribers", name]);
    assert_eq!(ended.out, format!("{name} 3 {}\n", 97 + 98 + 255));
    let missing = weir(&["pay", "--file", "/nowhere/list.csv"]);
    assert_eq!(missing.exit, 1);
    assert!(
        missing
            .err
            .starts_with("weir: cannot read `/nowhere/list.csv`: there is no such file or folder"),
        "{}",
        missing.err
    );
    let dir = weir(&["pay", "--file", folder.path().to_str().unwrap()]);
    assert!(dir.err.contains("it is a folder"), "{}", dir.err);
}

#[test]
fn a_missing_configuration_is_a_refusal() {
    let ended = weir(&["status", "--config", "missing.toml"]);
    assert_eq!(ended.exit, 1);
    assert_eq!(
        ended.err,
        "weir: there is no `missing.toml`\nhint: begin with `weir init`\n"
    );
}

struct Closed(io::ErrorKind);

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure_and_a_full_disk_is() {
    for (kind, exit, told) in [
        (io::ErrorKind::BrokenPipe, 0, ""),
        (io::ErrorKind::StorageFull, 1, "weir: the answer cannot be written"),
    ] {
        let mut err = Vec::new();
        let house = House {
            socket: "/nowhere/control.sock".into(),
        };
        let args = ["weir", "status"].map(Into::into);
        let ended = answer(
            args,
            &house,
            80,
            &mut Closed(kind),
            &mut err,
            &mut ProgressLine::on(false, 80),
        );
        assert_eq!(ended, exit);
        assert!(String::from_utf8(err).unwrap().starts_with(told));
    }
}
