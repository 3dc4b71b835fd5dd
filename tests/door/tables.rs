//! A table fits its width: free texts shrink first, names next, amounts never.

use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;
use weir::commands::table::{Column, Table, facts};

const COLUMNS: [Column; 4] = [
    Column::name("username"),
    Column::whole("expires_on"),
    Column::amount("balance"),
    Column::text("comment"),
];

fn widest(text: &str) -> usize {
    text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

#[test]
fn a_small_table_is_as_wide_as_it_must_be() {
    let mut table = Table::new(&COLUMNS);
    table.row(["amina", "2027-03-31", "-1500.00", "late"]);
    table.row(["bo", "", "5.00", ""]);
    assert_eq!(
        table.render(80),
        "username  expires_on   balance  comment\n\
         amina     2027-03-31  -1500.00  late\n\
         bo                        5.00\n"
    );
}

#[test]
fn an_empty_table_prints_nothing() {
    assert_eq!(Table::new(&COLUMNS).render(80), "");
}

#[test]
fn free_text_shrinks_first_and_carries_a_mark() {
    let mut table = Table::new(&COLUMNS);
    let name = "a-rather-long-username@some-isp.example";
    table.row([
        name,
        "2027-03-31",
        "-1500.00",
        "said on the phone that the money comes on Friday",
    ]);
    let text = table.render(80);
    assert!(widest(&text) <= 80, "{text}");
    assert!(text.contains(name), "{text}");
    assert!(text.contains("said on"), "{text}");
    assert!(text.contains('…'), "{text}");
}

#[test]
fn a_mark_that_widens_the_character_before_it_widens_no_line() {
    let text = "0𞅀A!𐠈a0A®®𬺰𐓘a¡A🕨00!🄀!𞹟🕯\u{fe0f}";
    let name = "𞟭AaA𞺡A a®0®A";
    for last in [Column::sentence("comment"), Column::text("comment")] {
        let mut table = Table::new(&[
            Column::name("username"),
            Column::whole("expires_on"),
            Column::amount("balance"),
            last,
        ]);
        table.row([name, "00000000000000000", ".0.00000...0..00.", text]);
        for width in 20..=90 {
            let told = table.render(width);
            assert!(widest(&told) <= usize::from(width), "{width}\n{told}");
        }
    }
}

#[test]
fn names_shrink_next_with_a_mark_and_amounts_never() {
    let mut table = Table::new(&COLUMNS);
    table.row([
        "n".repeat(128).as_str(),
        "2027-03-31",
        "-123456789012.00",
        "text that is long enough",
    ]);
    let text = table.render(80);
    assert!(widest(&text) <= 80, "{text}");
    assert!(text.contains("n…"), "{text}");
    assert!(text.contains("-123456789012.00"), "{text}");
}

#[test]
fn what_cannot_fit_becomes_a_block_per_row() {
    let columns: Vec<Column> = ["a", "b", "c", "d", "e", "f", "g", "h", "i"]
        .map(Column::amount)
        .to_vec();
    let mut table = Table::new(&columns);
    table.row(["123456789.00"; 9]);
    table.row(["1.00"; 9]);
    let text = table.render(80);
    assert!(widest(&text) <= 80, "{text}");
    assert_eq!(text.matches("123456789.00").count(), 9, "{text}");
    assert!(text.contains("\n\na  1.00\n"), "{text}");
}

#[test]
fn a_sentence_goes_on_under_itself_and_nothing_of_it_is_lost() {
    let mut table = Table::new(&[
        Column::whole("when"),
        Column::name("username"),
        Column::sentence("what"),
    ]);
    table.row(["2027-03-31", "amina", "one two three four five six"]);
    table.row(["2027-04-01", "", "short"]);
    assert_eq!(
        table.render(46),
        "when        username  what\n\
         2027-03-31  amina     one two three four five\n                      six\n\
         2027-04-01            short\n"
    );
    // Rather than break it into shreds, names are cut.
    let mut table = Table::new(&[Column::name("username"), Column::sentence("what")]);
    table.row(["n".repeat(60).as_str(), "one two three four five six seven"]);
    let text = table.render(60);
    assert!(widest(&text) <= 60 && text.contains("n…"), "{text}");
    assert!(text.contains("one two three four five\n"), "{text}");
    assert!(text.contains(" six seven\n"), "{text}");
}

#[test]
fn wide_characters_count_twice() {
    let mut table = Table::new(&[Column::name("name"), Column::amount("n")]);
    table.row(["山田太郎", "1"]);
    table.row(["ab", "22"]);
    assert_eq!(table.render(80), "name       n\n山田太郎   1\nab        22\n");
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let mut table = Table::new(&[Column::text("error")]);
    table.row(["no\u{1b}[2J\nsuch"]);
    assert_eq!(table.render(80), "error\nno\u{fffd}[2J such\n");
}

#[test]
fn facts_wrap_in_their_column() {
    let text = facts(
        &[
            ("username", "amina".to_owned()),
            ("comment", "one two three four five".to_owned()),
        ],
        24,
    );
    assert_eq!(text, "username  amina\ncomment   one two three\n          four five\n");
}

proptest! {
    #[test]
    fn no_line_is_ever_wider_than_the_width(
        width in 20u16..120,
        last in prop_oneof![Just(Column::text("comment")), Just(Column::sentence("comment"))],
        rows in proptest::collection::vec(("\\PC{0,90}", "[0-9]{0,20}", "[0-9.]{0,18}", "\\PC{0,200}"), 1..6),
    ) {
        let [name, day, amount, _] = COLUMNS;
        let mut table = Table::new(&[name, day, amount, last]);
        for (name, day, amount, text) in &rows {
            table.row([name, day, amount, text]);
        }
        let text = table.render(width);
        prop_assert!(widest(&text) <= usize::from(width), "{}", text);
        for (_, _, amount, _) in &rows {
            // In a block a value longer than its column is wrapped; nothing is left out.
            prop_assert!(width < 80 || text.contains(amount.as_str()), "{}", text);
        }
    }
}
