//! How does a billing run go over all subscribers?

use crate::jobs::run::Decide;
use crate::model::day::{Day, Instant};
use crate::model::job::{BillingCounts, Counts, RunId};
use crate::model::subscriber::{State, Subscriber};
use crate::notices::subscribers::{self, CreditOrigin};
use crate::rules::billing;
use crate::rules::terms::Terms;
use crate::rules::wallet::{Moment, Wallet};
use crate::store::error::StoreError;
use crate::store::write::transaction::{AccessWork, Changed, Transaction};

/// The actor of entries that billing makes.
pub const ACTOR: &str = "job:billing";

/// A billing run for one day.
pub struct Billing<'t> {
    terms: &'t Terms,
    day: Day,
    counts: BillingCounts,
    /// The instant of the present part and its civil day, which costs more to find than a debit.
    part: Option<(Instant, Day)>,
}

impl<'t> Billing<'t> {
    /// A run that charges what is due by `day`.
    #[must_use]
    pub fn new(terms: &'t Terms, day: Day) -> Self {
        Self {
            terms,
            day,
            counts: BillingCounts::default(),
            part: None,
        }
    }

    fn moment(&mut self, now: Instant) -> Moment<'static> {
        let today = match self.part {
            Some((at, today)) if at == now => today,
            _ => self.terms.day(now),
        };
        self.part = Some((now, today));
        Moment {
            today,
            recorded_at: now,
            actor: ACTOR,
        }
    }
}

impl Decide for Billing<'_> {
    fn decide(&mut self, tx: &mut Transaction<'_>, subscriber: Subscriber, run: RunId) -> Result<(), StoreError> {
        if !billing::concerns(&subscriber, self.day) {
            return Ok(());
        }
        let moment = self.moment(tx.now());
        let before = subscriber.standing();
        let changed = {
            let mut wallet = Wallet::new(subscriber, tx.state().head, tx);
            billing::bill(&mut wallet, &self.terms.policy, &moment, self.day, &mut self.counts)?;
            Changed::from(wallet)
        };
        tx.put_decided(
            &before,
            &changed,
            AccessWork {
                run: Some(run),
                end_session: false,
            },
        )?;
        let after = &changed.subscriber;
        if self.terms.templates.on_resume.is_some()
            && before.state() == State::Suspended
            && after.state == State::Active
        {
            subscribers::money(tx, self.terms, after, CreditOrigin::Wallet(run), true, true)?;
        }
        Ok(())
    }

    fn counts(&self) -> Counts {
        Counts::Billing(self.counts)
    }

    fn go_on_from(&mut self, counts: Counts) {
        if let Counts::Billing(counts) = counts {
            self.counts = counts;
        }
    }

    fn summary(&self) -> String {
        let counts = &self.counts;
        let mut text = format!(
            "billed {}: {} charged, {} settled, {} already with an outstanding debit",
            self.day, counts.charged, counts.settled, counts.skipped
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
