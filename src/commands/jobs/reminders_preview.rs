//! The dry run of `reminders`: whom it would remind now, with which text, at what cost.
//!
//! Shows each text, its recipient and parts, the cost of all of them, and who is skipped, with the reason. Reads a snapshot and
//! changes nothing. Must never know: the rules that decide it.

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::commands::jobs::registry;
use crate::commands::jobs::run_answer::CountsAnswer;
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table, counted, facts};
use crate::commands::time_words::civil;
use crate::commands::{Caller, Progress, Reply};
use crate::config::read::Config;
use crate::jobs::context::SchedulerError;
use crate::jobs::plan::{self, Coming};
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::job::Job;
use crate::model::message::Channel;
use crate::model::money::Money;
use crate::model::subscriber::Subscriber;
use crate::rules::decision::{self, Decision, DecisionCounts, RunMoment};
use crate::rules::messages::notices;
use crate::rules::messages::reminder::{self, DueReminder};
use crate::rules::messages::{delivery, gsm};
use crate::rules::phone::complete::complete;
use crate::rules::terms::Terms;
use crate::rules::wallet::Wallet;
use crate::store::error::StoreError;

/// How many reminders are shown, and how many who are skipped; the rest is counted.
const SHOWN_MAX: usize = 20_000;

/// What a run would do, as `--json` prints it.
#[derive(Debug, Serialize)]
struct RemindersPreview {
    job: &'static str,
    dry_run: bool,
    planned_for: String,
    /// The missed occurrences that would run first; they remind the same people.
    missed: Vec<String>,
    counts: CountsAnswer,
    would: Vec<Reminder>,
    skipped: Vec<Skipped>,
    /// How many of both are left out.
    left_out: u64,
    /// Of all reminders.
    parts: u64,
    /// Of all reminders; `null` where no gateway has a price.
    cost: Option<String>,
    /// The gateway whose price counts.
    gateway: Option<String>,
    #[serde(skip)]
    too_long: u64,
}

#[derive(Debug, Serialize)]
struct Reminder {
    planned_for: String,
    username: String,
    action: &'static str,
    /// What must still be paid.
    amount: String,
    to: String,
    text: String,
    parts: u8,
    cost: Option<String>,
    due: String,
    days_before: u16,
    /// Why it would fail in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Skipped {
    username: String,
    reason: &'static str,
}

/// Returns what `jobs run reminders` would do.
pub(crate) fn would(appliance: &Appliance, call: &Caller, progress: &mut dyn Progress) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let (terms, config) = (&in_force.terms, &*in_force.config);
    let now = appliance.clock.now();
    let moment = Coming::by_hand(Job::Reminders, now, &terms.zone).moment(false);
    let reader = appliance.store.read()?;
    let states: Vec<_> = registry::state_of(&reader, &in_force, Job::Reminders, now)?
        .into_iter()
        .collect();
    let missed = plan::ahead(&states, now, now, true, terms).map_err(SchedulerError::from)?;
    let price = price(config);
    let mut counts = DecisionCounts::default();
    let mut answer = RemindersPreview {
        job: Job::Reminders.as_str(),
        dry_run: true,
        planned_for: now.rfc3339(),
        missed: missed.coming.iter().map(|missed| missed.at.rfc3339()).collect(),
        counts: CountsAnswer::reminders(&counts.reminders),
        would: Vec::new(),
        skipped: Vec::new(),
        left_out: 0,
        parts: 0,
        cost: None,
        gateway: price.map(|(gateway, _)| gateway.to_owned()),
        too_long: 0,
    };
    let state = reader.state()?;
    let total = state.tallies.total();
    let mut seen = 0_u64;
    reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
        seen = seen.saturating_add(1);
        if seen.is_multiple_of(1_000) {
            progress.step(seen, total, "subscribers");
        }
        let mut wallet = Wallet::new(subscriber, state.head, &reader);
        let decided = decision::decide(&mut wallet, terms, &moment)?;
        let subscriber = wallet.subscriber;
        let decided = decided.unless_queued(|due| -> Result<bool, StoreError> {
            let once = reminder::once(subscriber.id, due.day, due.days_before);
            Ok(reader.queued_as(&once)?.is_some())
        })?;
        counts.add(&decided);
        match decided {
            Decision::Leave | Decision::Bill(_) | Decision::Spare | Decision::Suspend(_) | Decision::WouldSuspend => {}
            Decision::NotReminded(why) => {
                let row = Skipped {
                    username: subscriber.username.to_string(),
                    reason: why.words(),
                };
                keep(&mut answer.skipped, &mut answer.left_out, row);
            }
            Decision::Remind(due) => {
                let row = reminder(&subscriber, config, terms, &moment, due);
                answer.parts = answer.parts.saturating_add(u64::from(row.parts));
                answer.too_long = answer.too_long.saturating_add(u64::from(row.error.is_some()));
                keep(&mut answer.would, &mut answer.left_out, row);
            }
        }
        Ok(())
    })?;
    answer.counts = CountsAnswer::reminders(&counts.reminders);
    answer.cost = price.and_then(|(_, price)| Some(config.site.currency.format(times(price, answer.parts)?)));
    let mut told = reply(call, &answer, || shown(&answer, config, call.width))?;
    told.notes.extend(notes(&answer, terms, now));
    Ok(told)
}

