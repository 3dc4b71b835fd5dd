//! `weir approve` approves or refuses what the guard holds.
//!
//! An approval carries out what waits, and decides each person again; `--refuse TEXT` leaves them as they are and records why.
//! Must never know why something was held.

use serde::{Deserialize, Serialize};

use crate::appliance::core::{Appliance, OpenedBy};
use crate::commands::approvals::preview;
use crate::commands::imports::held;
use crate::commands::reply::reply;
use crate::commands::time_words::{civil, insist_on_trust, must_wait};
use crate::commands::{Asked, Caller, Progress, Reply, SiteCommand, UsageError};
use crate::jobs::approved_run;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::name::Comment;
use crate::model::pending_approval::{Carried, PendingApproval, PendingWork};
use crate::outbox::router_work::held_cuts;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

const HELP: &str = "\
Decides each subscriber again: those who have paid meanwhile stay on. Examples:
  weir approve --dry-run
  weir approve disconnect
  weir approve disconnect --refuse \"the bank was closed until today\"";

/// Approve or refuse what would cut off too many at once
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct ApproveWords {
    /// `disconnect`, `import` or `reconcile/ROUTER`; needed only if several wait
    what: Option<String>,
    /// The router, if it is not part of WHAT
    #[arg(hide = true)]
    router: Option<String>,
    /// Refuse it, and record why
    #[arg(long, value_name = "TEXT", conflicts_with = "dry_run")]
    refuse: Option<String>,
    /// Only list who would be cut off now, and who no longer
    #[arg(long)]
    dry_run: bool,
}

impl ApproveWords {
    /// Parses the name of what waits; a router follows `reconcile` alone, after a slash or a blank.
    ///
    /// # Errors
    /// When nothing can wait under such a name.
    pub fn sort(self) -> Result<Approve, UsageError> {
        let is_one = |word: &str| {
            let router = word.strip_prefix("reconcile/");
            matches!(word, "disconnect" | "import") || router.is_some_and(|router| !router.is_empty())
        };
        let what = match (self.what, self.router) {
            (Some(what), Some(router)) if what == "reconcile" => Some(format!("reconcile/{router}")),
            (what, None) if what.as_deref().is_none_or(is_one) => what,
            (what, router) => {
                let typed: Vec<String> = what.into_iter().chain(router).collect();
                return Err(UsageError {
                    kind: clap::error::ErrorKind::InvalidValue,
                    message: format!(
                        "nothing can wait for approval as `{}`; name `disconnect`, `import` or `reconcile/ROUTER`",
                        typed.join(" ")
                    ),
                });
            }
        };
        Ok(Approve {
            what,
            refuse: self.refuse,
            dry_run: self.dry_run,
        })
    }
}

/// The decision about what the guard holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// What; `None` means the only thing that waits.
    pub what: Option<String>,
    /// Leave them as they are, for this reason.
    pub refuse: Option<String>,
    /// Only say whom it would cut off.
    pub dry_run: bool,
}

impl SiteCommand for Approve {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        let (what, refuse) = (self.what.as_deref(), self.refuse.as_deref());
        answer(site, asked.caller, what, refuse, self.dry_run, asked.progress)
    }

    fn has_long_answer(&self) -> bool {
        self.dry_run
    }
}

/// What was decided, as `--json` prints it.
#[derive(Debug, Serialize)]
struct ApproveAnswer {
    what: String,
    since: String,
    would_cut: u64,
    of: u64,
    cut: u64,
    spared: u64,
    refused: bool,
}

/// Answers `weir approve [WHAT] [--refuse TEXT] [--dry-run]`.
pub(crate) fn answer(
    appliance: &Appliance,
    call: &Caller,
    what: Option<&str>,
    refuse: Option<&str>,
    dry_run: bool,
    progress: &mut dyn Progress,
) -> Result<Reply, Failure> {
    let held = chosen(&appliance.store.read()?.all_held()?, what)?;
    match (dry_run, refuse) {
        (true, Some(_)) => Err(Failure::usage(
            "`--dry-run` and `--refuse` cannot be combined",
            "use `--dry-run` first, then decide",
        )),
        (true, None) => preview::answer(appliance, call, &held, progress),
        (false, Some(text)) => refused(appliance, call, &held, text),
        (false, None) => approved(appliance, call, &held, progress),
    }
}

/// Returns which of the waiting approvals is meant.
fn chosen(all: &[PendingApproval], what: Option<&str>) -> Result<PendingApproval, Failure> {
    let words: Vec<String> = all.iter().map(|held| held.work.word()).collect();
    match (all, what) {
        ([], _) => Err(Failure::refused(
            match what {
                Some(what) => format!("nothing is waiting for approval, so there is no `{what}` to approve"),
                None => "nothing is waiting for approval".to_owned(),
            },
            "there is nothing to decide; a held run shows as `waiting` in `weir jobs history disconnect` and as an \
            alert in `weir status`",
        )),
        (_, Some(what)) => all
            .iter()
            .find(|held| held.work.word() == what)
            .cloned()
            .ok_or_else(|| Failure::refused(format!("`{what}` is not waiting for approval"), commands(&words))),
        ([one], None) => Ok(one.clone()),
        (_, None) => Err(Failure::refused(
            format!(
                "{} things are waiting for approval; say which one you mean",
                words.len()
            ),
            commands(&words),
        )),
    }
}

fn commands(words: &[String]) -> String {
    let typed: Vec<String> = words.iter().map(|word| format!("`weir approve {word}`")).collect();
    format!("decide with {}", typed.join(" or "))
}

