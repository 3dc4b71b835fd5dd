//! The guard before `disconnect`, and what the owner decides about what it holds.

use serde_json::Value;
use weir::commands::Silent;
use weir::commands::approvals::approve::Approve;
use weir::commands::jobs::run::JobsRun;
use weir::commands::request::Request;
use weir::commands::request::{Call, Handler};
use weir::commands::system::logs::Logs;
use weir::jobs::plan;
use weir::model::job::{Counts, Job, Outcome, Run};
use weir::model::subscriber::Access;

use super::{Site, hilltop, hilltop_with, hold, instant};
use crate::support::typed::typed;

/// The day on which some of a site are due and unpaid.
const DUE: &str = "2027-03-10";

fn approve(what: Option<&str>) -> Request {
    Request::Approve(Approve {
        what: what.map(str::to_owned),
        refuse: None,
        dry_run: false,
    })
}

fn refuse(text: &str) -> Request {
    typed(&format!("approve disconnect --refuse '{text}'"))
}

fn look() -> Request {
    typed("approve --dry-run")
}

fn run_now(dry_run: bool) -> Request {
    Request::JobsRun(JobsRun {
        name: "disconnect".to_owned(),
        dry_run,
    })
}

/// `all` active subscribers `u001`, `u002`, …, of whom the first `due` have not paid for the days after [`DUE`].
fn site(due: usize, all: usize) -> Site {
    let site = hilltop("2027-03-09");
    let mut csv = "username,name,phone,account,package,router,service,address,expires_on,balance\n".to_owned();
    for number in 1..=all {
        let expires = if number <= due { DUE } else { "2027-03-28" };
        csv.push_str(&format!("u{number:03},,,,home-10,core,pppoe,,{expires},\n"));
    }
    site.import(&csv);
    site.night_at(DUE, 0, 30);
    site
}

impl Site {
    /// Lets the clock show a time of a day, and the jobs run.
    fn night_at(&self, day: &str, hour: i64, minute: i64) -> Vec<Run> {
        self.clock.set(instant(day, hour, minute));
        self.appliance.work_off().unwrap()
    }

    fn tally(&self, state: &str) -> u64 {
        let tallies = self.appliance.store.read().unwrap().state().unwrap().tallies;
        match state {
            "active" => tallies.active,
            "suspended" => tallies.suspended,
            other => panic!("{other}"),
        }
    }

    /// What became of each run of disconnect, newest first, but for that of the night before the due day.
    fn history(&self) -> Vec<(String, String)> {
        let runs = self.ask_json("jobs history disconnect --limit 100");
        let (first, runs) = runs.as_array().unwrap().split_last().unwrap();
        assert_eq!(first["outcome"], "caught_up");
        runs.iter()
            .map(|run| {
                (
                    run["outcome"].as_str().unwrap().to_owned(),
                    run["error"].as_str().unwrap_or_default().to_owned(),
                )
            })
            .collect()
    }

    fn alerts(&self) -> Vec<String> {
        let (alerts, count) = self.appliance.store.read().unwrap().alerts(10).unwrap();
        assert_eq!(u64::try_from(alerts.len()).unwrap(), count);
        alerts.into_iter().map(|alert| alert.text).collect()
    }

    fn waits(&self) -> bool {
        !self.appliance.store.read().unwrap().all_held().unwrap().is_empty()
    }
}

