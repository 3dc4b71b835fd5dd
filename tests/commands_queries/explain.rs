//! `weir subscriber explain`: the stories that callers ask about, and that what it foretells is what happens.

use jiff::tz::TimeZone;
use serde_json::Value;
use weir::clock::Clock as _;
use weir::commands::payments::reverse::PayReverse;
use weir::commands::request::Request;
use weir::model::day::Day;
use weir::model::message::{Channel, Draft, Purpose};
use weir::model::name::RouterName;
use weir::model::router::incident::{Incident, Trouble};
use weir::model::subscriber::State;
use weir::store::error::StoreError;

use super::site::{SITE, Site, at, day, hilltop, newcomer, saying};
use crate::support::typed::amount;
use crate::support::typed::typed;

fn explain(username: &str) -> Request {
    typed(&format!("subscriber explain {username}"))
}

/// The whole answer as text in one line, as it is read aloud.
fn told(site: &Site, username: &str) -> String {
    let text = site.text(explain(username));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn holds(text: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(text.contains(sentence), "`{sentence}` is missing in: {text}");
    }
}

fn texts(answer: &Value, part: &str) -> String {
    answer[part]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["text"].as_str().or(item.as_str()).unwrap().to_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Somebody due on the tenth, with nothing in the wallet, on the first of the month.
fn amina() -> Site {
    let site = hilltop("2027-03-01 12:00");
    site.ask("subscriber add amina --package home-10 --router core --service pppoe --expires-on 2027-03-10");
    site
}

#[test]
fn who_is_active_hears_the_charge_the_cut_off_and_what_a_payment_now_would_do() {
    let site = amina();
    holds(
        &told(&site, "amina"),
        &[
            "Active: paid through 2027-03-10.",
            "On 2027-03-10 00:05, 1500.00 KES is charged; 1500.00 KES of it is then missing.",
            "On 2027-03-10 23:59, they are cut off unless they pay first.",
            "A payment of 1500.00 KES now covers what that charge would lack: service goes on through 2027-04-10.",
        ],
    );
}

#[test]
fn who_paid_late_reads_the_charge_the_cut_the_payment_and_the_return_in_order() {
    let site = amina();
    site.live_through(at("2027-03-15 12:00"));
    holds(
        &told(&site, "amina"),
        &[
            "charged 1500.00 KES for the due day 2027-03-10; balance -1500.00; not yet paid",
            "cut off by the `disconnect` run of 2027-03-10 23:59: paid through 2027-03-10 only",
            "Suspended since 2027-03-10 23:59: the charge of 1500.00 KES for 2027-03-10 is outstanding.",
            "1500.00 KES is missing.",
            "A payment of 1500.00 KES now brings them back at once, paid through 2027-04-15.",
            "weir subscriber extend amina --until DAY",
        ],
    );
    site.ask("pay amina 1500.00 --ref M1");
    let text = told(&site, "amina");
    holds(
        &text,
        &[
            "paid 1500.00 KES, Cash M1; balance 0.00",
            "the charge for 2027-03-10 was settled: paid through 2027-04-15; service came back",
            "Active: paid through 2027-04-15.",
        ],
    );
    let places: Vec<usize> = [
        "charged 1500.00",
        "cut off by",
        "paid 1500.00 KES, Cash",
        "service came back",
    ]
    .iter()
    .map(|part| text.find(part).unwrap())
    .collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn a_router_that_was_not_reached_leaves_the_return_pending() {
    let site = amina();
    site.live_through(at("2027-03-15 12:00"));
    site.ask("pay amina 1500.00 --ref M1");
    let answer = site.ask_json(explain("amina"));
    assert_eq!(answer["state"], "active");
    assert_eq!(answer["access"], "on");
    assert_eq!(answer["router_access"], "pending");
    holds(
        &texts(&answer, "now"),
        &["Router `core` has not yet confirmed that they are served; decided 2027-03-15 12:00"],
    );
}

#[test]
fn a_promise_tells_its_end_and_the_cut_that_ended_it() {
    let site = amina();
    site.live_through(at("2027-03-15 12:00"));
    site.ask("subscriber extend amina --until 2027-03-20");
    holds(
        &told(&site, "amina"),
        &[
            "promised to pay, served until 2027-03-20 (by amina)",
            "Active on a promise to pay: paid through 2027-03-10, served until the end of 2027-03-20.",
            "On 2027-03-20 23:59, they are cut off unless they pay first.",
            "A payment of 1500.00 KES now settles the charge: paid through 2027-04-10.",
        ],
    );
    site.live_through(at("2027-03-21 12:00"));
    holds(
        &told(&site, "amina"),
        &[
            "cut off by the `disconnect` run of 2027-03-20 23:59: the promise to pay ended on 2027-03-20",
            "Suspended since 2027-03-20 23:59",
        ],
    );
}

#[test]
fn a_hold_says_that_nothing_else_counts_and_what_its_release_does() {
    let site = amina();
    site.ask("subscriber hold amina --off --comment 'moving house'");
    site.live_through(at("2027-03-15 12:00"));
    let answer = site.ask_json(explain("amina"));
    assert_eq!(
        answer["next"].as_array().unwrap().len(),
        0,
        "no job touches them: {answer}"
    );
    holds(
        &told(&site, "amina"),
        &[
            "on hold, without service: moving house (by amina)",
            "On hold since 2027-03-01, without service",
            "Releasing the hold (`weir subscriber release amina`) leaves them active, paid through 2027-03-24.",
        ],
    );
}

#[test]
fn a_closed_account_says_so_and_what_reopening_does() {
    let site = amina();
    site.ask("subscriber close amina");
    site.live_through(at("2027-03-15 12:00"));
    holds(
        &told(&site, "amina"),
        &[
            "closed (by amina)",
            "Closed: the account has ended",
            "Reopening (`weir subscriber reopen amina`) leaves them suspended, with 1500.00 KES missing.",
        ],
    );
}

#[test]
fn without_a_package_nothing_comes_and_a_package_would_change_it() {
    let site = hilltop("2027-03-01 12:00");
    site.ask("subscriber add wanjiru --router core --service pppoe --expires-on 2027-03-10");
    let answer = site.ask_json(explain("wanjiru"));
    assert_eq!(answer["next"].as_array().unwrap().len(), 0);
    holds(
        &told(&site, "wanjiru"),
        &[
            "Active without a package: neither charged nor cut off.",
            "weir subscriber set wanjiru --package NAME",
        ],
    );
}

#[test]
fn who_is_covered_hears_that_the_wallet_pays() {
    let site = hilltop("2027-03-01 12:00");
    site.ask("subscriber add amina --package home-10 --router core --service pppoe --expires-on 2027-03-10 --balance 3000.00");
    holds(
        &told(&site, "amina"),
        &["On 2027-03-10 00:05, 1500.00 KES is charged; the wallet covers it through 2027-04-10."],
    );
}

#[test]
fn a_reversed_payment_is_told_with_what_follows() {
    let site = amina();
    site.live_through(at("2027-03-10 12:00"));
    site.ask("pay amina 1500.00 --ref M1");
    site.ask("pay reverse M1");
    holds(
        &told(&site, "amina"),
        &[
            "paid 1500.00 KES, Cash M1; balance 0.00",
            "the payment M1 of 1500.00 KES was reversed; balance -1500.00",
            "On 2027-03-10 23:59, they are cut off unless they pay first.",
        ],
    );
}

#[test]
fn a_held_run_is_told_with_the_word_that_decides_it_and_what_came_of_it() {
    let site = hilltop("2027-03-01 12:00");
    for number in 0..30 {
        site.ask(format!(
            "subscriber add u{number:02} --package home-10 --router core --service pppoe --expires-on 2027-03-10"
        ));
    }
    site.live_through(at("2027-03-10 12:00"));
    let before = site.ask_json(explain("u07"));
    let cut = &before["next"][0];
    assert_eq!(
        (cut["held"].as_bool(), cut["state"].as_str()),
        (Some(true), Some("active")),
        "{before}"
    );
    site.live_through(at("2027-03-11 12:00"));
    assert_eq!(site.subscriber("u07").state, State::Active, "as was told");
    holds(
        &told(&site, "u07"),
        &[
            "the `disconnect` run of 2027-03-10 23:59: nobody was cut off through 2027-03-10",
            "Active although their time is over",
            "A held run of disconnect has been waiting since 2027-03-10 23:59 and would cut them off: `weir approve disconnect`",
        ],
    );
    site.ask("approve");
    holds(
        &told(&site, "u07"),
        &["approved by amina: 30 cut off", "Suspended since 2027-03-11 12:00"],
    );
}

#[test]
fn a_clock_in_doubt_and_a_paused_job_are_said_to_hold_everything_up() {
    let site = amina();
    site.live_through(at("2027-03-05 12:00"));
    site.ask("jobs pause disconnect");
    holds(
        &told(&site, "amina"),
        &["Job `disconnect` is paused: `weir jobs resume disconnect` resumes it."],
    );
    site.clock.step(weir::model::day::Instant::from_millis(5_000));
    holds(
        &told(&site, "amina"),
        &[
            "Once the clock is trusted:",
            "Nobody is charged or cut off until the clock is trusted",
        ],
    );
}

#[test]
fn messages_and_outages_of_their_router_are_told_but_only_while_they_should_be_online() {
    let site = amina();
    let id = site.subscriber("amina").id;
    let now = site.clock.now();
    let incident = |since: &str, until: &str| Incident {
        router: RouterName::new("core").unwrap(),
        trouble: Trouble::Unreachable,
        since: at(since),
        until: Some(at(until)),
        reason: "connection refused".to_owned(),
        flaps: 0,
        up_ms: 0,
    };
    site.appliance
        .store
        .write(now, |tx| -> Result<(), StoreError> {
            tx.queue(Draft {
                channel: Channel::Sms,
                to: "+254700000001".to_owned(),
                purpose: Purpose::Reminder {
                    due: day("2027-03-10"),
                    days_before: 3,
                },
                subscriber: Some((id, "amina".parse_name())),
                once: "reminder/1".to_owned(),
                subject: String::new(),
                text: "Dear Amina".to_owned(),
                attachment: None,
                happened_at: now,
                not_before: now,
                expires: None,
            })?;
            Ok(())
        })
        .unwrap();
    site.live_through(at("2027-03-20 12:00"));
    let now = site.clock.now();
    site.appliance
        .store
        .write(now, |tx| -> Result<(), StoreError> {
            tx.put_incident(&incident("2027-03-05 10:00", "2027-03-05 10:30"))?;
            tx.put_incident(&incident("2027-03-15 10:00", "2027-03-15 10:31"))
        })
        .unwrap();
    let text = told(&site, "amina");
    holds(
        &text,
        &[
            "reminder to +254700000001 is waiting, to be sent",
            "router `core` was in trouble until 2027-03-05 10:30, for 30 minutes: connection refused",
        ],
    );
    assert!(!text.contains("31 minutes"), "they were cut off then: {text}");
}

trait ParseName {
    fn parse_name(&self) -> weir::model::name::Username;
}

impl ParseName for str {
    fn parse_name(&self) -> weir::model::name::Username {
        weir::model::name::Username::new(self).unwrap()
    }
}

/// A small generator of numbers (xorshift), so that a seed is a life.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn day_of(site: &Site) -> Day {
    site.clock.now().day_in(&TimeZone::get("Africa/Nairobi").unwrap())
}

/// What is foretold as next is what happens when the clock moves on to it, and nothing happens before.
fn lives_as_foretold(site: &Site, username: &str) {
    let before = site.subscriber(username);
    let answer = site.ask_json(explain(username));
    let Some(next) = answer["next"].as_array().unwrap().first().cloned() else {
        return;
    };
    let planned: jiff::Timestamp = next["at"].as_str().unwrap().parse().unwrap();
    let planned = weir::model::day::Instant::from_timestamp(planned);
    if planned > site.clock.now() {
        site.live_through(planned.plus_millis(-1000).max(site.clock.now()));
        assert!(
            site.subscriber(username).stands_as(&before.standing()),
            "something came before {next}: {before:?}"
        );
    }
    site.live_through(planned.max(site.clock.now()));
    let after = site.subscriber(username);
    assert_eq!(
        after.state_word(),
        next["state"].as_str().unwrap(),
        "{answer} {after:?}"
    );
    let expires_on = after.period.expires_on.map(|day| day.to_string());
    assert_eq!(expires_on.as_deref(), next["expires_on"].as_str(), "{answer}");
    let charged = before.balance.minus(after.balance).unwrap();
    let currency = site.appliance.in_force().config.site.currency;
    assert_eq!(currency.format(charged), next["amount"].as_str().unwrap(), "{answer}");
}

/// Pays what explain says, and sees that it does what it says.
fn pays_as_foretold(site: &Site, username: &str, reference: &str) {
    let answer = site.ask_json(explain(username));
    let Some(change) = answer["would_change"]
        .as_array()
        .unwrap()
        .iter()
        .find(|change| change["by"] == "pay")
        .cloned()
    else {
        return;
    };
    let amount = change["amount"].as_str().unwrap();
    site.ask_json(format!("pay {username} {amount} --ref {reference} --yes"));
    let through = change["expires_on"].as_str().unwrap();
    let text = change["text"].as_str().unwrap();
    if text.contains("covers what that charge would lack") {
        let next = site.ask_json(explain(username))["next"].clone();
        let mut ends = next
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["expires_on"].as_str());
        assert!(ends.any(|end| end == Some(through)), "{answer} then {next}");
        // What the wallet covers before that charge comes first.
        let reached = |site: &Site| {
            let end = site.subscriber(username).period.expires_on;
            end.is_some_and(|end| end.to_string().as_str() >= through)
        };
        for _ in 0..3 {
            if !reached(site) {
                lives_as_foretold(site, username);
            }
        }
    }
    let after = site.subscriber(username);
    assert_eq!(after.state, State::Active, "{answer}");
    assert_eq!(after.period.expires_on.unwrap().to_string(), through, "{answer}");
}

