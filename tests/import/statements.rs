//! Statements of payments: files as banks and providers give them, and each rule on rows.

use weir::import::statement::{Statement, read};
use weir::model::failure::Failure;
use weir::model::name::Source;
use weir::model::statement_format::{
    AccountAfter, CellCondition, DecimalSign, StatementColumns, StatementFormat, TextEncoding, date_format_problem,
};

use super::{kes, nairobi, noon};

fn with(bytes: &[u8], formats: &[StatementFormat]) -> Result<Statement, Failure> {
    read(bytes, "p.csv", formats, &kes(), &nairobi(), noon())
}

fn own(text: &str) -> Statement {
    with(text.as_bytes(), &[]).unwrap()
}

fn format(name: &str, names: [&str; 3], account: Option<&str>, days: &[&str]) -> StatementFormat {
    let [reference, date, amount] = names.map(str::to_owned);
    let columns = StatementColumns {
        reference,
        date,
        amount,
        account: account.map(str::to_owned),
        phone: None,
        source: None,
        payer: None,
        details: None,
    };
    let days = days.iter().map(|day| (*day).to_owned()).collect();
    StatementFormat::new(Source::new(name).unwrap(), columns, days)
}

fn condition(column: &str, value: &str) -> Option<CellCondition> {
    Some(CellCondition {
        column: column.to_owned(),
        values: vec![value.to_owned()],
    })
}

fn till() -> StatementFormat {
    let days = ["%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d-%m-%Y %H:%M"];
    let mut till = format(
        "till",
        ["Receipt No.", "Completion Time", "Paid In"],
        Some("A/C No."),
        &days,
    );
    till.columns.phone = Some("Other Party Info".to_owned());
    till.account_after = Some(AccountAfter {
        column: "Details".to_owned(),
        text: "Acc. ".to_owned(),
    });
    till.accept = condition("Transaction Status", "completed");
    till.ignore = condition("Reason Type", "Float Transfer");
    till.reverses = Some("Linked Transaction ID".to_owned());
    till
}

fn bank() -> StatementFormat {
    let mut bank = format("bank", ["Number", "Booked", "Sum"], Some("Text"), &["%d.%m.%Y"]);
    bank.decimal = DecimalSign::Comma;
    bank
}

/// line, reference, day, cents, account, phone
fn rows(statement: &Statement) -> Vec<String> {
    let rows = statement.rows.iter().map(|row| {
        let account = row.account.as_deref().unwrap_or("?");
        let phone = row.phone.as_ref().map_or("?", |phone| phone.as_str());
        let cents = row.amount.minor();
        format!("{} {} {} {cents} {account} {phone}", row.line, row.reference, row.date)
    });
    rows.collect()
}

fn unreadable(statement: &Statement) -> Vec<String> {
    let findings = statement.unreadable.iter();
    findings
        .map(|f| format!("{}:{}: {}", f.line, f.column, f.message))
        .collect()
}

fn ignored(statement: &Statement) -> Vec<(&str, u32)> {
    statement
        .ignored
        .iter()
        .map(|(reason, count)| (*reason, *count))
        .collect()
}

#[test]
fn a_statement_of_a_mobile_money_till_gives_its_payments() {
    let statement = with(include_bytes!("files/till.csv"), &[bank(), till()]).unwrap();
    assert_eq!(statement.format.as_str(), "till");
    assert_eq!(
        rows(&statement),
        [
            "7 TD80000008 2027-04-08 240000 R-0141 ?",
            "11 TD50000005 2027-04-05 90000 R-0160 254700000505"
        ]
    );
    assert!(statement.rows.iter().all(|row| row.source.as_str() == "till"));
    assert_eq!(
        ignored(&statement),
        [("failed", 1), ("footer", 1), ("money out", 2), ("own transfer", 1)]
    );
    let [taken_back] = statement.reversals.as_slice() else {
        panic!("{:?}", statement.reversals)
    };
    assert_eq!((taken_back.line, taken_back.reverses.as_str()), (9, "TD50000005"));
    assert_eq!(taken_back.reference.as_ref().unwrap().as_str(), "TD70000007");
    assert_eq!(unreadable(&statement), Vec::<String>::new());
}

#[test]
fn a_statement_of_a_bank_gives_its_payments_and_names_rows_that_cannot_be_read() {
    let statement = with(include_bytes!("files/bank.csv"), &[till(), bank()]).unwrap();
    assert_eq!(
        rows(&statement),
        [
            "4 ZX-11 2027-04-05 1240050 R-0141; April ?",
            "6 ZX-13 2027-04-07 240000 R-0150 ?"
        ]
    );
    assert_eq!(ignored(&statement), [("footer", 1), ("money out", 1)]);
    assert_eq!(
        unreadable(&statement),
        [
            "7:5: the payment has no reference; without one it could be credited twice",
            "8:2: `31.04.2027` does not match the date format of this statement (`%d.%m.%Y`)"
        ]
    );
}

