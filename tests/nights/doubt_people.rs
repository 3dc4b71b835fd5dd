//! Who lives under such a sky, what they pay, and what the judge remembers of each beside the rules.

use std::collections::BTreeMap;

use weir::model::clock_confirmation::UncertainPeriod;
use weir::model::day::Day;
use weir::model::entry::{Debit, Entry, EntryKind};
use weir::model::entry_chain::ChainHead;
use weir::model::money::Money;
use weir::model::name::{PackageName, RouterName, Username};
use weir::model::package::{Cycle, Package};
use weir::model::subscriber::{Profile, ServedStretches, Service, State, Subscriber};
use weir::rules::onboarding::Newcomer;
use weir::rules::wallet::{Moment, Policy, ReadError, Resume, RuleError, Wallet, WalletRows};

use super::doubt_sky::{Dice, Sky, civil_ms};

/// What is on sale: name, price in minor units, days.
pub const PACKAGES: [(&str, i64, u16); 3] = [("day", 5_000, 1), ("week", 30_000, 7), ("home", 150_000, 30)];

pub fn policy(credit_limit: i64) -> Policy {
    Policy {
        credit_limit: Money::from_minor(credit_limit),
        resume: Resume::FromPayment,
        packages: PACKAGES
            .into_iter()
            .map(|(name, price, days)| Package {
                name: PackageName::new(name).unwrap(),
                price: Money::from_minor(price),
                cycle: Cycle::Days(days),
                profile: None,
                rate: None,
            })
            .collect(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Paid for years ahead.
    Prepaid,
    /// Pays when the dice say so.
    Pays,
    Never,
}

/// Somebody, as drawn.
#[derive(Debug, Clone)]
pub struct Soul {
    pub name: String,
    pub kind: Kind,
    pub package: &'static str,
    pub price: i64,
    pub days: i32,
    pub first_due: Day,
}

impl Soul {
    /// Thirty to sixty of them.
    pub fn draw(dice: &mut Dice) -> Vec<Self> {
        let count = 30 + dice.below(31);
        let today = Day::parse("2026-12-01").unwrap();
        // In some places everybody is due on the same day.
        let spread = dice.of(&[1, 4, 12]);
        (0..count)
            .map(|number| {
                let (package, price, days) =
                    dice.of(&[PACKAGES[0], PACKAGES[0], PACKAGES[0], PACKAGES[1], PACKAGES[2]]);
                Self {
                    name: format!("u{number:02}"),
                    kind: dice.of(&[
                        Kind::Prepaid,
                        Kind::Pays,
                        Kind::Pays,
                        Kind::Pays,
                        Kind::Pays,
                        Kind::Never,
                    ]),
                    package,
                    price,
                    days: i32::from(days),
                    first_due: today.plus_days(i32::try_from(dice.below(spread)).unwrap()),
                }
            })
            .collect()
    }

    pub fn opening(&self) -> i64 {
        if self.kind == Kind::Prepaid {
            self.price * 9_000
        } else {
            0
        }
    }

    pub fn newcomer(&self) -> Newcomer {
        Newcomer {
            username: Username::new(&self.name).unwrap(),
            profile: Profile {
                name: None,
                phone: None,
                account: None,
                package: Some(PackageName::new(self.package).unwrap()),
                router: Some(RouterName::new("core").unwrap()),
                service: Service::Pppoe,
                address: None,
                login: None,
                own_profile: None,
                own_rate: None,
            },
            expires_on: Some(self.first_due),
            balance: Money::from_minor(self.opening()),
            debited: None,
        }
    }

    /// What they pay at one of about eight steps of a day, if anything: mostly once the next cycle is not paid ahead.
    pub fn pays(&self, dice: &mut Dice, balance: i64) -> Option<i64> {
        let chance = if balance < self.price { 4 } else { 60 };
        if self.kind != Kind::Pays || !dice.one_in(chance) {
            return None;
        }
        Some(self.price / dice.of(&[1, 1, 1, 2]))
    }

    /// Whether a wallet pays for what is owed and for every due day through this one: by sums, without the rules.
    pub fn has_paid_through(&self, who: &Subscriber, credit_limit: i64, through: Day) -> bool {
        let balance = who.balance.minor() + credit_limit;
        if !who.outstanding.is_empty() && balance < 0 {
            return false;
        }
        let end = who.period.expires_on.unwrap();
        let mut due = who.serving_since.map_or(end, |since| since.max(end));
        due = due.plus_days(self.days * i32::try_from(who.outstanding.len()).unwrap());
        let cycles = if due > through {
            0
        } else {
            through.days_since(due) / self.days + 1
        };
        balance >= self.price * i64::from(cycles)
    }

    /// A cut of somebody, as they are before it: by a run planned for `planned_ms`, through a day.
    pub fn check_cut(&self, sky: &Sky, who: &Subscriber, grace: u16, credit_limit: i64, through: Day) {
        let end = who.period.expires_on.unwrap().plus_days(i32::from(grace));
        let cut_off_ms = civil_ms(end, 23, 59);
        if let Err(why) = sky.may() {
            sky.broken(&format!("{} was cut off by a clock that is {why}", self.name));
        }
        if sky.bound_ms().is_some_and(|bound| cut_off_ms > bound) {
            sky.broken(&format!(
                "{} was cut off early: paid and spared through {end}",
                self.name
            ));
        }
        if self.kind == Kind::Prepaid || self.has_paid_through(who, credit_limit, through) {
            sky.broken(&format!("{} had paid, and was cut off: {who:?}", self.name));
        }
    }
}

/// Somebody's wallet on paper.
pub struct Person {
    pub soul: Soul,
    pub subscriber: Subscriber,
    /// The period that is set anew on the first trusted day.
    pub note: Option<UncertainPeriod>,
    debits: BTreeMap<Day, Debit>,
    served: ServedStretches,
    /// What the judge counts: what came in, less what was charged.
    pub counted: i64,
    charged: Vec<Day>,
}

impl WalletRows for Person {
    fn debit(&self, _: &Subscriber, due: Day) -> Result<Option<Debit>, ReadError> {
        Ok(self.debits.get(&due).cloned())
    }

    fn served(&self, _: &Subscriber) -> Result<ServedStretches, ReadError> {
        Ok(self.served.clone())
    }
}

impl Person {
    pub fn new(soul: Soul, subscriber: Subscriber) -> Self {
        Self {
            subscriber,
            note: None,
            debits: BTreeMap::new(),
            served: ServedStretches::default(),
            counted: soul.opening(),
            charged: Vec::new(),
            soul,
        }
    }

    pub fn is_active(&self) -> bool {
        self.subscriber.state == State::Active
    }

    /// Lets a rule decide, and keeps what it decided. Gives the due days that were charged.
    pub fn decide(
        &mut self,
        sky: &Sky,
        head: &mut ChainHead,
        policy: &Policy,
        moment: &Moment<'_>,
        rule: impl FnOnce(&mut Wallet<'_>, &Policy, &Moment<'_>) -> Result<(), RuleError>,
    ) -> (Vec<Day>, Option<UncertainPeriod>) {
        let (subscriber, entries, debits, resumed, served) = {
            let mut wallet = Wallet::new(self.subscriber.clone(), *head, self);
            rule(&mut wallet, policy, moment).unwrap();
            *head = wallet.head;
            let served = wallet.changed_served().cloned();
            (wallet.subscriber, wallet.entries, wallet.debits, wallet.resumed, served)
        };
        self.served = served.unwrap_or_else(|| std::mem::take(&mut self.served));
        self.subscriber = subscriber;
        self.debits.extend(debits);
        let days = self.keep(sky, &entries);
        (days, resumed)
    }

    fn keep(&mut self, sky: &Sky, entries: &[Entry]) -> Vec<Day> {
        let mut days = Vec::new();
        for entry in entries.iter().filter(|entry| entry.kind == EntryKind::Debit) {
            if self.charged.contains(&entry.for_day) {
                sky.broken(&format!("{} was charged twice for {}", self.soul.name, entry.for_day));
            }
            self.charged.push(entry.for_day);
            self.counted -= self.soul.price;
            days.push(entry.for_day);
        }
        days
    }
}
