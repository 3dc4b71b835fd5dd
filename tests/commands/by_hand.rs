//! What the owner decides about one subscriber.

use serde_json::{Value, json};
use weir::commands::request::Request;
use weir::commands::subscribers::add::SubscriberAdd;
use weir::commands::subscribers::fields::SubscriberFields;
use weir::model::subscriber::Access;

use super::{Site, adjust, close, extend, hilltop, hold, release, reopen, reverse, set};
use crate::support::typed::typed;

fn fields() -> SubscriberFields {
    SubscriberFields::default()
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn add(username: &str, fields: SubscriberFields, balance: Option<&str>, debited: Option<&str>) -> Request {
    Request::SubscriberAdd(SubscriberAdd {
        username: username.to_owned(),
        fields,
        balance: balance.map(str::to_owned),
        debited: debited.map(str::to_owned),
    })
}

/// `amina` on the router `core`, paid through 20 March.
fn site() -> Site {
    let site = hilltop("2027-03-10");
    site.ask_json(add(
        "amina",
        SubscriberFields {
            package: text("home-10"),
            router: text("core"),
            service: text("pppoe"),
            expires_on: text("2027-03-20"),
            ..fields()
        },
        None,
        None,
    ));
    site
}

fn expires(day: &str) -> SubscriberFields {
    SubscriberFields {
        expires_on: text(day),
        ..fields()
    }
}

fn package(name: &str) -> SubscriberFields {
    SubscriberFields {
        package: text(name),
        ..fields()
    }
}

#[test]
fn a_subscriber_is_shown_with_every_promised_field() {
    let site = site();
    let shown = site.show("amina");
    for (key, value) in [
        ("username", json!("amina")),
        ("name", Value::Null),
        ("phone", Value::Null),
        ("account", Value::Null),
        ("package", json!("home-10")),
        ("router", json!("core")),
        ("service", json!("pppoe")),
        ("state", json!("active")),
        ("expires_on", json!("2027-03-20")),
        ("anchor_day", json!(20)),
        ("balance", json!("0.00")),
        ("outstanding", json!("0.00")),
        ("set_anew", json!(false)),
    ] {
        assert_eq!(shown.get(key), Some(&value), "{key}");
    }
    site.add("zed", "", None, None);
    let all = site.ask_json("subscriber list");
    assert_eq!((all.as_array().unwrap().len(), &all[0]), (2, &shown));
    for line in site.ask("subscriber list").payload.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let unknown = typed("subscriber show Amina");
    assert!(site.refused(unknown).what.contains("did you mean `amina`?"));
}

#[test]
fn an_empty_site_lists_nobody() {
    let site = hilltop("2027-03-10");
    assert_eq!(site.ask_json("subscriber list"), json!([]));
    assert_eq!(site.ask_json("pay --unmatched"), json!([]));
}

#[test]
fn one_who_is_added_begins_by_the_rule_of_taking_in() {
    let site = hilltop("2027-03-10");
    assert_eq!(site.add("paid", "home-10", Some("2027-03-10"), None)["state"], "active");
    assert_eq!(
        site.add("ended", "home-10", Some("2027-03-09"), None)["state"],
        "suspended"
    );
    assert_eq!(site.add("new", "home-10", None, None)["state"], "suspended");
    assert_eq!(site.add("plain", "", None, None)["state"], "active");
    assert_eq!(site.add("guest", "free", None, None)["state"], "active");
    // Enough in the wallet settles at once.
    let rich = site.add("rich", "home-10", None, Some("1600.00"));
    assert_eq!((&rich["state"], &rich["balance"]), (&"active".into(), &"100.00".into()));
    assert_eq!(rich["expires_on"], "2027-04-10");
    assert_eq!(site.ledger("rich")[0]["source"], "Opening Balance");
}

#[test]
fn an_opening_debt_is_the_debit_of_its_due_day_and_the_rest_an_adjustment() {
    let site = hilltop("2027-03-10");
    let owing = site.add("otieno", "home-10", Some("2027-03-05"), Some("-1700.00"));
    assert_eq!(
        (&owing["state"], &owing["outstanding"]),
        (&"suspended".into(), &"1700.00".into())
    );
    let ledger = site.ledger("otieno");
    assert_eq!(
        (&ledger[0]["kind"], &ledger[0]["for_day"]),
        (&"debit".into(), &"2027-03-05".into())
    );
    assert_eq!(
        (&ledger[1]["source"], &ledger[1]["amount"]),
        (&"Opening Balance".into(), &"-200.00".into())
    );
    // Nobody is charged a second time for that day.
    site.live_until("2027-03-12");
    assert_eq!(site.ledger("otieno").len(), 2);
    let answer = site.pay("otieno", "1700.00", "R1");
    assert_eq!((&answer["resumed"], &answer["balance"]), (&true.into(), &"0.00".into()));
    // `no` leaves the debt an adjustment; `yes` needs one.
    let plain = SubscriberFields {
        package: text("home-10"),
        expires_on: text("2027-03-05"),
        ..fields()
    };
    site.ask_json(add("njeri", plain.clone(), Some("-1700.00"), Some("no")));
    assert_eq!(site.ledger("njeri").len(), 1);
    assert!(
        site.refused(add("kamau", plain, Some("-10.00"), Some("yes")))
            .what
            .contains("minus the price")
    );
}

#[test]
fn what_cannot_be_added_is_refused_with_what_there_is() {
    let site = site();
    let failure = site.refused(add("x", package("gold"), None, None));
    assert!(failure.what.contains("`home-10`, `home-20`"), "{failure}");
    let on = |router: &str, service: &str, login: &str| SubscriberFields {
        router: text(router),
        service: text(service),
        login: text(login),
        ..fields()
    };
    assert!(
        site.refused(add("x", on("west", "pppoe", "l"), None, None))
            .what
            .contains("`core`, `east`")
    );
    assert!(
        site.refused(add("x", on("core", "static", "l"), None, None))
            .what
            .contains("needs an address")
    );
    assert!(
        site.refused(add("x", on("core", "pppoe", "amina"), None, None))
            .what
            .contains("belongs to `amina`")
    );
    let no_service = SubscriberFields {
        router: text("core"),
        ..fields()
    };
    assert!(site.refused(add("x", no_service, None, None)).what.contains("service"));
    assert!(
        site.refused(add("amina", fields(), None, None))
            .what
            .contains("already")
    );
    assert!(
        site.refused(add("assign", fields(), None, None))
            .what
            .contains("command line")
    );
    assert!(
        site.refused(add("x", fields(), Some("1.234"), None))
            .what
            .contains("may be 1.234, which has too many digits, or 1234.00")
    );
    assert!(
        site.refused(add("x", expires("soon"), None, None))
            .what
            .contains("not a day")
    );
}

#[test]
fn fields_are_set_and_cleared_and_the_same_again_writes_nothing() {
    let site = site();
    let told = SubscriberFields {
        name: text("Amina W."),
        phone: text("0700 000 001"),
        account: text("A1"),
        ..fields()
    };
    let answer = site.set("amina", told.clone());
    assert_eq!(
        (&answer["name"], &answer["phone"]),
        (&"Amina W.".into(), &"0700000001".into())
    );
    let once = site.content();
    site.set("amina", told);
    assert_eq!(site.content(), once);
    let cleared = site.set(
        "amina",
        SubscriberFields {
            account: text(""),
            ..fields()
        },
    );
    assert_eq!(
        (&cleared["account"], &cleared["name"]),
        (&Value::Null, &"Amina W.".into())
    );
    assert!(site.refused(set("amina", expires(""))).what.contains("cleared"));
    let bad = SubscriberFields {
        phone: text("twelve"),
        ..fields()
    };
    assert!(site.refused(set("amina", bad)).what.contains("phone"));
    let words = site.ask(set("amina", package("home-20"))).payload;
    assert!(words.contains("package: home-10 -> home-20"), "{words}");
}

#[test]
fn another_package_reaches_the_router_at_once_and_its_price_counts_from_the_next_debit() {
    let site = site();
    assert!(site.work().is_empty());
    site.set("amina", package("home-20"));
    let (object, work) = site.work_rows().remove(0);
    assert_eq!(
        (object.as_str(), work.access, work.end_session),
        ("core/amina", Access::On, true)
    );
    assert!(site.ledger("amina").is_empty());
    site.live_until("2027-03-20");
    assert_eq!(site.ledger("amina")[0]["amount"], "2500.00");
    assert!(site.refused(set("amina", package("gold"))).what.contains("`home-10`"));
}

#[test]
fn a_cheaper_package_settles_what_a_suspended_one_has_in_the_wallet() {
    let site = hilltop("2027-03-10");
    site.add("amina", "home-20", None, Some("1500.00"));
    assert_eq!(site.show("amina")["state"], "suspended");
    let answer = site.set("amina", package("home-10"));
    assert_eq!(
        (&answer["state"], &answer["resumed"], &answer["balance"]),
        (&"active".into(), &true.into(), &"0.00".into())
    );
}

#[test]
fn an_outstanding_debit_stands_when_the_package_changes() {
    let site = site();
    site.live_until("2027-03-20");
    assert_eq!(site.show("amina")["outstanding"], "1500.00");
    let answer = site.set("amina", package("daily"));
    assert_eq!(answer["outstanding"], "1500.00");
    assert!(
        site.refused(set("amina", expires("2027-03-25")))
            .what
            .contains("outstanding")
    );
}

#[test]
fn another_due_day_moves_the_anchor_and_today_or_later_resumes() {
    let site = site();
    site.set("amina", expires("2027-03-31"));
    assert_eq!(site.show("amina")["anchor_day"], 31);
    site.set("amina", expires("2027-03-01"));
    assert_eq!(site.show("amina")["state"], "active");
    site.add("new", "home-10", None, None);
    let answer = site.set("new", expires("2027-03-10"));
    assert_eq!((&answer["state"], &answer["resumed"]), (&"active".into(), &true.into()));
    site.ask_json(hold("new", None));
    assert!(site.refused(set("new", expires("2027-04-01"))).what.contains("on hold"));
    // A day that was charged cannot be the due day again.
    site.add("brian", "home-10", Some("2027-03-12"), Some("1500.00"));
    site.live_until("2027-03-13");
    assert!(
        site.refused(set("brian", expires("2027-03-12")))
            .what
            .contains("charged")
    );
}

#[test]
fn who_moves_leaves_the_old_object_suspended_and_takes_no_other_ones() {
    let site = site();
    let on = |router: &str, login: &str| SubscriberFields {
        router: text(router),
        login: text(login),
        ..fields()
    };
    site.ask_json(add(
        "brian",
        SubscriberFields {
            service: text("pppoe"),
            ..on("core", "b-1")
        },
        None,
        None,
    ));
    assert!(
        site.refused(set("brian", on("core", "amina")))
            .what
            .contains("belongs to `amina`")
    );
    site.set("amina", on("east", "amina-2"));
    assert_eq!(
        site.work(),
        [
            ("core/amina".to_owned(), Access::Off, "amina".to_owned()),
            ("east/amina-2".to_owned(), Access::On, "amina".to_owned())
        ]
    );
    // The object that was left may be another's now, whatever still waited for it.
    site.set("brian", on("core", "amina"));
    assert_eq!(
        site.work()[0],
        ("core/amina".to_owned(), Access::On, "brian".to_owned())
    );
}

#[test]
fn who_is_added_on_an_object_that_was_just_left_is_not_cut_off_by_the_work_left_behind() {
    let site = site();
    site.set(
        "amina",
        SubscriberFields {
            router: text("east"),
            ..fields()
        },
    );
    assert_eq!(
        site.work()[0],
        ("core/amina".to_owned(), Access::Off, "amina".to_owned())
    );
    site.ask_json(add(
        "brian",
        SubscriberFields {
            package: text("home-10"),
            router: text("core"),
            service: text("pppoe"),
            login: text("amina"),
            expires_on: text("2027-03-20"),
            ..fields()
        },
        None,
        None,
    ));
    assert_eq!(
        site.work()[0],
        ("core/amina".to_owned(), Access::On, "brian".to_owned())
    );
}

#[test]
fn a_promise_is_refused_for_a_day_that_changes_nothing() {
    let site = site();
    assert!(
        site.refused(extend("amina", "2027-03-09"))
            .what
            .contains("before today")
    );
    assert!(
        site.refused(extend("amina", "2027-03-20"))
            .what
            .contains("served through")
    );
    let answer = site.ask_json(extend("amina", "2027-03-25"));
    assert_eq!(
        (&answer["extended_to"], &answer["expires_on"]),
        (&"2027-03-25".into(), &"2027-03-20".into())
    );
    site.live_until("2027-03-25");
    assert_eq!(site.show("amina")["state"], "active");
    site.live_until("2027-03-26");
    assert_eq!(site.show("amina")["state"], "suspended");
}

#[test]
fn a_hold_leaves_access_as_it_is_or_as_stated_and_no_job_touches_it() {
    let site = site();
    let held = site.ask_json(hold("amina", None));
    assert_eq!((&held["state"], &held["access"]), (&"held".into(), &"on".into()));
    assert!(site.work().is_empty());
    assert!(site.refused(hold("amina", None)).what.contains("on hold"));
    assert_eq!(site.ask_json(hold("amina", Some(Access::Off)))["access"], "off");
    assert_eq!(site.work()[0].1, Access::Off);
    site.live_until("2027-03-30");
    assert!(site.ledger("amina").is_empty());
    let released = site.ask_json(release("amina"));
    // Twenty days held, and the day moves on by them.
    assert_eq!(
        (&released["state"], &released["expires_on"], &released["access"]),
        (&"active".into(), &"2027-04-09".into(), &"on".into())
    );
    assert_eq!(site.work()[0].1, Access::On);
    assert!(site.refused(release("amina")).what.contains("not on hold"));
}

#[test]
fn a_closed_account_is_off_keeps_its_balance_and_its_profile_may_change() {
    let site = site();
    site.ask_json(adjust("amina", "-300.00"));
    let closed = site.ask_json(close("amina"));
    assert_eq!(
        (&closed["state"], &closed["balance"]),
        (&"closed".into(), &"-300.00".into())
    );
    assert_eq!(site.work()[0].1, Access::Off);
    assert!(site.refused(close("amina")).what.contains("already closed"));
    assert!(site.refused(set("amina", package("home-20"))).what.contains("closed"));
    assert!(
        site.refused(set("amina", expires("2027-05-01")))
            .what
            .contains("closed")
    );
    assert!(site.refused(hold("amina", None)).what.contains("closed"));
    assert!(site.refused(extend("amina", "2027-05-01")).what.contains("closed"));
    let named = SubscriberFields {
        name: text("Amina"),
        ..fields()
    };
    assert_eq!(site.set("amina", named)["name"], "Amina");
    site.live_until("2027-04-02");
    assert_eq!(site.ledger("amina").len(), 1);
    let back = site.ask_json(reopen("amina"));
    assert_eq!(back["state"], "suspended");
    assert!(site.refused(reopen("amina")).what.contains("not closed"));
}

#[test]
fn an_account_that_is_reopened_within_its_paid_time_is_active_at_once() {
    let site = site();
    site.ask_json(close("amina"));
    site.noon("2027-03-15");
    let back = site.ask_json(reopen("amina"));
    assert_eq!(
        (&back["state"], &back["expires_on"]),
        (&"active".into(), &"2027-03-20".into())
    );
}

#[test]
fn a_payment_of_a_closed_account_can_still_be_taken_back() {
    let site = site();
    site.pay("amina", "700.00", "R1");
    site.ask_json(close("amina"));
    let answer = site.ask_json(reverse("R1"));
    assert_eq!(
        (&answer["state"], &answer["balance"]),
        (&"closed".into(), &"0.00".into())
    );
}

#[test]
fn every_decision_about_unknown_ones_is_refused() {
    let site = site();
    for request in [
        extend("who", "2027-05-01"),
        hold("who", None),
        release("who"),
        close("who"),
        reopen("who"),
        set("who", package("home-10")),
        adjust("who", "1.00"),
        typed("ledger who"),
    ] {
        assert!(site.refused(request).what.contains("no subscriber `who`"));
    }
}
