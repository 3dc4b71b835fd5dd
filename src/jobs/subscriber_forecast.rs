//! Forecasts what the jobs will do to one subscriber.
//!
//! Folds one wallet over the occurrences with [`decision::decide`], as [`crate::jobs::plan`] does with all of them, and keeps
//! the subscriber's state after each. Nothing is written: the caller may change the wallet first, for example by a payment that
//! nobody has made.
//!
//! Must never know: how it is shown, and what the runs do to others. Whether the guard holds a run is for the plan to say.

use crate::jobs::plan::{self, Action, Coming};
use crate::model::job::Job;
use crate::model::money::Money;
use crate::model::subscriber::Subscriber;
use crate::rules::decision;
use crate::rules::settlement;
use crate::rules::terms::Terms;
use crate::rules::wallet::{RuleError, Wallet};

/// What one occurrence does to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForecastStep {
    /// The occurrence.
    pub coming: Coming,
    /// Its place among the coming ones.
    pub place: usize,
    /// What it does, in order, with the amounts that it moves.
    pub actions: Vec<(Action, Money)>,
    /// The subscriber after it.
    pub after: Subscriber,
    /// What is missing for settlement then; zero when nothing is to settle.
    pub missing: Money,
}

impl ForecastStep {
    /// Returns whether it does this.
    #[must_use]
    pub fn does(&self, action: Action) -> bool {
        self.actions.iter().any(|(does, _)| *does == action)
    }

    /// Returns what it charges in all.
    #[must_use]
    pub fn charged(&self) -> Money {
        self.actions
            .iter()
            .filter(|(action, _)| *action == Action::Charge)
            .fold(Money::ZERO, |sum, (_, amount)| sum.plus(*amount).unwrap_or(sum))
    }
}

/// Folds the wallet over these occurrences, as if the guard held none of them; ends with the first that cuts off, or
/// after `most` that did something.
///
/// # Errors
/// When the store cannot be read, or an amount would not fit.
pub fn stages(
    mut wallet: Wallet<'_>,
    terms: &Terms,
    coming: &[Coming],
    most: usize,
) -> Result<Vec<ForecastStep>, RuleError> {
    let mut found = Vec::new();
    for (place, occurrence) in coming.iter().enumerate() {
        if occurrence.job == Job::Reminders {
            continue;
        }
        wallet.entries.clear();
        let actions = plan::actions(&decision::decide(&mut wallet, terms, &occurrence.moment(false))?);
        if actions.is_empty() {
            continue;
        }
        let missing = settlement::missing(&wallet, &terms.policy)?;
        let stage = ForecastStep {
            coming: *occurrence,
            place,
            actions,
            after: wallet.subscriber.clone(),
            missing,
        };
        let ends = stage.does(Action::Suspend) || found.len().saturating_add(1) >= most;
        found.push(stage);
        if ends {
            break;
        }
    }
    Ok(found)
}
