//! How a run is shown: its times, outcome and counts.
//!
//! One shape for `jobs run`, `jobs history` and the last run in `jobs` and `status`. Must never know where a run came from.

use std::collections::HashMap;

use serde::Serialize;

use crate::jobs::history::WorkCounts;
use crate::model::day::Instant;
use crate::model::job::{BillingCounts, Counts, DisconnectCounts, RemindersCounts, Run, RunId};

/// What a run did, as `--json` prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum CountsAnswer {
    /// Of billing.
    Billing {
        charged: u64,
        settled: u64,
        skipped: u64,
        free: u64,
        without_package: u64,
        resumed: u64,
    },
    /// Of disconnect.
    Disconnect {
        suspended: u64,
        covered: u64,
        done: u64,
        pending: u64,
        failed: u64,
        not_managed: u64,
    },
    /// Of reminders.
    Reminders {
        queued: u64,
        skipped: u64,
        covered: u64,
        without_phone: u64,
        repeated: u64,
        without_gateway: u64,
    },
    /// Of health.
    Health { probed: u64, up: u64, down: u64 },
    /// Of cleanup.
    Cleanup {
        archived: u64,
        deleted: u64,
        freed_bytes: u64,
    },
}

impl CountsAnswer {
    pub(crate) const fn billing(counts: &BillingCounts) -> Self {
        Self::Billing {
            charged: counts.charged,
            settled: counts.settled,
            skipped: counts.skipped,
            free: counts.free,
            without_package: counts.without_package,
            resumed: counts.resumed,
        }
    }

    /// Returns the counts with the state of the run's router work: what is neither pending nor refused nor left to the owner is done.
    pub(crate) const fn disconnect(counts: &DisconnectCounts, work: WorkCounts) -> Self {
        Self::Disconnect {
            suspended: counts.suspended,
            covered: counts.covered,
            done: counts
                .suspended
                .saturating_sub(work.pending)
                .saturating_sub(work.failed)
                .saturating_sub(work.not_managed),
            pending: work.pending,
            failed: work.failed,
            not_managed: work.not_managed,
        }
    }

    pub(crate) const fn reminders(counts: &RemindersCounts) -> Self {
        Self::Reminders {
            queued: counts.queued,
            skipped: counts.skipped,
            covered: counts.covered,
            without_phone: counts.without_phone,
            repeated: counts.repeated,
            without_gateway: counts.without_gateway,
        }
    }

    pub(crate) fn of(run: &Run, work: &HashMap<RunId, WorkCounts>) -> Option<Self> {
        match &run.counts {
            Counts::None => None,
            Counts::Billing(counts) => Some(Self::billing(counts)),
            Counts::Disconnect(counts) => {
                Some(Self::disconnect(counts, work.get(&run.id).copied().unwrap_or_default()))
            }
            Counts::Reminders(counts) => Some(Self::reminders(counts)),
            Counts::Health(counts) => Some(Self::Health {
                probed: counts.probed,
                up: counts.up,
                down: counts.down,
            }),
            Counts::Cleanup(counts) => Some(Self::Cleanup {
                archived: counts.archived,
                deleted: counts.deleted,
                freed_bytes: counts.freed_bytes,
            }),
        }
    }

    /// Returns the counts in words: those that the owner looks for always, the others where they are not zero.
    pub(crate) fn words(&self) -> String {
        let (always, rest) = match *self {
            Self::Billing {
                charged,
                settled,
                skipped,
                free,
                without_package,
                resumed,
            } => (
                vec![(charged, "charged"), (settled, "settled"), (skipped, "skipped")],
                vec![
                    (resumed, "resumed from the wallet"),
                    (free, "renewed at no charge"),
                    (without_package, "without a package"),
                ],
            ),
            Self::Disconnect {
                suspended,
                covered,
                done,
                pending,
                failed,
                not_managed,
            } => (
                vec![(suspended, "suspended"), (covered, "covered")],
                vec![
                    (done, "with no router work left"),
                    (pending, "pending"),
                    (failed, "refused by a router"),
                    (not_managed, "not managed"),
                ],
            ),
            Self::Reminders {
                queued,
                skipped,
                covered,
                without_phone,
                repeated,
                without_gateway,
            } => (
                vec![(queued, "queued"), (skipped, "skipped")],
                vec![
                    (covered, "covered by the wallet"),
                    (without_phone, "without a phone"),
                    (repeated, "already queued"),
                    (without_gateway, "without a gateway"),
                ],
            ),
            Self::Health { probed, up, down } => {
                (vec![(probed, "probed"), (up, "working")], vec![(down, "in trouble")])
            }
            Self::Cleanup {
                archived,
                deleted,
                freed_bytes,
            } => (
                vec![(archived, "archived"), (deleted, "deleted")],
                vec![(freed_bytes, "bytes freed")],
            ),
        };
        let rest = rest.into_iter().filter(|(count, _)| *count > 0);
        let all: Vec<String> = always
            .into_iter()
            .chain(rest)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        all.join(", ")
    }
}

/// A run, or a stretch of occurrences of which none ran, as `--json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RunAnswer {
    pub(crate) job: &'static str,
    pub(crate) planned_for: String,
    pub(crate) started_at: Option<String>,
    pub(crate) finished_at: Option<String>,
    pub(crate) outcome: &'static str,
    pub(crate) counts: Option<CountsAnswer>,
    pub(crate) error: Option<String>,
    pub(crate) by_hand: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u32>,
}

impl RunAnswer {
    pub(crate) fn of(run: &Run, work: &HashMap<RunId, WorkCounts>) -> Self {
        let text = |at: Instant| at.rfc3339();
        Self {
            job: run.job.as_str(),
            planned_for: run.planned_for.rfc3339(),
            started_at: run.started_at.map(text),
            finished_at: run.finished_at.map(text),
            outcome: run.outcome.as_str(),
            counts: CountsAnswer::of(run, work),
            error: run.error.clone(),
            by_hand: run.by_hand,
            from: run.to.map(|_| run.planned_for.rfc3339()),
            to: run.to.map(text),
            count: run.to.map(|_| run.count),
        }
    }
}