#[test]
fn nobody_is_cut_before_forty_of_a_hundred_are_approved() {
    let site = site(40, 100);
    let ran = site.night_at("2027-03-10", 23, 59);
    assert_eq!(ran.last().unwrap().outcome, Outcome::Waiting);
    assert_eq!(site.tally("active"), 100);
    assert!(site.work().is_empty(), "no router hears of it");
    let [(outcome, error)] = <[_; 1]>::try_from(site.history()).unwrap();
    assert_eq!(outcome, "waiting");
    assert_eq!(
        error,
        "40 of 100 active subscribers would be cut off, 40 %, but `max_share` allows 20 % at once"
    );
    let alerts = site.alerts();
    assert_eq!(alerts.len(), 1);
    assert!(
        alerts[0].starts_with("a run of `disconnect` is waiting for approval: 40 of 100"),
        "{alerts:?}"
    );
    assert!(alerts[0].contains("`weir approve disconnect`"), "{alerts:?}");

    // It blocks nothing else.
    let ran = site.night_at("2027-03-11", 0, 5);
    assert_eq!(
        (ran.len(), ran[0].job, ran[0].outcome),
        (1, Job::Billing, Outcome::Done)
    );

    // Who pays in between is spared, and so is who is held by hand.
    assert_eq!(site.pay("u001", "1500.00", "R1")["state"], "active");
    site.ask_json(hold("u002", None));
    let listed = site.ask_json(look());
    assert_eq!(listed.as_array().unwrap().len(), 40);
    assert_eq!(listed[0]["would"], "spare");
    assert_eq!(listed[1]["why"], "on hold");
    assert_eq!(
        listed[2],
        serde_json::json!({"username": "u003", "would": "cut", "why": "unpaid, served through 2027-03-10"})
    );
    let answer = site.ask_json(approve(None));
    assert_eq!(answer["what"], "disconnect");
    assert_eq!(
        (answer["would_cut"].as_u64(), answer["of"].as_u64()),
        (Some(40), Some(100))
    );
    assert_eq!((answer["cut"].as_u64(), answer["spared"].as_u64()), (Some(38), Some(2)));
    assert_eq!(answer["refused"], false);
    assert_eq!((site.tally("active"), site.tally("suspended")), (61, 38));
    assert_eq!(site.work().len(), 38);
    assert!(site.work().iter().all(|(_, access, _)| *access == Access::Off));
    assert!(!site.waits() && site.alerts().is_empty());
    assert_eq!(site.history()[0], ("done".to_owned(), String::new()));
    assert_eq!(site.show("u001")["state"], "active");
    assert_eq!(site.show("u002")["state"], "held");

    // Decided is decided.
    assert_eq!(site.refused(approve(None)).what, "nothing is waiting for approval");
    let ran = site.night_at("2027-03-11", 23, 59);
    assert_eq!(ran[0].outcome, Outcome::Done);
}

#[test]
fn ten_of_a_hundred_are_cut_without_a_question() {
    let site = site(10, 100);
    let ran = site.night_at("2027-03-10", 23, 59);
    assert_eq!(ran.last().unwrap().outcome, Outcome::Done);
    assert_eq!(site.tally("suspended"), 10);
    assert!(!site.waits() && site.alerts().is_empty());
}

#[test]
fn exactly_the_share_may_be_cut_and_one_more_may_not() {
    let exactly = site(20, 100);
    exactly.night_at("2027-03-10", 23, 59);
    assert_eq!(exactly.tally("suspended"), 20);
    let more = site(21, 100);
    more.night_at("2027-03-10", 23, 59);
    assert_eq!((more.tally("suspended"), more.waits()), (0, true));
}

#[test]
fn what_is_refused_is_skipped_with_the_reason_and_counted_anew_by_the_next() {
    let site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    let empty = site.refused(refuse("  "));
    assert!(empty.way_out.contains("--refuse"), "{empty}");
    let answer = site.ask_json(refuse("the bank was closed"));
    assert_eq!(
        (answer["refused"].as_bool(), answer["cut"].as_u64()),
        (Some(true), Some(0))
    );
    assert_eq!(site.tally("active"), 100);
    assert_eq!(
        site.history(),
        [("skipped".to_owned(), "refused by amina: the bank was closed".to_owned())]
    );
    assert!(!site.waits() && site.alerts().is_empty());
    site.night_at("2027-03-11", 23, 59);
    assert!(site.waits(), "they are still unpaid");
}

