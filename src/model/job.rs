//! Jobs, their schedules and their runs.

use std::fmt;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::model::day::{Day, Instant};
use crate::model::subscriber::SubscriberId;

/// The five jobs of a site.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Job {
    /// Posts the periodic debit in each wallet whose due day has come.
    Billing,
    /// Suspends subscribers whose cut-off has passed.
    Disconnect,
    /// Reminds those whose period ends soon.
    Reminders,
    /// Logs in to every router.
    Health,
    /// Archives and deletes old log records.
    Cleanup,
}

/// What happens to occurrences that were missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// Every one runs, oldest first, each dated its own day.
    Every,
    /// One run for all of them, at the newest missed time.
    Once,
    /// Only one of the same day.
    SameDay,
    /// None: the next one serves.
    Never,
}

impl CatchUp {
    /// Returns the policy in words, as the registry prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Every => "every missed occurrence, oldest first",
            Self::Once => "once",
            Self::SameDay => "the same day only",
            Self::Never => "never",
        }
    }
}

impl Job {
    /// All five, in the registry's order.
    pub const ALL: [Self; 5] = [
        Self::Billing,
        Self::Disconnect,
        Self::Reminders,
        Self::Health,
        Self::Cleanup,
    ];

    /// Returns the job's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Disconnect => "disconnect",
            Self::Reminders => "reminders",
            Self::Health => "health",
            Self::Cleanup => "cleanup",
        }
    }

    /// Parses a job's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.as_str() == text)
    }

    /// Returns the schedule that counts unless the site sets another.
    #[must_use]
    pub const fn default_schedule(self) -> &'static str {
        match self {
            Self::Billing => "5 0 * * *",
            Self::Disconnect => "59 23 * * *",
            Self::Reminders => "5 9 * * *",
            Self::Health => "*/15 * * * *",
            Self::Cleanup => "5 3 * * 0",
        }
    }

    /// Returns what the job is for.
    #[must_use]
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Billing => "Charges each subscriber whose due day has come",
            Self::Disconnect => "Suspends subscribers who have not paid by the end of their due day",
            Self::Reminders => "Reminds subscribers some days before their due day",
            Self::Health => "Logs in to every router and alerts the administrator on change",
            Self::Cleanup => "Archives, then deletes old log records, and compacts the store",
        }
    }

    /// Returns what happens to missed occurrences.
    #[must_use]
    pub const fn catch_up(self) -> CatchUp {
        match self {
            Self::Billing => CatchUp::Every,
            Self::Disconnect | Self::Cleanup => CatchUp::Once,
            Self::Reminders => CatchUp::SameDay,
            Self::Health => CatchUp::Never,
        }
    }

    /// Returns whether its occurrences run one after the other in the scheduler's line. Those of health do not: the
    /// routers are probed on time whatever else runs or waits, even while the clock is not trusted.
    #[must_use]
    pub const fn is_in_line(self) -> bool {
        !matches!(self, Self::Health)
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One planned time of a job: the civil day and time that the expression names, and the instant it runs at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// The civil day and time of the site; billing and cut-off go by it.
    pub civil: DateTime,
    /// When it runs. In a skipped hour: right after the gap.
    pub at: Instant,
}

impl Occurrence {
    /// Returns the civil day it is for.
    #[must_use]
    pub fn day(&self) -> Day {
        Day::from_date(self.civil.date())
    }
}

/// What became of an occurrence.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Ran at its time.
    Done,
    /// Ran and failed; it is tried again.
    Failed,
    /// Ran later than planned, after having been missed.
    CaughtUp,
    /// Did not run itself: a later one did its work.
    Collapsed,
    /// Not run, with the reason.
    Skipped,
    /// Not run yet, with the reason.
    Waiting,
}

impl Outcome {
    /// Returns the word for it, as `--json` prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::CaughtUp => "caught_up",
            Self::Collapsed => "collapsed",
            Self::Skipped => "skipped",
            Self::Waiting => "waiting",
        }
    }
}

/// What a billing run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BillingCounts {
    /// Debits posted.
    pub charged: u64,
    /// Debits settled.
    pub settled: u64,
    /// Due, but not charged: a debit is outstanding already.
    pub skipped: u64,
    /// Periods moved on without an entry, since the price is zero.
    pub free: u64,
    /// Active without a package: neither charged nor cut.
    pub without_package: u64,
    /// Suspended subscribers whom their wallet brought back.
    pub resumed: u64,
}

/// What a disconnect run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DisconnectCounts {
    /// Subscribers suspended.
    pub suspended: u64,
    /// Spared, since their wallet would settle every due day.
    pub covered: u64,
}

