//! May this clock charge people and cut them off?
//!
//! A box without a battery wakes up in 1970, or at the time of its last shutdown. A clock that shows a moment before the
//! day this binary was built from, or more than two minutes behind the newest instant that the store has recorded, is
//! wrong. Until it is right, jobs that move money or cut people off wait.

use crate::model::day::{Day, Instant};

/// How far behind the newest recorded instant a clock may be, in milliseconds.
pub const BEHIND_MS: i64 = 120_000;

/// Whether the clock may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// It may.
    Trusted,
    /// It shows a moment before the binary's build day.
    BeforeBuild {
        /// The build day.
        build: Day,
    },
    /// It is behind what the store has recorded.
    BehindRecords {
        /// The newest recorded instant.
        newest: Instant,
    },
}

impl Trust {
    /// Whether the clock may be believed.
    #[must_use]
    pub const fn is_trusted(&self) -> bool {
        matches!(self, Self::Trusted)
    }

    /// Why not, in words; empty when it may.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Trusted => String::new(),
            Self::BeforeBuild { build } => format!("the clock shows a day before this version was built ({build})"),
            Self::BehindRecords { newest } => {
                format!("the clock is behind the newest record ({newest}); it must have been set back")
            }
        }
    }
}

/// The verdict on a clock that shows `now`.
#[must_use]
pub fn verdict(now: Instant, build: Day, newest: Instant) -> Trust {
    let build_began = i64::from(build.number()).saturating_mul(86_400_000);
    if now.millis() < build_began {
        Trust::BeforeBuild { build }
    } else if newest.millis_since(now) > BEHIND_MS {
        Trust::BehindRecords { newest }
    } else {
        Trust::Trusted
    }
}
