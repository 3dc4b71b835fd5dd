//! The billing run: charges every subscriber whose due day has come.

use crate::jobs::execution::Execution;
use crate::jobs::run::Decide;
use crate::model::day::{Day, Instant};
use crate::model::job::{Counts, Job, RunId};
use crate::model::subscriber::Subscriber;
use crate::rules::terms::Terms;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// A billing run for one day.
pub struct Billing<'t> {
    execution: Execution<'t>,
}

impl<'t> Billing<'t> {
    /// Creates a run that charges what is due by `day`.
    #[must_use]
    pub fn new(terms: &'t Terms, day: Day, planned_for: Instant) -> Self {
        Self {
            execution: Execution::new(terms, Job::Billing, day, planned_for),
        }
    }
}

impl Decide for Billing<'_> {
    fn decide(&mut self, tx: &mut Transaction<'_>, subscriber: Subscriber, run: RunId) -> Result<(), StoreError> {
        self.execution.decide(tx, subscriber, run).map(|_| ())
    }

    fn counts(&self) -> Counts {
        Counts::Billing(self.execution.counts.billing)
    }

    fn go_on_from(&mut self, counts: Counts) {
        if let Counts::Billing(counts) = counts {
            self.execution.counts.billing = counts;
        }
    }

    fn summary(&self) -> String {
        let counts = &self.execution.counts.billing;
        let mut text = format!(
            "billed {}: {} charged, {} settled, {} already with an outstanding debit",
            self.execution.day, counts.charged, counts.settled, counts.skipped
        );
        for (count, words) in [
            (counts.resumed, "resumed from the wallet"),
            (counts.free, "renewed at no charge"),
            (counts.without_package, "without a package"),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {words}"));
            }
        }
        text
    }
}
