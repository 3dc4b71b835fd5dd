//! Writes the state of the site as text, on one page.
//!
//! What needs a person comes first, then the counts. Must never know the store: it only describes what [`status`] has
//! gathered.
//!
//! [`status`]: crate::commands::status::answer

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::commands::status::alert_recipients::AlertingAnswer;
use crate::commands::status::answer::{JobStatus, ObjectAnswer, OutboxAnswer, RouterStatus, StatusAnswer};
use crate::commands::table::{counted, facts};
use crate::commands::time_words::civil;
use crate::model::alert::AlertKind;
use crate::model::day::Instant;

/// How many of the alerts about one object on a router are listed here: there may be hundreds, and they must not hide
/// the rest.
const OBJECTS_TOLD_MAX: usize = 5;

/// Returns the page.
pub(crate) fn page(status: &StatusAnswer, zone: &TimeZone, width: u16) -> String {
    let mut text = facts(
        &[(
            status.site.as_str(),
            format!("{}, weir {}", local(&status.clock.now, zone), status.version),
        )],
        width,
    );
    text.push('\n');
    text.push_str(&alerts(status, zone, width));
    let warnings = warnings(status, zone);
    if warnings.is_empty() && status.alerts.is_empty() {
        text.push_str("Nothing needs your attention.\n\n");
    } else if !warnings.is_empty() {
        let marked: Vec<(&str, String)> = warnings.into_iter().map(|warning| ("!", warning)).collect();
        text.push_str(&facts(&marked, width));
        text.push('\n');
    }
    let subscribers = &status.subscribers;
    let routers: Vec<String> = status
        .routers
        .iter()
        .map(|router| format!("router {}", router.name))
        .collect();
    let mut pairs: Vec<(&str, String)> = vec![(
        "subscribers",
        format!(
            "{} in the books: {} active, {} suspended, {} held, {} closed; {} who owe",
            subscribers.total,
            subscribers.active,
            subscribers.suspended,
            subscribers.held,
            subscribers.closed,
            subscribers.outstanding
        ),
    )];
    pairs.push(("clock", clock_words(status)));
    for job in &status.jobs {
        pairs.push((job.name.as_str(), job_words(job, zone)));
    }
    for (name, router) in routers.iter().zip(&status.routers) {
        pairs.push((name.as_str(), router_words(router, zone)));
        pairs.push(("", reading_words(router, zone)));
    }
    let work = match (&status.router_work.oldest, status.pending_router_work) {
        (Some(oldest), pending) => format!("{pending} pending, the oldest since {}", local(oldest, zone)),
        (None, _) => "none pending".to_owned(),
    };
    pairs.push(("router work", work));
    pairs.push(("messages", messages(&status.outbox, zone)));
    pairs.push(("alerts", alerting_words(&status.alerting)));
    pairs.push(("database", database_words(status, zone)));
    pairs.push((
        "configuration",
        format!(
            "{}, in force since {}",
            status.config.file,
            local(&status.config.taken_at, zone)
        ),
    ));
    text.push_str(&facts(&pairs, width));
    text
}

/// Returns to whom alerts go, or that they cannot leave.
fn alerting_words(alerting: &AlertingAnswer) -> String {
    match (alerting.to.is_empty(), alerting.faults.is_empty()) {
        (false, _) => format!("go to {}", alerting.to.join(", ")),
        (true, false) => "cannot leave: they reach nobody".to_owned(),
        (true, true) => "cannot leave: [alerts] names nobody; this page and `weir logs alert` show them".to_owned(),
    }
}

/// Returns the messages on one line.
fn messages(outbox: &OutboxAnswer, zone: &TimeZone) -> String {
    let mut text = match &outbox.oldest_queued {
        Some(oldest) => format!("{} queued, the oldest since {}", outbox.queued, local(oldest, zone)),
        None => "none queued".to_owned(),
    };
    if outbox.sending > 0 {
        text.push_str(&format!(", {} being handed over", outbox.sending));
    }
    text.push_str(&format!(
        ", {} sent, {} failed, {} dropped",
        outbox.sent, outbox.failed, outbox.dropped
    ));
    if outbox.left_today < outbox.daily_cap {
        text.push_str(&format!("; {} more may be sent today", outbox.left_today));
    }
    text
}

