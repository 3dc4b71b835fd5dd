//! A new kind of something does not compile until each place that must know it does.
//!
//! `wildcard_enum_match_arm` of clippy sees a `_` over an enum alone; here are the others: an enum inside a tuple or an
//! option, and comparisons that silently give no to a new kind.

use std::collections::BTreeSet;

use super::code::code;
use super::names::defined_type;
use super::source;

/// Enums that get new variants as Weir grows: whoever asks about one of them matches on all.
const GROWING: &[&str] = &["AlertKind", "GatewayKind", "Purpose"];

/// Returns whether a pattern names a variant of one of these enums.
fn names_one_of(pattern: &str, enums: &BTreeSet<String>) -> bool {
    pattern.match_indices("::").any(|(at, _)| {
        let begin = pattern[..at]
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(0, |before| before + 1);
        let mut variant = pattern[at + 2..].chars();
        let is_variant =
            variant.next().is_some_and(char::is_uppercase) && variant.next().is_none_or(|c| !c.is_uppercase());
        is_variant && (enums.contains(&pattern[begin..at]) || &pattern[begin..at] == "Self")
    })
}

#[test]
fn no_match_over_our_own_enums_ends_in_a_wildcard() {
    let files = source();
    let mut enums = BTreeSet::new();
    for file in &files {
        for line in code(file).lines() {
            enums.extend(
                defined_type(line)
                    .filter(|(kind, _)| *kind == "enum")
                    .map(|(_, name)| name.to_owned()),
            );
        }
    }
    let mut wrong = Vec::new();
    for file in &files {
        let code = code(file);
        let lines: Vec<&str> = code.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            if !line.trim_start().starts_with("_ => ") {
                continue;
            }
            let arms = lines[..at]
                .iter()
                .rev()
                .take_while(|line| line.trim().is_empty() || line.len() - line.trim_start().len() >= indent)
                .filter(|line| line.len() - line.trim_start().len() == indent);
            let patterns = arms.map(|line| line.split("=>").next().unwrap_or_default());
            if patterns.into_iter().any(|pattern| names_one_of(pattern, &enums)) {
                wrong.push(format!(
                    "src/{}:{}: `_` stands for kinds that are not known yet",
                    file.name,
                    at + 1
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_question_about_a_growing_enum_is_silently_answered() {
    let mut wrong = Vec::new();
    for file in source() {
        let code = code(&file);
        let mut offset = 0;
        for (at, line) in code.lines().enumerate() {
            if let Some(begin) = line.find("matches!(") {
                let asked: String = code[offset + begin..]
                    .chars()
                    .take_while(|c| *c != ';')
                    .take(300)
                    .collect();
                let asked = asked.split_once("..").map_or(asked.as_str(), |_| asked.as_str());
                if let Some(kind) = GROWING.iter().find(|kind| asked.contains(&format!("{kind}::"))) {
                    wrong.push(format!("src/{}:{}: `matches!` over `{kind}`", file.name, at + 1));
                }
            }
            offset += line.len() + 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
