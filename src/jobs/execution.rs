//! Writes what a run decides for one subscriber, with everything that follows from it.
//!
//! The decision is that of [`crate::rules::decision`]. Its record, the message about it, the subscriber and the work on the
//! router are written in the transaction of the run's part. A match over the decision, so that a new one does not compile
//! until it is written here.
//!
//! Must never know: why it was decided, and which runs come.

use crate::model::day::{Day, Instant};
use crate::model::job::{Job, RunId};
use crate::model::message::Purpose;
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::Subscriber;
use crate::notices::subscribers::{self, CreditOrigin};
use crate::rules::access;
use crate::rules::decision::{self, BillEffect, Decision, DecisionCounts, PaidUntil, RunMoment};
use crate::rules::messages::notices;
use crate::rules::messages::reminder::{self, DueReminder};
use crate::rules::terms::Terms;
use crate::rules::wallet::Wallet;
use crate::store::error::StoreError;
use crate::store::write::transaction::{AccessWork, Changed, Transaction};

/// A run that is carried out, subscriber by subscriber.
pub(crate) struct Execution<'t> {
    pub(crate) terms: &'t Terms,
    job: Job,
    /// The day that its decisions go by, as [`RunMoment::day`] has it.
    pub(crate) day: Day,
    planned_for: Instant,
    /// What it has decided so far.
    pub(crate) counts: DecisionCounts,
    /// The moment of the present part: its civil day costs more to find than a debit.
    part: Option<RunMoment>,
}

impl<'t> Execution<'t> {
    /// Begins a run of a job that is for `day`.
    pub(crate) fn new(terms: &'t Terms, job: Job, day: Day, planned_for: Instant) -> Self {
        Self {
            terms,
            job,
            day,
            planned_for,
            counts: DecisionCounts::default(),
            part: None,
        }
    }

    /// Decides for one subscriber, writes it, and adds it to the counts. Returns the decision, and the subscriber as it is
    /// then.
    ///
    /// # Errors
    /// When the store cannot be read or written, or the rule could not decide.
    pub(crate) fn decide(
        &mut self,
        tx: &mut Transaction<'_>,
        subscriber: Subscriber,
        run: RunId,
    ) -> Result<(Decision, Subscriber), StoreError> {
        let moment = self.moment(tx.now());
        if !decision::concerns(&subscriber, &moment) {
            return Ok((Decision::Leave, subscriber));
        }
        let before = subscriber.standing();
        let (decided, changed) = {
            let mut wallet = Wallet::new(subscriber, tx.state().head, tx);
            let decided = decision::decide(&mut wallet, self.terms, &moment)?;
            (decided, Changed::from(wallet))
        };
        let after = &changed.subscriber;
        let work = AccessWork {
            run: Some(run),
            end_session: false,
        };
        match &decided {
            Decision::Leave | Decision::Spare | Decision::WouldSuspend | Decision::NotReminded(_) => {}
            Decision::Bill(bill) => {
                tx.put_decided(&before, &changed, work)?;
                if bill.effect == BillEffect::Resumed {
                    subscribers::money(tx, self.terms, after, CreditOrigin::Wallet(run), true, true)?;
                }
            }
            Decision::Suspend(until) => {
                tx.log(
                    &LogRecord::new(tx.now(), LogKind::Disconnect, suspended_words(*until))
                        .planned_for(self.planned_for)
                        .about(&after.username),
                )?;
                subscribers::suspended(tx, self.terms, after, run)?;
                tx.put_decided(&before, &changed, work)?;
            }
            // Queued below.
            Decision::Remind(_) => {}
        }
        // The queue itself knows whether it was queued before.
        let decided = decided.unless_queued(|due| self.queue(tx, after, due, moment.today))?;
        self.counts.add(&decided);
        Ok((decided, changed.subscriber))
    }

    fn moment(&mut self, now: Instant) -> RunMoment {
        let moment = match self.part {
            Some(moment) if moment.now == now => moment,
            _ => RunMoment {
                job: self.job,
                day: self.day,
                now,
                today: self.terms.day(now),
                last_cut_day: access::last_cut_day(now, &self.terms.zone),
                held: false,
            },
        };
        self.part = Some(moment);
        moment
    }

    /// Queues a reminder; returns whether it was queued before, and so is not queued again.
    fn queue(
        &self,
        tx: &mut Transaction<'_>,
        subscriber: &Subscriber,
        due: DueReminder,
        today: Day,
    ) -> Result<bool, StoreError> {
        let Some(phone) = &subscriber.profile.phone else {
            return Ok(false);
        };
        let (policy, templates) = (&self.terms.policy, &self.terms.templates);
        let queued = tx.queue(subscribers::draft(
            subscriber,
            phone,
            Purpose::Reminder {
                due: due.day,
                days_before: due.days_before,
            },
            reminder::once(subscriber.id, due.day, due.days_before),
            notices::reminder(due.day, subscriber, policy, templates, today),
            tx.now(),
            Some(due.day.last_instant(&self.terms.zone)),
        ))?;
        Ok(queued.is_none())
    }
}

fn suspended_words(until: PaidUntil) -> String {
    match until {
        PaidUntil::Promise(day) => format!("suspended: the promise to pay ended on {day}"),
        PaidUntil::Period(end) => format!("suspended: paid through {end} only"),
        PaidUntil::Unknown => "suspended".to_owned(),
    }
}
