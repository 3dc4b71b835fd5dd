//! How does a disconnect run go over all subscribers?

use crate::jobs::guarded_run;
use crate::jobs::run::Decide;
use crate::model::day::{Day, Instant};
use crate::model::job::{Counts, DisconnectCounts, RunId};
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::Subscriber;
use crate::notices::subscribers;
use crate::rules::access::{self, CutOffVerdict};
use crate::rules::terms::Terms;
use crate::store::error::StoreError;
use crate::store::write::transaction::{AccessWork, Transaction};

/// A disconnect run at one planned time.
pub struct Disconnect<'t> {
    terms: &'t Terms,
    planned_for: Instant,
    last_cut_day: Day,
    /// How many the guard lets it cut.
    most: u64,
    counts: DisconnectCounts,
}

impl<'t> Disconnect<'t> {
    /// A run that cuts those whose cut-off has passed at `planned_for`, and no more of them than `most`.
    #[must_use]
    pub fn new(terms: &'t Terms, planned_for: Instant, most: u64) -> Self {
        let last_cut_day = access::last_cut_day(planned_for, &terms.zone);
        Self {
            terms,
            planned_for,
            last_cut_day,
            most,
            counts: DisconnectCounts::default(),
        }
    }
}

impl Decide for Disconnect<'_> {
    fn decide(&mut self, tx: &mut Transaction<'_>, subscriber: Subscriber, run: RunId) -> Result<(), StoreError> {
        match access::verdict(
            &subscriber,
            &self.terms.policy,
            self.terms.grace_days,
            self.last_cut_day,
        ) {
            CutOffVerdict::Leave => Ok(()),
            CutOffVerdict::Covered => {
                self.counts.covered = self.counts.covered.saturating_add(1);
                Ok(())
            }
            CutOffVerdict::Suspend => {
                self.counts.suspended = self.counts.suspended.saturating_add(1);
                suspend(tx, self.terms, self.planned_for, &subscriber, run)
            }
        }
    }

    fn counts(&self) -> Counts {
        Counts::Disconnect(self.counts)
    }

    fn go_on_from(&mut self, counts: Counts) {
        self.counts = counts.of_disconnect();
    }

    fn summary(&self) -> String {
        format!(
            "cut-off through {}: {} suspended, {} covered by their wallet",
            self.last_cut_day, self.counts.suspended, self.counts.covered
        )
    }

    fn is_odd(&self) -> bool {
        self.counts.suspended > self.most
    }

    fn acted(&mut self, tx: &mut Transaction<'_>) -> Result<(), StoreError> {
        guarded_run::overtaken(tx)
    }
}

/// Cuts one subscriber off: the decision of a run, with its log record and the work on the router.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn suspend(
    tx: &mut Transaction<'_>,
    terms: &Terms,
    planned_for: Instant,
    subscriber: &Subscriber,
    run: RunId,
) -> Result<(), StoreError> {
    let mut after = subscriber.clone();
    access::suspend(&mut after, terms.day(tx.now()));
    tx.log(
        &LogRecord::new(tx.now(), LogKind::Disconnect, suspended_words(subscriber))
            .planned_for(planned_for)
            .about(&subscriber.username),
    )?;
    subscribers::suspended(tx, terms, &after, run)?;
    tx.put_without_money(
        subscriber,
        after,
        AccessWork {
            run: Some(run),
            end_session: false,
        },
    )
}

fn suspended_words(subscriber: &Subscriber) -> String {
    match (subscriber.period.expires_on, subscriber.extended_to) {
        (_, Some(until)) => format!("suspended: the promise to pay ended on {until}"),
        (Some(end), None) => format!("suspended: paid through {end} only"),
        (None, None) => "suspended".to_owned(),
    }
}