fn approved(
    appliance: &Appliance,
    call: &Caller,
    held: &PendingApproval,
    progress: &mut dyn Progress,
) -> Result<Reply, Failure> {
    insist_on_trust(appliance, &format!("approving `{}`", held.work.word()))?;
    let mut notes = Vec::new();
    let (held, carried) = match &held.work {
        PendingWork::Disconnect { .. } => {
            let finished = appliance
                .approve_disconnect(held, &call.actor, &mut |done, of| {
                    progress.step(done, of, "subscribers")
                })?
                .ok_or_else(|| {
                    Failure::refused(
                        "the run is no longer waiting: it was decided, or a later run has replaced it",
                        "see `weir jobs history disconnect`",
                    )
                })?;
            (finished.held, finished.carried)
        }
        PendingWork::Reconcile { .. } => {
            let doing = format!("approving `{}`", held.work.word());
            let now = appliance
                .keeper
                .trusted()?
                .map_err(|trust| must_wait(appliance, &doing, &trust))?;
            let carried = in_transaction(appliance, now, held, |tx, held| {
                held_cuts::approve(tx, held, &call.actor)
            })?;
            (held.clone(), carried)
        }
        PendingWork::Import { .. } => {
            let (carried, told) = held::approve(appliance, call, held, progress)?;
            notes = told;
            (held.clone(), carried)
        }
    };
    let answer = ApproveAnswer::of(&held, carried, false);
    let mut told = reply(call, &answer, || {
        let spared = match carried.spared {
            0 => String::new(),
            _ => format!(", {} spared because they no longer need to be cut off", carried.spared),
        };
        let told = if carried.cut > 0 && appliance.opened_by == OpenedBy::Service {
            "; the routers are being updated"
        } else {
            ""
        };
        format!(
            "Approved `{}`: {} of {} are cut off{spared}{told}.\n",
            answer.what, carried.cut, answer.would_cut
        )
    })?;
    told.notes.extend(notes);
    if !matches!(held.work, PendingWork::Import { .. }) {
        told.notes.extend(appliance.tell_routers());
    }
    Ok(told)
}

/// Decides in one transaction about what waits, unless it was decided or replaced since it was chosen.
fn in_transaction<R>(
    appliance: &Appliance,
    at: Instant,
    held: &PendingApproval,
    decide: impl FnOnce(&mut Transaction<'_>, &PendingApproval) -> Result<R, StoreError>,
) -> Result<R, Failure> {
    let word = held.work.word();
    appliance.store.write(at, |tx| -> Result<R, Failure> {
        let now = tx.held(&word)?.ok_or_else(|| {
            Failure::refused(
                format!("`{word}` is no longer waiting for approval"),
                "see `weir status`, and `weir jobs history disconnect`",
            )
        })?;
        still_undecided(&now)?;
        if now.since != held.since || now.cuts != held.cuts {
            return Err(Failure::refused(
                format!("`{word}` has changed since you looked at it"),
                format!("look again with `weir approve {word} --dry-run`"),
            ));
        }
        Ok(decide(tx, &now)?)
    })
}

fn refused(appliance: &Appliance, call: &Caller, held: &PendingApproval, text: &str) -> Result<Reply, Failure> {
    let why = Comment::new(text).map_err(|error| {
        Failure::refused(
            error.to_string(),
            "say why, for example `--refuse \"the bank was closed until today\"`",
        )
    })?;
    let word = held.work.word();
    let at = appliance.recorded()?.at;
    match &held.work {
        PendingWork::Disconnect { .. } => in_transaction(appliance, at, held, |tx, now| {
            approved_run::refuse(tx, now, &call.actor, why.as_str())
        })?,
        PendingWork::Reconcile { .. } => in_transaction(appliance, at, held, |tx, now| {
            held_cuts::refuse(tx, now, &call.actor, why.as_str())
        })?,
        PendingWork::Import { .. } => held::refuse(appliance, call, held, why.as_str())?,
    }
    let answer = ApproveAnswer::of(held, Carried::default(), true);
    let zone = &appliance.in_force().terms.zone;
    let mut told = reply(call, &answer, || {
        format!(
            "Refused `{word}`, waiting since {}: nobody was cut off.\n",
            civil(held.since, zone)
        )
    })?;
    told.notes.push(match &held.work {
        PendingWork::Disconnect { .. } => "the next run of `disconnect` counts again and may be held again".to_owned(),
        PendingWork::Reconcile { router } => {
            format!("router `{router}` is left as it is until `weir router reconcile {router}`")
        }
        PendingWork::Import { .. } => "nothing was imported".to_owned(),
    });
    Ok(told)
}

/// Refuses to refuse what was approved already.
fn still_undecided(held: &PendingApproval) -> Result<(), Failure> {
    match &held.approved {
        None => Ok(()),
        Some(approved) => Err(Failure::refused(
            format!(
                "`{}` was approved by {} and is being carried out",
                held.work.word(),
                approved.by
            ),
            "nobody is cut off who pays, is put on hold or is extended before their turn",
        )),
    }
}

impl ApproveAnswer {
    fn of(held: &PendingApproval, carried: Carried, refused: bool) -> Self {
        Self {
            what: held.work.word(),
            since: held.since.rfc3339(),
            would_cut: held.cuts,
            of: held.of,
            cut: carried.cut,
            spared: carried.spared,
            refused,
        }
    }
}
