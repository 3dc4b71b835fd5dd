//! Alerts become messages, once per cause.

use std::time::Duration;

use weir::model::alert::{AlertKind, Cause};
use weir::model::message::Purpose;

use super::{Does, SITE, Site, at};

fn router(name: &str) -> Cause {
    Cause::of(AlertKind::Router, name)
}

fn sms(site: &Site) -> Vec<String> {
    let given = site.script.given().into_iter();
    given
        .filter(|(by, _, _)| by != "mail")
        .map(|(_, _, text)| text)
        .collect()
}

#[test]
fn an_alert_and_its_end_go_once_to_each_phone_and_address() {
    let mut site = Site::new("2027-03-01 03:00");
    site.raise(&router("core"), "router `core` does not answer");
    site.works();
    site.raise(&router("core"), "router `core` still does not answer");
    let mut site = site.restart();
    site.works();
    site.clock.set(at("2027-03-01 03:12"));
    site.end(&router("core"), "router `core` answers again after 12 minutes");
    site.works();
    let given = site.script.given();
    assert_eq!(given.len(), 4, "{given:?}");
    assert_eq!(
        sms(&site),
        [
            "hilltop: router `core` does not answer",
            "hilltop: router `core` answers again after 12 minutes"
        ]
    );
    assert_eq!(
        given
            .iter()
            .filter(|(by, to, _)| by == "mail" && to == "owner@example.org")
            .count(),
        2
    );
}

#[test]
fn an_end_that_comes_before_the_beginning_left_makes_one_message_of_both() {
    let mut site = Site::new("2027-03-01 03:00");
    for gateway in ["one", "two", "mail"] {
        site.script.always(gateway, Does::Refuses);
    }
    site.raise(&router("core"), "router `core` does not answer");
    site.works();
    site.clock.set(at("2027-03-01 03:12"));
    site.end(&router("core"), "router `core` answers again");
    for gateway in ["one", "two", "mail"] {
        site.script.always(gateway, Does::Takes);
    }
    let before = site.script.given().len();
    site.works();
    site.live(Duration::from_secs(1_200));
    let after: Vec<_> = site.script.given().split_off(before);
    assert_eq!(after.len(), 2, "{after:?}");
    assert!(
        after[0].2.contains(
            "does not answer; already over: router `core` answers again (from 2027-03-01 03:00 to 2027-03-01 03:12)"
        ),
        "{after:?}"
    );
}

#[test]
fn both_at_once_are_one_message_and_an_end_without_a_beginning_is_not_told() {
    let mut site = Site::new("2027-03-01 03:00");
    site.raise(&router("core"), "router `core` does not answer");
    site.end(&router("core"), "router `core` answers again");
    site.works();
    assert_eq!(sms(&site).len(), 1);
    // Somebody who was not told of the beginning.
    let mut silent = Site::with(
        "2027-03-01 03:00",
        &SITE
            .replace("[\"+254700000009\"]", "[]")
            .replace("[\"owner@example.org\"]", "[]"),
    );
    silent.raise(&router("east"), "down");
    silent.works();
    assert_eq!(
        silent.appliance.store.read().unwrap().announcements_waiting().unwrap(),
        1,
        "dropped with something else"
    );
    silent.opened.rewrite(SITE);
    silent.appliance.reload("test").unwrap();
    silent.end(&router("east"), "up");
    silent.works();
    assert!(silent.script.given().is_empty(), "{:?}", silent.script.given());
}

#[test]
fn many_of_one_kind_are_one_message_and_their_ends_are_told() {
    let mut site = Site::new("2027-03-01 03:00");
    let names = ["a", "b", "c", "d", "e"];
    site.write(|tx| {
        for name in names {
            tx.raise(&weir::store::write::alerts::Raised::new(
                router(name),
                format!("`{name}` is down"),
            ))?;
        }
        Ok(())
    });
    site.works();
    assert_eq!(
        sms(&site),
        ["hilltop: 5 alerts (router): a, b, c, ...; `weir logs alert` shows all"]
    );
    site.end(&router("a"), "`a` is back");
    site.works();
    assert_eq!(sms(&site)[1], "hilltop: `a` is back");
}

#[test]
fn an_alert_that_leaves_late_says_when_it_happened() {
    let mut site = Site::new("2027-03-01 03:00");
    site.script.always("one", Does::Refuses);
    site.script.always("two", Does::Refuses);
    site.raise(&router("core"), "down");
    site.works();
    site.live(Duration::from_secs(600));
    site.script.always("two", Does::Takes);
    site.live(Duration::from_secs(1_800));
    let last = sms(&site).into_iter().find(|text| text.contains("happened")).unwrap();
    assert_eq!(last, "hilltop: down (happened 2027-03-01 03:00)");
}

