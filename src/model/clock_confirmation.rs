//! What did the owner confirm about the clock, and whose period must be corrected?

use serde::{Deserialize, Serialize};

use crate::model::day::{Day, Instant};
use crate::model::package::Cycle;
use crate::model::subscriber::PaidPeriod;

/// The owner's confirmation that the clock is right; it holds until the clock jumps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// What the clock showed then.
    pub at: Instant,
    /// Who said so.
    pub by: String,
}

/// A subscriber whom a payment brought back while the clock was not trusted: their period began on the newest record's
/// day, and is corrected on the first trusted day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UncertainPeriod {
    /// The newest record's day, on which service was taken to have come back.
    pub on: Day,
    /// The due day whose debit was settled; `None` where the price was zero.
    pub due: Option<Day>,
    /// The due day whose rhythm the period keeps; `None` where it begins on the day of payment.
    pub rhythm: Option<Day>,
    /// The cycle that was paid for.
    pub cycle: Cycle,
    /// The period before the settlement.
    pub before: PaidPeriod,
    /// The period that the settlement led to. If it has changed since, nothing is corrected.
    pub after: PaidPeriod,
}
