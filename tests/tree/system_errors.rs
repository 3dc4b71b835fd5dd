//! What the system says is worded in one place: no text holds an error of its own.

use super::{SourceFile, source};

/// What makes an error of the system; a text within so many lines that holds the error is one of it.
const SOURCES: &[&str] = &[
    "fs::",
    "File::",
    "TcpStream::",
    "UnixStream::",
    "UnixListener::",
    "io::Error",
    "io::Result",
    ".spawn(",
    "read_to_end(",
    "set_timeout(",
    "set_nodelay(",
    "block_on(",
    "peer_cred(",
];

/// How far above a text its error is made.
const LINES_ABOVE: usize = 6;

/// How a text would hold the error itself.
const RAW: &[&str] = &["{error}", "{source}", "error.to_string()", "source.to_string()"];

/// Layers that show nothing to an owner, and the place that words errors.
const LEFT: &[&str] = &["sim/", "demo/", "model/io_words.rs"];

/// Returns the lines of a file in which a text holds an error of the system.
fn raw(file: &SourceFile) -> Vec<usize> {
    let lines: Vec<&str> = file
        .text
        .split("#[cfg(test)]")
        .next()
        .unwrap_or_default()
        .lines()
        .collect();
    let holds = |at: &usize| {
        let is_raw = RAW.iter().any(|raw| lines[*at].contains(raw)) && !lines[*at].contains("io_words");
        let above = &lines[at.saturating_sub(LINES_ABOVE)..=*at];
        // What was made into an error of ours on the way is worded.
        is_raw
            && above
                .iter()
                .any(|line| SOURCES.iter().any(|source| line.contains(source)))
    };
    (0..lines.len()).filter(holds).map(|at| at + 1).collect()
}

/// Errors of ours, or of a library that holds none of the system's, that stand near one.
const OURS: &[(&str, &str)] = &[
    ("commands/routers/comparison.rs", "Err(error.to_string())"),
    ("commands/routers/comparison.rs", "|error| error.to_string()"),
    ("commands/routers/trust.rs", "asked for its serial number: {error}"),
    ("clock/kernel.rs", "({error})\""),
];

#[test]
fn no_text_holds_an_error_of_the_system_as_the_system_words_it() {
    let mut wrong = Vec::new();
    for file in source()
        .iter()
        .filter(|file| !LEFT.iter().any(|left| file.name.starts_with(left)))
    {
        for line in raw(file) {
            let text = file.text.lines().nth(line - 1).unwrap_or_default();
            if !OURS
                .iter()
                .any(|(name, words)| file.name == *name && text.contains(words))
            {
                wrong.push(format!("src/{}:{line}: {}", file.name, text.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "use `io_words::in_words`:\n{}", wrong.join("\n"));
}

#[test]
fn a_raw_error_is_seen() {
    let file = |text: &str| SourceFile {
        name: "config/x.rs".to_owned(),
        text: text.to_owned(),
    };
    assert_eq!(
        raw(&file("File::open(path)\n  .map_err(|error| format!(\"no: {error}\"))")),
        [2]
    );
    assert_eq!(
        raw(&file("File::open(path)\n  .map_err(|error| in_words(&error))")),
        [0_usize; 0]
    );
    assert_eq!(
        raw(&file("parse(text)\n  .map_err(|error| error.to_string())")),
        [0_usize; 0]
    );
}
