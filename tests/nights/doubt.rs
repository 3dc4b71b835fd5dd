//! A thousand nights of a box whose clock cannot be relied on, by the rules alone: they are folded here as the scheduler
//! folds them, and a judge who knows the true time looks at every charge and every cut.
//!
//! One seed is one world; `WEIR_SEED=n cargo test nights::doubt::` lives through that one alone.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use weir::model::day::{Day, Instant};
use weir::model::entry_chain::ChainHead;
use weir::model::job::{BillingCounts, Job, JobState, Occurrence, Stretch};
use weir::model::money::{Currency, Money};
use weir::model::name::{Reference, Source};
use weir::model::subscriber::SubscriberId;
use weir::rules::access::{self, CutOffVerdict};
use weir::rules::catch_up::{self, CatchUpStep};
use weir::rules::guard::{self, Guard};
use weir::rules::messages::text::MessageTemplates;
use weir::rules::payment::{self, Payment};
use weir::rules::terms::Terms;
use weir::rules::trust::{self, TrustInput};
use weir::rules::wallet::Moment;
use weir::rules::{billing, onboarding, period_correction};

use super::doubt_people::{Person, Soul, policy};
use super::doubt_sky::{BUILD, DAY_MS, HOUR_MS, MINUTE_MS, NEAR_MS, Sky, THE_END_MS, civil_day, civil_ms};

const WORLDS: u64 = 50;
const NIGHTS: i64 = 24;
const ZONE: &str = "Africa/Nairobi";
/// So many may always be cut off: the judge's own figure.
const HANDFUL: usize = 10;

/// What happened in all worlds, so that nights in which nothing happens are no proof.
#[derive(Debug, Default)]
struct Tally {
    nights: u64,
    in_doubt: u64,
    charged: u64,
    cut: u64,
    /// By a right clock, later than planned.
    caught_up: u64,
    /// By a wrong clock for which nobody knew better.
    too_early: u64,
    held: u64,
    approved: u64,
    refused: u64,
    confirmed: u64,
    confirmed_wrong: u64,
    resumed_in_doubt: u64,
}

struct Held {
    last_cut_day: Day,
    planned: Instant,
    cuts: Vec<usize>,
}

struct World<'t> {
    sky: Sky,
    tally: &'t mut Tally,
    terms: Terms,
    people: Vec<Person>,
    head: ChainHead,
    jobs: BTreeMap<Job, JobState>,
    /// What is recorded, as the rules go by it.
    newest: Instant,
    held: Option<Held>,
    paid: u64,
    bank_closed_until: i64,
    /// The judge's list of what is accounted for, in milliseconds; and since when nights count.
    accounted: BTreeMap<Job, BTreeMap<i64, u32>>,
    /// The newest night of each job that ran for itself.
    ran_ms: BTreeMap<Job, i64>,
    began_ms: Option<i64>,
}

const NIGHTLY: [(Job, i64, i64); 2] = [(Job::Billing, 0, 5), (Job::Disconnect, 23, 59)];

impl<'t> World<'t> {
    fn new(seed: u64, tally: &'t mut Tally) -> Self {
        let mut sky = Sky::new(seed, THE_END_MS);
        let terms = Terms {
            policy: policy(sky.dice.of(&[0, 0, 2_500])),
            grace_days: u16::try_from(sky.dice.of(&[0, 0, 1, 3])).unwrap(),
            max_share: u8::try_from(sky.dice.of(&[5, 20, 20, 20, 50])).unwrap(),
            zone: TimeZone::get(ZONE).unwrap(),
            templates: std::sync::Arc::new(MessageTemplates::silent(Currency::from_code("KES").unwrap())),
        };
        let (now, today) = (sky.shows(), civil_day(sky.true_ms));
        let mut world = Self {
            people: Vec::new(),
            terms,
            head: ChainHead::START,
            jobs: BTreeMap::new(),
            newest: Instant::from_millis(0),
            held: None,
            paid: 0,
            bank_closed_until: 0,
            accounted: BTreeMap::new(),
            ran_ms: BTreeMap::new(),
            began_ms: None,
            tally,
            sky,
        };
        for (number, soul) in Soul::draw(&mut world.sky.dice).into_iter().enumerate() {
            let newcomer = soul.newcomer();
            let package = world.terms.policy.package(newcomer.profile.package.as_ref()).cloned();
            let id = SubscriberId(u32::try_from(number).unwrap() + 1);
            let mut person = Person::new(soul, onboarding::begin(&newcomer, id, package.as_ref(), today, now));
            let moment = world.terms.moment(now, "test");
            person.decide(
                &world.sky,
                &mut world.head,
                &world.terms.policy,
                &moment,
                |wallet, policy, moment| {
                    onboarding::open_wallet(wallet, policy, moment, newcomer.balance, false).map(|_| ())
                },
            );
            world.people.push(person);
        }
        world.sky.newest_ms = now.millis();
        world.newest = now;
        world
    }