#[test]
fn utf_16_with_its_mark_and_tabs_is_read() {
    let wide = format("wide", ["ref", "day", "in"], Some("note"), &["%Y/%m/%d"]);
    let statement = with(include_bytes!("files/utf16.csv"), &[wide]).unwrap();
    assert_eq!(rows(&statement), ["2 Q1 2027-04-06 120000 Zoë Müller ?"]);
    assert_eq!(ignored(&statement), [("money out", 1)]);
}

#[test]
fn bytes_that_are_not_utf_8_are_windows_1252_unless_the_format_says_otherwise() {
    let bytes = include_bytes!("files/latin.csv");
    let statement = with(bytes, &[]).unwrap();
    assert_eq!(statement.rows[0].source.as_str(), "Café €");
    let mut strict = format("strict", ["reference", "date", "amount"], Some("source"), &["%Y-%m-%d"]);
    strict.encoding = TextEncoding::Utf8;
    let statement = with(bytes, &[strict]).unwrap();
    assert_eq!(statement.rows.len(), 0);
    assert!(unreadable(&statement)[0].starts_with("2:4: the field contains bytes that are not text"));
}

#[test]
fn the_own_format_needs_three_columns_and_takes_six() {
    let statement = own("amount,reference,date\n1500,R1,2027-04-01\n");
    assert_eq!(rows(&statement), ["2 R1 2027-04-01 150000 ? ?"]);
    assert_eq!(statement.rows[0].source.as_str(), "Statement");
    let statement =
        own("Reference,Date,Amount,Account,Phone,Source\nR1,2027-04-01 08:00,1500.00,a-1,0700 000 101,Cash\n");
    assert_eq!(rows(&statement), ["2 R1 2027-04-01 150000 a-1 0700000101"]);
    assert_eq!(statement.rows[0].source.as_str(), "Cash");
}

#[test]
fn a_day_is_the_one_written_and_never_later_than_now() {
    for (written, day) in [
        ("2027-04-09", Some("2027-04-09")),
        ("2027-04-10", None),
        ("2027-04-09 12:00:00", Some("2027-04-09")),
        ("2027-04-09 12:00:01", None),
        ("2027-04-09T11:59:59", Some("2027-04-09")),
        // An offset of its own: the day at the site.
        ("2027-04-07T22:30:00Z", Some("2027-04-08")),
        ("2027-04-07T22:30:00+03:00", Some("2027-04-07")),
        ("2027-04-09T09:00:01+00:00", None),
        ("09/04/2027", None),
        ("27-04-09", None),
        ("2027-13-01", None),
        ("", None),
    ] {
        let statement = own(&format!("reference,date,amount\nR1,{written},5\n"));
        let read = statement.rows.first().map(|row| row.date.to_string());
        assert_eq!(read.as_deref(), day, "{written}");
        assert_eq!(statement.unreadable.len(), usize::from(day.is_none()), "{written}");
        assert!(
            statement
                .unreadable
                .iter()
                .all(|finding| (finding.line, finding.column) == (2, 2)),
            "{written}"
        );
    }
}

#[test]
fn a_phone_is_the_digits_at_the_beginning_or_none() {
    for (cell, phone) in [
        ("254700000101 - G. WAMBUI", Some("254700000101")),
        ("+254 700 000 101", Some("+254700000101")),
        ("+254700000101 G", Some("+254700000101")),
        ("2547****101 - G. WAMBUI", None),
        ("254700000101 *", None),
        ("2.54712E+11", None),
        ("25470000", Some("25470000")),
        ("254700", None),
        ("G. WAMBUI 254700000101", None),
        ("", None),
    ] {
        let statement = own(&format!("reference,date,amount,phone\nR1,2027-04-01,5,{cell}\n"));
        let read = statement.rows[0].phone.as_ref().map(|phone| phone.as_str());
        assert_eq!(read, phone, "{cell}");
    }
}