#[test]
fn the_next_run_absorbs_a_held_one_and_takes_its_place() {
    let site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    let since = site.appliance.store.read().unwrap().alerts(1).unwrap().0[0].since;
    for number in 1..=5 {
        site.pay(&format!("u{number:03}"), "1500.00", &format!("R{number}"));
    }
    site.night_at("2027-03-11", 23, 59);
    let alert = site.appliance.store.read().unwrap().alerts(1).unwrap().0.remove(0);
    assert_eq!(alert.since, since, "one alert for one cause");
    assert!(alert.text.contains("35 of 100"), "{}", alert.text);
    assert_eq!(site.ask_json(look()).as_array().unwrap().len(), 35);
    assert_eq!(
        site.history()
            .iter()
            .filter(|(outcome, _)| outcome == "waiting")
            .count(),
        2
    );
    site.ask_json(approve(Some("disconnect")));
    let ends: Vec<String> = site.history().into_iter().map(|(outcome, _)| outcome).collect();
    assert_eq!(ends, ["done", "collapsed"]);
    assert_eq!(site.tally("suspended"), 35);
}

#[test]
fn nobody_approves_a_list_that_another_has_taken_the_place_of() {
    let site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    let seen = site.appliance.store.read().unwrap().all_held().unwrap().remove(0);
    site.night_at("2027-03-11", 23, 59);
    let done = site
        .appliance
        .approve_disconnect(&seen, "amina", &mut |_, _| {})
        .unwrap();
    assert!(done.is_none());
    assert_eq!((site.tally("suspended"), site.waits()), (0, true));
}

#[test]
fn a_run_that_acts_makes_the_held_ones_collapse_into_it() {
    let site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    site.night_at("2027-03-11", 23, 59);
    for number in 1..=25 {
        site.pay(&format!("u{number:03}"), "1500.00", &format!("R{number}"));
    }
    let ran = site.night_at("2027-03-12", 23, 59);
    assert_eq!(ran.last().unwrap().outcome, Outcome::Done);
    assert_eq!(site.tally("suspended"), 15);
    let history = site.history();
    assert_eq!(history[0].0, "done");
    for older in &history[1..] {
        assert_eq!(older, &("collapsed".to_owned(), "a later run replaced it".to_owned()));
    }
    assert!(!site.waits() && site.alerts().is_empty());
}

#[test]
fn a_run_that_has_nobody_to_cut_any_more_ends_what_waits() {
    let site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    for number in 1..=40 {
        site.pay(&format!("u{number:03}"), "1500.00", &format!("R{number}"));
    }
    site.night_at("2027-03-11", 23, 59);
    assert_eq!(site.tally("suspended"), 0);
    assert!(!site.waits() && site.alerts().is_empty());
}

#[test]
fn only_those_on_the_list_are_cut_by_an_approval() {
    let site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    // Somebody whose cut-off had come then is back in arrears, and was not on the list: a hold that has ended.
    site.ask_json(hold("u041", Some(Access::On)));
    site.add("late", "home-10", Some("2027-03-11"), None);
    site.clock.set(instant("2027-03-12", 12, 0));
    site.ask_json(approve(None));
    assert_eq!(site.tally("suspended"), 40);
    assert_eq!(site.show("late")["state"], "active");
}

