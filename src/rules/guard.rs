//! Would a run cut off too many at once?
//!
//! One wrong column of an import, a store restored from last month or a bank that is closed for three days looks like hundreds
//! who have not paid. A run that would cut more than a share of those who are served, and more than a handful, does not act: it
//! waits for the owner.

/// So many may always be cut without a question, whatever their share.
pub const HANDFUL: u64 = 10;

/// The guard's verdict on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// It may act.
    Passes,
    /// It waits for approval.
    Holds,
}

/// Returns whether a run that would cut `cuts` of `of` may act, where `max_share` percent are allowed.
#[must_use]
pub fn judge(cuts: u64, of: u64, max_share: u8) -> Guard {
    if cuts > most(of, max_share) {
        Guard::Holds
    } else {
        Guard::Passes
    }
}

/// Returns how many of `of` may be cut without a question.
#[must_use]
pub fn most(of: u64, max_share: u8) -> u64 {
    let share = u128::from(of).saturating_mul(u128::from(max_share)) / 100;
    u64::try_from(share).unwrap_or(u64::MAX).max(HANDFUL)
}

/// Returns why the number is too high, in words: `40 of 100 active subscribers would be cut off, 40 %, where max_share
/// allows 20 %`.
#[must_use]
pub fn reason(cuts: u64, of: u64, whom: &str, max_share: u8) -> String {
    let percent = u128::from(cuts)
        .saturating_mul(100)
        .checked_div(u128::from(of))
        .unwrap_or(100);
    format!("{cuts} of {of} {whom} would be cut off, {percent} %, but `max_share` allows {max_share} % at once")
}
