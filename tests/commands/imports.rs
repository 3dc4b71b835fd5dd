//! Lists of subscribers: all or nothing, and never what only the ledger may change.

use serde_json::{Value, json};
use weir::commands::imports::subscribers::ImportSubscribers;
use weir::commands::request::Request;
use weir::model::subscriber::Access;

use super::{Site, close, hilltop, hilltop_with, import};

const HEAD: &str = "username,name,phone,account,package,router,service,address,expires_on,balance,login,debited\n";

fn rows(lines: &[&str]) -> String {
    format!("{HEAD}{}\n", lines.join("\n"))
}

fn three() -> String {
    rows(&[
        "amina,Amina,0700000001,A1,home-10,core,pppoe,,2027-03-20,0.00,,",
        "brian,Brian,0700000002,A2,home-10,core,pppoe,,2027-03-05,250.00,b-1,",
        "otieno,Otieno,0700000003,A3,office-20,core,static,10.20.0.15,2027-03-05,-4500.00,,",
    ])
}

/// Line, column and message of each error of a refusal, which also stand in its text.
fn errors(site: &Site, csv: &str) -> Vec<(u64, u64, String)> {
    let failure = site.refused(import(csv, false));
    let answer: Value = serde_json::from_str(failure.json.as_deref().unwrap()).unwrap();
    let list = answer["errors"].as_array().unwrap();
    assert_eq!(failure.what.lines().count(), list.len());
    list.iter()
        .map(|error| {
            assert_eq!(error["file"], "subscribers.csv");
            (
                error["line"].as_u64().unwrap(),
                error["column"].as_u64().unwrap(),
                error["message"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

fn places(site: &Site, csv: &str) -> Vec<(u64, u64)> {
    errors(site, csv)
        .into_iter()
        .map(|(line, column, _)| (line, column))
        .collect()
}

fn warned(answer: &Value) -> Vec<(u64, u64)> {
    let list = answer["warnings"].as_array().unwrap();
    list.iter()
        .map(|finding| (finding["line"].as_u64().unwrap(), finding["column"].as_u64().unwrap()))
        .collect()
}

#[test]
fn newcomers_are_taken_in_with_balances_debts_and_the_router_work_that_this_means() {
    let site = hilltop("2027-03-10");
    let answer = site.import(&three());
    assert_eq!(
        (&answer["added"], &answer["updated"], &answer["unchanged"]),
        (&3.into(), &0.into(), &0.into())
    );
    assert_eq!(answer["warnings"], json!([]));
    assert_eq!(answer["suspended"], json!(["brian", "otieno"]));
    assert_eq!(
        answer["debited"],
        json!([{"username": "otieno", "due": "2027-03-05", "amount": "4500.00"}])
    );
    let amina = site.show("amina");
    assert_eq!(
        (&amina["state"], &amina["expires_on"]),
        (&"active".into(), &"2027-03-20".into())
    );
    let brian = site.show("brian");
    assert_eq!(
        (&brian["state"], &brian["balance"]),
        (&"suspended".into(), &"250.00".into())
    );
    let otieno = site.show("otieno");
    assert_eq!(
        (&otieno["state"], &otieno["outstanding"]),
        (&"suspended".into(), &"4500.00".into())
    );
    assert_eq!(
        site.work(),
        [
            ("core/b-1".to_owned(), Access::Off, "brian".to_owned()),
            ("core/10.20.0.15".to_owned(), Access::Off, "otieno".to_owned())
        ]
    );
    // The first night charges nobody and cuts nobody else.
    site.live_until("2027-03-11");
    assert_eq!(site.show("amina")["state"], "active");
    assert_eq!(site.ledger("otieno").len(), 1);
}

#[test]
fn the_same_file_again_changes_nothing_and_writes_nothing() {
    let site = hilltop("2027-03-10");
    site.import(&three());
    let once = site.content();
    let again = site.import(&three());
    assert_eq!(
        (&again["added"], &again["updated"], &again["unchanged"]),
        (&0.into(), &0.into(), &3.into())
    );
    assert_eq!(again["warnings"], json!([]));
    assert_eq!(site.content(), once);
}

#[test]
fn a_dry_run_says_the_same_and_changes_nothing() {
    let site = hilltop("2027-03-10");
    let empty = site.content();
    let tried = site.ask_json(import(&three(), true));
    assert_eq!(site.content(), empty);
    assert_eq!((&tried["added"], &tried["dry_run"]), (&3.into(), &true.into()));
    let text = site.ask(import(&three(), true)).payload;
    assert!(
        text.contains("2 of them would start suspended: `brian`, `otieno`"),
        "{text}"
    );
    assert!(text.contains("`otieno` 4500.00 due 2027-03-05"), "{text}");
    assert_eq!(site.content(), empty);
    let done = site.import(&three());
    assert_eq!(tried["suspended"], done["suspended"]);
    assert_eq!(tried["debited"], done["debited"]);
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_nothing_is_changed() {
    let site = hilltop("2027-03-10");
    assert_eq!(
        places(
            &site,
            &rows(&[
                "amina,,,,gold,core,pppoe,,2027-03-20,0.00,,",
                "brian,,,,home-10,west,pppoe,,2027-03-20,0.00,,",
                "carol,,,,home-10,core,,,2027-03-20,0.00,,",
                "david,,,,home-10,core,pppoe,,2027-03-20,-10.00,,yes",
                "erika,,,,home-10,core,pppoe,,2027-03-20,0.00,,",
            ])
        ),
        [(2, 5), (3, 6), (4, 7), (5, 12)]
    );
    // Of cells that cannot be read as well.
    assert_eq!(
        places(
            &site,
            &rows(&[
                "amina,,,,home-10,core,pppoe,,2027-02-30,0.00,,",
                "amina,,,,home-10,core,pppoe,,2027-03-20,12.345,,",
            ])
        ),
        [(2, 9), (3, 1), (3, 10)]
    );
    // Packages and routers that there are not are told beside a balance, a day or a username that cannot be read.
    assert_eq!(
        places(
            &site,
            &rows(&[
                "amina,,,,gold,west,pppoe,,2027-03-20,1.500,,",
                "move,,,,gold,west,pppoe,,never,0.00,,",
                "brian,,,,gold,west,pppoe,,2027-03-20,0.00,,",
            ])
        ),
        [(2, 5), (2, 6), (2, 10), (3, 1), (3, 5), (3, 6), (3, 9), (4, 5), (4, 6)]
    );
    // A column that may be the service is told, and not what lacks because of it.
    assert_eq!(
        places(&site, "username,connection\namina,pppoe\nbrian,pppoe\n"),
        [(1, 2)]
    );
    let unknown = errors(&site, &rows(&["amina,,,,gold,core,pppoe,,2027-03-20,0.00,,"]));
    assert!(
        unknown[0].2.contains("`home-10`, `home-20`, `office-20`"),
        "{unknown:?}"
    );
    let failure = site.refused(Request::ImportSubscribers(ImportSubscribers {
        file: weir::commands::file_body::FileBody {
            name: "subscribers.csv".to_owned(),
            bytes: b"\xef\xbb\xbfusername,name\namina,\xff\xfe\n".to_vec(),
        },
        dry_run: false,
    }));
    assert!(
        failure.what.starts_with("subscribers.csv:2, column name: "),
        "{failure}"
    );
}

#[test]
fn a_known_one_keeps_due_day_state_and_balance_and_the_difference_is_a_warning() {
    let site = hilltop("2027-03-10");
    site.import(&three());
    let before = site.ledger("amina");
    let answer = site.import(&rows(&[
        "amina,Amina Wanjiru,,,,,,,2027-06-01,900.00,,yes",
        "brian,,,,,,,,,,,",
    ]));
    assert_eq!((&answer["updated"], &answer["unchanged"]), (&1.into(), &1.into()));
    assert_eq!(warned(&answer), [(2, 9), (2, 10), (2, 12)]);
    let amina = site.show("amina");
    assert_eq!(
        (&amina["name"], &amina["phone"], &amina["expires_on"], &amina["balance"]),
        (
            &"Amina Wanjiru".into(),
            &"0700000001".into(),
            &"2027-03-20".into(),
            &"0.00".into()
        )
    );
    assert_eq!(site.ledger("amina"), before);
    let notes = site.ask(import(&three(), true)).notes;
    assert!(notes.is_empty(), "{notes:?}");
}

#[test]
fn another_package_in_a_list_reaches_the_router_and_settles_with_the_next_billing() {
    let site = hilltop("2027-03-10");
    site.import(&rows(&[
        "amina,,,,home-10,core,pppoe,,2027-03-20,0.00,,",
        "brian,,,,home-20,core,pppoe,,2027-03-01,1500.00,,",
    ]));
    assert_eq!(site.show("brian")["state"], "suspended");
    site.import(&rows(&["amina,,,,home-20,,,,,,,", "brian,,,,home-10,,,,,,,"]));
    assert_eq!(
        site.show("brian")["state"],
        "suspended",
        "an import never changes a state"
    );
    site.ask_json("jobs run billing");
    assert_eq!(site.show("brian")["state"], "active");
    let work: Vec<(String, Access, bool)> = site
        .work_rows()
        .into_iter()
        .map(|(key, work)| (key, work.access, work.end_session))
        .collect();
    assert_eq!(
        work,
        [
            ("core/amina".to_owned(), Access::On, true),
            ("core/brian".to_owned(), Access::On, false)
        ]
    );
}

#[test]
fn two_rows_may_exchange_their_addresses() {
    let site = hilltop("2027-03-10");
    let at = |one: &str, other: &str| {
        rows(&[
            &format!("amina,,,,office-20,core,static,{one},2027-03-20,0.00,,"),
            &format!("brian,,,,office-20,core,static,{other},2027-03-01,0.00,,"),
        ])
    };
    site.import(&at("10.0.0.1", "10.0.0.2"));
    let answer = site.import(&at("10.0.0.2", "10.0.0.1"));
    assert_eq!(answer["updated"], 2);
    assert_eq!(
        site.work(),
        [
            ("core/10.0.0.1".to_owned(), Access::Off, "brian".to_owned()),
            ("core/10.0.0.2".to_owned(), Access::On, "amina".to_owned())
        ]
    );
    // Each owns the one it has now, and can leave it.
    site.import(&rows(&["amina,,,,,,,10.0.0.3,,,,"]));
    site.import(&rows(&["brian,,,,,,,10.0.0.2,,,,"]));
    let work = site.work();
    assert_eq!(work[0], ("core/10.0.0.1".to_owned(), Access::Off, "brian".to_owned()));
    assert_eq!(work[1], ("core/10.0.0.2".to_owned(), Access::Off, "brian".to_owned()));
    assert_eq!(work[2], ("core/10.0.0.3".to_owned(), Access::On, "amina".to_owned()));
}

#[test]
fn a_newcomer_on_an_address_that_another_row_leaves_is_not_cut_off() {
    for newcomer_first in [true, false] {
        let site = hilltop("2027-03-10");
        site.import(&rows(&["amina,,,,office-20,core,static,10.0.0.1,2027-03-20,0.00,,"]));
        let mut lines = vec![
            "amina,,,,,,,10.0.0.2,,,,",
            "brian,,,,office-20,core,static,10.0.0.1,2027-03-20,0.00,,",
        ];
        if newcomer_first {
            lines.reverse();
        }
        site.import(&rows(&lines));
        let cut: Vec<_> = site
            .work()
            .into_iter()
            .filter(|(_, access, _)| *access == Access::Off)
            .collect();
        assert!(cut.is_empty(), "{cut:?}");
    }
}

#[test]
fn an_object_that_somebody_else_has_is_refused_with_its_place() {
    let site = hilltop("2027-03-10");
    site.import(&three());
    let found = errors(
        &site,
        &rows(&[
            "new1,,,,home-10,core,pppoe,,2027-03-20,0.00,b-1,",
            "new2,,,,office-20,core,static,10.20.0.15,2027-03-20,0.00,,",
            "amina,,,,,,,,,,b-1,",
        ]),
    );
    let places: Vec<(u64, u64)> = found.iter().map(|(line, column, _)| (*line, *column)).collect();
    assert_eq!(places, [(2, 11), (3, 8), (4, 11)]);
    assert!(found[0].2.contains("belongs to `brian` (suspended)"), "{found:?}");
    assert!(found[2].2.contains("in line 2"), "{found:?}");
}

#[test]
fn a_closed_one_is_changed_by_no_list_but_in_its_profile() {
    let site = hilltop("2027-03-10");
    site.import(&three());
    site.ask_json(close("amina"));
    let answer = site.import(&rows(&["amina,Amina W.,,,home-20,,,,,,,"]));
    assert_eq!((&answer["updated"], warned(&answer)), (&1.into(), vec![(2, 5)]));
    let amina = site.show("amina");
    assert_eq!(
        (&amina["state"], &amina["package"], &amina["name"]),
        (&"closed".into(), &"home-10".into(), &"Amina W.".into())
    );
}

#[test]
fn services_that_are_not_switched_and_names_that_differ_in_case_are_warned_of() {
    let site = hilltop("2027-03-10");
    site.import(&three());
    let answer = site.import(&rows(&[
        "Amina,,,,home-10,core,hotspot,,2027-03-20,0.00,,",
        "dora,,,,home-10,core,dhcp,10.0.0.9,2027-03-20,0.00,,",
    ]));
    assert_eq!(answer["added"], 2);
    assert_eq!(warned(&answer), [(2, 1), (2, 7), (3, 7)]);
}

#[test]
fn a_service_that_becomes_fixed_needs_an_address() {
    let site = hilltop("2027-03-10");
    site.import(&three());
    assert_eq!(places(&site, &rows(&["amina,,,,,,static,,,,,"])), [(2, 8)]);
}

#[test]
fn ten_thousand_come_in_at_once_or_not_at_all() {
    let site = hilltop_with("2027-03-10", "", "max_share = 100");
    let lines: Vec<String> = (0..10_000)
        .map(|n| {
            format!(
                "user{n},Name {n},,A{n},home-10,core,pppoe,,2027-03-{:02},{}.00,,",
                n % 28 + 1,
                n % 7
            )
        })
        .collect();
    let wrong = format!("{HEAD}{}\nlast,,,,gold,core,pppoe,,,,,\n", lines.join("\n"));
    assert_eq!(places(&site, &wrong), [(10_002, 5)]);
    let right = format!("{HEAD}{}\n", lines.join("\n"));
    assert_eq!(site.import(&right)["added"], 10_000);
    assert_eq!(site.import(&right)["unchanged"], 10_000);
}
