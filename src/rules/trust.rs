//! Is the clock trusted enough to charge people and cut them off?
//!
//! A box without a battery wakes up in 1970, at the time of its last shutdown, or in 2038. Its clock is trusted only where
//! nothing speaks against it: it shows no moment before the day this binary was built from, none before the newest record, none
//! far ahead of it that nothing confirms, and none that a witness contradicts. Witnesses are the kernel, while a time daemon
//! keeps it synchronised, and a router whose own NTP client is. The owner's confirmation counts as much, except for a clock
//! that cannot be right.

use std::fmt;

use jiff::tz::TimeZone;

use crate::model::day::{Day, Instant};
use crate::model::name::RouterName;

/// How far behind the newest record, or away from a witness, a clock may be, in milliseconds.
pub const AWAY_MS: i64 = 120_000;

/// Which witness a clock needs to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The kernel's NTP state.
    Ntp,
    /// A router whose own NTP client is synchronised.
    Router,
    /// Whichever can be had; without one a clock that is not far ahead is trusted.
    Either,
    /// None; and how far ahead does not count.
    Floor,
}

/// By which settings a clock is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Which witness it needs.
    pub mode: Mode,
    /// How far ahead of the newest record it may be without a confirmation, in milliseconds.
    pub max_jump_ms: i64,
}

/// Who can say what time it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The box's own kernel.
    Kernel,
    /// A router.
    Router(RouterName),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kernel => f.write_str("the kernel"),
            Self::Router(name) => write!(f, "router `{name}`"),
        }
    }
}

/// What one witness said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WitnessReport {
    /// It is synchronised, and by it it is this instant now.
    Time(Instant),
    /// It is not synchronised, so that what it shows does not count; with what it said.
    Unsynchronised(String),
    /// It could not be asked, with the reason.
    Silent(String),
}

/// One who was asked, and the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Who.
    pub source: Source,
    /// What the witnesses said.
    pub said: WitnessReport,
    /// When they were asked, by the clock in question; `None`: not yet.
    pub asked_at: Option<Instant>,
}

/// Everything that a verdict depends on.
#[derive(Debug, Clone, Copy)]
pub struct TrustInput<'a> {
    /// What the clock shows.
    pub now: Instant,
    /// The day of the commit that this binary was built from.
    pub build: Day,
    /// The newest recorded instant; [`NOTHING_RECORDED`] where there is none.
    pub newest: Instant,
    /// By which settings.
    pub settings: Settings,
    /// Who was asked.
    pub witnesses: &'a [Witness],
    /// Whether the owner's confirmation of the clock holds.
    pub confirmed: bool,
    /// Whether routers are being asked, and their first answers are still to come.
    pub awaited: bool,
}

/// The newest recorded instant of a store in which nothing is recorded.
pub const NOTHING_RECORDED: Instant = Instant::from_millis(0);

/// What people read where something was recorded before the clock was trusted for the first time.
const UNKNOWN: &str = "an unknown time";

/// Returns the civil day and minute of a recorded instant, such as `2027-03-01 00:05`.
#[must_use]
pub fn civil(at: Instant, zone: &TimeZone) -> String {
    if at == NOTHING_RECORDED {
        return UNKNOWN.to_owned();
    }
    at.minute_in(zone)
}

/// Returns the same with seconds.
#[must_use]
pub fn civil_with_seconds(at: Instant, zone: &TimeZone) -> String {
    if at == NOTHING_RECORDED {
        return UNKNOWN.to_owned();
    }
    at.second_in(zone)
}

/// Why a clock is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustBasis {
    /// A witness says the same.
    Witness(Source),
    /// The owner has confirmed it.
    Word,
    /// It is close to the newest record, and nothing contradicts it.
    NearRecords,
    /// Nothing is recorded yet that it could contradict.
    NothingRecorded,
    /// The site asks nobody.
    Floor,
}

