//! What was typed, and how is the answer shown?
//!
//! [`run`] takes a command from its arguments to its exit code. A command that needs the site's data becomes a
//! [`Request`] and goes to the service or to the opened file, whichever `control::reach` finds; any other is a
//! [`Local`](words::Local). The layers below come in as a [`Backend`], so that tests can replace them. Decides nothing
//! about the site, and must never know the store.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::cli::args::{Parsed, TypedStep};
use crate::cli::backend::{Backend, LocalContext};
use crate::commands::clock::confirm::ClockConfirm;
use crate::commands::request::Call;
use crate::commands::request::Request;
use crate::commands::{Reply, WIDTH_COLUMNS};
use crate::control::{peer, reach};
use crate::model::characters;
use crate::model::failure::Failure;
use crate::model::io_words::in_words;

pub mod args;
pub mod confirm;
pub mod failure;
pub mod progress;
pub mod words;

/// Runs one command on the streams of this process, from its arguments (the program's name first) to its exit code.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>, ground: &dyn Backend) -> ExitCode {
    let width = terminal_size::terminal_size().map_or(WIDTH_COLUMNS, |(width, _)| width.0);
    // Not locked: while `weir run` works, other threads write to standard error.
    let (mut stdout, mut stderr) = (io::stdout(), io::stderr());
    let width = if stdout.is_terminal() { width } else { WIDTH_COLUMNS };
    let mut shown = progress::ProgressLine::on(stderr.is_terminal(), width);
    ExitCode::from(answer(args, ground, width, &mut stdout, &mut stderr, &mut shown))
}

/// Runs one command as [`run`] does, on the given streams.
pub fn answer(
    args: impl IntoIterator<Item = OsString>,
    ground: &dyn Backend,
    width: u16,
    out: &mut dyn Write,
    err: &mut dyn Write,
    shown: &mut progress::ProgressLine,
) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    let wants_json = failure::wants_json(&args);
    let typed = match args::parse(args) {
        Parsed::Typed(typed) => typed,
        Parsed::Text { text, exit: 0 } => return finish(out.write_all(text.as_bytes()), out, err, 0, wants_json),
        Parsed::Text { text, exit } if wants_json => {
            let written = failure::write(&failure::of_usage(&text), true, out, err);
            return finish(written, out, err, exit, true);
        }
        Parsed::Text { text, exit } => return finish(err.write_all(text.as_bytes()), out, err, exit, false),
    };
    let ended = match &typed.step {
        TypedStep::Local(local) => ground.local(
            local,
            &mut LocalContext {
                config: &typed.config,
                json: typed.json,
                width,
                out,
                progress: shown,
            },
        ),
        TypedStep::Ask(request) => {
            let mut ask = |request: &Request| ask(&typed.config, typed.json, width, request, ground, shown);
            if matches!(request.as_ref(), Request::ClockConfirm(ClockConfirm { yes: false, .. })) {
                confirm::ask_first(&mut ask, typed.json, out, err)
            } else {
                confirm::ask_where_in_doubt(&mut ask, request, typed.json, err)
            }
        }
    };
    shown.clear();
    match ended {
        Ok(reply) => {
            let written = write_reply(&reply, typed.json, out, err);
            finish(written, out, err, reply.exit, typed.json)
        }
        Err(told) => {
            let written = failure::write(&told, typed.json, out, err);
            finish(written, out, err, told.exit.code(), typed.json)
        }
    }
}

fn ask(
    config: &Path,
    json: bool,
    width: u16,
    request: &Request,
    ground: &dyn Backend,
    shown: &mut progress::ProgressLine,
) -> Result<Reply, Failure> {
    let mut request = request.clone();
    if let Some(file) = request.file_mut() {
        file.bytes = input_file::file(Path::new(&file.name))?;
    }
    let socket = ground.socket(config)?;
    let call = Call {
        request,
        actor: peer::own_name(),
        json,
        width,
    };
    reach::reach(&socket, || ground.open(config, &call.request))?.ask(&call, shown)
}

fn write_reply(reply: &Reply, json: bool, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<()> {
    for note in &reply.notes {
        writeln!(err, "{}", failure::visible(note))?;
    }
    let payload = if json {
        characters::visible_json(&reply.payload)
    } else {
        characters::visible(&reply.payload)
    };
    out.write_all(payload.as_bytes())?;
    if !reply.payload.is_empty() && !reply.payload.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Returns the exit code once the output has been written. A reader that has gone (`weir ledger U | head`) is no
/// failure.
fn finish(written: io::Result<()>, out: &mut dyn Write, err: &mut dyn Write, exit: u8, json: bool) -> u8 {
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let told = Failure::refused(
                format!("the answer cannot be written: {}", in_words(&error)),
                "make room where the output goes; the command itself was carried out",
            );
            // Where standard error fails too, the exit code is all that is left to say.
            drop(failure::write(&told, json, out, err));
            exit.max(told.exit.code())
        }
        Ok(()) | Err(_) => exit,
    }
}
pub mod backend;
pub mod program;
pub mod input_file;
