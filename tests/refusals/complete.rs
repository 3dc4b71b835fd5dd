//! No refusal, warning or alert of the source is missing in the catalogue.

use std::fs;

use super::scan::{Text, texts};
use super::{PAGES, folder};

/// Texts that no case provokes, by a piece of each, and why.
const LEFT: &[(&str, &str)] = &[];

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

#[test]
#[ignore = "the catalogue is being filled"]
fn no_text_of_the_source_is_missing() {
    let shown = shown();
    let missing: Vec<Text> = texts()
        .into_iter()
        .filter(|text| !shown.iter().any(|shown| text.is_in(shown)))
        .filter(|text| !LEFT.iter().any(|(piece, _)| text.literal.contains(piece)))
        .collect();
    let told: Vec<String> = missing
        .iter()
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
fn what_is_left_out_is_there_and_is_not_provoked() {
    let (shown, texts) = (shown(), texts());
    for (piece, _) in LEFT {
        let meant: Vec<&Text> = texts.iter().filter(|text| text.literal.contains(piece)).collect();
        assert!(!meant.is_empty(), "no text of the source holds `{piece}` any more");
        for text in meant {
            assert!(
                !shown.iter().any(|shown| text.is_in(shown)),
                "`{piece}` is in the catalogue: take it from the list of those that are not"
            );
        }
    }
}
