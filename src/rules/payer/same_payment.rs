//! Do two records under one reference, with one amount and one payer, tell of the same payment?
//!
//! A receipt is typed today, and its row stands in the statement of tomorrow: where one of the two was typed, their days may lie a
//! little apart. Two rows of statements are the same payment on the same day alone, since a bank gives its standing orders the same
//! reference each month.
//!
//! Must never know: where records are kept.

use crate::model::day::Day;
use crate::model::unmatched::PaymentOrigin;

/// How many days may lie between a typed payment and its other record.
pub const TYPED_DAYS_MAX: i32 = 3;

/// When a payment was made as one record tells it, and what kind of record that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentRecord {
    /// The day.
    pub day: Day,
    /// How it came to be known.
    pub origin: PaymentOrigin,
}

/// Returns whether two records may tell of the same payment, by their days.
#[must_use]
pub fn same_payment(one: PaymentRecord, other: PaymentRecord) -> bool {
    let apart = one.day.days_since(other.day).saturating_abs();
    let typed = [one.origin, other.origin].contains(&PaymentOrigin::Typed);
    apart == 0 || (typed && apart <= TYPED_DAYS_MAX)
}