#[test]
fn a_row_that_is_no_payment_is_counted_and_one_that_lacks_something_is_named() {
    let head = "reference,date,amount,account\n";
    for (row, reason) in [
        ("R1,2027-04-01,0.00,", Ok("money out")),
        ("R1,2027-04-01,,", Ok("money out")),
        ("R1,2027-04-01,-5,", Ok("money out")),
        (",,,", Ok("empty")),
        ("Total,,,", Ok("footer")),
        (",Total,500.00,", Ok("footer")),
        ("Printed by the bank", Ok("footer")),
        ("reference,date,amount,account", Ok("header")),
        (",2027-04-01,5,", Err("2:1: the payment has no reference")),
        ("R1,,5,", Err("2:2: the date is empty")),
        (
            "R1,2027-04-01,5.001,",
            Err(
                "2:3: `5.001` is unclear: it may be 5.001, which has too many digits, or 5001.00; write 5001.00 if that is meant, or say in [[statements]]",
            ),
        ),
        ("R1,2027-04-01,five,", Err("2:3: `five` is not an amount")),
        ("R1,2027-04-01", Err("2:3: the row has 2 fields, the header has 4")),
        (
            "R1,2027-04-01,5,a,b",
            Err("2:5: the row has 5 fields, the header has 4"),
        ),
        ("R1,2027-04-01,5,\"a", Err("2:4: the quote `\"` that opens this field")),
    ] {
        let statement = own(&format!("{head}{row}\n"));
        assert_eq!(statement.rows, [], "{row}");
        match reason {
            Ok(reason) => assert_eq!(
                (ignored(&statement), unreadable(&statement)),
                (vec![(reason, 1)], vec![]),
                "{row}"
            ),
            Err(says) => {
                let found = unreadable(&statement);
                assert!(found.len() == 1 && found[0].starts_with(says), "{row}: {found:?}");
            }
        }
    }
}

#[test]
fn surplus_commas_at_the_end_and_a_missing_last_cell_do_no_harm() {
    let statement = own("reference,date,amount,account\nR1,2027-04-01,5,a,,\nR2,2027-04-01,5\n");
    assert_eq!(rows(&statement), ["2 R1 2027-04-01 500 a ?", "3 R2 2027-04-01 500 ? ?"]);
}

#[test]
fn a_charge_that_names_its_own_payment_takes_nothing_back() {
    let mut linked = format("linked", ["reference", "date", "amount"], None, &["%Y-%m-%d"]);
    linked.reverses = Some("of".to_owned());
    let text = b"reference,date,amount,of\nR1,2027-04-01,-5,R1\nR2,2027-04-01,-9,R1\nR3,2027-04-01,9,R1\n";
    let statement = with(text, &[linked]).unwrap();
    assert_eq!(rows(&statement), ["4 R3 2027-04-01 900 ? ?"]);
    assert_eq!(ignored(&statement), [("money out", 2)]);
    let lines: Vec<u32> = statement.reversals.iter().map(|reversal| reversal.line).collect();
    assert_eq!(lines, [3]);
}

#[test]
fn of_two_formats_that_fit_the_one_with_more_names_counts() {
    let short = format("short", ["Number", "Booked", "Sum"], None, &["%d.%m.%Y"]);
    for formats in [[short.clone(), bank()], [bank(), short.clone()]] {
        assert_eq!(
            with(include_bytes!("files/bank.csv"), &formats)
                .unwrap()
                .format
                .as_str(),
            "bank"
        );
    }
    assert_eq!(
        with(include_bytes!("files/bank.csv"), &[short])
            .unwrap()
            .format
            .as_str(),
        "short"
    );
}

#[test]
fn a_file_of_no_format_is_refused_with_the_line_that_came_nearest() {
    let refused = with(
        b"Ridge\n\nReceipt No.,Completion Time,Amount\nX,Y,Z\n",
        &[bank(), till()],
    )
    .unwrap_err();
    assert!(
        refused.what.contains("line 3 comes closest to `till`, but `Paid In`"),
        "{refused}"
    );
    assert!(
        refused.what.contains("`Receipt No.,Completion Time,Amount`"),
        "{refused}"
    );
    let late = format!("{}reference,date,amount\n", "x\n".repeat(50));
    let refused = with(late.as_bytes(), &[]).unwrap_err();
    assert!(refused.what.contains("none of its first 50 lines"), "{refused}");
    assert!(with(late.replacen("x\n", "", 1).as_bytes(), &[]).is_ok());
}

#[test]
fn a_name_that_stands_twice_in_the_header_is_not_guessed_at() {
    assert!(with(b"reference,date,amount,Amount\nR1,2027-04-01,5,6\n", &[]).is_err());
}

#[test]
fn spreadsheets_and_documents_are_refused_with_what_to_export() {
    for bytes in [&b"PK\x03\x04"[..], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-1.4"] {
        let refused = with(bytes, &[till()]).unwrap_err();
        assert!(refused.way_out.contains("CSV"), "{refused}");
    }
}

