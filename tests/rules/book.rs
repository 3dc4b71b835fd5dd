//! A wallet on paper: what the rules decide is kept in memory, without a store.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use weir::model::clock_confirmation::UncertainPeriod;
use weir::model::day::{Day, Instant};
use weir::model::entry::{Debit, Entry, EntryKind};
use weir::model::entry_chain::ChainHead;
use weir::model::job::{BillingCounts, Job};
use weir::model::money::{Currency, Money};
use weir::model::name::{Comment, PackageName, Reference, Source, Username};
use weir::model::package::{Cycle, Package};
use weir::model::subscriber::{Profile, ServedStretches, Service, Subscriber, SubscriberId};
use weir::rules::access::{self, CutOffVerdict};
use weir::rules::decision::{self, BillEffect, Decision, DecisionCounts, RunMoment};
use weir::rules::manual_actions::{self, ByHandError};
use weir::rules::messages::text::MessageTemplates;
use weir::rules::onboarding::{self, Newcomer};
use weir::rules::payment::{self, Payment};
use weir::rules::reversal;
use weir::rules::settlement::{self, SettlementResult};
use weir::rules::terms::Terms;
use weir::rules::wallet::{Moment, Policy, ReadError, Resume, Wallet, WalletRows};

pub fn day(text: &str) -> Day {
    Day::parse(text).unwrap_or_else(|| panic!("`{text}` is no day"))
}

pub fn money(text: &str) -> Money {
    Currency::from_code("KES").unwrap().parse(text).unwrap()
}

pub fn policy(price: &str, cycle: &str) -> Policy {
    Policy {
        credit_limit: Money::ZERO,
        resume: Resume::FromPayment,
        packages: vec![Package {
            name: PackageName::new("home").unwrap(),
            price: money(price),
            cycle: Cycle::parse(cycle).unwrap(),
            profile: None,
            rate: None,
        }],
    }
}

/// One subscriber's wallet, debits and entries.
pub struct Book {
    pub policy: Policy,
    pub subscriber: Subscriber,
    pub entries: Vec<Entry>,
    pub grace_days: u16,
    /// How the newest settlement that brought the subscriber back did so.
    pub resumed: Option<UncertainPeriod>,
    debits: RefCell<BTreeMap<Day, Debit>>,
    served: ServedStretches,
    head: ChainHead,
    references: u32,
}

impl WalletRows for Book {
    fn debit(&self, _: &Subscriber, due: Day) -> Result<Option<Debit>, ReadError> {
        Ok(self.debits.borrow().get(&due).cloned())
    }

    fn served(&self, _: &Subscriber) -> Result<ServedStretches, ReadError> {
        Ok(self.served.clone())
    }
}

/// A time of day at which something is decided, as minutes since midnight.
pub const AT_NIGHT: i64 = 5;
pub const AT_NOON: i64 = 12 * 60;
pub const AT_THE_CUT: i64 = 23 * 60 + 59;

impl Book {
    /// Somebody taken in on `today`, paid through `expires_on`, with a balance of zero.
    pub fn new(policy: Policy, today: &str, expires_on: &str) -> Self {
        Self::taken_in(policy, today, Some(expires_on), "0.00", None)
    }

    pub fn taken_in(
        policy: Policy,
        today: &str,
        expires_on: Option<&str>,
        balance: &str,
        debited: Option<bool>,
    ) -> Self {
        let newcomer = Newcomer {
            username: Username::new("amina").unwrap(),
            profile: Profile {
                name: None,
                phone: None,
                account: None,
                package: Some(PackageName::new("home").unwrap()),
                router: None,
                service: Service::Pppoe,
                address: None,
                login: None,
                own_profile: None,
                own_rate: None,
            },
            expires_on: expires_on.map(day),
            balance: money(balance),
            debited,
        };
        let package = policy.packages[0].clone();
        let holds = onboarding::holds_debit(&newcomer, Some(&package), day(today)).unwrap();
        let subscriber = onboarding::begin(
            &newcomer,
            SubscriberId(1),
            Some(&package),
            day(today),
            Instant::from_millis(0),
        );
        let mut book = Self {
            policy,
            subscriber,
            entries: Vec::new(),
            grace_days: 0,
            resumed: None,
            debits: RefCell::default(),
            served: ServedStretches::default(),
            head: ChainHead::START,
            references: 0,
        };
        book.decide(today, |wallet, policy, moment| {
            onboarding::open_wallet(wallet, policy, moment, newcomer.balance, holds)
        })
        .unwrap();
        book
    }