/// Whether the clock is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// It may.
    Trusted(TrustBasis),
    /// It shows a moment before the binary's build day.
    BeforeBuild {
        /// What it shows.
        now: Instant,
        /// The build day.
        build: Day,
    },
    /// It is behind what the store has recorded.
    BehindRecords {
        /// What it shows.
        now: Instant,
        /// The newest recorded instant.
        newest: Instant,
    },
    /// A witness contradicts it.
    Contradicted {
        /// What it shows.
        now: Instant,
        /// Which witness.
        by: Source,
        /// What time it is by them.
        says: Instant,
    },
    /// The site insists on a witness, and there is none.
    NoWitness(Mode),
    /// Nothing speaks against it yet, but routers that may know better are only being asked.
    Awaited,
    /// It is far ahead of the newest record, and nothing confirms it.
    AheadOfRecords {
        /// What it shows.
        now: Instant,
        /// The newest recorded instant.
        newest: Instant,
        /// How far ahead it might be, in milliseconds.
        max_jump_ms: i64,
    },
}

impl Trust {
    /// Returns whether the clock is trusted.
    #[must_use]
    pub const fn is_trusted(&self) -> bool {
        matches!(self, Self::Trusted(_))
    }

    /// Returns the verdict in one sentence, with instants in UTC: for records, and for the maintainer of Weir.
    #[must_use]
    pub fn reason(&self) -> String {
        self.told(&|at| whole(at).rfc3339())
    }

    /// Returns the same for people, who read the civil time of the site.
    #[must_use]
    pub fn reason_in(&self, zone: &TimeZone) -> String {
        self.told(&|at| at.second_in(zone))
    }

    fn told(&self, civil: &dyn Fn(Instant) -> String) -> String {
        match self {
            Self::Trusted(TrustBasis::Witness(source)) => format!("{source} shows the same time"),
            Self::Trusted(TrustBasis::Word) => "it was confirmed and has not jumped since".to_owned(),
            Self::Trusted(TrustBasis::NearRecords) => {
                "it is close to the newest record, and no time source contradicts it".to_owned()
            }
            Self::Trusted(TrustBasis::NothingRecorded) => {
                "nothing is recorded yet, and no time source contradicts it".to_owned()
            }
            Self::Trusted(TrustBasis::Floor) => {
                "it is not behind the newest record, and with `trust = \"floor\"` no time source is asked".to_owned()
            }
            Self::BeforeBuild { now, build } => {
                format!(
                    "the clock shows {}, before this version was built ({build})",
                    civil(*now)
                )
            }
            Self::BehindRecords { now, newest } => {
                format!(
                    "the clock shows {}, {} behind the newest record ({})",
                    civil(*now),
                    span(newest.millis_since(*now)),
                    civil(*newest)
                )
            }
            Self::Contradicted { now, by, says } => {
                let apart = now.millis_since(*says);
                let way = if apart < 0 { "behind" } else { "ahead of" };
                let apart = span(apart.saturating_abs());
                format!(
                    "the clock shows {}, {apart} {way} what {by} says ({})",
                    civil(*now),
                    civil(*says)
                )
            }
            Self::NoWitness(Mode::Ntp) => {
                "the kernel's clock is not known to be synchronised, and `trust = \"ntp\"` requires that".to_owned()
            }
            Self::NoWitness(_) => {
                "no router with a synchronised NTP client has confirmed the time, and `trust = \"router\"` requires \
                one"
                .to_owned()
            }
            Self::Awaited => "the routers are being asked for the time".to_owned(),
            Self::AheadOfRecords {
                now,
                newest,
                max_jump_ms,
            } => format!(
                "the clock shows {}, {} ahead of the newest record ({}); `max_jump` allows {} unless a time source \
                confirms it, and none does",
                civil(*now),
                span(now.millis_since(*newest)),
                civil(*newest),
                span(*max_jump_ms)
            ),
        }
    }