#[test]
fn a_kill_between_two_parts_of_an_approval_is_gone_on_from_before_anything_else() {
    let mut site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    site = site.in_parts_of(7);
    // Stands in for the kill: the clock is not believed after the second part.
    struct Kill<'s>(&'s weir::clock::ManualClock, u32);
    impl weir::commands::Progress for Kill<'_> {
        fn step(&mut self, _done: u64, _total: u64, _what: &str) {
            self.1 += 1;
            if self.1 == 2 {
                self.0.step(instant("1970-01-01", 12, 0));
            }
        }
    }
    let call = Call {
        request: approve(None),
        actor: "amina".to_owned(),
        json: true,
        width: 80,
    };
    let clock = site.clock.clone();
    let failure = site.appliance.handle(&call, &mut Kill(&clock, 0)).unwrap_err();
    assert!(failure.what.contains("clock"), "{failure}");
    assert_eq!(site.tally("suspended"), 14);
    let no = site.refused(refuse("too late"));
    assert!(no.what.contains("was approved by amina"), "{no}");
    site.verify();

    // The next night comes before the rest was carried out: what is approved goes first.
    site.pay("u040", "1500.00", "R40");
    site.clock.step(instant("2027-03-11", 23, 59));
    let ran = site.appliance.work_off().unwrap();
    assert_eq!(ran[0].job, Job::Disconnect);
    assert_eq!(
        (ran[0].outcome, ran[0].planned_for),
        (Outcome::Done, instant("2027-03-10", 23, 59))
    );
    assert_eq!(site.tally("suspended"), 39, "each once, and not who has paid");
    assert_eq!(ran.last().unwrap().outcome, Outcome::Done, "the night's own run");
    assert!(!site.waits() && site.alerts().is_empty());
    site.verify();
}

#[test]
fn the_next_approve_goes_on_with_an_unfinished_one() {
    let mut site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    site = site.in_parts_of(10);
    struct Stop<'s>(&'s weir::clock::ManualClock);
    impl weir::commands::Progress for Stop<'_> {
        fn step(&mut self, _done: u64, _total: u64, _what: &str) {
            self.0.step(instant("1970-01-01", 12, 0));
        }
    }
    let call = |actor: &str| Call {
        request: approve(Some("disconnect")),
        actor: actor.to_owned(),
        json: true,
        width: 80,
    };
    let clock = site.clock.clone();
    site.appliance.handle(&call("amina"), &mut Stop(&clock)).unwrap_err();
    assert_eq!(site.tally("suspended"), 10);
    site.clock.step(instant("2027-03-11", 8, 0));
    let reply = site.appliance.handle(&call("baraka"), &mut Silent).unwrap();
    let answer: Value = serde_json::from_str(&reply.payload).unwrap();
    assert_eq!((answer["cut"].as_u64(), answer["spared"].as_u64()), (Some(40), Some(0)));
    assert_eq!(site.tally("suspended"), 40);
    site.verify();
}

#[test]
fn nothing_is_approved_under_a_clock_in_doubt() {
    let site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    site.clock.step(instant("1970-01-01", 12, 0));
    let failure = site.refused(approve(None));
    assert!(
        failure.what.contains("must wait until the clock is trusted"),
        "{failure}"
    );
    assert!(site.waits());
    assert_eq!(site.tally("suspended"), 0);
    // Leaving them as they are needs no clock.
    site.ask_json(refuse("wait for the battery"));
    assert!(!site.waits());
}

#[test]
fn approve_says_what_to_do_where_nothing_or_something_else_waits() {
    let site = site(40, 100);
    let nothing = site.refused(approve(None));
    assert!(nothing.way_out.contains("weir jobs history disconnect"), "{nothing}");
    site.night_at("2027-03-10", 23, 59);
    let other = site.refused(approve(Some("reconcile/core")));
    assert!(other.way_out.contains("`weir approve disconnect`"), "{other}");
}