    /// Whether the clock is believed, by the rule; the judge must be of the same opinion.
    fn is_trusted(&self) -> bool {
        let trust = trust::verdict(&TrustInput {
            now: self.sky.shows(),
            build: Day::parse(BUILD).unwrap(),
            newest: self.newest,
            settings: self.sky.settings,
            witnesses: &self.sky.witnesses(),
            confirmed: self.sky.word,
            awaited: false,
        });
        if trust.is_trusted() != self.sky.may().is_ok() {
            self.sky
                .broken(&format!("the rule says {trust:?}, the judge {:?}", self.sky.may()));
        }
        trust.is_trusted()
    }

    /// The instant that a record made now carries; the floor moves to it.
    fn record(&mut self) -> Instant {
        let at = if self.is_trusted() {
            self.sky.shows()
        } else {
            self.newest
        };
        self.newest = self.newest.max(at);
        if self.sky.may().is_ok() {
            self.sky.newest_ms = self.sky.newest_ms.max(self.sky.shows_ms());
        }
        at
    }

    fn work_off(&mut self) {
        while self.is_trusted() {
            let now = self.sky.shows();
            self.set_anew();
            if self.jobs.is_empty() {
                for (job, ..) in NIGHTLY {
                    let adopted = catch_up::adopt(None, job, job.default_schedule(), ZONE, true, now);
                    self.jobs.insert(job, adopted);
                }
                self.began_ms = Some(now.millis());
                self.record();
            }
            let steps = self.jobs.iter().filter_map(|(job, state)| {
                let step = catch_up::next_step(state, now, false).unwrap();
                step.map(|step| (*job, step))
            });
            let Some((job, step)) = steps.min_by_key(|(_, step)| step.at()) else {
                self.check_accounts();
                return;
            };
            self.take(job, &step);
        }
        self.tally.in_doubt += 1;
    }

    fn set_anew(&mut self) {
        for at in 0..self.people.len() {
            if let Some(note) = self.people[at].note.take() {
                let at_now = self.record();
                let moment = self.terms.moment(at_now, "test");
                let person = &mut self.people[at];
                person.decide(
                    &self.sky,
                    &mut self.head,
                    &self.terms.policy,
                    &moment,
                    |wallet, _, moment| period_correction::correct(wallet, &note, moment.today).map(|_| ()),
                );
            }
        }
    }

    fn take(&mut self, job: Job, step: &CatchUpStep) {
        let stretch = match step {
            CatchUpStep::Run {
                occurrence, caught_up, ..
            } => {
                self.tally.caught_up += u64::from(*caught_up && self.sky.is_right());
                if self.sky.bound_ms().is_some_and(|bound| occurrence.at.millis() > bound) {
                    self.sky
                        .broken(&format!("{job} of {} ran before its time", occurrence.at.rfc3339()));
                }
                self.tally.too_early += u64::from(occurrence.at.millis() > self.sky.true_ms + NEAR_MS);
                self.ran_ms.insert(job, occurrence.at.millis());
                if job == Job::Billing {
                    self.bill(*occurrence)
                } else {
                    self.disconnect(*occurrence)
                }
                Stretch {
                    from: occurrence.at,
                    to: occurrence.at,
                    count: 1,
                }
            }
            CatchUpStep::Collapse(stretch) => {
                if job == Job::Billing {
                    self.sky.broken("a night of billing was not made good");
                }
                *stretch
            }
            CatchUpStep::Skip(stretch, why) => self.sky.broken(&format!("{job} skipped {stretch:?}: {why}")),
        };
        let accounted = self.accounted.entry(job).or_default();
        let nights = (0..).map(|night| stretch.from.millis() + night * DAY_MS);
        for night in nights.take(usize::try_from(stretch.count).unwrap()) {
            *accounted.entry(night).or_default() += 1;
        }
        self.record();
        let after = catch_up::accounted(&self.jobs[&job], stretch.to);
        self.jobs.insert(job, after);
    }

