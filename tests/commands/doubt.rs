//! Money that comes in while nobody knows the day: credited at once, served at once, and set anew once the day is known.

use serde_json::Value;
use weir::clock::kernel::KernelSays;
use weir::commands::request::Request;
use weir::commands::subscribers::add::SubscriberAdd;
use weir::commands::subscribers::fields::SubscriberFields;
use weir::model::day::Instant;
use weir::model::job::Job;
use weir::model::record::LogKind;
use weir::model::subscriber::Access;
use weir::store::error::StoreError;

use super::{
    Site, adjust, assign, close, hilltop, hilltop_with, hold, instant, move_to, pay, release, reopen, reverse, set,
    statement,
};
use crate::support::typed::typed;

/// The day of the newest record, at noon.
const RECORDED: &str = "2027-03-10";
/// The first day that is known again.
const KNOWN: &str = "2027-03-13";

/// What a clock in doubt shows while it is noon of the tenth or later, and what the kernel says.
fn doubts() -> [(&'static str, Instant, KernelSays); 5] {
    let noon = instant(RECORDED, 12, 0);
    let unknown = || KernelSays::Unsynchronised("nobody keeps it".to_owned());
    [
        ("1970", Instant::from_millis(5_000), unknown()),
        ("before the build day", instant("2020-06-01", 8, 0), unknown()),
        ("a month ahead", noon.plus_millis(30 * 86_400_000), unknown()),
        ("an hour back", noon.plus_millis(-3_600_000), unknown()),
        (
            "contradicted",
            noon.plus_millis(60_000),
            KernelSays::Synchronised(instant(KNOWN, 9, 0)),
        ),
    ]
}

fn doubt(site: &Site, shows: Instant, says: KernelSays) {
    site.clock.have_kernel_say(Some(says));
    site.clock.step(shows);
    assert!(!site.appliance.trust().unwrap().is_trusted());
}

/// The clock of 1970.
fn in_1970(site: &Site) {
    let [(_, shows, says), ..] = doubts();
    doubt(site, shows, says);
}

/// The clock is right again at noon of the known day.
fn right(site: &Site) {
    site.clock.have_kernel_say(None);
    site.clock.step(instant(KNOWN, 12, 0));
}

/// The clock is right again, and the jobs are looked at.
fn known(site: &Site) {
    right(site);
    site.appliance.work_off().unwrap();
    site.verify();
}

fn newest(site: &Site) -> Instant {
    site.appliance.store.read().unwrap().state().unwrap().newest
}

fn has_notes(site: &Site) -> bool {
    site.appliance.store.read().unwrap().has_uncertain_periods().unwrap()
}

fn log(site: &Site) -> Vec<String> {
    let mut told = Vec::new();
    let reader = site.appliance.store.read().unwrap();
    reader
        .each_log(Some(LogKind::Payment), |record| -> Result<bool, StoreError> {
            told.push(record.message);
            Ok(true)
        })
        .unwrap();
    told
}

/// Somebody on a router who was cut off for want of money.
fn cut(billing: &str, package: &str) -> Site {
    let site = hilltop_with("2027-03-05", billing, "");
    site.ask_json(format!("subscriber add amina --package '{package}' --expires-on 2027-03-07 --account AC-amina --router core --service pppoe"));
    site.live_until(RECORDED);
    assert_eq!(site.show("amina")["state"], "suspended");
    // The newest record is of noon.
    site.add("other", "", None, None);
    assert_eq!(newest(&site), instant(RECORDED, 12, 0));
    site
}

/// The same, on the known day, of a site whose clock was never in doubt.
fn without_doubt(billing: &str, package: &str) -> Site {
    let site = cut(billing, package);
    site.live_until(KNOWN);
    site
}

/// How the subscriber stands, but for when it was recorded.
fn standing(site: &Site) -> Value {
    site.show("amina")
}

#[test]
fn under_every_doubt_the_payer_is_served_at_once_and_set_anew_on_the_first_known_day() {
    for (billing, package, price) in [
        ("", "home-10", "1500.00"),
        ("resume = \"from-due\"", "home-10", "1500.00"),
        ("", "daily", "50.00"),
    ] {
        let same = without_doubt(billing, package);
        same.pay("amina", price, "R1");
        for (what, shows, says) in doubts() {
            let what = format!("{what}, {package}, {billing}");
            let site = cut(billing, package);
            let floor = newest(&site);
            doubt(&site, shows, says);
            let answer = site.pay("amina", price, "R1");
            assert_eq!(
                (
                    &answer["credited"],
                    &answer["resumed"],
                    &answer["state"],
                    &answer["missing"]
                ),
                (&true.into(), &true.into(), &"active".into(), &"0.00".into()),
                "{what}"
            );
            assert_eq!(site.work().last().unwrap().1, Access::On, "{what}");
            assert_eq!(newest(&site), floor, "{what}: the floor has moved");
            assert_eq!(site.ledger("amina").last().unwrap()["for_day"], RECORDED, "{what}");
            assert_eq!(site.show("amina")["set_anew"], true, "{what}");
            // As long as nobody knows the day nothing is set, however often the jobs are looked at. The first look tells the
            // owner of the doubt; no other writes anything.
            site.appliance.work_off().unwrap();
            assert_eq!(site.show("amina")["set_anew"], true, "{what}");
            let before = site.content();
            site.appliance.work_off().unwrap();
            assert_eq!(site.content(), before, "{what}");

            known(&site);
            assert_eq!(standing(&site), standing(&same), "{what}");
            assert!(!has_notes(&site), "{what}");
            assert!(
                log(&site)
                    .iter()
                    .any(|told| told.contains("recalculated on 2027-03-13")),
                "{what}"
            );
            // Once.
            let before = site.content();
            site.appliance.work_off().unwrap();
            assert_eq!(site.content(), before, "{what}");
        }
    }
}

#[test]
fn a_reversal_after_it_restores_what_was_as_if_paid_on_the_known_day() {
    for billing in ["", "resume = \"from-due\""] {
        let (site, same) = (cut(billing, "home-10"), without_doubt(billing, "home-10"));
        in_1970(&site);
        site.pay("amina", "1500.00", "R1");
        known(&site);
        same.pay("amina", "1500.00", "R1");
        for site in [&site, &same] {
            site.ask_json(reverse("R1"));
            site.live_until("2027-03-15");
        }
        assert_eq!(standing(&site), standing(&same), "{billing}");
        assert_eq!(site.show("amina")["state"], "suspended");
        for site in [&site, &same] {
            site.pay("amina", "1500.00", "R2");
        }
        assert_eq!(standing(&site), standing(&same), "{billing}");
    }
}

#[test]
fn taken_back_and_paid_again_while_in_doubt_is_as_if_paid_on_the_known_day() {
    let (site, same) = (cut("", "home-10"), without_doubt("", "home-10"));
    in_1970(&site);
    for site in [&site, &same] {
        site.pay("amina", "1500.00", "R1");
        site.ask_json(reverse("R1"));
    }
    let again = cut("", "home-10");
    in_1970(&again);
    again.pay("amina", "1500.00", "R1");
    again.ask_json(reverse("R1"));
    again.pay("amina", "1500.00", "R2");
    known(&again);
    // Before the nights that waited cut off whoever has not paid.
    right(&site);
    for site in [&site, &same] {
        site.pay("amina", "1500.00", "R2");
    }
    assert_eq!(standing(&site), standing(&same));
    assert_eq!(standing(&again), standing(&same));
}

#[test]
fn a_command_sets_anew_before_it_decides_and_so_does_a_run_by_hand() {
    type Then = fn(&Site);
    let first: [(&str, Then); 2] = [
        ("a command", |site| {
            site.add("another", "home-10", None, None);
        }),
        ("jobs run", |site| {
            site.appliance
                .run_now(Job::Billing, &weir::jobs::context::NoHook, &mut |_, _| {})
                .unwrap();
        }),
    ];
    for (what, then) in first {
        let site = cut("", "home-10");
        in_1970(&site);
        site.pay("amina", "1500.00", "R1");
        right(&site);
        then(&site);
        assert!(!has_notes(&site), "{what}");
        assert_eq!(site.show("amina")["expires_on"], "2027-04-13", "{what}");
    }
}

#[test]
fn the_waiting_nights_find_the_period_set_anew_already() {
    // Paid for one day under a clock of 1970; the nights in between must not take it for over.
    let site = cut("", "daily");
    in_1970(&site);
    site.pay("amina", "50.00", "R1");
    known(&site);
    let shown = site.show("amina");
    assert_eq!(
        (&shown["state"], &shown["expires_on"]),
        (&"active".into(), &"2027-03-14".into())
    );
    assert_eq!(shown["balance"], "0.00");
}

#[test]
fn too_little_a_duplicate_and_a_held_payer_are_as_ever() {
    let site = cut("", "home-10");
    let floor = newest(&site);
    in_1970(&site);
    let little = site.pay("amina", "700.00", "R1");
    assert_eq!(
        (&little["resumed"], &little["missing"]),
        (&false.into(), &"800.00".into())
    );
    assert!(!has_notes(&site));
    assert_eq!(site.pay("amina", "700.00", "R1")["duplicate"], true);
    site.ask_json(hold("amina", None));
    assert_eq!(site.pay("amina", "800.00", "R2")["state"], "held");
    assert!(!has_notes(&site));
    assert!(site.refused(release("amina")).what.contains("days held"));
    assert_eq!(newest(&site), floor);
    known(&site);
    assert_eq!(site.ask_json(release("amina"))["expires_on"], "2027-04-13");
}

#[test]
fn a_hold_after_it_gives_its_days_back_at_the_release() {
    let site = cut("", "home-10");
    in_1970(&site);
    site.pay("amina", "1500.00", "R1");
    site.ask_json(hold("amina", Some(Access::Off)));
    known(&site);
    assert!(!has_notes(&site));
    assert_eq!(site.show("amina")["expires_on"], "2027-04-10", "held: not touched");
    assert!(log(&site).iter().any(|told| told.contains("release")));
    assert_eq!(site.ask_json(release("amina"))["expires_on"], "2027-04-13");
}

#[test]
fn the_owners_own_day_and_a_closed_account_stay() {
    for by_hand in [
        close("amina"),
        set(
            "amina",
            SubscriberFields {
                expires_on: Some("2027-06-01".to_owned()),
                ..SubscriberFields::default()
            },
        ),
    ] {
        let site = cut("", "home-10");
        in_1970(&site);
        site.pay("amina", "1500.00", "R1");
        site.ask_json(by_hand);
        let before = site.show("amina");
        known(&site);
        assert!(!has_notes(&site));
        let after = site.show("amina");
        assert_eq!(
            (&after["expires_on"], &after["state"]),
            (&before["expires_on"], &before["state"])
        );
    }
}

#[test]
fn whatever_settles_is_noted_like_a_payment() {
    type Settle = fn(&Site);
    let ways: [(&str, Settle); 5] = [
        ("an adjustment", |site| {
            site.ask_json(adjust("amina", "1500.00"));
        }),
        ("a statement", |site| {
            assert_eq!(
                site.counts("reference,date,amount,account,phone,source\nR1,2027-03-09,1500.00,AC-amina,,M-Pesa\n"),
                [1, 0, 0, 0]
            );
        }),
        ("an assignment", |site| {
            site.counts("reference,date,amount,account,phone,source\nR1,2027-03-09,1500.00,AC-nobody,,M-Pesa\n");
            site.ask_json(assign("R1", "amina"));
        }),
        ("a move", |site| {
            site.add("brian", "home-20", None, None);
            site.pay("brian", "1500.00", "R1");
            site.ask_json(move_to("R1", "amina"));
        }),
        ("money that was there", |site| {
            site.ask_json(close("amina"));
            site.ask_json(adjust("amina", "1500.00"));
            site.ask_json(reopen("amina"));
        }),
    ];
    for (what, settle) in ways {
        let site = cut("", "home-10");
        let floor = newest(&site);
        in_1970(&site);
        settle(&site);
        assert_eq!(site.show("amina")["state"], "active", "{what}");
        assert_eq!(site.show("amina")["set_anew"], true, "{what}");
        assert_eq!(newest(&site), floor, "{what}");
        known(&site);
        assert_eq!(site.show("amina")["expires_on"], "2027-04-13", "{what}");
        assert!(!has_notes(&site), "{what}");
    }
}

#[test]
fn a_newcomer_with_money_and_one_with_a_cheaper_package_are_noted_too() {
    let site = hilltop(RECORDED);
    site.add("brian", "home-20", None, Some("1500.00"));
    in_1970(&site);
    site.add("amina", "home-10", None, Some("1500.00"));
    site.set(
        "brian",
        SubscriberFields {
            package: Some("home-10".to_owned()),
            ..SubscriberFields::default()
        },
    );
    for (day, then) in [("2027-04-10", known as fn(&Site)), ("2027-04-13", |_| {})] {
        assert_eq!(site.show("amina")["expires_on"], day);
        assert_eq!(site.show("brian")["expires_on"], day);
        then(&site);
    }
}

#[test]
fn a_date_that_can_be_right_is_taken_and_a_slip_of_the_pen_is_not() {
    let dated = |reference: &str, date: &str| typed(&format!("pay amina 10.00 --ref '{reference}' --date '{date}'"));
    let site = cut("", "home-10");
    in_1970(&site);
    assert_eq!(site.ask_json(dated("R1", "2027-03-13"))["credited"], true);
    let failure = site.refused(dated("R2", "2072-03-13"));
    assert!(failure.what.contains("not trusted"), "{failure}");
    assert!(!failure.what.contains("today is"), "{failure}");
    let reply = site.statement(
        "reference,date,amount,account,phone,source\nR3,2027-03-13,10.00,AC-amina,,\nR4,2072-03-13,10.00,AC-amina,,\n",
    );
    let answer: Value = serde_json::from_str(&reply.payload).unwrap();
    assert_eq!(answer["credited"], 1);
    assert_eq!(answer["unreadable"].as_array().unwrap().len(), 1);
    // The clock is known again: the day of tomorrow is the future.
    known(&site);
    assert!(
        site.refused(dated("R5", "2027-03-14"))
            .what
            .contains("today is 2027-03-13")
    );
    // A far clock may be right.
    let ahead = cut("", "home-10");
    doubt(
        &ahead,
        instant("2029-01-01", 12, 0),
        KernelSays::Unsynchronised("nobody keeps it".to_owned()),
    );
    assert_eq!(ahead.ask_json(dated("R1", "2029-01-01"))["credited"], true);
}

#[test]
fn whoever_reads_is_told() {
    let site = cut("", "home-10");
    let text = |site: &Site, request: Request| site.ask(request).payload;
    let show = || typed("subscriber show amina");
    assert!(!text(&site, show()).contains("recalculated"));
    assert_eq!(site.show("amina")["set_anew"], false);
    in_1970(&site);
    let paid = text(&site, pay("amina", "1500.00", "R1"));
    assert!(paid.contains("recalculated once it is"), "{paid}");
    let shown = text(&site, show());
    assert!(shown.contains("recalculated once the clock is trusted"), "{shown}");
    let statement = text(&site, statement("reference,date,amount,account,phone,source\n"));
    assert!(statement.contains("0 credited"), "{statement}");
    known(&site);
    assert!(!text(&site, show()).contains("recalculated"));
}

#[test]
fn nobody_is_taken_in_as_cut_off_by_a_floor_that_a_wrong_clock_has_raised() {
    let ending = |username: &str, day: Option<&str>| {
        Request::SubscriberAdd(SubscriberAdd {
            username: username.to_owned(),
            fields: SubscriberFields {
                package: Some("home-10".to_owned()),
                expires_on: day.map(str::to_owned),
                router: Some("core".to_owned()),
                service: Some("pppoe".to_owned()),
                ..SubscriberFields::default()
            },
            balance: None,
            debited: None,
        })
    };
    let site = hilltop(RECORDED);
    site.add("other", "", None, None);
    site.clock.step(instant("2027-02-01", 12, 0));
    assert!(!site.appliance.trust().unwrap().is_trusted());
    let floor = newest(&site);
    // Today is the first of February, and they are paid through the tenth.
    let no = site.refused(ending("amina", Some("2027-02-10")));
    assert!(no.what.contains("must wait until the clock is trusted"), "{no}");
    assert!(site.work().is_empty(), "no router hears of it");
    site.ask_json(ending("brian", Some("2027-04-10")));
    assert_eq!(site.show("brian")["state"], "active");
    site.ask_json(ending("chege", None));
    assert_eq!(site.show("chege")["state"], "suspended");
    assert_eq!(newest(&site), floor);
    right(&site);
    site.ask_json(ending("amina", Some("2027-02-10")));
    assert_eq!(site.show("amina")["state"], "suspended");
}
