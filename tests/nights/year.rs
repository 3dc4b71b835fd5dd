//! A year of nights at a site of two hundred subscribers: payments at random, days in the dark, pauses, restarts.
//!
//! One seed is one year; `WEIR_SEED=n cargo test nights` lives through another one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use weir::clock::Clock;
use weir::model::day::Day;
use weir::model::entry::EntryKind;
use weir::model::subscriber::{Access, State, Subscriber};
use weir::store::error::StoreError;

use crate::commands_queries::site::{SITE, Site, at, day, jobs_history, jobs_run, newcomer, saying};
use crate::support::typed;

const SUBSCRIBERS: i32 = 200;
const NIGHTS: i32 = 365;
const PRICE: i64 = 150_000;
const DAY_PRICE: i64 = 5_000;

/// The site, which keeps the history of the whole year in its store.
fn kept_for_ever() -> String {
    format!("{SITE}\n[retention]\ndays = 36500\n")
}

/// A small generator of numbers (xorshift), so that a seed is a year.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn one_in(&mut self, chance: u64) -> bool {
        self.below(chance) == 0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Monthly, with the whole year in the wallet.
    PrepaidMonthly,
    /// A package of one day, with the whole year in the wallet.
    PrepaidDaily,
    /// Monthly, and never pays.
    NeverPays,
    /// Monthly, pays when the dice say so.
    PaysMonthly,
    /// A package of one day, pays when the dice say so.
    PaysDaily,
    /// A package that costs nothing.
    Free,
    /// Without a package.
    Without,
}

fn kind_of(number: i32) -> Kind {
    match number % 8 {
        0 | 1 => Kind::PrepaidMonthly,
        2 => Kind::PrepaidDaily,
        3 => Kind::NeverPays,
        4 | 5 => Kind::PaysMonthly,
        6 => Kind::PaysDaily,
        _ if number % 16 == 7 => Kind::Free,
        _ => Kind::Without,
    }
}

fn name_of(number: i32) -> String {
    format!("u{number:03}")
}

/// The model's calendar: the due days of a monthly cycle that begins with this one, through `last`.
fn monthly(first: Day, last: Day) -> Vec<Day> {
    let anchor = first.date();
    (0..40)
        .map(|k| {
            let months = i32::from(anchor.month()) - 1 + k;
            let year = anchor.year() + i16::try_from(months / 12).unwrap();
            let month = i8::try_from(months % 12 + 1).unwrap();
            let mut date = anchor.day();
            while Date::new(year, month, date).is_err() {
                date -= 1;
            }
            Day::from_date(Date::new(year, month, date).unwrap())
        })
        .take_while(|due| *due <= last)
        .collect()
}

fn daily(first: Day, last: Day) -> Vec<Day> {
    (0..=last.days_since(first)).map(|days| first.plus_days(days)).collect()
}

struct Year {
    site: Site,
    dice: Dice,
    first_due: Vec<Day>,
    paid: u64,
    paused: BTreeSet<&'static str>,
    /// The last day on which a job rested: what it left is put right by the next night.
    rested: Day,
    /// Who was served when the judge last looked, on which day that was, and the days on which each was served at 23:59.
    seen: (Day, Vec<bool>),
    served: Vec<BTreeSet<Day>>,
}

impl Year {
    fn begin(seed: u64) -> Self {
        let site = saying(&kept_for_ever(), "2026-12-01 12:00").open();
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut first_due = Vec::new();
        for number in 0..SUBSCRIBERS {
            // From today on, and beyond the 31st: anchors of all kinds.
            let due = day("2026-12-01").plus_days(i32::try_from(dice.below(62)).unwrap());
            first_due.push(due);
            let (package, balance) = match kind_of(number) {
                Kind::PrepaidMonthly => (Some("home-10"), PRICE * 14),
                Kind::PrepaidDaily => (Some("day"), DAY_PRICE * 400),
                Kind::NeverPays | Kind::PaysMonthly => (Some("home-10"), 0),
                Kind::PaysDaily => (Some("day"), 0),
                Kind::Free => (Some("free"), 0),
                Kind::Without => (None, 0),
            };
            site.ask(newcomer(&name_of(number), package, Some(due), balance));
        }
        let mut year = Self {
            site,
            dice,
            first_due,
            paid: 0,
            paused: BTreeSet::new(),
            rested: day("2026-12-01"),
            seen: (day("2026-12-01"), Vec::new()),
            served: vec![BTreeSet::new(); usize::try_from(SUBSCRIBERS).unwrap()],
        };
        year.look(day("2026-12-01"));
        year
    }