#[test]
fn an_alert_goes_before_a_long_line_of_others() {
    let mut site = Site::with("2027-03-01 12:00", &SITE.replace("daily_cap = 5", "daily_cap = 500"));
    for at in 0..100 {
        site.queue(Purpose::Resumption, "+254700000001", &format!("m{at}"));
    }
    site.messenger.look().unwrap();
    site.raise(&router("core"), "down");
    site.messenger.look().unwrap();
    assert!(
        sms(&site).contains(&"hilltop: down".to_owned()),
        "{:?}",
        site.script.texts()
    );
    site.works();
    assert_eq!(site.script.texts().len(), 102);
}

#[test]
fn what_comes_up_object_by_object_is_gathered_after_the_first() {
    let mut site = Site::new("2027-03-01 03:00");
    for name in ["a", "b", "c", "d", "e", "f"] {
        let cause = Cause::of(AlertKind::Drift, format!("core/{name}"));
        site.raise(&cause, &format!("`{name}` is changed again and again"));
        site.raise(&router(name), "down");
        site.works();
    }
    let drift = |site: &Site| {
        sms(site)
            .into_iter()
            .filter(|text| text.contains("changed") || text.contains("drift"))
            .collect::<Vec<_>>()
    };
    assert_eq!(drift(&site), ["hilltop: `a` is changed again and again"]);
    assert_eq!(sms(&site).len(), 7, "routers are told at once: {:?}", sms(&site));
    site.live(Duration::from_secs(620));
    assert_eq!(
        drift(&site)[1..],
        [
            "hilltop: 5 alerts (drift): core/b, core/c, core/d, ...; `weir logs alert` shows all (happened \
            2027-03-01 03:00)"
        ]
    );
    assert_eq!(site.works(), 0);
}

/// `[alerts]` names these phones from now on.
fn phones(site: &mut Site, phones: &str) {
    let text = SITE.replace("[\"+254700000009\"]", phones);
    site.opened.rewrite(&text);
    site.appliance.reload("test").unwrap();
}

#[test]
fn an_alert_that_waits_goes_to_who_is_named_when_it_leaves_and_its_end_follows() {
    let mut site = Site::new("2027-03-01 03:00");
    for gateway in ["one", "two"] {
        site.script.always(gateway, Does::Refuses);
    }
    site.raise(&router("core"), "router `core` does not answer");
    site.works();
    let before = site.script.given().len();
    phones(&mut site, "[\"0711111111\"]");
    for gateway in ["one", "two"] {
        site.script.always(gateway, Does::Takes);
    }
    site.live(Duration::from_secs(60));
    site.end(&router("core"), "router `core` answers again");
    site.works();
    let after: Vec<_> = site.script.given().split_off(before);
    let to: Vec<&str> = after
        .iter()
        .filter(|(by, _, _)| by != "mail")
        .map(|(_, to, _)| to.as_str())
        .collect();
    assert_eq!(to, ["+254711111111", "+254711111111"], "{after:?}");
}

#[test]
fn an_alert_for_whom_nobody_is_named_any_more_is_dropped_and_says_so() {
    let mut site = Site::new("2027-03-01 03:00");
    for gateway in ["one", "two"] {
        site.script.always(gateway, Does::Refuses);
    }
    site.raise(&router("core"), "router `core` does not answer");
    site.works();
    phones(&mut site, "[]");
    site.live(Duration::from_secs(60));
    let dropped = site.json(crate::support::typed::typed("outbox --state dropped"));
    assert_eq!(
        dropped[0]["error"], "[alerts] no longer names `+254700000009` to receive alerts",
        "{dropped}"
    );
}

#[test]
fn two_who_are_replaced_by_one_make_one_message() {
    let both = SITE.replace("[\"+254700000009\"]", "[\"+254700000008\", \"+254700000009\"]");
    let mut site = Site::with("2027-03-01 03:00", &both);
    for gateway in ["one", "two"] {
        site.script.always(gateway, Does::Refuses);
    }
    site.raise(&router("core"), "router `core` does not answer");
    site.works();
    let before = site.script.given().len();
    phones(&mut site, "[\"+254711111111\"]");
    for gateway in ["one", "two"] {
        site.script.always(gateway, Does::Takes);
    }
    site.live(Duration::from_secs(120));
    let after = site.script.given().split_off(before);
    assert_eq!(after.iter().filter(|(by, _, _)| by != "mail").count(), 1, "{after:?}");
}