/// Returns the open alerts, each with its beginning; `new` until `weir logs alert` has shown it.
fn alerts(status: &StatusAnswer, zone: &TimeZone, width: u16) -> String {
    let mut of_objects = 0_usize;
    let mut told: Vec<(&str, String)> = status
        .alerts
        .iter()
        .filter(|alert| {
            let about_one = alert.kind == AlertKind::Drift.as_str() || alert.kind == AlertKind::Absent.as_str();
            of_objects = of_objects.saturating_add(usize::from(about_one));
            !about_one || of_objects <= OBJECTS_TOLD_MAX
        })
        .map(|alert| {
            let mark = if alert.seen.is_none() { "new" } else { "alert" };
            let of = if alert.subject.is_empty() {
                alert.kind.to_owned()
            } else {
                format!("{} {}", alert.kind, alert.subject)
            };
            (
                mark,
                format!("{of}, since {}: {}", local(&alert.since, zone), alert.text),
            )
        })
        .collect();
    if told.is_empty() {
        return String::new();
    }
    let listed = u64::try_from(told.len()).unwrap_or(u64::MAX);
    let rest = status.alerts_count.saturating_sub(listed);
    if rest > 0 {
        told.push(("", format!("{rest} more; `weir logs alert` shows all")));
    }
    facts(&told, width) + "\n"
}

/// Returns the clock and what waits, on one line.
fn clock_words(status: &StatusAnswer) -> String {
    let clock = &status.clock;
    if clock.trusted {
        return format!(
            "trusted: {}",
            clock.reason.as_deref().unwrap_or("no time source contradicts it")
        );
    }
    let waiting: Vec<&str> = clock.waiting.iter().map(|waiting| waiting.words.as_str()).collect();
    format!("not trusted; waiting: {}; `weir clock` shows more", waiting.join(", "))
}

fn warnings(status: &StatusAnswer, zone: &TimeZone) -> Vec<String> {
    let mut told = Vec::new();
    if let Some(as_of) = &status.as_of {
        told.push(format!(
            "The store is being compacted: this is the status of {}.",
            local(as_of, zone)
        ));
    }
    if let Some(reason) = &status.clock.reason
        && !status.clock.trusted
    {
        told.push(format!(
            "Nobody is charged or cut off until the clock is trusted: {reason}."
        ));
    }
    if !status.service {
        told.push("The service is not running: jobs wait until `weir run` is started.".to_owned());
    }
    if let Some(why) = &status.config.refused {
        told.push(format!(
            "The changed configuration was refused; the last good one stays in force: {why}"
        ));
    }
    if let Some(why) = &status.metrics_fault {
        told.push(format!("The metrics file {why}."));
    }
    told.extend(status.alerting.faults.iter().map(|why| {
        let mut chars = why.chars();
        let first = chars
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().to_string());
        format!("{first}{}.", chars.as_str())
    }));
    for held in status.held.iter().filter(|held| !held.approved) {
        if !status
            .alerts
            .iter()
            .any(|alert| alert.kind == "guard" && alert.subject == held.what)
        {
            told.push(format!(
                "{} has been waiting for approval since {}: {} of {} would be cut off at once; `weir approve {}`.",
                held.what,
                local(&held.since, zone),
                held.cuts,
                held.of,
                held.what
            ));
        }
    }
    for job in &status.jobs {
        job_warnings(&mut told, job, zone);
    }
    for router in status
        .routers
        .iter()
        .filter(|router| !matches!(router.state, "up" | "unknown"))
    {
        told.push(format!("Router {} is {}.", router.name, router_words(router, zone)));
    }
    counted_warnings(&mut told, status);
    let work = &status.router_work;
    objects(&mut told, &work.refused, work.refused_count, "is refused by the router");
    objects(&mut told, &work.absent, work.absent_count, "is missing on the router");
    told
}

fn database_words(status: &StatusAnswer, zone: &TimeZone) -> String {
    let database = &status.database;
    let size = database
        .bytes
        .map_or(String::new(), |bytes| format!(", {} KiB", bytes / 1024));
    format!(
        "{}{size}, {} entries in the ledger, newest record {}",
        database.path,
        database.entries,
        local(&database.newest, zone)
    )
}