    /// Writes down who is served now, which stays so until the night's run, or until the box wakes up again.
    fn look(&mut self, today: Day) {
        let reader = self.site.appliance.store.read().unwrap();
        let is_served = |number| {
            let who = reader.subscriber_named(&name_of(number)).unwrap().unwrap();
            who.access() == Access::On
        };
        let now = (0..SUBSCRIBERS).map(is_served).collect();
        drop(reader);
        self.seen = (today, now);
    }

    /// Writes down the days since the last look, on the first noon after them.
    fn write_down(&mut self, today: Day) {
        let (since, was) = &self.seen;
        for (days, served) in self.served.iter_mut().zip(was) {
            let passed = (0..today.days_since(*since)).map(|days| since.plus_days(days));
            days.extend(passed.filter(|_| *served));
        }
    }

    /// The stretches of service are the days that were written down, as far back as they are kept.
    fn check_service(&self, last: Day) {
        let reader = self.site.appliance.store.read().unwrap();
        for (number, days) in (0..SUBSCRIBERS).zip(&self.served) {
            let who = reader.subscriber_named(&name_of(number)).unwrap().unwrap();
            let ended = reader.served_of(who.id).unwrap();
            let present = who.serving_since.map(|since| (since, last));
            let told = ended
                .stretches()
                .iter()
                .map(|one| (one.from, one.through))
                .chain(present);
            let told: BTreeSet<Day> = told
                .flat_map(|(from, to)| (0..=to.days_since(from)).map(move |days| from.plus_days(days)))
                .collect();
            let kept_from = told.first().copied().unwrap_or(last);
            let days: BTreeSet<Day> = days.range(kept_from..).copied().collect();
            assert_eq!(told, days, "{}", name_of(number));
            assert!(
                ended.stretches().len() > 50 || kept_from == day("2026-12-01"),
                "{}",
                name_of(number)
            );
        }
    }

    /// Somebody pays: the price, half of it, or five times.
    fn payments(&mut self) {
        for number in 0..SUBSCRIBERS {
            let (price, chance) = match kind_of(number) {
                Kind::PaysMonthly => (PRICE, 30),
                Kind::PaysDaily => (DAY_PRICE, 4),
                _ => continue,
            };
            if !self.dice.one_in(chance) {
                continue;
            }
            let amount = match self.dice.below(4) {
                0 => price / 2,
                1 => price * 5,
                _ => price,
            };
            self.paid += 1;
            let (who, reference) = (name_of(number), format!("R{}", self.paid));
            self.site.pay(&who, &typed::amount(amount), &reference);
        }
    }

    fn steer(&mut self, today: Day) {
        if !self.paused.is_empty() {
            self.rested = today;
        }
        for job in ["billing", "disconnect"] {
            let name = job.to_owned();
            if self.paused.contains(job) {
                if self.dice.one_in(3) {
                    self.site.ask(format!("jobs resume {name}"));
                    self.paused.remove(job);
                }
            } else if self.dice.one_in(40) {
                self.site.ask(format!("jobs pause {name}"));
                self.paused.insert(job);
            } else if self.dice.one_in(60) {
                self.site.ask(jobs_run(job, false));
            }
        }
    }

    /// What must be so at noon, when everything that has come is worked off.
    fn check(&self, today: Day) {
        let all_ran = self.paused.is_empty() && self.rested < today;
        let reader = self.site.appliance.store.read().unwrap();
        let mut all: BTreeMap<String, Subscriber> = BTreeMap::new();
        reader
            .each_subscriber(|subscriber| -> Result<(), StoreError> {
                all.insert(subscriber.username.to_string(), subscriber);
                Ok(())
            })
            .unwrap();
        for number in 0..SUBSCRIBERS {
            let kind = kind_of(number);
            let who = &all[&name_of(number)];
            let paid_through = who.period.expires_on.unwrap();
            let told = || format!("{today}, {kind:?}, paused {:?}: {who:?}", self.paused);
            match kind {
                Kind::PrepaidMonthly | Kind::PrepaidDaily | Kind::Free | Kind::Without => {
                    assert_eq!(who.state, State::Active, "cut off though nothing was owed: {}", told());
                }
                Kind::NeverPays | Kind::PaysMonthly | Kind::PaysDaily => {
                    if all_ran && who.state == State::Active {
                        assert!(paid_through >= today, "active past the cut-off: {}", told());
                    }
                    if all_ran && who.state == State::Suspended {
                        let price = if kind == Kind::PaysDaily { DAY_PRICE } else { PRICE };
                        let enough = if who.outstanding.is_empty() { price } else { 0 };
                        assert!(who.balance.minor() < enough, "a payer is cut off: {}", told());
                    }
                }
            }
        }
        // What the routers are told is what should be so.
        reader
            .each_work(None, |_, work| -> Result<(), StoreError> {
                assert_eq!(work.access, all[work.username.as_str()].access(), "{}", work.username);
                Ok(())
            })
            .unwrap();
    }

