//! By what is a payment known whose bank gives several payments one number?
//!
//! A standing order has the same text each month. Where the format says so, day and amount are part of the reference:
//! `RENT 2027-03-01 1500.00`.

use sha2::{Digest, Sha256};

use crate::model::day::Day;
use crate::model::money::{Currency, Money};
use crate::model::name::{REFERENCE_BYTES_MAX, Reference};
use crate::model::statement_format::UniquePart;

/// How many bytes of a digest tell two long references apart that begin alike.
const DIGEST_BYTES: usize = 4;

/// Returns the reference with what tells payments with one number apart; the number itself where nothing does.
#[must_use]
pub fn known_by(number: &Reference, unique: &[UniquePart], date: Day, amount: Money, currency: &Currency) -> Reference {
    let ending: String = unique
        .iter()
        .map(|part| match part {
            UniquePart::Date => format!(" {date}"),
            UniquePart::Amount => format!(" {}", currency.format(amount)),
        })
        .collect();
    if ending.is_empty() {
        return number.clone();
    }
    let whole = format!("{number}{ending}");
    let text = if whole.len() > REFERENCE_BYTES_MAX {
        shortened(number, &ending)
    } else {
        whole
    };
    Reference::new(&text).unwrap_or_else(|_| number.clone())
}

fn shortened(number: &Reference, ending: &str) -> String {
    let digest = Sha256::digest(number.as_str().to_lowercase().as_bytes());
    let mark: String = digest
        .iter()
        .take(DIGEST_BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let room = REFERENCE_BYTES_MAX
        .saturating_sub(ending.len())
        .saturating_sub(mark.len().saturating_add(1));
    let mut kept = number.as_str().to_owned();
    while kept.len() > room {
        kept.pop();
    }
    format!("{}~{mark}{ending}", kept.trim_end())
}
