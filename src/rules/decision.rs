//! What does a run decide for one subscriber?
//!
//! [`decide`] is the one way from a subscriber, the rules in force and a moment to a [`Decision`]. A run writes it
//! (`jobs/execution`), the guard counts it, and the dry run, `plan` and `explain` show it, folded over the runs to come: the
//! forecast is what happens, because it is the same value. The changed subscriber, new entries and rows of debits are in the
//! wallet.
//!
//! Must never know: how a decision is written or shown, and what a run decides for others.

use crate::model::day::{Day, Instant};
use crate::model::entry::EntryKind;
use crate::model::job::{BillingCounts, DisconnectCounts, Job, RemindersCounts};
use crate::model::money::Money;
use crate::model::subscriber::{State, Subscriber};
use crate::rules::access::{self, CutOffVerdict};
use crate::rules::billing;
use crate::rules::messages::reminder::{self, DueReminder, ReminderVerdict};
use crate::rules::terms::Terms;
use crate::rules::wallet::{Moment, RuleError, Wallet};

/// The actor of cut-offs; they make no entries.
const CUT_ACTOR: &str = "job:disconnect";

/// A run at the moment at which it decides for a subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunMoment {
    /// Which job.
    pub job: Job,
    /// Of billing and reminders the day that the run is for; of disconnect the newest day whose cut-off has come.
    pub day: Day,
    /// The instant at which it decides.
    pub now: Instant,
    /// The civil day of that instant.
    pub today: Day,
    /// The newest day whose 23:59 has come by that instant.
    pub last_cut_day: Day,
    /// Whether the guard holds the run: it says whom it would cut off, and leaves them as they are.
    pub held: bool,
}

impl RunMoment {
    /// Returns it as the moment at which an actor decides.
    #[must_use]
    pub const fn moment<'a>(&self, actor: &'a str) -> Moment<'a> {
        Moment {
            today: self.today,
            last_cut_day: self.last_cut_day,
            recorded_at: self.now,
            actor,
        }
    }
}

/// What a run decides for one subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing: the run passes them by.
    Leave,
    /// Billing: they are charged and settled.
    Bill(Bill),
    /// Disconnect: their time is over, and they are spared, since their wallet would settle every due day.
    Spare,
    /// Disconnect: they are cut off.
    Suspend(PaidUntil),
    /// Disconnect: they would be cut off if the guard did not hold the run.
    WouldSuspend,
    /// Reminders: it is their day, and they are reminded.
    Remind(DueReminder),
    /// Reminders: it is their day, and they are not reminded.
    NotReminded(NotReminded),
}

/// What billing does to one subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bill {
    /// What it counts.
    pub counts: BillingCounts,
    /// The amounts of the debits that it posts, in order.
    pub charges: Vec<Money>,
    /// What it changes for them beyond that.
    pub effect: BillEffect,
}

/// What billing changes for one subscriber beside the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BillEffect {
    /// It stays as it was.
    #[default]
    Unchanged,
    /// The period moves on.
    Renewed,
    /// One who was cut off comes back.
    Resumed,
}

/// What has ended for one who is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaidUntil {
    /// A promise to pay, with this day.
    Promise(Day),
    /// The time that was paid for, with this day.
    Period(Day),
    /// There is no such day.
    Unknown,
}

/// Why somebody whose day it is is not reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReminded {
    /// Their wallet settles the due day.
    Covered,
    /// There is no number to send it to.
    NoPhone,
    /// Nothing could carry it.
    NoGateway,
    /// It was queued before.
    Repeated,
}

/// What decisions add up to, by job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DecisionCounts {
    /// What billing counts.
    pub billing: BillingCounts,
    /// What disconnect counts.
    pub disconnect: DisconnectCounts,
    /// What reminders counts.
    pub reminders: RemindersCounts,
}

/// Decides what a run does to one subscriber, and changes the wallet accordingly. Whether a reminder was queued before is not
/// known here: see [`Decision::unless_queued`].
///
/// # Errors
/// When an amount does not fit or the rows of debits contradict the subscriber.
pub fn decide(wallet: &mut Wallet<'_>, terms: &Terms, run: &RunMoment) -> Result<Decision, RuleError> {
    match run.job {
        Job::Billing => bill(wallet, terms, run),
        Job::Disconnect => cut(wallet, terms, run),
        Job::Reminders => Ok(remind(&wallet.subscriber, terms, run)),
        Job::Health | Job::Cleanup => Ok(Decision::Leave),
    }
}

/// Returns whether a run may have anything to decide for a subscriber; for all others it decides [`Decision::Leave`], and no
/// wallet is needed to know that.
#[must_use]
pub fn concerns(subscriber: &Subscriber, run: &RunMoment) -> bool {
    match run.job {
        Job::Billing => billing::concerns(subscriber, run.day),
        Job::Disconnect | Job::Reminders => true,
        Job::Health | Job::Cleanup => false,
    }
}