    fn bill(&mut self, occurrence: Occurrence) {
        let (at, day) = (self.record(), occurrence.day());
        let mut charged = 0;
        for person in &mut self.people {
            let moment = self.terms.moment(at, "job:billing");
            let was_active = person.is_active();
            let mut counts = BillingCounts::default();
            let (days, _) = person.decide(
                &self.sky,
                &mut self.head,
                &self.terms.policy,
                &moment,
                |wallet, policy, moment| billing::bill(wallet, policy, moment, day, &mut counts),
            );
            for due in days {
                if let Err(why) = self.sky.may() {
                    self.sky
                        .broken(&format!("{} was charged by a clock that is {why}", person.soul.name));
                }
                // One who is cut off and whose wallet pays is charged for a cycle that begins today, or on the first day after
                // it that is not charged yet.
                let early = self.sky.bound_ms().is_some_and(|bound| civil_ms(due, 0, 0) > bound);
                if was_active && (due > day || early) {
                    self.sky
                        .broken(&format!("{} was charged for {due} on {day}", person.soul.name));
                }
                charged += 1;
            }
        }
        self.tally.charged += charged;
        self.sky.tell(|| format!("billed {day}: {charged}"));
    }

    fn disconnect(&mut self, occurrence: Occurrence) {
        self.record();
        let last_cut_day = access::last_cut_day(occurrence.at, &self.terms.zone);
        let active = self.people.iter().filter(|person| person.is_active()).count();
        let cuts = self.would_cut(last_cut_day, 0..self.people.len());
        let (count, of) = (u64::try_from(cuts.len()).unwrap(), u64::try_from(active).unwrap());
        if guard::judge(count, of, self.terms.max_share) == Guard::Holds {
            self.tally.held += 1;
            self.sky
                .tell(|| format!("held: {count} of {of} through {last_cut_day}"));
            self.held = Some(Held {
                last_cut_day,
                planned: occurrence.at,
                cuts,
            });
            return;
        }
        if cuts.len() > HANDFUL && cuts.len() * 100 > active * usize::from(self.terms.max_share) {
            self.sky
                .broken(&format!("{count} of {of} were cut off and nobody was asked"));
        }
        self.held = None;
        self.cut(&cuts, last_cut_day);
        self.check_served(last_cut_day);
        self.sky
            .tell(|| format!("disconnected through {last_cut_day}: {count} of {of}"));
    }

    /// Nobody is served on who has not paid through this day.
    fn check_served(&self, last_cut_day: Day) {
        let (grace, credit) = (i32::from(self.terms.grace_days), self.terms.policy.credit_limit.minor());
        for person in self.people.iter().filter(|person| person.is_active()) {
            let end = person.subscriber.period.expires_on.unwrap().plus_days(grace);
            let paid = person.soul.has_paid_through(&person.subscriber, credit, last_cut_day);
            if end <= last_cut_day && !paid {
                self.sky.broken(&format!(
                    "{} has not paid, and is served on: {:?}",
                    person.soul.name, person.subscriber
                ));
            }
        }
    }

    fn would_cut(&self, last_cut_day: Day, among: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let suspends = |at: &usize| {
            let subscriber = &self.people[*at].subscriber;
            let verdict = access::verdict(subscriber, &self.terms.policy, self.terms.grace_days, last_cut_day);
            verdict == CutOffVerdict::Suspend
        };
        among.into_iter().filter(suspends).collect()
    }

