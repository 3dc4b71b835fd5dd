//! `weir import subscribers` adds and changes many subscribers from one file.
//!
//! All rows of a list in one transaction, or none. New ones are added by the onboarding rule; of known ones only what the list
//! states about their profile changes, never their due day, state or balance. A dry run does the same and throws it away. The
//! same list again changes nothing and writes nothing. A list that would cut off too many is held as a whole, so that a wrong
//! column costs nothing: a corrected file could not repair what a part of it had changed.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::context::{CommandContext, NotKept, change};
use crate::commands::file_body::FileBody;
use crate::commands::imports::checks::{Checks, merged_known, newcomer};
use crate::commands::imports::cut_offs::{Because, CutOff, ImportCuts};
use crate::commands::imports::held;
use crate::commands::imports::report::{HeldImportAnswer, ImportReport, Odd, OpeningDebit, refusal};
use crate::commands::reply::reply;
use crate::commands::subscribers::answer::changes;
use crate::commands::subscribers::onboarding::{holds_debit, take_in};
use crate::commands::subscribers::profile_change::work_of;
use crate::commands::{Asked, Caller, Progress, Reply, SiteCommand};
use crate::import::subscriber_row::{ListTerms, SubscriberRow};
use crate::import::subscribers::{self, Subscribers};
use crate::model::failure::{Exit, Failure};
use crate::model::finding::Finding;
use crate::model::record::LogKind;
use crate::model::subscriber::{State, Subscriber};
use crate::rules::guard::{self, Guard};
use crate::store::write::transaction::Transaction;

const HELP: &str = "\
Columns: username,name,phone,account,package,router,service,address,expires_on,
balance, and optionally login,debited. Example:
  weir import subscribers subscribers.csv --dry-run";

/// Import subscribers from a CSV file, all or none
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(after_help = HELP)]
pub struct ImportSubscribers {
    /// The CSV file
    pub file: FileBody,
    /// Only show what it would change
    #[arg(long)]
    pub dry_run: bool,
}

impl SiteCommand for ImportSubscribers {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, &self.file, self.dry_run, asked.progress)
    }

    fn file(&self) -> Option<&FileBody> {
        Some(&self.file)
    }

    fn file_mut(&mut self) -> Option<&mut FileBody> {
        Some(&mut self.file)
    }
}

/// Why an import waits for the clock.
pub(crate) const REFUSED_BY_CLOCK: &str = "an import depends on today's date and";

/// The result of importing a list.
#[derive(Debug)]
pub(crate) struct ImportedList {
    /// The report.
    pub(crate) report: ImportReport,
    /// Whom it cuts off, in order of username; newcomers with the number 0.
    pub(crate) cuts: Vec<CutOff>,
    /// Of how many subscribers.
    pub(crate) of: u64,
    /// Whether there is router work.
    pub(crate) router_work: bool,
}

impl ImportedList {
    /// Returns how many it cuts off.
    pub(crate) fn cut_count(&self) -> u64 {
        u64::try_from(self.cuts.len()).unwrap_or(u64::MAX)
    }

    fn odd(&self, deciding: &CommandContext<'_>) -> Option<Odd> {
        let cuts = self.cut_count();
        match guard::judge(cuts, self.of, deciding.in_force.terms.max_share) {
            Guard::Passes => None,
            Guard::Holds => Some(Odd {
                cuts,
                of: self.of,
                because: Because::of(&self.cuts),
                reason: held::reason(deciding, self),
            }),
        }
    }
}

/// Why nothing of a list is kept, though nothing is wrong with it.
enum NotTaken {
    /// It was a dry run.
    Tried(Box<ImportReport>),
    /// It would cut off too many.
    Held(Box<(ImportedList, Odd)>),
}

/// Answers `weir import subscribers FILE`.
pub(crate) fn answer(
    appliance: &Appliance,
    call: &Caller,
    file: &FileBody,
    dry_run: bool,
    progress: &mut dyn Progress,
) -> Result<Reply, Failure> {
    let deciding = CommandContext::by_a_trusted_clock(appliance, call, REFUSED_BY_CLOCK)?;
    let list = read_list(&deciding, file).map_err(|findings| refusal(&findings))?;
    let written = appliance
        .store
        .write(deciding.recorded.at, |tx| -> Result<_, NotKept<NotTaken>> {
            let mut taken = take_all(&deciding, tx, &list, progress)?;
            let odd = taken.odd(&deciding);
            if dry_run {
                taken.report.dry_run = true;
                taken.report.guard = odd;
                return Err(NotKept::Thrown(NotTaken::Tried(Box::new(taken.report))));
            }
            if let Some(odd) = odd {
                return Err(NotKept::Thrown(NotTaken::Held(Box::new((taken, odd)))));
            }
            let overtaken = held::overtake(&deciding, tx, &list.file)?;
            Ok((taken, overtaken))
        });
    let (report, router_work, overtaken) = match written {
        Ok((taken, overtaken)) => (taken.report, taken.router_work, overtaken),
        Err(NotKept::Thrown(NotTaken::Tried(report))) => (*report, false, None),
        Err(NotKept::Thrown(NotTaken::Held(held))) => {
            let (taken, odd) = *held;
            return waiting(appliance, &deciding, call, file, taken, &odd);
        }
        Err(NotKept::Refused(failure)) => return Err(failure),
    };
    let mut answer = reply(call, &report, || report.text())?;
    answer.notes.extend(report.notes());
    answer.notes.extend(overtaken.map(|before| {
        format!("the import of `{before}`, which was waiting for approval, is dropped: this file was imported instead")
    }));
    if router_work {
        answer.notes.extend(appliance.tell_routers());
    }
    Ok(answer)
}

