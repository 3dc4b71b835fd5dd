//! No refusal, warning or alert of the source is missing in the catalogue.

use std::fs;

use super::scan::{Text, texts};
use super::{PAGES, folder};

/// Texts that no page shows, and why.
const LEFT: &[(Left, &str)] = &[];

/// Which texts are left out.
enum Left {
    /// All of a folder or file, by its path below `src/`.
    Of(&'static str),
    /// Those that hold this piece.
    With(&'static str),
}

impl Left {
    fn means(&self, text: &Text) -> bool {
        match self {
            Self::Of(path) => text.place.strip_prefix("src/").unwrap().starts_with(path),
            Self::With(piece) => text.literal.contains(piece),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Of(name) | Self::With(name) => name,
        }
    }
}

/// All that the pages say, as one text for each case.
fn shown() -> Vec<String> {
    PAGES
        .iter()
        .flat_map(|page| {
            let text = fs::read_to_string(folder().join(page)).unwrap();
            text.split("\n## ").map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

fn missing() -> Vec<Text> {
    let shown = shown();
    texts()
        .into_iter()
        .filter(|text| !shown.iter().any(|shown| text.is_in(shown)))
        .collect()
}

#[test]
fn no_text_of_the_source_is_missing() {
    let told: Vec<String> = missing()
        .iter()
        .filter(|text| !LEFT.iter().any(|(left, _)| left.means(text)))
        .map(|text| format!("{}: {}", text.place, text.literal))
        .collect();
    assert!(
        told.is_empty(),
        "{} texts are in no page of tests/refusals; add a case for each:\n{}",
        told.len(),
        told.join("\n")
    );
}

#[test]
fn what_is_left_out_is_there_and_is_not_shown() {
    let missing = missing();
    for (left, _) in LEFT {
        assert!(
            missing.iter().any(|text| left.means(text)),
            "`{}` is left out of the catalogue, but no text of it is missing there any more",
            left.name()
        );
    }
}
