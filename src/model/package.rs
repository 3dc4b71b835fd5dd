//! What does a subscriber buy?

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::money::Money;
use crate::model::name::{PackageName, ProfileName};

/// How long one payment lasts.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cycle {
    /// A whole number of calendar months: 1 is `monthly`, 3 `quarterly`, 12 `annual`.
    Months(u8),
    /// A number of days, 1 to 3660.
    Days(u16),
}

impl Cycle {
    /// Reads `monthly`, `quarterly`, `annual`, `1 day` or `n days`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "monthly" => Some(Self::Months(1)),
            "quarterly" => Some(Self::Months(3)),
            "annual" => Some(Self::Months(12)),
            other => {
                let (number, unit) = other.split_once(' ')?;
                let days: u16 = number.parse().ok()?;
                ((unit == "days" || unit == "day") && (1..=3660).contains(&days)).then_some(Self::Days(days))
            }
        }
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Months(1) => f.write_str("monthly"),
            Self::Months(3) => f.write_str("quarterly"),
            Self::Months(12) => f.write_str("annual"),
            Self::Months(months) => write!(f, "{months} months"),
            Self::Days(1) => f.write_str("1 day"),
            Self::Days(days) => write!(f, "{days} days"),
        }
    }
}

/// A rate limit as RouterOS understands it, `upload/download` seen from the client, in bits per second.
///
/// *Source:* RouterOS documentation, Queues, `max-limit`: numbers with an optional `k`, `M` or `G` (decimal thousands).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rate {
    /// What the client may send, bits per second; 0 means without a limit.
    pub upload_bps: u64,
    /// What the client may receive, bits per second; 0 means without a limit.
    pub download_bps: u64,
}

impl Rate {
    /// Reads `10M/10M`, `512k/2M` or `1000000/2000000`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (upload, download) = text.split_once('/')?;
        Some(Self {
            upload_bps: bits(upload)?,
            download_bps: bits(download)?,
        })
    }
}

fn bits(text: &str) -> Option<u64> {
    let (digits, scale) = match text.char_indices().last()? {
        (at, 'k' | 'K') => (text.get(..at)?, 1_000),
        (at, 'M') => (text.get(..at)?, 1_000_000),
        (at, 'G') => (text.get(..at)?, 1_000_000_000),
        _ => (text, 1_u64),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(scale)
}

impl fmt::Display for Rate {
    /// Plain numbers, which every RouterOS accepts and gives back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.upload_bps, self.download_bps)
    }
}

/// A package (the plan): its price, its cycle, and what it is called on the router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name, unique in the site.
    pub name: PackageName,
    /// What one cycle costs; zero or more.
    pub price: Money,
    /// How long one payment lasts.
    pub cycle: Cycle,
    /// The profile that a pppoe secret or hotspot user of this package has.
    pub profile: Option<ProfileName>,
    /// The rate that a static subscriber's queue has.
    pub rate: Option<Rate>,
}
