//! Lists of subscribers: what is taken, and where each fault is named.

use weir::import::subscriber_column::SubscriberColumn;
use weir::import::subscriber_row::ListTerms;
use weir::import::subscribers::{Subscribers, read, read_all};
use weir::model::finding::Finding;
use weir::model::subscriber::Service;

use super::kes;

fn list(text: &str) -> Result<Subscribers, Vec<Finding>> {
    read(text.as_bytes(), "s.csv", &kes())
}

/// The findings of a refused list, one a line.
fn refused(bytes: &[u8]) -> String {
    let findings = read(bytes, "s.csv", &kes()).unwrap_err();
    findings.iter().map(|finding| format!("{finding}\n")).collect()
}

#[test]
fn a_list_with_everything_is_taken() {
    let list = read(include_bytes!("files/subscribers.csv"), "s.csv", &kes()).unwrap();
    let [wambui, kiosk, other] = list.rows.as_slice() else {
        panic!("{:?}", list.rows)
    };
    assert_eq!((wambui.line, kiosk.line, other.line), (2, 3, 5));
    assert_eq!(wambui.name.as_ref().unwrap().as_str(), "Wambui, Grace");
    assert_eq!(wambui.phone.as_ref().unwrap().as_str(), "+254700000101");
    assert_eq!(wambui.service, Some(Service::Pppoe));
    assert_eq!(wambui.login.as_ref().unwrap().as_str(), "wambui.g");
    assert_eq!(wambui.expires_on.unwrap().to_string(), "2027-04-20");
    assert_eq!(wambui.balance.unwrap().minor(), 15_000);
    assert_eq!(kiosk.address, Some("10.44.0.9".parse().unwrap()));
    assert_eq!(kiosk.balance.unwrap().minor(), -2000);
    assert_eq!(
        (&kiosk.name, &kiosk.phone, &kiosk.login, kiosk.debited),
        (&None, &None, &None, None)
    );
    let warnings: Vec<String> = list.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[0].starts_with("s.csv:1, column notes: unknown column `notes` is ignored"),
        "{warnings:?}"
    );
    assert!(
        warnings[1].starts_with("s.csv:5, column username: username `Wambui` differs from `wambui` in line 2"),
        "{warnings:?}"
    );
}

#[test]
fn columns_stand_in_any_order_and_most_may_be_missing() {
    let list = list("\u{feff}Debited , service,USERNAME\nyes,pppoe,a\n\nno,,b\n").unwrap();
    let rows: Vec<_> = list
        .rows
        .iter()
        .map(|row| (row.line, row.username.as_str(), row.debited))
        .collect();
    assert_eq!(rows, [(2, "a", Some(true)), (4, "b", Some(false))]);
    let place = list
        .finding(&list.rows[1], SubscriberColumn::Username, "unknown")
        .to_string();
    assert_eq!(place, "s.csv:4, column USERNAME: unknown");
    assert_eq!(list.finding(&list.rows[1], SubscriberColumn::Package, "none").column, 1);
}

