//! A name of a type means one thing in the whole crate, and a name of a file is a noun.

use std::collections::BTreeMap;

use super::code::code;
use super::source;

/// Names that two types share, and why no better one was found.
const SHARED: &[(&str, &str)] = &[];

/// Files whose name ends as a participle does, and what the noun is.
const NOUNS_IN_ING: &[(&str, &str)] = &[
    ("billing", "the job, and the trade's word for charging"),
    (
        "onboarding",
        "the trade's word for adding subscribers that another system had",
    ),
    ("finding", "what a check has found"),
    ("encoding", "how a value is written"),
    ("aging", "a bookkeeper's word for sorting by age"),
    ("ending", "the end of a story"),
];

/// Returns the name of the type that a line of code defines; associated types are parts of their trait.
pub(super) fn defined_type(line: &str) -> Option<(&str, &str)> {
    let mut words = line
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty());
    let mut kind = words.next()?;
    if kind == "pub" {
        kind = words.next()?;
        if ["crate", "super", "self"].contains(&kind) {
            kind = words.next()?;
        }
    }
    let is_alias = kind == "type" && !line.starts_with(' ');
    let is_type = is_alias || ["struct", "enum", "trait", "union"].contains(&kind);
    let name = words.next()?;
    (is_type && name.starts_with(char::is_uppercase)).then_some((kind, name))
}

#[test]
fn no_two_types_share_a_name() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in source() {
        for (at, line) in code(&file).lines().enumerate() {
            if let Some((_, name)) = defined_type(line) {
                places
                    .entry(name.to_owned())
                    .or_default()
                    .push(format!("src/{}:{}", file.name, at + 1));
            }
        }
    }
    assert!(places.len() > 300, "the types were found");
    let mut wrong = Vec::new();
    for (name, places) in &places {
        let is_allowed = SHARED.iter().any(|(shared, _)| shared == name);
        if places.len() > 1 && !is_allowed {
            wrong.push(format!(
                "`{name}` is the name of {} types: {}",
                places.len(),
                places.join(", ")
            ));
        }
        if places.len() == 1 && is_allowed {
            wrong.push(format!("an exception for `{name}`, which is the name of one type"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_named_by_nouns() {
    let mut wrong = Vec::new();
    let mut unused: Vec<&str> = NOUNS_IN_ING.iter().map(|(stem, _)| *stem).collect();
    for file in source() {
        let path = file.name.trim_end_matches(".rs").trim_end_matches("/mod");
        let stem = path.rsplit('/').next().unwrap_or_default();
        let is_listed = NOUNS_IN_ING.iter().any(|(listed, _)| *listed == stem);
        if stem.ends_with("ing") && !is_listed {
            wrong.push(format!("src/{}: a participle; what is the thing called?", file.name));
        }
        unused.retain(|listed| *listed != stem);
    }
    wrong.extend(
        unused
            .iter()
            .map(|stem| format!("an exception for `{stem}`, and no such file")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
