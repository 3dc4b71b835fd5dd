//! How do many subscribers come in at once?
//!
//! All rows of a list in one transaction, or none. New ones are taken in by the rule of taking in; of known ones only what
//! the list states about their profile changes, never their due day, state or balance. A dry run does the same and throws
//! it away. The same list again changes nothing and writes nothing.

use crate::commands::appliance::Appliance;
use crate::commands::deciding::{Deciding, change};
use crate::commands::import_checks::{Checks, merged_known, newcomer};
use crate::commands::import_report::{OpeningDebit, Report, refusal};
use crate::commands::moments::insist_on_trust;
use crate::commands::reply::reply;
use crate::commands::request::FileBody;
use crate::commands::subscriber_answer::changes;
use crate::commands::subscriber_set::work_of;
use crate::commands::taking_in_row::{holds_debit, take_in};
use crate::commands::{Call, Progress, Reply};
use crate::import::subscribers::{self, Row, Subscribers};
use crate::model::failure::Failure;
use crate::model::record::LogKind;
use crate::model::subscriber::{State, Subscriber};
use crate::store::desk::Desk;
use crate::store::error::StoreError;

/// Why a transaction is not kept.
enum Stop {
    /// Something is wrong.
    Refused(Failure),
    /// It was only tried.
    Tried(Box<Report>),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

/// `weir import subscribers FILE`.
pub(crate) fn answer(
    appliance: &Appliance,
    call: &Call,
    file: &FileBody,
    dry_run: bool,
    progress: &mut dyn Progress,
) -> Result<Reply, Failure> {
    insist_on_trust(appliance, "an import goes by the day on which it is done, and")?;
    let deciding = Deciding::begin(appliance, call)?;
    let list =
        subscribers::read(&file.bytes, &file.name, deciding.currency()).map_err(|findings| refusal(&findings))?;
    let written = appliance.store.write(deciding.recorded.at, |desk| -> Result<_, Stop> {
        let before = desk.state().last_generation;
        let mut report = take_all(&deciding, desk, &list, progress)?;
        if dry_run {
            report.dry_run = true;
            return Err(Stop::Tried(Box::new(report)));
        }
        Ok((report, desk.state().last_generation != before))
    });
    let (report, router_work) = match written {
        Ok(written) => written,
        Err(Stop::Tried(report)) => (*report, false),
        Err(Stop::Refused(failure)) => return Err(failure),
    };
    let mut answer = reply(call, &report, || report.text())?;
    answer.notes.extend(report.notes());
    if router_work {
        appliance.tell_routers(&mut answer);
    }
    Ok(answer)
}

fn take_all(
    deciding: &Deciding<'_>,
    desk: &mut Desk<'_>,
    list: &Subscribers,
    progress: &mut dyn Progress,
) -> Result<Report, Failure> {
    let total = u64::try_from(list.rows.len()).unwrap_or(u64::MAX);
    let checked = Checks::all(deciding, desk, list, |done| progress.step(done, total, "rows checked"))?;
    let mut report = Report {
        warnings: checked.map_err(|findings| refusal(&findings))?,
        ..Report::default()
    };
    for (row, done) in list.rows.iter().zip(1_u64..) {
        match desk.subscriber_named(row.username.as_str())? {
            Some(known) => update(deciding, desk, row, &known, &mut report)?,
            None => add(deciding, desk, row, &mut report)?,
        }
        progress.step(done, total, "subscribers");
    }
    if report.added > 0 || report.updated > 0 {
        let message = format!(
            "`{}` imported: {} added, {} updated, {} unchanged",
            list.file, report.added, report.updated, report.unchanged
        );
        deciding.log(desk, LogKind::Subscriber, None, message, &[])?;
    }
    Ok(report)
}

fn add(deciding: &Deciding<'_>, desk: &mut Desk<'_>, row: &Row, report: &mut Report) -> Result<(), Failure> {
    let newcomer = newcomer(row);
    let holds_debit =
        holds_debit(deciding, &newcomer).map_err(|error| Failure::refused(error.to_string(), "correct the file"))?;
    let begun = take_in(deciding, desk, &newcomer, holds_debit)?;
    report.added = report.added.saturating_add(1);
    if begun.subscriber.state == State::Suspended {
        report.suspended.push(begun.subscriber.username.to_string());
    }
    if let Some(amount) = begun.debit {
        report.debited.push(OpeningDebit {
            username: begun.subscriber.username.to_string(),
            due: newcomer.expires_on.map(|day| day.to_string()),
            amount: deciding.currency().format(amount),
        });
    }
    Ok(())
}

fn update(
    deciding: &Deciding<'_>,
    desk: &mut Desk<'_>,
    row: &Row,
    known: &Subscriber,
    report: &mut Report,
) -> Result<(), Failure> {
    let profile = merged_known(known, row);
    if profile == known.profile {
        report.unchanged = report.unchanged.saturating_add(1);
        return Ok(());
    }
    let decided = change(
        desk,
        known,
        work_of(&known.profile, &profile),
        |wallet| -> Result<_, Failure> {
            // Not settled here, also where the package changes: an import never changes how somebody known stands. The next
            // billing run settles with the new price.
            wallet.subscriber.profile = profile;
            Ok(())
        },
    )?;
    let changed = changes(known, &decided.after, deciding.currency()).join("; ");
    deciding.log(desk, LogKind::Subscriber, Some(known), changed, &[])?;
    report.updated = report.updated.saturating_add(1);
    Ok(())
}