#[test]
fn each_fault_is_named_with_line_and_field() {
    let head = "username,phone,service,address,expires_on,balance,debited,router,login\n";
    for (row, says) in [
        (
            ",,,,,,,,",
            "2, column username: the username is empty; each line needs one",
        ),
        (
            "\u{2060},,,,,1,,,",
            "2, column username: the username is empty; each line needs one",
        ),
        ("assign,,,,,,,,", "2, column username: `assign` cannot be a username"),
        ("a,12ab,,,,,,,", "2, column phone: `12ab` is not a phone number"),
        (
            "a,,wifi,,,,,,",
            "2, column service: `wifi` is not a service; write one of `pppoe`, `hotspot`, `static`, `dhcp`",
        ),
        (
            "a,,static,,,,,,",
            "2, column address: service `static` needs an address",
        ),
        ("a,,dhcp,,,,,,", "2, column address: service `dhcp` needs an address"),
        (
            "a,,static,10.0.0.5/24,,,,,",
            "2, column address: `10.0.0.5/24` is not an IPv4 address",
        ),
        (
            "a,,,,31.03.2027,,,,",
            "2, column expires_on: `31.03.2027` is not a day; write `YYYY-MM-DD`, such as `2026-03-09`; add `date_format = \"%d.%m.%Y\"`",
        ),
        ("a,,,,2027-02-29,,,,", "2, column expires_on: `2027-02-29` is not a day"),
        (
            "a,,,,,12.345,,,",
            "2, column balance: `12.345` is unclear: it may be 12.345, which has too many digits, or 12345.00; write 12345.00 if that is meant",
        ),
        (
            "a,,,,,\"1,500.00\",,,",
            "2, column balance: `1,500.00` is not an amount",
        ),
        (
            "a,,,,,\"1,500\",,,",
            "2, column balance: `1,500` is unclear: it may be 1.50 or 1500.00",
        ),
        ("a,,,,,,maybe,,", "2, column debited: `maybe` is neither `yes` nor `no`"),
        ("a,,,,,,,", ":2:1: the line has 8 fields, the header has 9"),
        (
            "a,\"b\"c,,,,,,,",
            "2, column phone: there is text after the closing quote",
        ),
        (
            "a,\"b,,,,,,,\nb,,,,,,,,",
            "2, column phone: the quote `\"` that opens this field is not closed on its line",
        ),
        (
            "a,,,,,,,,\nb,,,,,,,,\na,,,,,,,,",
            "4, column username: username `a` appears here and in line 2",
        ),
        (
            "a,,pppoe,,,,,r,\nb,,pppoe,,,,,r,a",
            "3, column login: `a` as pppoe on router `r` belongs to `a` in line 2",
        ),
        (
            "a,,static,10.0.0.1,,,,r,\nb,,static,10.0.0.1,,,,r,",
            "3, column address: `10.0.0.1` as static on router `r` belongs to `a`",
        ),
    ] {
        let row = if row == ",,,,,,,," { " ,,,,,1,,," } else { row };
        let found = refused(format!("{head}{row}\n").as_bytes());
        assert!(
            found.starts_with(&format!("s.csv:{}", says.trim_start_matches(':'))),
            "{row}\n{found}"
        );
        assert_eq!(found.lines().count(), 1, "{row}\n{found}");
    }
}

#[test]
fn the_same_login_elsewhere_is_no_double() {
    let text = "username,service,router,login\na,pppoe,r,x\nb,hotspot,r,x\nc,pppoe,q,x\nd,pppoe,,x\ne,pppoe,,x\n";
    assert_eq!(list(text).unwrap().rows.len(), 5);
}

#[test]
fn an_account_that_two_share_is_a_warning() {
    let warnings = list("username,account\na,7\nb,7\n").unwrap().warnings;
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0]
            .to_string()
            .starts_with("s.csv:3, column account: account `7` is also in line 2")
    );
}

#[test]
fn a_wrong_column_is_refused_when_it_is_almost_a_known_one() {
    for (header, says) in [
        (
            "username,pakage",
            Some("1, column pakage: unknown column `pakage`; did you mean `package`?"),
        ),
        (
            "usernam,service",
            Some("1, column usernam: unknown column `usernam`; did you mean `username`?"),
        ),
        (
            "username,phone,Phone",
            Some("1, column Phone: column `phone` appears twice, here and as column 2"),
        ),
        ("service,name", Some("1:1: the header has no column `username`")),
        ("username,surname,email", None),
        ("username,phone,phone2", None),
    ] {
        let text = format!("{header}\n");
        match says {
            Some(says) => {
                let found = refused(text.as_bytes());
                assert!(found.starts_with(&format!("s.csv:{says}")), "{header}\n{found}");
                assert_eq!(found.lines().count(), 1, "{header}\n{found}");
            }
            None => assert!(list(&text).is_ok_and(|list| !list.warnings.is_empty()), "{header}"),
        }
    }
}