#[test]
fn a_run_by_hand_that_is_held_says_so_and_ends_with_one() {
    let site = site(40, 100);
    site.clock.set(instant("2027-03-11", 12, 0));
    let reply = site.try_json(run_now(false)).unwrap();
    assert_eq!(reply.exit, 1);
    let answer: Value = serde_json::from_str(&reply.payload).unwrap();
    assert_eq!(
        (answer["outcome"].as_str(), answer["would_cut"].as_u64()),
        (Some("waiting"), Some(40))
    );
    assert_eq!(
        (answer["of"].as_u64(), answer["names"].as_array().unwrap().len()),
        (Some(100), 20)
    );
    assert!(answer["error"].as_str().unwrap().starts_with("40 of 100"), "{answer}");
    assert!(
        reply.notes.iter().any(|note| note.contains("weir approve disconnect")),
        "{:?}",
        reply.notes
    );
    assert!(
        !reply.notes.iter().any(|note| note.contains("caught up")),
        "{:?}",
        reply.notes
    );
    let text = site.ask(run_now(false));
    assert_eq!(text.exit, 1);
    assert!(text.payload.contains("and 20 more"), "{}", text.payload);
    assert_eq!(site.tally("suspended"), 0);
    // Two by hand, and before them the missed one of the night: one thing waits, and an approval ends them all.
    site.ask_json(approve(None));
    let ends: Vec<String> = site.history().into_iter().map(|(outcome, _)| outcome).collect();
    assert_eq!(ends.iter().filter(|end| *end == "done").count(), 1);
    assert!(ends.iter().all(|end| end != "waiting"), "{ends:?}");
    assert_eq!(site.tally("suspended"), 40);
}

#[test]
fn the_dry_run_says_beforehand_that_the_guard_would_hold_the_run() {
    let site = site(40, 100);
    site.clock.set(instant("2027-03-11", 12, 0));
    let before = site.content();
    let reply = site.try_json(run_now(true)).unwrap();
    assert_eq!((reply.exit, site.content()), (0, before));
    let answer: Value = serde_json::from_str(&reply.payload).unwrap();
    assert_eq!(
        answer["guard"],
        serde_json::json!({"cuts": 40, "of": 100, "max_share": 20})
    );
    assert_eq!(answer["counts"]["suspended"], 0);
    let rows = answer["would"].as_array().unwrap();
    assert_eq!(
        rows.len(),
        40,
        "each once, although the missed run would be held as well"
    );
    assert!(rows.iter().all(|row| row["held"] == true && row["action"] == "suspend"));
    assert!(
        reply
            .notes
            .iter()
            .any(|note| note.contains("would be held") && note.contains("40 of 100")),
        "{:?}",
        reply.notes
    );
    let text = site.ask(run_now(true)).payload;
    assert!(
        text.contains("suspend (held)") && text.contains("0 suspended"),
        "{text}"
    );
    let few = self::site(10, 100);
    few.clock.set(instant("2027-03-11", 12, 0));
    let answer = few.ask_json(run_now(true));
    assert!(
        answer.get("guard").is_none() && answer["would"][0].get("held").is_none(),
        "{answer}"
    );
}

/// What became of each run of disconnect: how many it cut or would have cut, of how many, and whether it was held.
fn lived(site: &Site, days: i32) -> Vec<(u64, u64, bool)> {
    let mut lived = Vec::new();
    let first = weir::model::day::Day::parse(DUE).unwrap();
    for day in 0..days {
        let day = first.plus_days(day).to_string();
        site.night_at(&day, 0, 5);
        let active = site.tally("active");
        let ran = site.night_at(&day, 23, 59);
        let run = ran.iter().rev().find(|run| run.job == Job::Disconnect).unwrap();
        let held = site.appliance.store.read().unwrap().all_held().unwrap();
        lived.push(match (run.outcome, run.counts, held.first()) {
            (Outcome::Waiting, _, Some(held)) => (held.cuts, held.of, true),
            (Outcome::Done, Counts::Disconnect(counts), None) => (counts.suspended, active, false),
            other => panic!("{other:?}"),
        });
    }
    lived
}