#[test]
fn a_way_to_write_days_must_leave_nothing_open() {
    for good in [
        "%d-%m-%Y %H:%M:%S",
        "%Y-%m-%d",
        "%d.%m.%y",
        "%Y%m%d",
        "%d-%m-%y %I:%M %p",
        "%d %b %Y",
    ] {
        assert_eq!(date_format_problem(good), None, "{good}");
    }
    for bad in ["%d-%m", "%H:%M", "dd-mm-yyyy", "%d-%m-%J", "%"] {
        assert!(date_format_problem(bad).is_some(), "{bad}");
    }
}

#[test]
fn a_quote_that_swallows_rows_is_named_by_its_first_line_and_nothing_after_it_is_taken() {
    let before = "reference,date,amount,account\nR1,2027-04-01,5,a\n";
    for (rest, place) in [
        // Who begins with a quote, and who ends with one: the rows between them would be one field.
        (
            "R2,2027-04-01,6,\"Mama Shop\nR3,2027-04-01,7,b\nR4,2027-04-01,8,Duka\"\nR5,2027-04-01,9,c\n",
            "3:4",
        ),
        ("R2,\"2027-04-01\n\",6,b\nR3,2027-04-01,7,b\n", "3:2"),
        ("R2,2027-04-01,6,\"never\nR3,2027-04-01,7,b\n", "3:4"),
        ("R2,2027-04-01,6,\"b\"c\nR3,2027-04-01,7,b\n", "3:4"),
        ("R2,2027-04-01,6,\"b\rc\"\nR3,2027-04-01,7,b\n", "3:4"),
    ] {
        for text in [
            format!("{before}{rest}"),
            format!("{before}{rest}").replace('\n', "\r\n"),
        ] {
            let statement = own(&text);
            assert_eq!(rows(&statement), ["2 R1 2027-04-01 500 a ?"], "{text}");
            let found = unreadable(&statement);
            assert!(found.len() == 1 && found[0].starts_with(place), "{text}: {found:?}");
            assert!(found[0].contains("nothing from this line on was read"), "{found:?}");
        }
    }
    // Quotes that are as they should be, and one inside a field that does not begin with one.
    let statement = own(&format!(
        "{before}R2,2027-04-01,6,\"a, \"\"b\"\"\"\nR3,2027-04-01,7,5\" pipe\n"
    ));
    assert_eq!(statement.rows.len(), 3);
    assert_eq!(statement.rows[1].account.as_deref(), Some("a, \"b\""));
}

#[test]
fn a_day_in_another_shape_names_the_key_and_the_format_that_would_fit() {
    let bank = format("bank", ["Ref", "Date", "Sum"], None, &["%Y-%m-%d"]);
    for (written, says) in [
        (
            "31/03/2027",
            "add `\"%d/%m/%Y\"` to the `date_format` of the [[statements]] `bank` (this is then 2027-03-31)",
        ),
        (
            "05/02/2027",
            "add `\"%d/%m/%Y\"` to the `date_format` of the [[statements]] `bank` if this is 2027-02-05, or `\"%m/%d/%Y\"` if it \
             is 2027-05-02",
        ),
        ("31-Mar-2027 10:15", "add `\"%d-%b-%Y %H:%M\"`"),
    ] {
        let text = format!("Ref,Date,Sum\nR1,{written},5\n");
        let statement = with(text.as_bytes(), std::slice::from_ref(&bank)).unwrap();
        let found = unreadable(&statement);
        assert!(found[0].contains(says), "{found:?}");
        assert_eq!(
            statement.unreadable[0].to_string().split(": ").next(),
            Some("p.csv:2, column Date")
        );
    }
    let found = unreadable(&own("reference,date,amount\nR1,31.03.2027,5\n"));
    assert!(
        found[0].contains("add `date_format = \"%d.%m.%Y\"` to a [[statements]] for this kind of file"),
        "{found:?}"
    );
}

#[test]
fn numbers_that_a_spreadsheet_saved_are_what_was_typed_and_a_rounded_reference_is_refused() {
    let statement = own(
        "reference,date,amount,account,phone\n4711.0,2027-04-01,5,1001.0,254700000101.0\n\
         4712,2027-04-01,5,1.23457E+15,2.547E+11\n2.54712E+11,2027-04-01,5,1001,\n",
    );
    assert_eq!(
        rows(&statement),
        [
            "2 4711 2027-04-01 500 1001 254700000101",
            "3 4712 2027-04-01 500 1.23457E+15 ?"
        ]
    );
    let found = unreadable(&statement);
    assert!(
        found.len() == 1 && found[0].starts_with("4:1: `2.54712E+11` is a number that a spreadsheet has rounded"),
        "{found:?}"
    );
}
