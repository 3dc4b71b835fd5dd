//! What looks the same is the same, and what hides is shown.

use proptest::prelude::*;
use weir::model::characters::{is_invisible, look, normalised, visible, visible_json};
use weir::model::name::{Account, FullName, Login, Phone, Reference, Username};

/// One of each block of characters that nobody sees.
const UNSEEN: [char; 16] = [
    '\u{ad}',
    '\u{34f}',
    '\u{61c}',
    '\u{180e}',
    '\u{200b}',
    '\u{200d}',
    '\u{200e}',
    '\u{202a}',
    '\u{202e}',
    '\u{2060}',
    '\u{2066}',
    '\u{3164}',
    '\u{fe0f}',
    '\u{feff}',
    '\u{e0041}',
    '\u{e0100}',
];

#[test]
fn what_nobody_sees_is_part_of_no_name() {
    for unseen in UNSEEN {
        let code = u32::from(unseen);
        assert!(is_invisible(unseen), "{code:x}");
        for text in [
            format!("QK4{unseen}XW"),
            format!("QK4XW{unseen}"),
            format!("{unseen}QK4XW"),
        ] {
            assert_eq!(Username::new(&text).unwrap().as_str(), "QK4XW", "{code:x}");
            assert_eq!(Login::new(&text).unwrap().as_str(), "QK4XW", "{code:x}");
            assert_eq!(FullName::new(&text).unwrap().as_str(), "QK4XW", "{code:x}");
            assert_eq!(Account::new(&text).unwrap().as_str(), "QK4XW", "{code:x}");
            assert_eq!(Reference::new(&text).unwrap().as_str(), "QK4XW", "{code:x}");
        }
        let phone = Phone::new(&format!("+254{unseen}700000001{unseen}")).unwrap();
        assert_eq!(phone.as_str(), "+254700000001", "{code:x}");
        assert!(
            Username::new(&unseen.to_string()).is_err(),
            "{code:x}: a name of nothing"
        );
    }
    for seen in ['a', 'é', 'ß', 'ع', 'न', '़', '名', '🙂', ' ', '\u{1f3fd}'] {
        assert!(!is_invisible(seen), "{seen}");
    }
}

#[test]
fn one_spelling_of_accents_and_of_blanks() {
    assert_eq!(
        Username::new("Jose\u{301}").unwrap(),
        Username::new("Jos\u{e9}").unwrap()
    );
    assert_eq!(Account::new("A\u{a0}1\u{2009}2").unwrap().as_str(), "A 1 2");
    // Control characters are refused, not dropped.
    assert!(Reference::new("A\tB").is_err());
}

#[test]
fn what_is_printed_steers_no_terminal_and_hides_nothing() {
    assert_eq!(
        visible("core\u{202e}eroc\u{1b}[2J\nnext\tfield"),
        "core[U+202E]eroc\u{fffd}[2J\nnext\tfield"
    );
    assert_eq!(
        visible_json("{\"a\":\"x\u{200f}\u{e0041}\"}"),
        "{\"a\":\"x\\u200f\\udb40\\udc41\"}"
    );
    let back: serde_json::Value = serde_json::from_str(&visible_json("{\"a\":\"x\u{200f}\u{e0041}\"}")).unwrap();
    assert_eq!(back["a"], "x\u{200f}\u{e0041}");
}

#[test]
fn names_that_a_reader_takes_for_each_other_have_one_look() {
    for (one, other) in [
        ("amina", "Amina"),
        ("amina", "\u{430}min\u{430}"),
        ("h0me10", "home1O"),
        ("arnina", "amina"),
        ("lilian", "IiIian"),
        ("user1", "userl"),
        ("ada-1", "ada\u{2013}1"),
        ("\u{ff41}da", "ada"),
    ] {
        assert_eq!(look(one), look(other), "{one} {other}");
    }
    for (one, other) in [("amina", "amira"), ("user1", "user2"), ("jose", "jos\u{e9}")] {
        assert_ne!(look(one), look(other), "{one} {other}");
    }
}

proptest! {
    #[test]
    fn normalised_once_is_normalised(text in "\\PC{0,24}") {
        let once = normalised(&text).into_owned();
        prop_assert_eq!(normalised(&once).into_owned(), once.clone());
        prop_assert!(!once.chars().any(is_invisible));
        let shown = visible(&text);
        prop_assert!(!shown.chars().any(|c| is_invisible(c) || (c.is_control() && c != '\n' && c != '\t')));
    }
}