/// Reads a list by the site's terms, with everything that is wrong in it.
pub(crate) fn read_list(deciding: &CommandContext<'_>, file: &FileBody) -> Result<Subscribers, Vec<Finding>> {
    let terms = ListTerms {
        currency: deciding.currency(),
        date_formats: &deciding.in_force.config.import.date_formats,
    };
    subscribers::read_all(&file.bytes, &file.name, &terms)
}

/// Answers where nothing of the list was imported; the list itself is kept until the owner decides.
fn waiting(
    appliance: &Appliance,
    deciding: &CommandContext<'_>,
    call: &Caller,
    file: &FileBody,
    mut taken: ImportedList,
    odd: &Odd,
) -> Result<Reply, Failure> {
    let found = appliance
        .store
        .write(deciding.recorded.at, |tx| held::hold(deciding, tx, file, &taken))?;
    let warnings = std::mem::take(&mut taken.report.warnings);
    let names = taken.cuts.iter().map(|cut| cut.username.to_string());
    let waits = HeldImportAnswer::new(&file.name, warnings, odd, names, held::HOW_TO_GO_ON);
    let mut answer = reply(call, &waits, || waits.text())?;
    answer.notes.extend(waits.notes());
    answer.notes.extend(found.note());
    answer.exit = Exit::Refused.code();
    Ok(answer)
}

/// Imports all rows of a list, without regard to the guard.
pub(crate) fn take_all(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    list: &Subscribers,
    progress: &mut dyn Progress,
) -> Result<ImportedList, Failure> {
    let generation = tx.state().last_generation;
    let mut cuts = ImportCuts::begin(tx);
    let total = u64::try_from(list.rows.len()).unwrap_or(u64::MAX);
    let checked = Checks::all(deciding, tx, list, |done| progress.step(done, total, "rows checked"))?;
    let mut report = ImportReport {
        warnings: checked.map_err(|findings| refusal(&findings))?,
        ..ImportReport::default()
    };
    for (row, done) in list.rows.iter().zip(1_u64..) {
        match tx.subscriber_named(row.username.as_str())? {
            Some(known) => update(deciding, tx, row, &known, &mut report, &mut cuts)?,
            None => add(deciding, tx, row, &mut report, &mut cuts)?,
        }
        progress.step(done, total, "subscribers");
    }
    if report.added > 0 || report.updated > 0 {
        let message = format!(
            "`{}` imported: {} added, {} updated, {} unchanged",
            list.file, report.added, report.updated, report.unchanged
        );
        deciding.log(tx, LogKind::Subscriber, None, message, &[])?;
    }
    Ok(ImportedList {
        report,
        cuts: cuts.all(tx)?,
        of: tx.state().tallies.total(),
        router_work: tx.state().last_generation != generation,
    })
}

fn add(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    row: &SubscriberRow,
    report: &mut ImportReport,
    cuts: &mut ImportCuts,
) -> Result<(), Failure> {
    let newcomer = newcomer(row);
    let holds_debit =
        holds_debit(deciding, &newcomer).map_err(|error| Failure::refused(error.to_string(), "correct the file"))?;
    let begun = take_in(deciding, tx, &newcomer, holds_debit)?;
    cuts.added(&begun.subscriber);
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
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    row: &SubscriberRow,
    known: &Subscriber,
    report: &mut ImportReport,
    cuts: &mut ImportCuts,
) -> Result<(), Failure> {
    let profile = merged_known(known, row);
    if profile == known.profile {
        report.unchanged = report.unchanged.saturating_add(1);
        return Ok(());
    }
    let decided = change(
        tx,
        known,
        work_of(&known.profile, &profile),
        |wallet| -> Result<_, Failure> {
            // Not settled here, also where the package changes: an import never changes the billing state of a known
            // subscriber. The next billing run settles with the new price.
            wallet.subscriber.profile = profile;
            Ok(())
        },
    )?;
    cuts.updated(known, &decided.after);
    let changed = changes(known, &decided.after, deciding.currency()).join("; ");
    deciding.log(tx, LogKind::Subscriber, Some(known), changed, &[])?;
    report.updated = report.updated.saturating_add(1);
    Ok(())
}
