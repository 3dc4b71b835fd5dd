//! What does `[billing]` say about charging and resuming?
//!
//! Must never know: how billing is done.

use crate::config::notes::Notes;
use crate::config::packages::amount;
use crate::config::walk::Section;
use crate::model::money::{Currency, Money};
use crate::rules::wallet::Resume;

/// The most days that any grace can have.
pub(crate) const GRACE_DAYS_MAX: i64 = 365;

/// `[billing]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BillingConfig {
    /// How far below zero a wallet may go and still settle; zero or more.
    pub credit_limit: Money,
    /// How a paid cycle begins after a cut.
    pub resume: Resume,
    /// A payment above this amount is confirmed first; `None` means twelve times the subscriber's price.
    pub ask_above: Option<Money>,
    /// A payment this many days after the due day still counts as on time, in statistics.
    pub payment_grace_days: u16,
}

/// Reads `[billing]`, and notes what is wrong in it.
pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>, currency: Option<Currency>) -> BillingConfig {
    let mut config = BillingConfig {
        credit_limit: Money::ZERO,
        resume: Resume::FromPayment,
        ask_above: None,
        payment_grace_days: 3,
    };
    let Some(section) = root.section(notes, "billing", "[billing]") else {
        return config;
    };
    section.only(notes, &["credit_limit", "resume", "ask_above", "payment_grace_days"]);
    if let Some(limit) = section.made(notes, "credit_limit", |text| amount(currency, "credit_limit", text)) {
        config.credit_limit = limit;
    }
    config.ask_above = section.made(notes, "ask_above", |text| amount(currency, "ask_above", text));
    let words = [("from-payment", Resume::FromPayment), ("from-due", Resume::FromDue)];
    if let Some(resume) = section.word(notes, "resume", &words) {
        config.resume = resume;
    }
    if let Some(days) = section.whole(notes, "payment_grace_days", 0, GRACE_DAYS_MAX) {
        config.payment_grace_days = days;
    }
    config
}
