//! The real binary: exit codes, streams, the environment.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn weir(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
    command.args(words).env_remove("WEIR_CONFIG").stdin(Stdio::null());
    command
}

fn ended(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (
        status.code().unwrap(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

fn begun(folder: &Path) -> String {
    let site = folder.join("hilltop");
    let (exit, out, err) = ended(&mut weir(&["init", site.to_str().unwrap()]));
    assert_eq!((exit, err.as_str()), (0, ""));
    assert!(out.contains("weir check"), "{out}");
    site.join("site.toml").to_str().unwrap().to_owned()
}

#[test]
fn a_new_site_passes_the_check_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = begun(folder.path());
    let (exit, out, err) = ended(&mut weir(&["--config", &file, "check"]));
    assert_eq!(exit, 0);
    assert!(out.contains("is valid"), "{out}");
    assert!(
        err.contains("secrets/core` still holds the example's password"),
        "{err}"
    );
    assert!(err.contains("\nno gateway carries messages to phones"), "{err}");
    let before = std::fs::read_to_string(&file).unwrap();
    let (exit, out, err) = ended(&mut weir(&["init", folder.path().join("hilltop").to_str().unwrap()]));
    assert_eq!((exit, out.as_str()), (1, ""));
    assert!(err.starts_with("weir: ") && err.contains("never overwritten"), "{err}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
}

#[test]
fn the_file_is_named_by_option_or_environment_and_the_option_wins() {
    let folder = tempfile::tempdir().unwrap();
    let file = begun(folder.path());
    let (exit, ..) = ended(weir(&["check"]).env("WEIR_CONFIG", &file));
    assert_eq!(exit, 0);
    let (exit, _, err) = ended(weir(&["check"]).env("WEIR_CONFIG", "/nowhere/a.toml"));
    assert_eq!(exit, 1);
    assert!(
        err.starts_with("weir: there is no configuration `/nowhere/a.toml`\nhint: "),
        "{err}"
    );
    for words in [["check", "--config", &file], ["--config", &file, "check"]] {
        let (exit, ..) = ended(weir(&words).env("WEIR_CONFIG", "/nowhere/a.toml"));
        assert_eq!(exit, 0);
    }
}

#[test]
fn a_faulty_file_is_refused_with_every_place_and_as_json_on_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let file = begun(folder.path());
    let good = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("nonsense = 1\n{good}\n[more_nonsense]\n")).unwrap();
    let (exit, out, err) = ended(&mut weir(&["check", "--json", "--config", &file]));
    assert_eq!(exit, 1);
    assert!(
        err.contains("has 2 errors:") && err.contains("site.toml:1:1: "),
        "{err}"
    );
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["findings"].as_array().unwrap().len(), 2);
    assert_eq!(answer["findings"][0]["line"], 1);
    std::fs::write(&file, b"[site]\nname = \"\xff\"\n").unwrap();
    let (exit, _, err) = ended(&mut weir(&["check", "--config", &file]));
    assert_eq!(exit, 1);
    assert!(err.contains("site.toml:2:1: this line is not UTF-8"), "{err}");
}

#[test]
fn a_running_service_is_reached_through_a_faulty_file() {
    let service = super::double::Service::start();
    let file = service.folder.path().join("site.toml");
    std::fs::write(&file, "[site]\nsocket = \"run/control.sock\"\nnonsense = 1\n[[[\n").unwrap();
    let (exit, out, err) = ended(&mut weir(&["status", "--json", "--config", file.to_str().unwrap()]));
    assert_eq!((exit, err.as_str()), (0, ""));
    assert_eq!(out, "json true width 80\n");
}

#[test]
fn usage_ends_with_2_and_help_with_0() {
    assert_eq!(ended(&mut weir(&["--json", "nonsense"])).0, 2);
    assert_eq!(ended(&mut weir(&[])).0, 2);
    let (exit, out, err) = ended(&mut weir(&["help"]));
    assert_eq!((exit, err.as_str()), (0, ""));
    assert!(out.contains("Exit codes"));
    assert_eq!(ended(&mut weir(&["completions", "zsh"])).0, 0);
}

#[test]
fn a_reader_that_goes_early_causes_no_panic() {
    let mut child = weir(&["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert_eq!(ended.status.code(), Some(0));
}
