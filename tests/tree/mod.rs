//! The source tree keeps its own order: layers, circles, doors, names, sizes, pages.

mod circles;
mod code;
mod functions;
mod matches;
mod names;
mod system_errors;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Files longer than this say on their page why.
const LINES_MAX: usize = 600;

/// A layer, a room where the layer would pass some 25 files, a file.
const LEVELS_MAX: usize = 2;

/// Files in one folder; a layer that would have more gets rooms.
const FILES_IN_FOLDER_MAX: usize = 25;

/// Names that belong to nobody.
const NOBODYS: &[&str] = &["utils", "util", "common", "helpers", "helper", "manager", "misc"];

/// Each outside library has one door: the crate's name, and where its name may stand.
const DOORS: &[(&str, &[&str])] = &[
    ("base64::", &["gateways/encoding.rs"]),
    ("bincode::", &["store/codec.rs"]),
    ("croner::", &["rules/cron/expression.rs"]),
    ("clap::", &["cli/", "commands/"]),
    ("clap_complete::", &["cli/"]),
    ("csv::", &["import/"]),
    ("encoding_rs::", &["import/"]),
    ("lettre::", &["gateways/"]),
    ("maud::", &["report/"]),
    ("md5::", &["routers/login.rs", "sim/login.rs"]),
    ("percent_encoding::", &["gateways/encoding.rs"]),
    ("plotters::", &["report/"]),
    ("prometheus::", &["commands/status/metrics.rs"]),
    ("redb::", &["store/"]),
    ("rustix::", &["store/free_space.rs"]),
    ("rtime_clock::", &["clock/kernel.rs"]),
    ("sd_notify::", &["service/systemd.rs"]),
    (
        "strsim::",
        &[
            "config/nearest.rs",
            "import/subscriber_columns.rs",
            "rules/people/find.rs",
        ],
    ),
    ("tracing_subscriber::", &["service/"]),
    ("ureq::", &["gateways/"]),
    ("zstd::", &["archive/"]),
];

struct SourceFile {
    /// Relative to `src`.
    name: String,
    text: String,
}

fn source() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                found.push(SourceFile {
                    name,
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(found.len() > 100, "the tree was found");
    found
}

/// The layers as `lib.rs` lists them, from top to bottom.
fn layers() -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let layers: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')))
        .map(str::to_owned)
        .collect();
    assert!(layers.contains(&"rules".to_owned()), "the layers were found");
    layers
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn a_layer_uses_only_those_below_it() {
    let layers = layers();
    let height: BTreeMap<&str, usize> = layers
        .iter()
        .enumerate()
        .map(|(at, name)| (name.as_str(), at))
        .collect();
    let mut wrong = Vec::new();
    for file in source() {
        let Some((layer, _)) = file.name.split_once('/') else {
            continue;
        };
        let Some(own) = height.get(layer) else {
            panic!("`{layer}` is no layer of lib.rs");
        };
        for (line, text) in code_lines(&file.text) {
            for used in text.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let Some(other) = height.get(used.as_str()) else {
                    continue;
                };
                let beside = layer == "sim" && used != "sim" && !text.contains("crate::routers::word");
                let from_above = used == "sim" && layer != "sim" && layer != "demo";
                if (layer != "sim" && other < own) || beside || from_above {
                    wrong.push(format!("src/{}:{line}: {layer} may not use {used}", file.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_and_model_know_no_input_or_output() {
    let mut wrong = Vec::new();
    for file in source()
        .iter()
        .filter(|file| file.name.starts_with("rules/") || file.name.starts_with("model/"))
    {
        for (line, text) in code_lines(&file.text) {
            for banned in [
                "tokio",
                "redb",
                "tracing",
                "std::fs",
                "std::net::Tcp",
                "std::env",
                "std::process",
                "std::time",
            ] {
                if text.contains(banned) {
                    wrong.push(format!("src/{}:{line}: `{banned}` in a rule", file.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_outside_library_has_one_door() {
    let mut wrong = Vec::new();
    for file in source() {
        for (line, text) in code_lines(&file.text) {
            for (library, doors) in DOORS {
                let named = text.match_indices(library).any(|(at, _)| {
                    !text[..at]
                        .chars()
                        .next_back()
                        .is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
                });
                if named && !doors.iter().any(|door| file.name.starts_with(door)) {
                    wrong.push(format!("src/{}:{line}: `{library}` outside of its door", file.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pages_begin_with_a_sentence_and_files_stay_short() {
    let mut wrong = Vec::new();
    for file in source() {
        let first = file.text.lines().next().unwrap_or_default();
        let page_begins_elsewhere = ["lib.rs", "main.rs"].contains(&file.name.as_str());
        let is_sentence = first.starts_with("//! ") && (first.ends_with('.') || first.ends_with('?'));
        if !page_begins_elsewhere && !is_sentence {
            wrong.push(format!(
                "src/{}:1: the page does not begin with one plain sentence, or a question, that ends in its first line",
                file.name
            ));
        }
        let lines = file.text.lines().count();
        if lines > LINES_MAX && !file.text.contains("//! Longer than") {
            wrong.push(format!("src/{}: {lines} lines; its page does not say why", file.name));
        }
        let levels = file.name.matches('/').count();
        let stem = file.name.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        if levels > LEVELS_MAX || NOBODYS.contains(&stem) {
            wrong.push(format!(
                "src/{}: a fourth level, or a name that belongs to nobody",
                file.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_folder_can_be_read_at_a_glance() {
    let mut files: BTreeMap<String, usize> = BTreeMap::new();
    for file in source() {
        let folder = file.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        *files.entry(folder.to_owned()).or_default() += 1;
    }
    let wrong: Vec<String> = files
        .iter()
        .filter(|(_, count)| **count > FILES_IN_FOLDER_MAX)
        .map(|(folder, count)| format!("src/{folder}: {count} files; part it into rooms"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_in_the_tree_is_left_for_later() {
    let mut wrong = Vec::new();
    for file in source() {
        for (at, text) in file.text.lines().enumerate() {
            for soft in ["todo!", "unimplemented!", "FIXME", "XXX", "for now"] {
                if text.contains(soft) {
                    wrong.push(format!("src/{}:{}: `{soft}`", file.name, at + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn log_records_are_made_by_their_builder() {
    let mut wrong = Vec::new();
    for file in source().iter().filter(|file| file.name != "model/record.rs") {
        for (line, text) in code_lines(&file.text) {
            if text.contains("LogRecord {") {
                wrong.push(format!(
                    "src/{}:{line}: a record made without `LogRecord::new`",
                    file.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