fn job_warnings(told: &mut Vec<String>, job: &JobStatus, zone: &TimeZone) {
    if job.last_outcome == Some("failed") {
        let error = job.last_error.as_deref().unwrap_or("no reason was recorded");
        told.push(format!("The last run of {} failed: {error}.", job.name));
    }
    if !job.enabled {
        told.push(format!(
            "Job {} is paused; resume it with `weir jobs resume {}`.",
            job.name, job.name
        ));
    }
    if let Some(waiting) = &job.waiting {
        told.push(format!(
            "{} since {}: {}.",
            if waiting.count == 1 {
                format!("An occurrence of {} has been waiting", job.name)
            } else {
                format!("{} occurrences of {} have been waiting", waiting.count, job.name)
            },
            local(&waiting.from, zone),
            waiting.reason
        ));
    }
}

/// Adds the warnings that only count: messages, payments, subscribers.
fn counted_warnings(told: &mut Vec<String>, status: &StatusAnswer) {
    if status.outbox.unknown > 0 {
        told.push(format!(
            "{} not have arrived; `weir outbox --state unknown` lists them, `weir outbox resend ID` sends one again.",
            counted(status.outbox.unknown, "message may or may", "messages may or may")
        ));
    }
    if status.unmatched_payments > 0 {
        told.push(format!(
            "{} no subscriber; `weir pay --unmatched` lists them.",
            counted(status.unmatched_payments, "payment matches", "payments match")
        ));
    }
    let without = status.subscribers.without_package;
    if without > 0 {
        told.push(format!(
            "{} no package: {} neither charged nor cut off.",
            counted(without, "active subscriber has", "active subscribers have"),
            if without == 1 { "that one is" } else { "they are" }
        ));
    }
}

/// Adds a line for each object, and one for those that are left out.
fn objects(told: &mut Vec<String>, listed: &[ObjectAnswer], count: u64, words: &str) {
    for object in listed {
        let error = object
            .error
            .as_ref()
            .map_or(String::new(), |error| format!(": {error}"));
        told.push(format!(
            "{} `{}` of {} on {} {words}{error}; it should be {}.",
            object.service, object.object, object.username, object.router, object.wanted
        ));
    }
    let rest = count.saturating_sub(u64::try_from(listed.len()).unwrap_or(u64::MAX));
    if rest > 0 {
        told.push(format!("{rest} more like these are not shown."));
    }
}

fn job_words(job: &JobStatus, zone: &TimeZone) -> String {
    let last = match (&job.last_run, job.last_outcome, &job.last_counts) {
        (Some(at), Some(outcome), Some(counts)) => {
            format!("last run {}, {outcome}: {}", local(at, zone), counts.words())
        }
        (Some(at), Some(outcome), None) => format!("last run {}, {outcome}", local(at, zone)),
        _ => "has not run yet".to_owned(),
    };
    match &job.next_run {
        Some(next) => format!("{last}; next {}", local(next, zone)),
        None => format!("{last}; paused"),
    }
}

fn router_words(router: &RouterStatus, zone: &TimeZone) -> String {
    let mut text = router.state.replace('_', " ");
    if let Some(since) = &router.since {
        text.push_str(&format!(" since {}", local(since, zone)));
    }
    if let Some(tried) = &router.tried_at {
        text.push_str(&format!(", last tried {}", local(tried, zone)));
    }
    if let Some(version) = &router.version {
        text.push_str(&format!(", RouterOS {version}"));
    }
    if router.pending > 0 {
        text.push_str(&format!(", {} pending", router.pending));
    }
    if let Some(error) = &router.error {
        text.push_str(&format!(": {error}"));
    }
    text
}

/// Returns what was last read on a router, apart from what the books want there.
fn reading_words(router: &RouterStatus, zone: &TimeZone) -> String {
    let mut text = match (&router.read_at, router.read_objects, router.read_differ) {
        (Some(at), Some(objects), Some(differ)) => format!(
            "last read in full {}: {}, {differ} otherwise than wanted",
            local(at, zone),
            counted(objects, "object", "objects")
        ),
        _ => "not read in full yet".to_owned(),
    };
    if router.not_managed > 0 {
        text.push_str(&format!(
            "; {} (switched by hand)",
            counted(
                router.not_managed,
                "subscriber is not managed",
                "subscribers are not managed"
            )
        ));
    }
    text
}

/// Returns an instant of the answer as the site's civil time.
fn local(at: &str, zone: &TimeZone) -> String {
    at.parse::<Timestamp>()
        .map_or_else(|_| at.to_owned(), |at| civil(Instant::from_timestamp(at), zone))
}