#[test]
fn the_names_of_other_systems_are_read_as_what_they_mean_and_that_is_said() {
    let list = list(
        "User Name,Full Name,Mobile No.,A/C No,Plan,Router-Name,Type,IP Address,Expiry Date,Wallet Balance,PPPoE Username,MAC\n\
         amina,Amina Otieno,0712000001,A1,home,core,PPPoE,,2027-03-31,5.00,amina.o,00:11\n\
         brian,Brian Mwangi,0712000002,A2,home,core,Static,10.0.0.1,2027-03-31,0,,\n",
    )
    .unwrap();
    let [amina, brian] = list.rows.as_slice() else {
        panic!("{:?}", list.rows)
    };
    assert_eq!(amina.name.as_ref().unwrap().as_str(), "Amina Otieno");
    assert_eq!(amina.phone.as_ref().unwrap().as_str(), "0712000001");
    assert_eq!(amina.account.as_ref().unwrap().as_str(), "A1");
    assert_eq!(amina.package.as_ref().unwrap().as_str(), "home");
    assert_eq!(amina.login.as_ref().unwrap().as_str(), "amina.o");
    assert_eq!(
        (amina.service, brian.service),
        (Some(Service::Pppoe), Some(Service::Static))
    );
    assert_eq!(amina.balance.unwrap().minor(), 500);
    assert_eq!(amina.expires_on.unwrap().to_string(), "2027-03-31");
    assert_eq!(brian.address, Some("10.0.0.1".parse().unwrap()));
    let warnings: Vec<String> = list.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 12, "{warnings:#?}");
    assert_eq!(
        warnings[1],
        "s.csv:1, column Full Name: column `Full Name` is read as `name`"
    );
    assert_eq!(warnings[11], "s.csv:1, column MAC: unknown column `MAC` is ignored");
}

#[test]
fn a_name_that_may_mean_a_column_is_proposed_before_what_lacks_because_of_it() {
    for (header, says) in [
        (
            "username,customer",
            "column customer: column `customer` may be `name`; rename it",
        ),
        (
            "username,due",
            "column due: column `due` may be `expires_on` or `balance`; rename it",
        ),
        (
            "username,due,balance",
            "column due: column `due` may be `expires_on`; rename it",
        ),
        (
            "username,amount due",
            "column amount due: column `amount due` may be what is owed; name it `balance` and write debts below zero",
        ),
        ("user,name", "column user: column `user` may be `username`; rename it"),
        (
            "login,name",
            "column login: the header has no column `username`; if `login` is different for everybody",
        ),
        (
            "username,mobile,phone number",
            "column phone number: columns `mobile` and `phone number` may both be `phone`",
        ),
    ] {
        let found = refused(format!("{header}\n").as_bytes());
        assert!(found.starts_with(&format!("s.csv:1, {says}")), "{header}\n{found}");
        assert_eq!(found.lines().count(), 1, "{header}\n{found}");
    }
    // Where its own column is there as well, the other name is passed over.
    for header in [
        "username,name,customer",
        "username,phone,mobile",
        "username,balance,arrears",
    ] {
        assert!(
            list(&format!("{header}\n")).is_ok_and(|list| list.warnings.len() == 1),
            "{header}"
        );
    }
    let values = list("username,service,type\na,pppoe,home\n").unwrap();
    assert!(values.warnings[0].message.contains("ignored"), "{:?}", values.warnings);
    let postal = list("username,address,ip address,service\na,\"Kilimani, Nairobi\",10.0.0.1,static\n").unwrap();
    assert_eq!(postal.rows[0].address, Some("10.0.0.1".parse().unwrap()));
}

