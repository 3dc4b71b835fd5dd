//! Laws of the readers: no bytes make them panic, and what is written is read back.

use proptest::prelude::*;
use weir::import::statement_amount;
use weir::import::{statement, subscribers};
use weir::model::characters::normalised;
use weir::model::day::Day;
use weir::model::money::Money;
use weir::model::statement_format::DecimalSign;

use super::{kes, nairobi, noon};

/// Text that is nearly a table.
fn nearly_a_table() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        Just("username,expires_on,balance,service,address\n".to_owned()),
        Just("reference,date,amount,account,phone,source\n".to_owned()),
        "[a-z0-9é\",;\t\r\n .%+*()-]{0,12}",
        Just("2027-04-01".to_owned()),
        Just("\u{feff}".to_owned()),
    ];
    let cut = (prop::collection::vec(part, 0..20), any::<u8>(), any::<usize>());
    cut.prop_map(|(parts, byte, at)| {
        let mut bytes = parts.concat().into_bytes();
        if !bytes.is_empty() {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes
    })
}

/// What is read of a cell; nothing where nobody sees anything in it.
fn seen(text: &str) -> Option<String> {
    let text = normalised(text).into_owned();
    (!text.is_empty()).then_some(text)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(
        bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..300), nearly_a_table()]
    ) {
        if let Err(findings) = subscribers::read(&bytes, "x", &kes()) {
            prop_assert!(!findings.is_empty());
            prop_assert!(findings.iter().all(|finding| finding.line > 0 && finding.column > 0));
        }
        if let Ok(read) = statement::read(&bytes, "x", &[], &kes(), &nairobi(), noon()) {
            prop_assert!(read.rows.iter().all(|row| row.amount.is_positive()));
        }
    }

    #[test]
    fn subscribers_that_were_written_are_read_back(
        rows in prop::collection::vec(("[^\\p{C}\\p{Z}\u{fffd}]{1,20}", "[\\p{L}\\p{N},\"';-]{1,30}", 0..40_000_i32, -1_000_000..1_000_000_i64), 0..20),
        crlf in any::<bool>(),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut text = format!("name,username,expires_on,balance{end}");
        for (index, (username, name, day, balance)) in rows.iter().enumerate() {
            let username = quoted(&format!("{index}{username}"));
            let balance = kes().format(Money::from_minor(*balance));
            text.push_str(&format!("{},{username},{},{balance}{end}", quoted(name), Day::from_number(*day)));
        }
        let read = subscribers::read(text.as_bytes(), "x", &kes()).unwrap();
        prop_assert_eq!(read.rows.len(), rows.len());
        for (index, (row, (username, name, day, balance))) in read.rows.iter().zip(&rows).enumerate() {
            prop_assert_eq!(row.line, u32::try_from(index + 2).unwrap());
            prop_assert_eq!(row.username.to_string(), normalised(&format!("{index}{username}")).into_owned());
            prop_assert_eq!(row.name.as_ref().map(ToString::to_string), seen(name));
            prop_assert_eq!(row.expires_on, Some(Day::from_number(*day)));
            prop_assert_eq!(row.balance, Some(Money::from_minor(*balance)));
        }
    }

    #[test]
    fn payments_that_were_written_are_read_back(
        rows in prop::collection::vec(("[A-Z0-9]{1,12}", 0..20_000_i32, 1..100_000_000_i64, "[\\w,\"';-]{1,30}"), 0..20),
    ) {
        let mut text = "reference,date,amount,account\n".to_owned();
        for (reference, day, amount, account) in &rows {
            let amount = kes().format(Money::from_minor(*amount));
            text.push_str(&format!("{reference},{},{amount},{}\n", Day::from_number(*day), quoted(account)));
        }
        let read = statement::read(text.as_bytes(), "x", &[], &kes(), &nairobi(), noon()).unwrap();
        prop_assert_eq!(&read.unreadable, &[]);
        prop_assert_eq!(read.rows.len(), rows.len());
        for (row, (reference, day, amount, account)) in read.rows.iter().zip(&rows) {
            prop_assert_eq!(row.reference.as_str(), reference.as_str());
            prop_assert_eq!(row.date, Day::from_number(*day));
            prop_assert_eq!(row.amount, Money::from_minor(*amount));
            prop_assert_eq!(row.account.clone(), seen(account));
        }
    }

    #[test]
    fn an_amount_with_thousands_is_the_same_amount(cents in -100_000_000_000..100_000_000_000_i64, comma in any::<bool>()) {
        let (sign, point, decimal) = if comma { ('.', ',', DecimalSign::Comma) } else { (',', '.', DecimalSign::Point) };
        let digits = (cents.abs() / 100).to_string();
        let mut whole = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index) % 3 == 0 {
                whole.push(sign);
            }
            whole.push(digit);
        }
        let minus = if cents < 0 { "-" } else { "" };
        let text = format!("{minus}{whole}{point}{:02}", cents.abs() % 100);
        prop_assert_eq!(statement_amount::read(&text, decimal, &kes()), Ok(Some(Money::from_minor(cents))));
    }

    #[test]
    fn an_amount_that_may_be_a_thousandth_is_never_taken_unless_the_sign_is_said(
        whole in 1..1000_u32,
        fraction in 0..1000_u32,
        comma in any::<bool>(),
        before in prop_oneof![Just(""), Just("-"), Just("KES "), Just("Ksh."), Just("(")],
    ) {
        let sign = if comma { ',' } else { '.' };
        let end = if before == "(" { ")" } else { "" };
        let text = format!("{before}{whole}{sign}{fraction:03}{end}");
        let refused = statement_amount::read(&text, DecimalSign::Unsaid, &kes()).unwrap_err();
        prop_assert!(refused.contains("unclear"), "{}", refused);
        let typed = format!("{whole}{sign}{fraction:03}");
        let refused = kes().parse(&typed).unwrap_err().to_string();
        // What it tells to write is taken.
        let (told, advice) = refused.split_once("; write ").unwrap();
        let advice = if advice == "one of them" { told } else { advice };
        let advice = advice.split_once("unclear: ").map_or(advice, |(_, advice)| advice);
        let named = advice.split([' ', ';']).filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        prop_assert!(named.map(|amount| kes().parse(amount)).all(|read| read.is_ok()), "{}", refused);
    }

    #[test]
    fn rows_before_a_quote_that_is_not_closed_are_taken_and_none_after_it(
        before in 0..20_usize,
        after in 0..20_usize,
        broken in prop_oneof![
            Just("\"Mama Shop"),
            Just("\"Mama\nShop\""),
            Just("\"Mama\"Shop"),
            Just("\"\n"),
        ],
        closes in any::<bool>(),
    ) {
        let row = |n: usize| format!("R{n},2027-04-01,{n}.00,a{n}\n");
        let mut text = "reference,date,amount,account\n".to_owned();
        text.extend((1..=before).map(row));
        text.push_str(&format!("X,2027-04-01,1.00,{broken}\n"));
        text.extend((1..=after).map(|n| row(n + 100)));
        if closes {
            text.push_str("Y,2027-04-01,1.00,Duka\"\n");
        }
        let read = statement::read(text.as_bytes(), "x", &[], &kes(), &nairobi(), noon()).unwrap();
        let taken: Vec<String> = read.rows.iter().map(|row| row.reference.to_string()).collect();
        prop_assert_eq!(taken, (1..=before).map(|n| format!("R{n}")).collect::<Vec<_>>());
        prop_assert_eq!(read.unreadable.len(), 1);
        prop_assert_eq!(read.unreadable[0].line, u32::try_from(before + 2).unwrap());
    }
}
