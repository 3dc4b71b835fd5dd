//! Mails the report of a month to the owner.
//!
//! The page is kept in the folder `reports` of the site's data, and goes as an e-mail to each address of `[alerts]`: when
//! somebody asks for it, and by itself once for each month that has ended, where the owner wants that.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::appliance::core::{Appliance, OpenedBy, Recorded};
use crate::appliance::in_force::InForce;
use crate::commands::report::figures::{self, ReportMonth};
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::model::io_words::in_words;
use crate::model::message::{Channel, Draft, MessageId, Purpose};
use crate::report::figures::ReportFigures;
use crate::report::page;
use crate::store::error::StoreError;

/// The folder of the pages, within the site's data.
const FOLDER: &str = "reports";
/// For how many months a page is kept.
const MONTHS_KEPT: i32 = 12;

/// Why a report is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// Somebody asked for it: it goes out although it may have gone out before.
    ByHand,
    /// The month has ended: once to each address.
    MonthEnded,
}

/// What was queued, and with which file.
pub(crate) struct QueuedReport {
    pub(crate) file: String,
    pub(crate) queued: Vec<(MessageId, String)>,
}

/// Writes the page of a month and queues it to each address.
///
/// # Errors
/// When nobody receives it, no gateway carries e-mail, the page cannot be kept, or the store fails.
pub(crate) fn queue(appliance: &Appliance, month: ReportMonth, occasion: Occasion) -> Result<QueuedReport, Failure> {
    let in_force = appliance.in_force();
    if in_force.config.alerts.email.is_empty() {
        return Err(Failure::refused(
            "no address is configured to receive the report",
            "add addresses under `[alerts]`, for example `email = [\"owner@example.org\"]`",
        ));
    }
    if !carries_email(&in_force) {
        return Err(Failure::refused(
            "no gateway carries e-mail, so the report cannot be sent",
            "add a `[[gateways]]` table with `kind = \"smtp\"`",
        ));
    }
    let figures = figures::gather(appliance, month)?;
    let file = format!("{FOLDER}/{}.html", month.word());
    keep(&appliance.data, &file, &page::page(&figures))?;
    let recorded = appliance.recorded()?;
    let queued = appliance.store.write(recorded.at, |tx| -> Result<Vec<_>, StoreError> {
        let mut queued = Vec::new();
        for to in &in_force.config.alerts.email {
            let draft = draft(&figures, &month, to, &file, occasion, &recorded);
            if let Some(id) = tx.queue(draft)? {
                queued.push((id, to.clone()));
            }
        }
        Ok(queued)
    })?;
    Ok(QueuedReport { file, queued })
}

fn draft(
    figures: &ReportFigures,
    month: &ReportMonth,
    to: &str,
    file: &str,
    occasion: Occasion,
    recorded: &Recorded,
) -> Draft {
    let by_hand = match occasion {
        Occasion::ByHand => format!(":{}", recorded.at.millis()),
        Occasion::MonthEnded => String::new(),
    };
    let currency = &figures.currency;
    let tally = &figures.tally;
    Draft {
        channel: Channel::Email,
        to: to.to_owned(),
        purpose: Purpose::Report,
        subscriber: None,
        once: format!("report:{}:{to}{by_hand}", month.word()),
        subject: format!("{}: report of {}", figures.site, month.word()),
        text: format!(
            "{} from {} to {}\n\nBilled: {} {currency}\nCollected: {} {currency}\nOutstanding: {} {currency}\nPaid \
            on time: {} of {} bills whose time is over\n\nThe full report is attached; open it in a browser.\n",
            figures.site,
            figures.from,
            figures.to,
            currency.format(tally.billed),
            currency.format(tally.collected),
            currency.format(tally.outstanding),
            tally.time_over_on_time,
            tally.time_over
        ),
        attachment: Some(file.to_owned()),
        happened_at: recorded.at,
        not_before: recorded.at,
        expires: None,
    }
}

/// Queues the report of the month that has ended, where the owner wants that and it was not queued before. Returns the day
/// before which there is nothing more to do, which the caller remembers.
///
/// # Errors
/// When the page cannot be kept or the store fails; asked again, it tries again.
pub(crate) fn month_ended(appliance: &Appliance) -> Result<Option<Day>, Failure> {
    let in_force = appliance.in_force();
    let alerts = &in_force.config.alerts;
    let wanted = alerts.monthly_report && !alerts.email.is_empty() && carries_email(&in_force);
    if !wanted || appliance.opened_by != OpenedBy::Service {
        return Ok(None);
    }
    let recorded = appliance.recorded()?;
    if !recorded.trusted {
        return Ok(None);
    }
    let month = ReportMonth::before(recorded.today);
    let next = ReportMonth::of(recorded.today).last.plus_days(1);
    let reader = appliance.store.read()?;
    let is_queued = |to: &String| reader.has_once(&format!("report:{}:{to}", month.word()));
    let mut all_queued = true;
    for to in &alerts.email {
        all_queued &= is_queued(to)?;
    }
    let zone = &in_force.terms.zone;
    let mut began: Option<Day> = None;
    reader
        .subscribers_after(crate::model::subscriber::SubscriberId(0), 1)?
        .iter()
        .for_each(|first| {
            began = Some(first.added_at.day_in(zone));
        });
    drop(reader);
    // A site that started later has nothing to report of that month.
    if !all_queued && began.is_some_and(|began| began <= month.last) {
        queue(appliance, month, Occasion::MonthEnded)?;
        forget_old(&appliance.data, recorded.today);
    }
    Ok(Some(next))
}

fn carries_email(in_force: &InForce) -> bool {
    in_force
        .config
        .gateways
        .iter()
        .any(|gateway| gateway.kind.channel() == Channel::Email)
}

/// Writes a page so that it is either whole or not there.
fn keep(data: &Path, file: &str, html: &str) -> Result<(), Failure> {
    let path = data.join(file);
    let beside = path.with_extension("part");
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(data.join(FOLDER))?;
        let mut part = fs::File::create(&beside)?;
        part.write_all(html.as_bytes())?;
        part.sync_all()?;
        fs::rename(&beside, &path)
    };
    write().map_err(|error| {
        Failure::refused(
            format!(
                "the report cannot be written to `{}`: {}",
                path.display(),
                in_words(&error)
            ),
            "make room there, or check that Weir may write to the folder",
        )
    })
}

/// Removes pages of months that are long past; only files that are named like one.
fn forget_old(data: &Path, today: Day) {
    let oldest = today.plus_days(MONTHS_KEPT.saturating_mul(-31));
    let Ok(entries) = fs::read_dir(data.join(FOLDER)) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_page = path.extension().is_some_and(|extension| extension == "html");
        let month = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .and_then(ReportMonth::parse);
        if is_page
            && month.is_some_and(|month| month.last < oldest)
            && let Err(error) = fs::remove_file(&path)
        {
            tracing::warn!(error = in_words(&error), path = %path.display(), "an old report could not be removed");
        }
    }
}