#[test]
fn a_list_is_read_in_the_dialects_of_statements() {
    let text = "username,name,expires_on\nzoé,Zoé Müller,2027-03-31\n";
    let semicolons = text.replace(',', ";");
    let utf16 = |text: &str, little: bool| {
        let mut bytes = if little { vec![0xff, 0xfe] } else { vec![0xfe, 0xff] };
        for unit in text.encode_utf16() {
            bytes.extend(if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
        }
        bytes
    };
    let windows = |text: &str| -> Vec<u8> { text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect() };
    for bytes in [
        text.as_bytes().to_vec(),
        semicolons.as_bytes().to_vec(),
        text.replace(',', "\t").into_bytes(),
        format!("\u{feff}{semicolons}").into_bytes(),
        format!("sep=;\r\n{semicolons}").into_bytes(),
        windows(text),
        windows(&semicolons),
        utf16(text, true),
        utf16(&text.replace(',', "\t"), false),
    ] {
        let list = read(&bytes, "s.csv", &kes()).unwrap();
        assert_eq!(list.rows.len(), 1);
        assert_eq!(list.rows[0].username.as_str(), "zoé");
        assert_eq!(list.rows[0].name.as_ref().unwrap().as_str(), "Zoé Müller");
        assert!(list.rows[0].expires_on.is_some());
    }
    let found = refused(b"sep=;\nusername;expires_on\na;b;c\n");
    assert!(
        found.starts_with(
            "s.csv:3:1: the line has 3 fields, the header has 2; put quotes around a value that contains a `;`"
        ),
        "{found}"
    );
}

#[test]
fn numbers_that_a_spreadsheet_saved_are_what_was_typed_and_rounded_ones_are_refused() {
    let list = list("username,phone,account\n1001.0,254712000001.0,77.0\n1002.0,,A-1.0\n").unwrap();
    assert_eq!(list.rows[0].username.as_str(), "1001");
    assert_eq!(list.rows[0].phone.as_ref().unwrap().as_str(), "254712000001");
    assert_eq!(list.rows[0].account.as_ref().unwrap().as_str(), "77");
    assert_eq!(list.rows[1].account.as_ref().unwrap().as_str(), "A-1.0");
    assert_eq!(
        list.warnings[0].to_string(),
        "s.csv:2, column username: `1001.0`, as a spreadsheet saves a number, is read as `1001`, and 1 more of this column \
         likewise"
    );
    let found = refused(b"username,phone,account\na,2.54712E+11,1.23457E+15\n");
    assert!(
        found.starts_with("s.csv:2, column phone: `2.54712E+11` is a number that a spreadsheet has rounded"),
        "{found}"
    );
    assert!(found.contains("s.csv:2, column account: `1.23457E+15`"), "{found}");
}

#[test]
fn days_are_read_as_the_site_says_that_its_lists_write_them() {
    let formats = ["%d/%m/%Y".to_owned(), "%d.%m.%y".to_owned()];
    let terms = ListTerms {
        currency: &kes(),
        date_formats: &formats,
    };
    let list = read_all(
        b"username,expires_on\na,31/03/2027\nb,01.04.27\nc,2027-04-02\nd,3-Apr-27\n",
        "s.csv",
        &terms,
    )
    .unwrap();
    let days: Vec<_> = list
        .rows
        .iter()
        .map(|row| row.expires_on.map(|day| day.to_string()))
        .collect();
    assert_eq!(
        days,
        [
            Some("2027-03-31".to_owned()),
            Some("2027-04-01".to_owned()),
            Some("2027-04-02".to_owned()),
            None
        ]
    );
    assert!(
        list.errors()[0]
            .message
            .contains("add `\"%d-%b-%y\"` to the `date_format` of [import] in site.toml"),
        "{:?}",
        list.errors()
    );
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_file() {
    let found = refused(b"username,pakage,expires_on,balance\na,,soon,1.234\nb,,2027-01-01,\na,,,x\n");
    let places: Vec<&str> = found.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(
        places,
        [
            "s.csv:1, column pakage",
            "s.csv:2, column expires_on",
            "s.csv:2, column balance",
            "s.csv:4, column username",
            "s.csv:4, column balance"
        ],
        "{found}"
    );
}

#[test]
fn bytes_that_are_no_text_are_named_by_line_and_column() {
    // The mark says UTF-8, and these are none of it.
    let found = refused(b"\xef\xbb\xbfusername,name\r\na,ok\r\n\r\nb,Jos\xe9\r\nc,\xff\r\n");
    assert!(
        found.starts_with("s.csv:4, column name: the field contains bytes that are not text"),
        "{found}"
    );
    assert!(found.contains("s.csv:5, column name: "), "{found}");
}

#[test]
fn other_kinds_of_files_are_named() {
    for (bytes, says) in [
        (&b""[..], "the file is empty"),
        (b"PK\x03\x04...", "a spreadsheet (XLSX or ODS)"),
        (b"%PDF-1.7", "a PDF document"),
        (b"u\0s\0", "UTF-16 without its byte order mark; save it as `CSV UTF-8`"),
    ] {
        let found = refused(bytes);
        assert!(found.starts_with("s.csv:1:1: ") && found.contains(says), "{found}");
    }
}

#[test]
fn past_a_thousand_faults_the_rest_is_counted() {
    let rows: String = (0..1500).map(|n| format!("u{n},never\n")).collect();
    let found = list(&format!("username,expires_on\n{rows}")).unwrap_err();
    assert_eq!(found.len(), 1001);
    assert_eq!(
        found[1000].to_string(),
        "s.csv:1002:1: and 500 more from this line on; correct those above first"
    );
}