    fn cut(&mut self, cuts: &[usize], last_cut_day: Day) {
        let at = self.record();
        let moment = self.terms.moment(at, "test");
        for at in cuts {
            let person = &mut self.people[*at];
            let credit = self.terms.policy.credit_limit.minor();
            let grace = self.terms.grace_days;
            person
                .soul
                .check_cut(&self.sky, &person.subscriber, grace, credit, last_cut_day);
            person.decide(
                &self.sky,
                &mut self.head,
                &self.terms.policy,
                &moment,
                |wallet, _, moment| access::suspend(wallet, moment),
            );
            self.tally.cut += 1;
        }
    }

    fn payments(&mut self) {
        let trusted = self.is_trusted();
        for at in 0..self.people.len() {
            let Some(amount) = self.people[at].soul.pays(&mut self.sky.dice, self.people[at].counted) else {
                continue;
            };
            self.paid += 1;
            let recorded = self.record();
            let moment: Moment<'_> = self.terms.moment(recorded, "amina");
            let paid = Payment {
                reference: Reference::new(&format!("R{}", self.paid)).unwrap(),
                amount: Money::from_minor(amount),
                source: Source::new("Cash").unwrap(),
                made_on: moment.today,
                comment: None,
            };
            let person = &mut self.people[at];
            let was_cut = !person.is_active();
            person.counted += amount;
            let owed = if person.subscriber.outstanding.is_empty() {
                person.soul.price
            } else {
                0
            };
            let enough = person.counted + self.terms.policy.credit_limit.minor() >= owed;
            let (_, resumed) = person.decide(
                &self.sky,
                &mut self.head,
                &self.terms.policy,
                &moment,
                |wallet, policy, moment| payment::pay(wallet, policy, moment, &paid).map(|_| ()),
            );
            if was_cut && enough != person.is_active() {
                self.sky
                    .broken(&format!("{} paid {amount}: {:?}", person.soul.name, person.subscriber));
            }
            if !trusted {
                self.tally.resumed_in_doubt += u64::from(resumed.is_some());
                person.note = resumed.or(person.note.take());
            }
        }
    }

    fn owner(&mut self) {
        let trusted = self.is_trusted();
        if !trusted && self.sky.may() != Err("before the build day") {
            let right = self.sky.is_right();
            let plausible = self.sky.error_ms.abs() < 40 * DAY_MS;
            if (right && self.sky.dice.one_in(6)) || (!right && plausible && self.sky.dice.one_in(60)) {
                self.confirm();
            }
            return;
        }
        if !trusted {
            return;
        }
        if let Some(held) = self.held.take_if(|_| self.sky.dice.one_in(5)) {
            if self.sky.dice.one_in(3) {
                self.tally.refused += 1;
                self.sky.tell(|| "refused".to_owned());
                return;
            }
            let cuts = self.would_cut(held.last_cut_day, held.cuts);
            self.sky
                .tell(|| format!("approved: {} through {}", cuts.len(), held.last_cut_day));
            self.cut(&cuts, held.last_cut_day);
            self.tally.approved += 1;
        }
    }

    /// The owner's word; what a wrong clock has recorded ahead is set back.
    fn confirm(&mut self) {
        let now = self.sky.shows();
        self.sky.tell(|| "the owner: the clock is right".to_owned());
        self.tally.confirmed += 1;
        self.tally.confirmed_wrong += u64::from(!self.sky.is_right());
        self.sky.word = true;
        self.sky.newest_ms = now.millis();
        self.newest = now;
        self.held.take_if(|held| held.planned > now);
        for state in self.jobs.values_mut() {
            *state = catch_up::set_back(state, now);
        }
        if let Some(began) = self.began_ms.as_mut() {
            *began = now.millis().min(*began);
        }
        for accounted in self.accounted.values_mut() {
            accounted.retain(|night, _| *night <= now.millis());
        }
    }

