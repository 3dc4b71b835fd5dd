//! Lists of subscribers: what is taken, and where each fault is named.

use weir::import::subscriber_columns::SubscriberColumn;
use weir::import::subscribers::{Subscribers, read};
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
    assert_eq!((wambui.line, kiosk.line, other.line), (2, 3, 6));
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
        warnings[0].starts_with("s.csv:1:12: unknown column `notes` is ignored"),
        "{warnings:?}"
    );
    assert!(
        warnings[1].starts_with("s.csv:6:1: username `Wambui` differs from `wambui` in line 2"),
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
    assert_eq!(place, "s.csv:4:3: unknown");
    assert_eq!(list.finding(&list.rows[1], SubscriberColumn::Package, "none").column, 1);
}

#[test]
fn each_fault_is_named_with_line_and_field() {
    let head = "username,phone,service,address,expires_on,balance,debited,router,login\n";
    for (row, says) in [
        (",,,,,,,,", "2:1: the username is empty; each line needs one"),
        ("assign,,,,,,,,", "2:1: `assign` cannot be a username"),
        ("a,12ab,,,,,,,", "2:2: `12ab` is not a phone number"),
        (
            "a,,wifi,,,,,,",
            "2:3: `wifi` is not a service; write one of `pppoe`, `hotspot`, `static`, `dhcp`",
        ),
        ("a,,PPPoE,,,,,,", "2:3: `PPPoE` is not a service"),
        ("a,,static,,,,,,", "2:4: service `static` needs an address"),
        ("a,,dhcp,,,,,,", "2:4: service `dhcp` needs an address"),
        (
            "a,,static,10.0.0.5/24,,,,,",
            "2:4: `10.0.0.5/24` is not an IPv4 address",
        ),
        (
            "a,,,,31.03.2027,,,,",
            "2:5: `31.03.2027` is not a day; write `YYYY-MM-DD`",
        ),
        ("a,,,,2027-02-29,,,,", "2:5: `2027-02-29` is not a day"),
        (
            "a,,,,,12.345,,,",
            "2:6: `12.345` has 3 digits after the point, KES has 2; write `12.34` or `12.35`",
        ),
        ("a,,,,,\"1,500.00\",,,", "2:6: `1,500.00` is not an amount"),
        ("a,,,,,,maybe,,", "2:7: `maybe` is neither `yes` nor `no`"),
        ("a,,,,,,,", "2:1: the line has 8 fields, the header has 9"),
        ("a,\"b\"c,,,,,,,", "2:2: there is text after the closing quote"),
        (
            "a,\"b,,,,,,,\nb,,,,,,,,",
            "2:2: the quote `\"` that opens this field is never closed",
        ),
        (
            "a,,,,,,,,\nb,,,,,,,,\na,,,,,,,,",
            "4:1: username `a` appears here and in line 2",
        ),
        (
            "a,,pppoe,,,,,r,\nb,,pppoe,,,,,r,a",
            "3:9: `a` as pppoe on router `r` belongs to `a` in line 2",
        ),
        (
            "a,,static,10.0.0.1,,,,r,\nb,,static,10.0.0.1,,,,r,",
            "3:4: `10.0.0.1` as static on router `r` belongs to `a`",
        ),
    ] {
        let row = if row == ",,,,,,,," { " ,,,,,1,,," } else { row };
        let found = refused(format!("{head}{row}\n").as_bytes());
        assert!(found.starts_with(&format!("s.csv:{says}")), "{row}\n{found}");
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
            .starts_with("s.csv:3:2: account `7` is also in line 2")
    );
}

#[test]
fn a_wrong_column_is_refused_when_it_is_almost_a_known_one() {
    for (header, says) in [
        (
            "username,pakage",
            Some("1:2: unknown column `pakage`; did you mean `package`?"),
        ),
        (
            "user name,service",
            Some("1:1: unknown column `user name`; did you mean `username`?"),
        ),
        (
            "username,expires-on",
            Some("1:2: unknown column `expires-on`; did you mean `expires_on`?"),
        ),
        (
            "username,phone,Phone",
            Some("1:3: column `phone` appears twice, here and as column 2"),
        ),
        ("service,name", Some("1:1: the header has no column `username`")),
        ("username;name;phone", Some("1:1: the fields are separated by `;`")),
        ("username,surname,email", None),
        ("username,phone,phone2", None),
    ] {
        let text = format!("{header}\n");
        match says {
            Some(says) => {
                let found = refused(text.as_bytes());
                assert!(found.starts_with(&format!("s.csv:{says}")), "{header}\n{found}");
            }
            None => assert!(list(&text).is_ok_and(|list| !list.warnings.is_empty()), "{header}"),
        }
    }
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_file() {
    let found = refused(b"username,pakage,expires_on,balance\na,,soon,1.234\nb,,2027-01-01,\na,,,x\n");
    let places: Vec<&str> = found.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(
        places,
        ["s.csv:1:2", "s.csv:2:3", "s.csv:2:4", "s.csv:4:1", "s.csv:4:4"],
        "{found}"
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_named_by_line_and_field() {
    let found = refused(b"username,name\r\na,ok\r\n\r\nb,Jos\xe9\r\nc,\xff\r\n");
    assert!(
        found.starts_with("s.csv:4:2: the field is not UTF-8 (its byte 4)"),
        "{found}"
    );
    assert!(found.contains("s.csv:5:2: the field is not UTF-8"), "{found}");
}

#[test]
fn other_kinds_of_files_are_named() {
    for (bytes, says) in [
        (&b""[..], "the file is empty"),
        (b"PK\x03\x04...", "a spreadsheet (XLSX or ODS)"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\xff\xfeu\0s\0", "UTF-16; save it as `CSV UTF-8`"),
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