#[test]
fn what_is_foreseen_of_the_guard_is_what_happens() {
    // How many wallets are empty from which night on; the rest last.
    for (share, empty) in [
        (20, vec![8, 12, 30, 1, 9, 2]),
        (20, vec![15, 25, 0, 0, 3]),
        (50, vec![40, 20, 19, 5, 100, 1]),
        (1, vec![0, 10, 10, 11, 0]),
    ] {
        let site = hilltop_with("2027-03-09", "", &format!("max_share = {share}"));
        let mut csv = "username,package,router,service,expires_on,balance\n".to_owned();
        let nights = empty.iter().enumerate();
        let wallets = nights.flat_map(|(night, count)| std::iter::repeat_n(night, *count));
        for (number, night) in wallets.chain(std::iter::repeat_n(90, 60)).enumerate() {
            csv.push_str(&format!("u{number:03},daily,core,pppoe,{DUE},{}.00\n", night * 50));
        }
        site.import(&csv);
        site.night_at(DUE, 0, 4);
        let nights = i32::try_from(empty.len()).unwrap() + 2;
        let (rows, foreseen) = foreseen(&site, nights);
        let lived = lived(&site, nights);
        assert_eq!(foreseen, lived, "{empty:?}");
        assert!(lived.iter().any(|(_, _, held)| *held), "{lived:?}");
        // Everybody whose wallet is empty is told once.
        assert_eq!(rows, empty.iter().sum::<usize>());
    }
}

/// How many rows of a plan suspend somebody, and how each run of disconnect looks in it.
fn foreseen(site: &Site, days: i32) -> (usize, Vec<(u64, u64, bool)>) {
    let in_force = site.appliance.in_force();
    let reader = site.appliance.store.read().unwrap();
    let states: Vec<_> = [Job::Billing, Job::Disconnect]
        .into_iter()
        .map(|job| reader.job(job).unwrap().unwrap())
        .collect();
    let now = site.appliance.recorded().unwrap().at;
    let until = now.plus_millis(i64::from(days) * 86_400_000 - 60_000);
    let ahead = plan::ahead(&states, now, until, false, &in_force.terms).unwrap();
    let outlook = plan::outlook(&reader, &in_force.terms, &ahead.coming, &mut |_, _| {}).unwrap();
    let suspends = |row: &&plan::OutlookRow| row.action == plan::Action::Suspend;
    let runs = outlook.guard.iter().flatten();
    (
        outlook.rows.iter().filter(suspends).count(),
        runs.map(|run| (run.cuts, run.of, run.held)).collect(),
    )
}

/// A text as if it had not been broken into lines.
fn in_a_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_plan_marks_what_the_guard_would_hold() {
    let site = site(40, 100);
    let reply = site.try_json("plan --days 5").unwrap();
    let rows: Value = serde_json::from_str(&reply.payload).unwrap();
    let (held, others): (Vec<&Value>, Vec<&Value>) = rows
        .as_array()
        .unwrap()
        .iter()
        .partition(|row| row["action"] == "suspend");
    assert_eq!(held.len(), 40);
    assert!(held.iter().all(|row| row["held"] == true));
    assert!(others.iter().all(|row| row.get("held").is_none()));
    assert!(
        reply
            .notes
            .iter()
            .any(|note| note.contains("planned for 2027-03-10 23:59")),
        "{:?}",
        reply.notes
    );
    assert!(
        reply.notes.iter().any(|note| note.starts_with("4 later runs")),
        "{:?}",
        reply.notes
    );
    let shorter = site.try_json("plan --days 2").unwrap();
    assert!(
        shorter.notes.iter().any(|note| note.starts_with("1 later run would")),
        "{:?}",
        shorter.notes
    );
    let text = in_a_line(&site.ask("plan --days 5").payload);
    assert!(
        text.contains("suspend (held)") && text.contains("0 suspended"),
        "{text}"
    );
}

#[test]
fn jobs_and_jobs_show_tell_why_the_last_run_waits() {
    let site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    let list = site.ask_json("jobs");
    let disconnect = list.as_array().unwrap().iter().find(|job| job["name"] == "disconnect");
    assert_eq!(disconnect.unwrap()["last_outcome"], "waiting");
    for request in [
        typed("jobs"),
        typed("jobs show disconnect"),
        typed("jobs history disconnect --limit 10"),
    ] {
        let text = site.ask(request).payload;
        let words = in_a_line(&text);
        assert!(words.contains("waiting") && words.contains("40 of 100"), "{text}");
    }
}