    /// Lets a rule decide, and keeps what it decided.
    pub fn decide<R, E>(
        &mut self,
        today: &str,
        rule: impl FnOnce(&mut Wallet<'_>, &Policy, &Moment<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.decide_on(day(today), rule)
    }

    pub fn decide_on<R, E>(
        &mut self,
        today: Day,
        rule: impl FnOnce(&mut Wallet<'_>, &Policy, &Moment<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.decide_at(today, AT_NOON, rule)
    }

    pub fn decide_at<R, E>(
        &mut self,
        today: Day,
        minute: i64,
        rule: impl FnOnce(&mut Wallet<'_>, &Policy, &Moment<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        let recorded_at = Instant::from_millis(i64::from(today.number()) * 86_400_000 + minute * 60_000);
        let moment = self.terms().moment(recorded_at, "test");
        let (subscriber, head, entries, debits, resumed, served, answer) = {
            let mut wallet = Wallet::new(self.subscriber.clone(), self.head, self);
            let answer = rule(&mut wallet, &self.policy, &moment)?;
            (
                wallet.subscriber.clone(),
                wallet.head,
                wallet.entries.clone(),
                wallet.debits.clone(),
                wallet.resumed.clone(),
                wallet.changed_served().cloned(),
                answer,
            )
        };
        self.resumed = resumed.or(self.resumed.take());
        self.subscriber = subscriber;
        self.head = head;
        self.served = served.unwrap_or_else(|| std::mem::take(&mut self.served));
        self.entries.extend(entries);
        self.debits.borrow_mut().extend(debits);
        Ok(answer)
    }

    pub fn bill(&mut self, on: &str) -> BillingCounts {
        self.bill_on(day(on))
    }

    pub fn bill_on(&mut self, on: Day) -> BillingCounts {
        let (was, made) = (self.subscriber.clone(), self.entries.len());
        let decided = self.run(Job::Billing, on, false);
        let after = &self.subscriber;
        match &decided {
            Decision::Bill(bill) => {
                let debits = self.entries[made..].iter();
                let posted: Vec<Money> = debits
                    .filter(|entry| entry.kind == EntryKind::Debit)
                    .map(|entry| entry.amount)
                    .collect();
                assert_eq!(bill.charges, posted, "what it says it charges is what it posts");
                let resumed = was.access() != after.access();
                let paid = bill.counts.settled > 0 || bill.counts.free > 0 || was.period.expires_on.is_some();
                let moved = was.period.expires_on != after.period.expires_on && paid;
                assert_eq!(bill.effect == BillEffect::Resumed, resumed);
                assert_eq!(bill.effect == BillEffect::Renewed, moved && !resumed);
            }
            other => {
                assert_eq!(*other, Decision::Leave);
                assert_eq!(was, *after, "who is passed by stays as they are");
            }
        }
        let mut counts = DecisionCounts::default();
        counts.add(&decided);
        counts.billing
    }

    /// What a run of a job decides on the day that it stands for, kept.
    pub fn run(&mut self, job: Job, on: Day, held: bool) -> Decision {
        let minute = if job == Job::Disconnect { AT_THE_CUT } else { AT_NIGHT };
        self.run_at(job, on, (on, minute), held)
    }

    /// The same, at another moment than its own.
    pub fn run_at(&mut self, job: Job, on: Day, at: (Day, i64), held: bool) -> Decision {
        let terms = self.terms();
        self.decide_at(at.0, at.1, |wallet, _, moment| {
            let run = RunMoment {
                job,
                day: on,
                now: moment.recorded_at,
                today: moment.today,
                last_cut_day: moment.last_cut_day,
                held,
            };
            decision::decide(wallet, &terms, &run)
        })
        .unwrap()
    }

    pub fn terms(&self) -> Terms {
        Terms {
            policy: self.policy.clone(),
            grace_days: self.grace_days,
            max_share: 100,
            zone: jiff::tz::TimeZone::UTC,
            templates: Arc::new(MessageTemplates::silent(Currency::from_code("KES").unwrap())),
        }
    }

    /// The run of 23:59 on that day.
    pub fn disconnect(&mut self, on: &str) -> CutOffVerdict {
        self.disconnect_on(day(on))
    }

    pub fn disconnect_on(&mut self, on: Day) -> CutOffVerdict {
        let verdict = access::verdict(&self.subscriber, &self.policy, self.grace_days, on);
        let before = self.subscriber.clone();
        let foreseen = self.run(Job::Disconnect, on, true);
        assert_eq!(before, self.subscriber, "a run that is held changes nobody");
        let decided = self.run(Job::Disconnect, on, false);
        let (would, does) = match verdict {
            CutOffVerdict::Leave => (Decision::Leave, false),
            CutOffVerdict::Covered => (Decision::Spare, false),
            CutOffVerdict::Suspend => (Decision::WouldSuspend, true),
        };
        assert_eq!(foreseen, would);
        assert_eq!(matches!(decided, Decision::Suspend(_)), does);
        assert_eq!(before.access() != self.subscriber.access(), does);
        assert!(does || decided == would, "{decided:?}");
        verdict
    }

    pub fn pay(&mut self, on: &str, amount: &str) -> SettlementResult {
        self.pay_on(day(on), money(amount))
    }

    pub fn pay_on(&mut self, on: Day, amount: Money) -> SettlementResult {
        self.references += 1;
        let payment = Payment {
            reference: Reference::new(&format!("R{}", self.references)).unwrap(),
            amount,
            source: Source::new("Cash").unwrap(),
            made_on: on,
            comment: None,
        };
        self.decide_on(on, |wallet, policy, moment| {
            payment::pay(wallet, policy, moment, &payment)
        })
        .unwrap()
    }

    /// Takes the newest payment back.
    pub fn reverse(&mut self, on: &str) -> u32 {
        self.reverse_on(day(on))
    }

    pub fn reverse_on(&mut self, on: Day) -> u32 {
        let credit = self
            .entries
            .iter()
            .rev()
            .find(|entry| entry.reference.is_some())
            .unwrap()
            .clone();
        let reference = credit.reference.unwrap();
        self.decide_on(on, |wallet, policy, moment| {
            reversal::reverse(wallet, policy, moment, credit.amount, &reference, None)
        })
        .unwrap()
    }

    pub fn adjust(&mut self, on: &str, amount: &str) -> SettlementResult {
        let comment = Comment::new("by hand").ok();
        let source = Source::new("Adjustment").unwrap();
        self.decide(on, |wallet, policy, moment| {
            payment::adjust(wallet, policy, moment, money(amount), source, comment)
        })
        .unwrap()
    }

    pub fn extend(&mut self, on: &str, until: &str) -> Result<(), ByHandError> {
        let grace = self.grace_days;
        self.decide(on, |wallet, _, moment| {
            manual_actions::extend(wallet, moment, day(until), grace)
        })
    }

    /// The stretches of service that have ended.
    pub const fn served(&self) -> &ServedStretches {
        &self.served
    }

    pub fn missing(&self) -> Money {
        settlement::missing(&Wallet::new(self.subscriber.clone(), self.head, self), &self.policy).unwrap()
    }

    pub fn expires_on(&self) -> String {
        self.subscriber
            .period
            .expires_on
            .map_or_else(|| "never".to_owned(), |end| end.to_string())
    }

    pub fn state(&self) -> &'static str {
        self.subscriber.state_word()
    }

    pub fn balance(&self) -> String {
        Currency::from_code("KES").unwrap().format(self.subscriber.balance)
    }

    /// The rows of debits without their days: what each was settled to, and what a reversal has undone.
    pub fn settlements(&self) -> Vec<Debit> {
        self.debits.borrow().values().cloned().collect()
    }

    /// The due days that were charged, oldest first.
    pub fn charged(&self) -> Vec<String> {
        self.debits.borrow().keys().map(ToString::to_string).collect()
    }
}