    /// Under a trusted clock every night since the first is accounted for, once, and none that has not come.
    fn check_accounts(&self) {
        let (Some(began), shows) = (self.began_ms, self.sky.shows_ms()) else {
            return;
        };
        for (job, hour, minute) in NIGHTLY {
            let none = BTreeMap::new();
            let accounted = self.accounted.get(&job).unwrap_or(&none);
            let mut day = civil_day(began);
            while civil_ms(day, hour, minute) <= shows {
                let night = civil_ms(day, hour, minute);
                let times = accounted.get(&night).copied().unwrap_or(0);
                if night > began && times != 1 {
                    self.sky
                        .broken(&format!("{job} of {day} is accounted for {times} times"));
                }
                day = day.plus_days(1);
            }
            let newest = accounted.keys().next_back();
            if newest.is_some_and(|newest| self.ran_ms.get(&job).is_none_or(|ran| ran < newest)) {
                self.sky.broken(&format!("the newest night of {job} did not run"));
            }
            if accounted.keys().any(|night| *night > shows + NEAR_MS) {
                self.sky.broken(&format!("{job} is accounted for beyond now"));
            }
        }
    }

    fn check_people(&self) {
        for person in &self.people {
            if person.subscriber.balance.minor() != person.counted {
                let counted = person.counted;
                self.sky.broken(&format!(
                    "{} should have {counted}: {:?}",
                    person.soul.name, person.subscriber
                ));
            }
        }
    }

    fn step(&mut self, passes_ms: i64) {
        self.sky.true_ms += passes_ms;
        self.sky.change();
        self.sky.ask_routers();
        self.work_off();
        if self.sky.true_ms >= self.bank_closed_until {
            self.payments();
        }
        self.owner();
        self.work_off();
    }

    /// From noon to noon, or through some days in the dark.
    fn night(&mut self) {
        if self.sky.dice.one_in(5) {
            self.bank_closed_until = self.sky.true_ms + 3 * DAY_MS;
            self.sky.tell(|| "the bank is closed for three days".to_owned());
        }
        if self.sky.dice.one_in(7) {
            let dark = HOUR_MS + self.sky.dice.below(3 * DAY_MS);
            self.sky.true_ms += dark;
            self.sky.tell(|| "the box starts again".to_owned());
            if self.sky.dice.one_in(2) {
                self.sky.stray();
            }
            self.sky.restarted();
        }
        let noon = civil_ms(civil_day(self.sky.true_ms - 12 * HOUR_MS + 1).plus_days(1), 12, 0);
        while self.sky.true_ms < noon {
            // Also to moments close to those of the jobs.
            let next = civil_ms(civil_day(self.sky.true_ms), 23, 56) + self.sky.dice.below(12) * MINUTE_MS;
            let ahead = next - self.sky.true_ms;
            let some = HOUR_MS / 2 + self.sky.dice.below(5 * HOUR_MS);
            self.step(if (1..=some).contains(&ahead) { ahead } else { some });
        }
        self.check_people();
        self.tally.nights += 1;
    }
}

#[test]
fn in_a_thousand_nights_nobody_is_charged_or_cut_by_a_clock_in_doubt_nor_a_town_cut_unasked() {
    let mut tally = Tally::default();
    let only = std::env::var("WEIR_SEED").ok().map(|seed| seed.parse().unwrap());
    for seed in only.map_or(1..=WORLDS, |seed| seed..=seed) {
        let mut world = World::new(seed, &mut tally);
        for _ in 0..NIGHTS {
            world.night();
        }
    }
    if only.is_none() {
        let Tally {
            nights,
            in_doubt,
            charged,
            cut,
            caught_up,
            too_early,
            held,
            approved,
            refused,
            ..
        } = tally;
        assert!(
            nights >= 1_000 && in_doubt > 2_000 && charged > 5_000 && cut > 1_000,
            "{tally:?}"
        );
        assert!(caught_up > 500 && too_early > 50, "{tally:?}");
        assert!(held > 50 && approved > 15 && refused > 10, "{tally:?}");
        assert!(
            tally.confirmed > 50 && tally.confirmed_wrong > 10 && tally.resumed_in_doubt > 100,
            "{tally:?}"
        );
    }
}