/// A list of newcomers who are due on the same day.
fn newcomers(name: &str, of: usize) -> String {
    let mut csv = "username,package,router,service,expires_on\n".to_owned();
    for number in 1..=of {
        csv.push_str(&format!("{name}{number:03},home-10,core,pppoe,{DUE}\n"));
    }
    csv
}

/// Whoever looks on sees that some subscribers were decided; then this happens, once.
struct Meanwhile<F: FnMut()>(F, u64);

impl<F: FnMut()> weir::commands::Progress for Meanwhile<F> {
    fn step(&mut self, done: u64, _total: u64, _what: &str) {
        if done >= self.1 {
            self.1 = u64::MAX;
            (self.0)();
        }
    }
}

#[test]
fn a_run_that_meets_more_than_it_was_judged_by_is_judged_again() {
    // Fifteen of a hundred may be cut, and a list comes in after the first five of them.
    for (more, held, cut) in [(60, true, 15), (3, false, 18)] {
        let mut site = site(0, 85);
        site = site.in_parts_of(10);
        site.night_at("2027-03-10", 23, 59);
        site.import(&newcomers("due", 15));
        let call = Call {
            request: run_now(false),
            actor: "amina".to_owned(),
            json: true,
            width: 80,
        };
        let import = || assert_eq!(site.import(&newcomers("new", more))["added"], more);
        let reply = site.appliance.handle(&call, &mut Meanwhile(import, 90)).unwrap();
        let answer: Value = serde_json::from_str(&reply.payload).unwrap();
        assert_eq!((reply.exit == 1, site.tally("suspended")), (held, cut), "{answer}");
        assert_eq!(site.waits(), held);
        if held {
            let (_, error) = &site.history()[0];
            assert!(error.starts_with("75 of 160 active subscribers"), "{error}");
            assert!(
                error.ends_with("15 of them were cut off before the run was interrupted"),
                "{error}"
            );
            site.pay("new007", "1500.00", "R7");
            let answer = site.ask_json(approve(None));
            assert_eq!((answer["cut"].as_u64(), answer["spared"].as_u64()), (Some(74), Some(1)));
            assert_eq!(site.tally("suspended"), 74);
            assert!(site.alerts().is_empty() && !site.waits());
        }
        site.verify();
    }
}

#[test]
fn of_two_who_approve_at_once_one_cuts_and_the_other_is_told() {
    let mut site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    site = site.in_parts_of(5);
    let call = |actor: &str| Call {
        request: approve(Some("disconnect")),
        actor: actor.to_owned(),
        json: true,
        width: 80,
    };
    let outcomes = std::thread::scope(|scope| {
        let both = ["amina", "baraka"].map(|actor| {
            let (appliance, call) = (&site.appliance, call(actor));
            scope.spawn(move || appliance.handle(&call, &mut Silent))
        });
        both.map(|one| one.join().unwrap())
    });
    let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert_eq!(refused.len(), 1, "{outcomes:?}");
    assert!(refused[0].what.contains("wait"), "{}", refused[0]);
    assert_eq!(site.tally("suspended"), 40);
    let [(outcome, _)] = <[_; 1]>::try_from(site.history()).unwrap();
    assert_eq!(outcome, "done");
    site.verify();
}

#[test]
fn a_run_by_hand_carries_out_first_what_was_approved_and_not_finished() {
    let mut site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    site = site.in_parts_of(10);
    let clock = site.clock.clone();
    let mut stop = Meanwhile(|| clock.step(instant("1970-01-01", 12, 0)), 10);
    let call = Call {
        request: approve(None),
        actor: "amina".to_owned(),
        json: true,
        width: 80,
    };
    site.appliance.handle(&call, &mut stop).unwrap_err();
    assert_eq!(site.tally("suspended"), 10);
    site.pay("u040", "1500.00", "R40");
    site.clock.step(instant("2027-03-11", 8, 0));
    let answer = site.ask_json(run_now(false));
    assert_eq!(
        (answer["outcome"].as_str(), answer["counts"]["suspended"].as_u64()),
        (Some("done"), Some(0))
    );
    assert_eq!(site.tally("suspended"), 39);
    assert!(!site.waits() && site.alerts().is_empty());
    site.verify();
}

