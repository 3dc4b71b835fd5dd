//! The disconnect run: cuts off every subscriber whose cut-off has passed.

use crate::jobs::execution::Execution;
use crate::jobs::guarded_run;
use crate::jobs::run::Decide;
use crate::model::day::Instant;
use crate::model::job::{Counts, Job, RunId};
use crate::model::subscriber::Subscriber;
use crate::rules::access;
use crate::rules::terms::Terms;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// A disconnect run at one planned time.
pub struct Disconnect<'t> {
    execution: Execution<'t>,
    /// How many the guard lets it cut.
    most: u64,
}

impl<'t> Disconnect<'t> {
    /// Creates a run that cuts those whose cut-off has passed at `planned_for`, and no more of them than `most`.
    #[must_use]
    pub fn new(terms: &'t Terms, planned_for: Instant, most: u64) -> Self {
        let last_cut_day = access::last_cut_day(planned_for, &terms.zone);
        Self {
            execution: Execution::new(terms, Job::Disconnect, last_cut_day, planned_for),
            most,
        }
    }
}

impl Decide for Disconnect<'_> {
    fn decide(&mut self, tx: &mut Transaction<'_>, subscriber: Subscriber, run: RunId) -> Result<(), StoreError> {
        self.execution.decide(tx, subscriber, run).map(|_| ())
    }

    fn counts(&self) -> Counts {
        Counts::Disconnect(self.execution.counts.disconnect)
    }

    fn go_on_from(&mut self, counts: Counts) {
        self.execution.counts.disconnect = counts.of_disconnect();
    }

    fn summary(&self) -> String {
        let counts = &self.execution.counts.disconnect;
        format!(
            "cut-off through {}: {} suspended, {} covered by their wallet",
            self.execution.day, counts.suspended, counts.covered
        )
    }

    fn is_odd(&self) -> bool {
        self.execution.counts.disconnect.suspended > self.most
    }

    fn acted(&mut self, tx: &mut Transaction<'_>) -> Result<(), StoreError> {
        guarded_run::overtaken(tx)
    }
}
