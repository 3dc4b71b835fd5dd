//! `weir verify` recomputes the books and names each fault.
//!
//! It checks every law of the ledger from its entries. Changes nothing.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::reply::reply;
use crate::commands::{Asked, Caller, Progress, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::store::verify;

/// Check every law of the books and list what breaks one
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
pub struct Verify;

impl SiteCommand for Verify {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, asked.progress)
    }
}

/// What was found, as `--json` prints it.
#[derive(Debug, Serialize)]
struct VerifyAnswer {
    ok: bool,
    subscribers: u64,
    entries: u64,
    problems: Vec<String>,
}

/// Verifies the whole ledger; exit code 1 when a law does not hold.
pub(crate) fn answer(appliance: &Appliance, call: &Caller, progress: &mut dyn Progress) -> Result<Reply, Failure> {
    let reader = appliance.store.read()?;
    let mut found = verify::verify(&reader, |done, total| progress.step(done, total, "entries"))?;
    found
        .problems
        .extend(verify::touched_by_no_job(&reader, &appliance.in_force().terms.policy)?);
    let answer = VerifyAnswer {
        ok: found.problems.is_empty(),
        subscribers: found.subscribers,
        entries: found.entries,
        problems: found.problems,
    };
    let mut told = reply(call, &answer, || {
        let checked = format!(
            "{} subscribers and {} entries checked",
            answer.subscribers, answer.entries
        );
        if answer.ok {
            return format!("{checked}: every rule of the ledger holds\n");
        }
        let mut text = format!("{checked}; these rules do not hold:\n");
        for problem in &answer.problems {
            text.push_str(&format!("- {problem}\n"));
        }
        text
    })?;
    if !answer.ok {
        told.exit = 1;
        told.notes.push(format!(
            "the ledger failed verification; keep `{}` for inspection and restore the store from a backup",
            appliance.store.path().display()
        ));
    }
    Ok(told)
}