/// The last run of disconnect as the status tells it: its outcome, and for when it was planned.
fn last_run(site: &Site) -> (String, String) {
    let status = site.ask_json("status");
    let last = &status["jobs"][1];
    let text = |field: &str| last[field].as_str().unwrap().to_owned();
    (text("last_outcome"), text("last_run"))
}

#[test]
fn the_last_run_is_the_one_that_acted_or_waits_and_not_one_that_another_stands_for() {
    let site = site(40, 100);
    let (outcome, acted) = last_run(&site);
    assert_eq!(outcome, "caught_up");
    site.night_at("2027-03-10", 23, 59);
    assert_eq!(last_run(&site).0, "waiting");
    site.ask_json(refuse("the bank was closed"));
    assert_eq!(last_run(&site), ("caught_up".to_owned(), acted));
    site.night_at("2027-03-11", 23, 59);
    site.night_at("2027-03-12", 23, 59);
    assert_eq!(last_run(&site).0, "waiting");
    site.clock.set(instant("2027-03-13", 8, 0));
    site.ask_json(approve(None));
    assert_eq!(last_run(&site).0, "done");
    assert_eq!(site.ask_json("status")["jobs"][1]["last_counts"]["suspended"], 40);
}

#[test]
fn an_approval_tells_what_is_decided_and_that_the_routers_are_being_told() {
    let site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    site.pay("u001", "1500.00", "R1");
    let told = site.ask(approve(None)).payload;
    assert_eq!(
        told,
        "Approved `disconnect`: 39 of 40 are cut off, 1 spared because they no longer need to be cut off; the \
        routers are being updated.\n"
    );
}

#[test]
fn what_is_held_is_named_in_the_plan_and_beside_what_waits_for_the_clock() {
    let site = site(40, 100);
    let plan = || site.ask("plan --days 3");
    assert!(plan().notes.iter().all(|note| !note.contains("waiting for approval")));
    site.night_at("2027-03-10", 23, 59);
    site.pay("u001", "1500.00", "R1");
    let notes = plan().notes;
    let begins = "the run of `disconnect` planned for 2027-03-10 23:59 is waiting for approval: 39 of 40 would";
    assert!(notes.iter().any(|note| note.starts_with(begins)), "{notes:?}");
    site.clock.step(instant("1970-01-01", 12, 0));
    let text = site.ask("status").payload;
    let text = text.split_whitespace().collect::<Vec<&str>>().join(" ");
    assert!(
        text.contains("waiting: billing, disconnect, reminders, cleanup, a held run of disconnect;"),
        "{text}"
    );
}

#[test]
fn an_alert_can_be_read_to_its_end_in_the_log() {
    let site = site(40, 100);
    site.night_at("2027-03-10", 23, 59);
    for (kind, end) in [(Some("alert"), "spares them"), (None, "spares them")] {
        let request = Request::Logs(Logs {
            kind: kind.map(str::to_owned),
            since: None,
            until: None,
            user: None,
            limit: 5,
        });
        let text = site.ask(request).payload;
        assert!(
            !text.contains('…') && text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        let records = text.split("\n\n").last().unwrap();
        let read: Vec<&str> = records.split_whitespace().collect();
        assert!(read.join(" ").contains(end), "{text}");
    }
    let history = typed("jobs history disconnect --limit 5");
    let text = site.ask(history).payload;
    let read: Vec<&str> = text.split_whitespace().collect();
    assert!(read.join(" ").contains("but `max_share` allows 20 % at once"), "{text}");
}