#[test]
fn over_random_lives_what_is_foretold_is_what_happens() {
    for from_due in [false, true] {
        let text = if from_due {
            SITE.replace(
                "[jobs.check-generator]",
                "[billing]\nresume = \"from-due\"\ncredit_limit = \"20.00\"\n\n[jobs.check-generator]",
            )
        } else {
            SITE.to_owned()
        };
        for seed in 1..9_u64 {
            live(&text, seed);
        }
    }
}

fn live(text: &str, seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let site = saying(text, "2026-12-01 12:00").open();
    let package = ["home-10", "home-10", "day", "free"][usize::try_from(dice.below(4)).unwrap()];
    let due = day("2026-12-01").plus_days(i32::try_from(dice.below(40)).unwrap());
    let opening = [0, 0, 5_000, 150_000, 320_000][usize::try_from(dice.below(5)).unwrap()];
    site.ask(newcomer("u", Some(package), Some(due), opening));
    for step in 0..14 {
        let username = "u".to_owned();
        match dice.below(10) {
            0 | 1 => pays_as_foretold(&site, "u", &format!("P{step}")),
            2 => {
                let paid = amount(i64::try_from(dice.below(200_000) + 1).unwrap());
                site.ask_json(format!("pay u {paid} --ref Q{step} --yes"));
            }
            3 => {
                let until = day_of(&site)
                    .plus_days(i32::try_from(dice.below(9)).unwrap())
                    .to_string();
                let _refused = site.tried(format!("subscriber extend {username} --until '{until}'"));
            }
            4 => {
                let _refused = site.tried(Request::PayReverse(PayReverse {
                    reference: format!("P{}", dice.below(14)),
                }));
            }
            5 => {
                site.ask(format!("subscriber hold {username}"));
                let days = i32::try_from(dice.below(12)).unwrap();
                site.live_through(site.clock.now().plus_millis(i64::from(days) * 86_400_000));
                let answer = site.ask_json(explain("u"));
                let change = answer["would_change"][0].clone();
                assert_eq!(change["by"], "release");
                site.ask(format!("subscriber release {username}"));
                let after = site.subscriber("u");
                let through = after.period.expires_on.map(|day| day.to_string());
                assert_eq!(change["expires_on"].as_str(), through.as_deref(), "{answer}");
                holds(change["text"].as_str().unwrap(), &[after.state_word()]);
            }
            6 => {
                let days = i64::try_from(dice.below(20)).unwrap();
                site.live_through(site.clock.now().plus_millis(days * 86_400_000 + 3_600_000));
            }
            _ => lives_as_foretold(&site, "u"),
        }
        // Every sentence can be printed, whatever has happened.
        site.text(explain("u"));
    }
}