fn bill(wallet: &mut Wallet<'_>, terms: &Terms, run: &RunMoment) -> Result<Decision, RuleError> {
    if !concerns(&wallet.subscriber, run) {
        return Ok(Decision::Leave);
    }
    let was = (wallet.subscriber.state, wallet.subscriber.period.expires_on);
    let made_before = wallet.entries.len();
    let moment = run.moment(billing::ACTOR);
    let mut counts = BillingCounts::default();
    billing::bill(wallet, &terms.policy, &moment, run.day, &mut counts)?;
    let made = wallet.entries.iter().skip(made_before);
    let charges = made
        .filter(|entry| entry.kind == EntryKind::Debit)
        .map(|entry| entry.amount)
        .collect();
    let after = &wallet.subscriber;
    let effect = if was.0 == State::Suspended && after.state == State::Active {
        BillEffect::Resumed
    } else if was.1 != after.period.expires_on && (was.1.is_some() || counts.settled > 0 || counts.free > 0) {
        // Somebody who had no due day has one now: that alone pays for nothing.
        BillEffect::Renewed
    } else {
        BillEffect::Unchanged
    };
    Ok(Decision::Bill(Bill {
        counts,
        charges,
        effect,
    }))
}

fn cut(wallet: &mut Wallet<'_>, terms: &Terms, run: &RunMoment) -> Result<Decision, RuleError> {
    let subscriber = &wallet.subscriber;
    Ok(
        match access::verdict(subscriber, &terms.policy, terms.grace_days, run.day) {
            CutOffVerdict::Leave => Decision::Leave,
            CutOffVerdict::Covered => Decision::Spare,
            CutOffVerdict::Suspend if run.held => Decision::WouldSuspend,
            CutOffVerdict::Suspend => {
                let until = match (subscriber.extended_to, subscriber.period.expires_on) {
                    (Some(promised), _) => PaidUntil::Promise(promised),
                    (None, Some(end)) => PaidUntil::Period(end),
                    (None, None) => PaidUntil::Unknown,
                };
                access::suspend(wallet, &run.moment(CUT_ACTOR))?;
                Decision::Suspend(until)
            }
        },
    )
}

fn remind(subscriber: &Subscriber, terms: &Terms, run: &RunMoment) -> Decision {
    let templates = &terms.templates;
    match reminder::verdict(subscriber, &terms.policy, &templates.days_before, run.day) {
        ReminderVerdict::Leave => Decision::Leave,
        ReminderVerdict::Covered => Decision::NotReminded(NotReminded::Covered),
        ReminderVerdict::Remind(_) if subscriber.profile.phone.is_none() => Decision::NotReminded(NotReminded::NoPhone),
        ReminderVerdict::Remind(_) if !templates.has_gateway => Decision::NotReminded(NotReminded::NoGateway),
        ReminderVerdict::Remind(due) => Decision::Remind(due),
    }
}

impl NotReminded {
    /// Returns the reason in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Covered => "covered by the wallet",
            Self::NoPhone => "no phone number",
            Self::NoGateway => reminder::NO_GATEWAY,
            Self::Repeated => "already reminded",
        }
    }
}

impl Decision {
    /// Returns the same decision, but for a reminder that was queued before: nobody is reminded twice by one rule of one due
    /// day. `is_queued` is asked only where somebody would be reminded.
    ///
    /// # Errors
    /// What `is_queued` returns.
    pub fn unless_queued<E>(self, is_queued: impl FnOnce(DueReminder) -> Result<bool, E>) -> Result<Self, E> {
        if let Self::Remind(due) = self
            && is_queued(due)?
        {
            return Ok(Self::NotReminded(NotReminded::Repeated));
        }
        Ok(self)
    }
}

impl DecisionCounts {
    /// Adds a decision.
    pub const fn add(&mut self, decision: &Decision) {
        match decision {
            Decision::Leave | Decision::WouldSuspend => {}
            Decision::Bill(bill) => add_billing(&mut self.billing, &bill.counts),
            Decision::Spare => one_more(&mut self.disconnect.covered),
            Decision::Suspend(_) => one_more(&mut self.disconnect.suspended),
            Decision::Remind(_) => one_more(&mut self.reminders.queued),
            Decision::NotReminded(why) => {
                let counts = &mut self.reminders;
                one_more(&mut counts.skipped);
                one_more(match why {
                    NotReminded::Covered => &mut counts.covered,
                    NotReminded::NoPhone => &mut counts.without_phone,
                    NotReminded::NoGateway => &mut counts.without_gateway,
                    NotReminded::Repeated => &mut counts.repeated,
                });
            }
        }
    }
}

const fn one_more(count: &mut u64) {
    *count = count.saturating_add(1);
}

/// Adds all of it: a field more does not compile until it is added here.
const fn add_billing(sum: &mut BillingCounts, counts: &BillingCounts) {
    let BillingCounts {
        charged,
        settled,
        skipped,
        free,
        without_package,
        resumed,
    } = *counts;
    sum.charged = sum.charged.saturating_add(charged);
    sum.settled = sum.settled.saturating_add(settled);
    sum.skipped = sum.skipped.saturating_add(skipped);
    sum.free = sum.free.saturating_add(free);
    sum.without_package = sum.without_package.saturating_add(without_package);
    sum.resumed = sum.resumed.saturating_add(resumed);
}
