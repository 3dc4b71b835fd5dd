//! No file uses one that uses it, directly or by way of others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::SourceFile;
use super::code::code;
use super::source;

/// Circles that stay: the files, and why they are parts of one small thing.
const CIRCLES: &[(&[&str], &str)] = &[
    (
        &["commands/clock/confirm.rs", "commands/clock/confirm_text.rs"],
        "an answer, and its words",
    ),
    (
        &[
            "commands/explain/answer.rs",
            "commands/explain/entries.rs",
            "commands/explain/forecast.rs",
            "commands/explain/log_records.rs",
            "commands/explain/messages.rs",
            "commands/explain/present.rs",
        ],
        "an answer, and its sections",
    ),
    (
        &["commands/imports/held.rs", "commands/imports/subscribers.rs"],
        "an import, and what becomes of a held one",
    ),
    (
        &["commands/report/equipment.rs", "commands/report/figures.rs"],
        "the figures of a report, and a part of them",
    ),
    (
        &["commands/statistics/spreadsheet.rs", "commands/statistics/stats.rs"],
        "an answer, and the same as a file",
    ),
    (
        &["commands/status/answer.rs", "commands/status/text.rs"],
        "an answer, and its words",
    ),
];

/// Files by the path of their module, such as `store::write`.
type Modules<'a> = BTreeMap<Vec<&'a str>, &'a str>;

/// The files that each file uses.
type Graph<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

fn module_path(name: &str) -> Vec<&str> {
    let path = name.trim_end_matches(".rs");
    path.strip_suffix("/mod").unwrap_or(path).split('/').collect()
}

/// A word of the code, or `::`, or another sign.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("::") {
            2
        } else if first.is_alphanumeric() || first == '_' {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

/// Takes the paths that begin at this token, with all that their braces name; gives where they end.
fn take_paths<'a>(tokens: &[&'a str], begin: usize, before: &[&'a str], found: &mut Vec<Vec<&'a str>>) -> usize {
    let mut path = before.to_vec();
    let mut at = begin;
    loop {
        match tokens.get(at) {
            Some(&"{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != "}") {
                    at = take_paths(tokens, at, &path, found).max(at + 1);
                    while tokens.get(at).is_some_and(|token| !["}", ","].contains(token)) {
                        at += 1;
                    }
                    at += usize::from(tokens.get(at) == Some(&","));
                }
                return at + 1;
            }
            Some(word) if word.starts_with(|c: char| c.is_alphanumeric() || c == '_') => path.push(word),
            _ => break,
        }
        at += 1;
        if tokens.get(at) != Some(&"::") {
            break;
        }
        at += 1;
    }
    found.push(path);
    at
}

/// Returns the file that a path in a module leads into.
fn file_of<'a>(path: &[&'a str], module: &[&'a str], modules: &Modules<'a>) -> Option<&'a str> {
    let full = match path.split_first()? {
        (&"crate", rest) => rest.to_vec(),
        (&"self", rest) => [module, rest].concat(),
        (&"super", _) => {
            let ups = path.iter().take_while(|step| **step == "super").count();
            [module.get(..module.len().checked_sub(ups)?)?, &path[ups..]].concat()
        }
        _ => [module, path].concat(),
    };
    (1..=full.len())
        .rev()
        .find_map(|length| modules.get(&full[..length]).copied())
}

fn graph<'a>(files: &'a [SourceFile], codes: &'a [String]) -> Graph<'a> {
    let modules: Modules<'a> = files
        .iter()
        .filter(|file| file.name.contains('/'))
        .map(|file| (module_path(&file.name), file.name.as_str()))
        .collect();
    let mut graph = Graph::new();
    for (file, code) in files.iter().zip(codes) {
        let Some(module) = modules
            .iter()
            .find(|(_, name)| **name == file.name)
            .map(|(path, _)| path)
        else {
            continue;
        };
        let tokens = tokens(code);
        let mut paths = Vec::new();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let child = [module.as_slice(), &[token]].concat();
            let begins = ["crate", "super", "self"].contains(token) || modules.contains_key(&child);
            let goes_on = at.checked_sub(1).and_then(|before| tokens.get(before)) == Some(&"::");
            if begins && !goes_on && tokens.get(at + 1) == Some(&"::") {
                at = take_paths(&tokens, at, &[], &mut paths);
            } else {
                at += 1;
            }
        }
        let used = paths.iter().filter_map(|path| file_of(path, module, &modules));
        graph.insert(&file.name, used.filter(|used| *used != file.name).collect());
    }
    graph
}

/// Returns the shortest way from a file back to itself.
fn circle_of<'a>(graph: &Graph<'a>, file: &'a str) -> Option<Vec<&'a str>> {
    let mut ways = VecDeque::from([vec![file]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in graph.get(way.last()?)? {
            if *next == file {
                return Some(way);
            }
            if seen.insert(*next) {
                ways.push_back([way.as_slice(), &[*next]].concat());
            }
        }
    }
    None
}

/// Returns the circles, each once, beginning with the first of its files.
fn circles<'a>(graph: &Graph<'a>) -> Vec<Vec<&'a str>> {
    let mut circles: Vec<Vec<&str>> = Vec::new();
    for file in graph.keys() {
        let Some(circle) = circle_of(graph, file) else { continue };
        let is_known = circles
            .iter()
            .any(|known| known.len() == circle.len() && circle.iter().all(|file| known.contains(file)));
        if !is_known {
            circles.push(circle);
        }
    }
    circles
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let files = source();
    let codes: Vec<String> = files.iter().map(code).collect();
    let graph = graph(&files, &codes);
    let mut unused: Vec<&[&str]> = CIRCLES.iter().map(|(files, _)| *files).collect();
    let mut wrong = Vec::new();
    for circle in circles(&graph) {
        let is_part = |allowed: &&[&str]| circle.iter().all(|file| allowed.contains(file));
        match CIRCLES.iter().map(|(files, _)| *files).find(is_part) {
            Some(allowed) => unused.retain(|files| *files != allowed),
            None => wrong.push(format!("src/{}: {} → {}", circle[0], circle.join(" → "), circle[0])),
        }
    }
    wrong.extend(
        unused
            .iter()
            .map(|files| format!("an exception for what is no circle: {}", files.join(", "))),
    );
    assert!(
        wrong.is_empty(),
        "files that use each other; move what both need below both:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn a_circle_is_found_by_every_way_of_naming_a_file() {
    let file = |name: &str, text: &str| SourceFile {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let files = [
        file("a/mod.rs", "pub mod b;\npub mod c;\nfn f() { c::g() }"),
        file("a/b.rs", "use crate::{d::{e::E, f::F}, x::Y as Z};"),
        file("a/c.rs", "use super::b::B; // crate::a::f"),
        file("d/e.rs", "fn h() -> crate::a::c::C { \"crate::d::f\" }"),
        file("d/f.rs", "use self::G;"),
    ];
    let codes: Vec<String> = files.iter().map(code).collect();
    let graph = graph(&files, &codes);
    assert_eq!(circles(&graph), [vec!["a/b.rs", "d/e.rs", "a/c.rs"]]);
    assert!(graph["a/mod.rs"].contains("a/c.rs"), "{graph:?}");
    assert!(graph["a/b.rs"].contains("d/f.rs"), "{graph:?}");
}