    fn check_books(&self, nights: i32) {
        let found = self.site.ask_json("verify");
        assert_eq!(found["ok"], true, "{found}");
        for job in ["billing", "disconnect"] {
            let history = self.site.ask_json(jobs_history(job));
            let scheduled: Vec<_> = history
                .as_array()
                .unwrap()
                .iter()
                .filter(|run| run["by_hand"] != true)
                .collect();
            let counted: u64 = scheduled.iter().map(|run| run["count"].as_u64().unwrap_or(1)).sum();
            assert_eq!(
                counted,
                u64::try_from(nights).unwrap(),
                "the history of {job} has a hole"
            );
        }
    }

    /// The due days for which a wallet was charged, oldest first.
    fn charged(&self, number: i32) -> Vec<Day> {
        let reader = self.site.appliance.store.read().unwrap();
        let who = reader.subscriber_named(&name_of(number)).unwrap().unwrap();
        let entries = reader.wallet_entries(&who, 10_000).unwrap();
        let debits = entries.iter().rev().filter(|entry| entry.kind == EntryKind::Debit);
        debits.map(|entry| entry.for_day).collect()
    }
}

fn live(seed: u64) {
    let mut year = Year::begin(seed);
    let mut dark_until = 0;
    let begin = day("2026-12-01");
    for night in 1..=NIGHTS {
        let today = begin.plus_days(night);
        let noon = at(&format!("{today} 12:00"));
        if night < dark_until {
            continue;
        }
        if year.dice.one_in(12) && night + 8 < NIGHTS {
            dark_until = night + 1 + i32::try_from(year.dice.below(7)).unwrap();
            continue;
        }
        if year.site.clock.now().millis_since(noon) > -86_400_001 {
            // The night as it passes, occurrence by occurrence.
            year.site.live_through(noon);
        } else {
            // The box was dark: it wakes up at noon, and everything waits.
            year.site.clock.set(noon);
            year.site.work_off();
        }
        year.check(today);
        year.write_down(today);
        if year.dice.one_in(20) {
            year.site = year.site.closed().config(&kept_for_ever()).open();
        }
        year.payments();
        year.steer(today);
        year.site.clock.set(noon.plus_millis(3_600_000));
        year.site.work_off();
        year.check(today);
        year.look(today);
        if night % 60 == 0 {
            year.check_books(night);
        }
    }
    for job in ["billing", "disconnect"] {
        let name = job.to_owned();
        year.site.ask(format!("jobs resume {name}"));
    }
    year.paused.clear();
    let last = begin.plus_days(NIGHTS + 1);
    year.site.live_through(at(&format!("{last} 12:00")));
    year.check(last);
    year.write_down(last);
    year.check_service(last.plus_days(-1));
    year.check_books(NIGHTS + 1);
    for number in 0..SUBSCRIBERS {
        let first = year.first_due[usize::try_from(number).unwrap()];
        let charged = year.charged(number);
        let expected = match kind_of(number) {
            Kind::PrepaidMonthly => monthly(first, last),
            Kind::PrepaidDaily => daily(first, last),
            // Charged on the one due day, then cut off; or cut off unseen, where billing rested that day.
            Kind::NeverPays => charged.iter().copied().filter(|due| *due == first).collect(),
            Kind::Free | Kind::Without => Vec::new(),
            Kind::PaysMonthly | Kind::PaysDaily => {
                let distinct: BTreeSet<Day> = charged.iter().copied().collect();
                assert_eq!(
                    distinct.len(),
                    charged.len(),
                    "charged twice for one day: {}",
                    name_of(number)
                );
                assert!(!charged.is_empty());
                continue;
            }
        };
        assert_eq!(charged, expected, "{} {:?}", name_of(number), kind_of(number));
    }
    assert!(year.paid > 1_000, "a year of {} payments tests little", year.paid);
}

#[test]
fn a_year_of_nights_with_darkness_pauses_and_restarts_keeps_every_promise() {
    let seeds = match std::env::var("WEIR_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => vec![1],
    };
    for seed in seeds {
        live(seed);
    }
}
