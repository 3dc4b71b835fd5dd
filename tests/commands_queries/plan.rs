//! `weir plan`: what it says is what happens.

use std::collections::BTreeMap;

use weir::commands::jobs::plan::Plan;
use weir::commands::request::Request;
use weir::model::day::Day;
use weir::model::entry::EntryKind;
use weir::model::subscriber::State;
use weir::store::error::StoreError;

use super::site::{SITE, Site, at, day, hilltop, newcomer, saying};

/// (what happens, to whom, for how much) by the day and job it happens on, as far as a test looks at it.
type Story = BTreeMap<(String, String, String), Vec<String>>;

fn planned(site: &Site, days: u32) -> Story {
    let mut story = Story::new();
    let rows = site.ask_json(format!("plan --days {days}"));
    let mut before = String::new();
    for row in rows.as_array().unwrap() {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        assert!(text("at") >= before, "not in order of time");
        before = text("at");
        story
            .entry((text("at"), text("username"), text("action")))
            .or_default()
            .push(text("amount"));
    }
    story
}

/// Really lives through these days, and tells what happened in the words of the plan.
fn lived(site: &Site, until: Day) -> Story {
    let mut story = Story::new();
    let mut before = snapshot(site);
    let end = at(&format!("{until} 23:59:59"));
    loop {
        // One occurrence at a time is too fine for the appliance; the runs of one call are told apart by their times.
        let ran = site.work_off();
        let after = snapshot(site);
        if let Some(last) = ran.last() {
            assert!(ran.len() == 1, "one run at a time, so that what it did can be told");
            tell(&mut story, &last.planned_for.rfc3339(), &before, &after);
        }
        before = after;
        match site.appliance.next_due().unwrap() {
            Some(next) if next <= end => {
                use weir::clock::Clock as _;
                site.clock.set(next.max(site.clock.now()));
            }
            _ => return story,
        }
    }
}

type Snapshot = BTreeMap<String, (State, Option<Day>, Vec<(u64, String)>)>;

fn snapshot(site: &Site) -> Snapshot {
    let currency = site.appliance.in_force().config.site.currency;
    let reader = site.appliance.store.read().unwrap();
    let mut all = Snapshot::new();
    reader
        .each_subscriber(|subscriber| -> Result<(), StoreError> {
            let entries = reader.wallet_entries(&subscriber, 10_000)?;
            let debits = entries
                .iter()
                .rev()
                .filter(|entry| entry.kind == EntryKind::Debit)
                .map(|entry| (entry.seq.0, currency.format(entry.amount)))
                .collect();
            let told = (subscriber.state, subscriber.period.expires_on, debits);
            all.insert(subscriber.username.to_string(), told);
            Ok(())
        })
        .unwrap();
    all
}

fn tell(story: &mut Story, at: &str, before: &Snapshot, after: &Snapshot) {
    let mut add = |name: &str, action: &str, amount: &str| {
        story
            .entry((at.to_owned(), name.to_owned(), action.to_owned()))
            .or_default()
            .push(amount.to_owned());
    };
    for (name, (state, end, debits)) in after {
        let (state_before, end_before, debits_before) = &before[name];
        for (_, amount) in &debits[debits_before.len()..] {
            add(name, "charge", amount);
        }
        match (state_before, state) {
            (State::Active, State::Suspended) => add(name, "suspend", "0.00"),
            (State::Suspended, State::Active) => add(name, "resume", "0.00"),
            _ if end != end_before => add(name, "renew", "0.00"),
            _ => {}
        }
    }
}

/// Subscribers of all kinds, some of them with money for a while.
fn populated(site: &Site) {
    let begin = day("2026-12-01");
    for number in 0..40_i32 {
        let package = match number % 5 {
            0 => Some("day"),
            1 => Some("free"),
            4 if number % 2 == 0 => None,
            _ => Some("home-10"),
        };
        let ends = (number % 7 != 6).then(|| begin.plus_days(number % 33 - 3));
        let balance = match number % 4 {
            0 => 20_000 * i64::from(number),
            1 => 0,
            2 => 155_000,
            _ => -150_000,
        };
        site.ask(newcomer(&format!("u{number:02}"), package, ends, balance));
    }
}

#[test]
fn the_plan_of_two_months_is_what_really_happens() {
    for text in [
        SITE.to_owned(),
        format!("{SITE}\n[access]\ngrace_days = 2\n[billing]\ncredit_limit = \"100.00\"\nresume = \"from-due\"\n"),
        // Cut before billing, and billed twice a day.
        format!("{SITE}\n[jobs.billing]\nschedule = \"30 9,21 * * *\"\n[jobs.disconnect]\nschedule = \"0 6 * * *\"\n"),
    ] {
        let site = saying(&text, "2026-12-01 12:00").open();
        populated(&site);
        let story = planned(&site, 62);
        let happened = lived(&site, day("2027-01-31"));
        assert!(story.len() > 100, "a plan of {} rows tests little", story.len());
        assert_eq!(story, happened);
    }
}

#[test]
fn what_was_missed_stands_first_in_the_plan() {
    let site = hilltop("2026-12-01 12:00");
    site.ask(
        "subscriber add chebet --package day --router core --service pppoe --expires-on 2026-12-01 --balance 100.00",
    );
    site.ask("subscriber add brian --package home-10 --router core --service pppoe --expires-on 2026-12-01");
    site.set_clock("2026-12-04 12:00");
    let story = planned(&site, 1);
    let mut happened = Story::new();
    let before = snapshot(&site);
    let ran = site.work_off();
    tell(&mut happened, "", &before, &snapshot(&site));
    assert!(ran.len() > 2);
    let count = |story: &Story, action: &str| -> usize {
        story
            .iter()
            .filter(|(key, _)| key.2 == action)
            .map(|(_, amounts)| amounts.len())
            .sum()
    };
    for action in ["charge", "suspend"] {
        assert_eq!(count(&story, action), count(&happened, action), "{action}");
    }
    assert_eq!(count(&story, "charge"), 4);
    let first = story.keys().next().unwrap();
    assert_eq!(first.0, at("2026-12-02 00:05").rfc3339());
}

#[test]
fn a_plan_changes_nothing_and_leaves_out_paused_jobs() {
    let site = hilltop("2026-12-01 12:00");
    populated(&site);
    site.ask("jobs pause disconnect");
    let before = site.appliance.store.read().unwrap().state().unwrap();
    let reply = site.ask("plan --days 30");
    assert_eq!(site.appliance.store.read().unwrap().state().unwrap(), before);
    assert!(!reply.payload.contains("disconnect"));
    assert!(
        reply.notes.iter().any(|note| note.contains("`disconnect` is paused")),
        "{:?}",
        reply.notes
    );
    site.text("plan --days 30");
    assert!(site.tried(Request::Plan(Plan { days: 0 })).is_err());
    assert!(site.tried(Request::Plan(Plan { days: 367 })).is_err());
}
