//! Finds whom an import of subscribers would cut off.
//!
//! These are: a newcomer who starts suspended on a router; one who is served and leaves an object that no served subscriber
//! takes; and one who was suspended without a router and now gets an object on one. Subscribers on hold or closed were decided
//! by hand; those suspended on a router already lose nothing. Must never know how many are too many.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::commands::table::counted;
use crate::model::day::Day;
use crate::model::name::Username;
use crate::model::router::work::ObjectKey;
use crate::model::subscriber::{Access, State, Subscriber, SubscriberId};
use crate::store::error::StoreError;
use crate::store::keys::object_key;
use crate::store::write::transaction::Transaction;

/// The number of a newcomer who is not imported yet.
const NOT_YET: SubscriberId = SubscriberId(0);

/// Somebody whom a list cuts off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CutOff {
    pub(crate) username: Username,
    /// The number 0 for a newcomer.
    pub(crate) id: SubscriberId,
    pub(crate) why: CutReason,
}

/// Why a list cuts somebody off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CutReason {
    /// A newcomer who begins suspended, with this due day.
    Begins(Option<Day>),
    /// Their object on a router changes; the changed fields, each with its old and its new value.
    Moves(Vec<(&'static str, String, String)>),
}

impl CutReason {
    fn moves(before: &Subscriber, after: &Subscriber) -> Self {
        let fields = |of: &Subscriber| {
            let dash = || "-".to_owned();
            [
                (
                    "router",
                    of.profile.router.as_ref().map_or_else(dash, ToString::to_string),
                ),
                ("service", of.profile.service.to_string()),
                (
                    "address",
                    of.profile.address.map_or_else(dash, |address| address.to_string()),
                ),
                ("login", of.login().to_owned()),
            ]
        };
        let changed = fields(before)
            .into_iter()
            .zip(fields(after))
            .filter(|((_, old), (_, new))| old != new)
            .map(|((word, old), (_, new))| (word, old, new))
            .collect();
        Self::Moves(changed)
    }

    /// Returns it in words, for example `paid through 2027-03-05 only`.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Begins(Some(day)) => format!("new, paid through {day} only"),
            Self::Begins(None) => "new, without an `expires_on`".to_owned(),
            Self::Moves(fields) => {
                let told: Vec<String> = fields
                    .iter()
                    .map(|(word, old, new)| format!("{word} {old} -> {new}"))
                    .collect();
                format!("moved: {}", told.join(", "))
            }
        }
    }
}

/// Why so many are cut off, as `--json` prints it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Because {
    /// New ones whose due day is before today.
    expired: u64,
    /// The earliest such day.
    earliest: Option<String>,
    /// The latest.
    latest: Option<String>,
    /// New ones without a due day.
    without_day: u64,
    /// Known ones who leave their object on a router.
    moved: u64,
    /// By which fields.
    moved_by: BTreeSet<&'static str>,
}

impl Because {
    /// Sums up the reasons of all of them.
    pub(crate) fn of(cuts: &[CutOff]) -> Self {
        let mut because = Self::default();
        let mut days = BTreeSet::new();
        for cut in cuts {
            let count = match &cut.why {
                CutReason::Begins(Some(day)) => {
                    days.insert(*day);
                    &mut because.expired
                }
                CutReason::Begins(None) => &mut because.without_day,
                CutReason::Moves(fields) => {
                    because.moved_by.extend(fields.iter().map(|(word, ..)| *word));
                    &mut because.moved
                }
            };
            *count = count.saturating_add(1);
        }
        because.earliest = days.first().map(ToString::to_string);
        because.latest = days.last().map(ToString::to_string);
        because
    }

    /// Returns it in words, for example `38 have an `expires_on` before today (2027-03-01 to 2027-03-05), 2 have none`.
    pub(crate) fn words(&self) -> String {
        let mut told = Vec::new();
        if let (Some(earliest), Some(latest)) = (&self.earliest, &self.latest) {
            let days = if earliest == latest {
                earliest.clone()
            } else {
                format!("{earliest} to {latest}")
            };
            let have = counted(self.expired, "has", "have");
            told.push(format!("{have} an `expires_on` before today ({days})"));
        }
        if self.without_day > 0 {
            let have = counted(self.without_day, "has", "have");
            told.push(format!("{have} no `expires_on`"));
        }
        if self.moved > 0 {
            let fields: Vec<&str> = self.moved_by.iter().copied().collect();
            let get = counted(self.moved, "gets", "get");
            told.push(format!("{get} another {}", fields.join(", ")));
        }
        told.join(", ")
    }
}

/// The cut-offs of one list, gathered while its rows are imported.
pub(crate) struct ImportCuts {
    /// Subscribers with a higher number came with this list.
    last_known: SubscriberId,
    cuts: Vec<CutOff>,
    /// Objects of served subscribers that were left, with their owner.
    left: Vec<(CutOff, ObjectKey)>,
}

impl ImportCuts {
    /// Starts without any.
    pub(crate) const fn begin(tx: &Transaction<'_>) -> Self {
        Self {
            last_known: SubscriberId(tx.state().last_subscriber),
            cuts: Vec::new(),
            left: Vec::new(),
        }
    }

    /// Notes a newcomer.
    pub(crate) fn added(&mut self, newcomer: &Subscriber) {
        if newcomer.access() == Access::Off && object_key(newcomer).is_some() {
            self.cuts.push(CutOff {
                username: newcomer.username.clone(),
                id: NOT_YET,
                why: CutReason::Begins(newcomer.period.expires_on),
            });
        }
    }

    /// Notes a change of a known subscriber.
    pub(crate) fn updated(&mut self, before: &Subscriber, after: &Subscriber) {
        let old = object_key(before);
        if before.hold.is_some() || old == object_key(after) {
            return;
        }
        let cut = || CutOff {
            username: before.username.clone(),
            id: before.id,
            why: CutReason::moves(before, after),
        };
        match old {
            Some(old) if before.access() == Access::On => {
                self.left.push((cut(), old));
            }
            // Until now the suspension had no object: the router is told of it for the first time.
            None if after.state == State::Suspended => self.cuts.push(cut()),
            Some(_) | None => {}
        }
    }

    /// Returns all of them, in order of username, once every row is imported: only then is it known who has the objects
    /// that were left.
    pub(crate) fn all(self, tx: &Transaction<'_>) -> Result<Vec<CutOff>, StoreError> {
        let mut cuts = self.cuts;
        for (cut, object) in self.left {
            let is_cut = match tx.owner_of(&object)? {
                // A newcomer counts as a cut by themselves where they begin suspended.
                Some(owner) if owner > self.last_known => false,
                Some(owner) => tx.subscriber(owner)?.is_none_or(|owner| owner.access() == Access::Off),
                None => true,
            };
            if is_cut {
                cuts.push(cut);
            }
        }
        cuts.sort_unstable_by(|one, other| (&one.username, one.id).cmp(&(&other.username, other.id)));
        Ok(cuts)
    }
}