/// What a reminders run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RemindersCounts {
    /// Reminders queued.
    pub queued: u64,
    /// Those whose day it was, and who were not reminded: all of the following.
    pub skipped: u64,
    /// Of the skipped: their wallet settles the next due day.
    pub covered: u64,
    /// Of the skipped: no phone number that a message could go to.
    pub without_phone: u64,
    /// Of the skipped: queued by an earlier run already.
    pub repeated: u64,
    /// Of the skipped: no gateway is configured that carries messages to phones.
    pub without_gateway: u64,
}

/// What a health run saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HealthCounts {
    /// Routers probed.
    pub probed: u64,
    /// Of these, as they should be.
    pub up: u64,
    /// Of these, not.
    pub down: u64,
}

/// What a cleanup run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CleanupCounts {
    /// Records written to the archive.
    pub archived: u64,
    /// Records deleted from the store.
    pub deleted: u64,
    /// Bytes by which the store's file became smaller.
    pub freed_bytes: u64,
}

/// The counts of a run, a type per job.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counts {
    /// The occurrence did not run.
    None,
    /// Of billing.
    Billing(BillingCounts),
    /// Of disconnect.
    Disconnect(DisconnectCounts),
    /// Of reminders.
    Reminders(RemindersCounts),
    /// Of health.
    Health(HealthCounts),
    /// Of cleanup.
    Cleanup(CleanupCounts),
}

impl Counts {
    /// Returns the counts of a run of disconnect; zeros for any other job.
    #[must_use]
    pub const fn of_disconnect(&self) -> DisconnectCounts {
        match self {
            Self::Disconnect(counts) => *counts,
            Self::None | Self::Billing(_) | Self::Reminders(_) | Self::Health(_) | Self::Cleanup(_) => {
                DisconnectCounts {
                    suspended: 0,
                    covered: 0,
                }
            }
        }
    }
}

/// The number of a run's record, over all jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub u64);

/// The record of one occurrence, or of a stretch of equal ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// Which job.
    pub job: Job,
    /// The planned time; of a stretch, the first.
    pub planned_for: Instant,
    /// Of a stretch, the last planned time.
    pub to: Option<Instant>,
    /// How many occurrences it covers; 1 unless it is a stretch.
    pub count: u32,
    /// When it started, if it ran.
    pub started_at: Option<Instant>,
    /// When it ended, if it ran.
    pub finished_at: Option<Instant>,
    /// What became of it.
    pub outcome: Outcome,
    /// What it did.
    pub counts: Counts,
    /// The error or the reason.
    pub error: Option<String>,
    /// Started by `jobs run`, beside the schedule.
    pub by_hand: bool,
}

impl Run {
    /// Returns the record of occurrences that did not run, from the first to the last of them, with the reason.
    #[must_use]
    pub fn not_run(id: RunId, job: Job, stretch: Stretch, outcome: Outcome, reason: &str) -> Self {
        Self {
            id,
            job,
            planned_for: stretch.from,
            to: (stretch.count > 1).then_some(stretch.to),
            count: stretch.count,
            started_at: None,
            finished_at: None,
            outcome,
            counts: Counts::None,
            error: Some(reason.to_owned()),
            by_hand: false,
        }
    }
}

/// Several occurrences of which none runs for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first one's instant.
    pub from: Instant,
    /// The last one's instant.
    pub to: Instant,
    /// How many there are.
    pub count: u32,
}

/// A stretch of time in which a job's schedule, zone and pause did not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleEpoch {
    /// The cron expression then.
    pub schedule: String,
    /// The time zone then, as an IANA name.
    pub zone: String,
    /// Whether the job was paused, by command or by file.
    pub paused: bool,
    /// Occurrences after this instant belong to it and are not accounted for yet.
    pub after: Instant,
    /// The last instant of it; `None` while it lasts.
    pub until: Option<Instant>,
}

/// How far a run that commits in parts has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPart {
    /// The number of the run's record.
    pub run: RunId,
    /// The planned instant of the run.
    pub planned_for: Instant,
    /// When it started.
    pub started_at: Instant,
    /// The last subscriber that is done.
    pub done_through: SubscriberId,
    /// The counts so far.
    pub counts: Counts,
    /// Started by `jobs run`.
    pub by_hand: bool,
}

/// What the store remembers of a job: the marker of what is accounted for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobState {
    /// Which job.
    pub job: Job,
    /// From the oldest to the present one; all but the last have ended. At most [`JobState::ERAS_MAX`].
    pub eras: Vec<ScheduleEpoch>,
    /// Paused by command; outlives the file.
    pub paused_by_command: bool,
    /// A run that was cut in the middle.
    pub part: Option<RunPart>,
    /// The newest run that ran.
    pub last_run: Option<RunId>,
}

impl JobState {
    /// How many schedule epochs are kept; a site that changes a schedule more often before it is caught up loses the oldest
    /// border.
    pub const ERAS_MAX: usize = 64;
}