fn keep<T>(rows: &mut Vec<T>, left_out: &mut u64, row: T) {
    if rows.len() < SHOWN_MAX {
        rows.push(row);
    } else {
        *left_out = left_out.saturating_add(1);
    }
}

fn reminder(subscriber: &Subscriber, config: &Config, terms: &Terms, moment: &RunMoment, due: DueReminder) -> Reminder {
    let text = notices::reminder(due.day, subscriber, &terms.policy, &terms.templates, moment.today);
    let parts = gsm::measure(&text).parts;
    let number = subscriber.profile.phone.as_ref().map_or("", |phone| phone.as_str());
    let completed = complete(number, config.messages.numbering());
    let most = config.messages.max_parts;
    let error = match &completed {
        Err(why) => Some(why.clone()),
        Ok(_) if parts > most => Some(format!("{parts} parts; `max_parts` of [messages] allows {most}")),
        Ok(_) => None,
    };
    let currency = config.site.currency;
    let cost = price(config).and_then(|(_, price)| times(price, u64::from(parts)));
    Reminder {
        planned_for: moment.now.rfc3339(),
        username: subscriber.username.to_string(),
        action: plan::Action::Remind.as_str(),
        amount: currency.format(due.amount),
        to: completed.unwrap_or_else(|_| number.to_owned()),
        text,
        parts,
        cost: cost.map(|cost| currency.format(cost)),
        due: due.day.to_string(),
        days_before: due.days_before,
        error,
    }
}

/// Returns the first gateway to phones that has a price, and what one part costs there.
fn price(config: &Config) -> Option<(&str, Money)> {
    let mut to_phones = config
        .gateways
        .iter()
        .filter(|gateway| gateway.kind.channel() == Channel::Sms);
    to_phones.find_map(|gateway| Some((gateway.name.as_str(), gateway.price_per_part?)))
}

fn times(price: Money, parts: u64) -> Option<Money> {
    let minor = price.minor().checked_mul(i64::try_from(parts).ok()?)?;
    Some(Money::from_minor(minor))
}

fn shown(answer: &RemindersPreview, config: &Config, width: u16) -> String {
    let mut text = String::new();
    let mut table = Table::new(&[
        Column::whole("TO"),
        Column::name("USERNAME"),
        Column::amount("PARTS"),
        Column::sentence("TEXT"),
    ]);
    for row in &answer.would {
        let said = match &row.error {
            Some(why) => format!("{} (would fail: {why})", row.text),
            None => row.text.clone(),
        };
        table.row([row.to.as_str(), row.username.as_str(), &row.parts.to_string(), &said]);
    }
    let mut skipped = Table::new(&[Column::name("SKIPPED"), Column::sentence("WHY")]);
    for row in &answer.skipped {
        skipped.row([row.username.as_str(), row.reason]);
    }
    for table in [table, skipped].iter().filter(|table| !table.is_empty()) {
        text.push_str(&table.render(width));
        text.push_str("\n\n");
    }
    let cost = match (&answer.cost, &answer.gateway) {
        (Some(cost), Some(gateway)) => format!(", {cost} {} by gateway `{gateway}`", config.site.currency),
        _ => String::new(),
    };
    let whole = format!(
        "{}; {}{cost}; nothing was changed",
        answer.counts.words(),
        counted(answer.parts, "part", "parts")
    );
    text.push_str(&facts(&[("would count", whole)], width));
    text
}

fn notes(answer: &RemindersPreview, terms: &Terms, now: Instant) -> Vec<String> {
    let mut notes = Vec::new();
    if !terms.templates.has_gateway {
        notes.push(format!(
            "{}; add one under [[gateways]], or no reminders go out",
            reminder::NO_GATEWAY
        ));
    }
    let quiet = terms
        .templates
        .quiet
        .and_then(|quiet| delivery::quiet_until(quiet, &terms.zone, now));
    if let Some(end) = quiet.filter(|_| !answer.would.is_empty()) {
        let until = civil(end, &terms.zone);
        notes.push(format!(
            "quiet hours last until {until}: the reminders would wait, be checked again and leave then"
        ));
    }
    if answer.too_long > 0 {
        notes.push(format!(
            "{} would fail: the reason is at the end of the text",
            counted(answer.too_long, "reminder", "reminders")
        ));
    }
    if answer.left_out > 0 {
        notes.push(format!(
            "{} not shown",
            counted(answer.left_out, "more row is", "more rows are")
        ));
    }
    notes
}