    /// Returns what ends the doubt, in one sentence; empty where there is none.
    #[must_use]
    pub const fn way_out(&self) -> &'static str {
        match self {
            Self::Trusted(_) => "",
            Self::BeforeBuild { .. } => {
                "this ends by itself once the box has the right time; `timedatectl` shows whether it can get it"
            }
            Self::BehindRecords { .. } => {
                "if the clock is wrong, set it, and this ends by itself; if the clock is right and a wrong clock \
                made those records, run `weir clock confirm`"
            }
            Self::Contradicted { .. } => {
                "this ends by itself once both agree; if the clock is right, run `weir clock confirm`"
            }
            Self::Awaited => "this ends by itself within seconds, whether the routers answer or not",
            Self::NoWitness(_) | Self::AheadOfRecords { .. } => {
                "this ends by itself once a time source confirms the time; if the clock is right, run `weir clock \
                confirm`"
            }
        }
    }
}

/// Returns the verdict on a clock.
#[must_use]
pub fn verdict(question: &TrustInput<'_>) -> Trust {
    let &TrustInput {
        now,
        build,
        newest,
        settings,
        confirmed,
        awaited,
        ..
    } = question;
    if now < began(build) {
        return Trust::BeforeBuild { now, build };
    }
    if newest.millis_since(now) > AWAY_MS {
        return Trust::BehindRecords { now, newest };
    }
    if settings.mode == Mode::Floor {
        return Trust::Trusted(TrustBasis::Floor);
    }
    if confirmed {
        return Trust::Trusted(TrustBasis::Word);
    }
    let mut agrees = None;
    for (source, says) in testimonies(question) {
        if now.millis_since(says).saturating_abs() > AWAY_MS {
            return Trust::Contradicted {
                now,
                by: source.clone(),
                says,
            };
        }
        agrees = agrees.or(Some(source));
    }
    if let Some(source) = agrees {
        return Trust::Trusted(TrustBasis::Witness(source.clone()));
    }
    match settings.mode {
        Mode::Ntp | Mode::Router => Trust::NoWitness(settings.mode),
        Mode::Either | Mode::Floor if newest == NOTHING_RECORDED => Trust::Trusted(TrustBasis::NothingRecorded),
        Mode::Either | Mode::Floor if now.millis_since(newest) > settings.max_jump_ms => Trust::AheadOfRecords {
            now,
            newest,
            max_jump_ms: settings.max_jump_ms,
        },
        Mode::Either | Mode::Floor if awaited => Trust::Awaited,
        Mode::Either | Mode::Floor => Trust::Trusted(TrustBasis::NearRecords),
    }
}

/// Returns the answers of the witnesses that the settings ask and that know the time.
fn testimonies<'q>(question: &TrustInput<'q>) -> impl Iterator<Item = (&'q Source, Instant)> + use<'q> {
    let mode = question.settings.mode;
    question.witnesses.iter().filter_map(move |witness| {
        let asked = match (&witness.source, mode) {
            (_, Mode::Either) | (Source::Kernel, Mode::Ntp) | (Source::Router(_), Mode::Router) => true,
            (_, Mode::Ntp | Mode::Router | Mode::Floor) => false,
        };
        match witness.said {
            WitnessReport::Time(says) if asked => Some((&witness.source, says)),
            WitnessReport::Time(_) | WitnessReport::Unsynchronised(_) | WitnessReport::Silent(_) => None,
        }
    })
}

/// Returns the first instant of a day, in UTC.
fn began(day: Day) -> Instant {
    Instant::from_millis(i64::from(day.number()).saturating_mul(86_400_000))
}

/// Returns an instant without its parts of a second, as people read it.
const fn whole(at: Instant) -> Instant {
    Instant::from_millis(at.millis().saturating_sub(at.millis().rem_euclid(1_000)))
}

/// Returns a length of time in words, rounded to the largest unit that fits twice, such as `90 minutes` or `30 days`.
#[must_use]
pub fn span(ms: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds")];
    let rounded = |of: i64, unit: i64| of.saturating_add(unit.div_euclid(2)).div_euclid(unit);
    let seconds = rounded(ms, 1_000);
    let fits = UNITS.into_iter().find(|(unit, _)| seconds >= unit.saturating_mul(2));
    let (unit, word) = fits.unwrap_or((1, "seconds"));
    format!("{} {word}", rounded(seconds, unit))
}
