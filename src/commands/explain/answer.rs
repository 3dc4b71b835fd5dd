//! `weir subscriber explain` tells why one subscriber is on or off, and what happens next.
//!
//! It answers the phone call: what has happened, in order of time and in plain words; the present state and its reason; what
//! comes next, and what would change that. The past comes from the ledger and the log, the future from the rules that decide
//! the night. Changes nothing and writes nothing.

use serde::{Deserialize, Serialize};

use crate::appliance::core::{Appliance, Recorded};
use crate::appliance::in_force::InForce;
use crate::commands::archive_notes::{AskedTime, left_out};
use crate::commands::explain::{entries, forecast, log_records, messages, present};
use crate::commands::refusals::known;
use crate::commands::reply::reply;
use crate::commands::routers::last_read::OnRouterAnswer;
use crate::commands::table::{Column, Table, counted, facts};
use crate::commands::time_words::civil;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::model::money::Money;
use crate::model::record::LogKind;
use crate::model::subscriber::{Access, Subscriber};
use crate::store::read::reader::Reader;

/// Explain why a subscriber is on or off, and what comes next
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct SubscriberExplain {
    /// The subscriber, by username, account or phone; a name that begins with a dash goes last, after `--`
    pub username: String,
}

impl SiteCommand for SubscriberExplain {
    fn whom_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.username)
    }

    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, &self.username)
    }

    fn has_long_answer(&self) -> bool {
        true
    }
}

/// How many days back are shown.
const DAYS_TOLD: i64 = 90;

/// How many events are shown, the newest.
const EVENTS_TOLD_MAX: usize = 100;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// What all parts of the answer share.
pub(crate) struct Case<'c> {
    pub(crate) appliance: &'c Appliance,
    pub(crate) reader: &'c Reader<'c>,
    pub(crate) in_force: &'c InForce,
    pub(crate) recorded: Recorded,
    pub(crate) subscriber: &'c Subscriber,
    /// Nothing older is shown, except the newest entries.
    pub(crate) from: Instant,
}

impl Case<'_> {
    /// Returns an amount with its currency.
    pub(crate) fn amount(&self, amount: Money) -> String {
        let currency = self.in_force.config.site.currency;
        format!("{} {currency}", currency.format(amount))
    }

    /// Returns the amount alone, as `--json` prints it.
    pub(crate) fn plain(&self, amount: Money) -> String {
        self.in_force.config.site.currency.format(amount)
    }

    /// Returns the civil day and minute of an instant.
    pub(crate) fn civil(&self, at: Instant) -> String {
        civil(at, &self.in_force.terms.zone)
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimelineEvent {
    pub(crate) at: Instant,
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    /// Whether they are served from then on, where it says so.
    pub(crate) access: Option<Access>,
}

impl TimelineEvent {
    pub(crate) const fn new(at: Instant, kind: &'static str, text: String) -> Self {
        Self {
            at,
            kind,
            text,
            access: None,
        }
    }

    pub(crate) const fn leaves(mut self, access: Option<Access>) -> Self {
        self.access = access;
        self
    }
}

#[derive(Debug, Serialize)]
struct EventAnswer {
    at: String,
    kind: &'static str,
    text: String,
}

/// The answer, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Explanation {
    username: String,
    state: &'static str,
    /// `on` or `off`: the desired access.
    access: &'static str,
    /// Whether it was so when the router was last read: `confirmed`, `differs`, `pending`, `absent`, `not_read`, `not_managed`, or
    /// `none` without a router; with when that was, and what was found.
    #[serde(flatten)]
    router: OnRouterAnswer,
    events: Vec<EventAnswer>,
    /// How many events that were read are left out.
    left_out: usize,
    /// That records of this time are no longer in the store, in words.
    archived: Option<String>,
    now: Vec<String>,
    next: Vec<forecast::ComingEvent>,
    would_change: Vec<forecast::Change>,
}

/// Answers `weir subscriber explain USERNAME`.
pub(crate) fn answer(appliance: &Appliance, call: &Caller, username: &str) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let subscriber = known(appliance, username)?;
    let recorded = appliance.recorded()?;
    let reader = appliance.store.read()?;
    let case = Case {
        appliance,
        reader: &reader,
        in_force: &in_force,
        recorded,
        subscriber: &subscriber,
        from: recorded
            .at
            .plus_millis(DAYS_TOLD.saturating_mul(DAY_MS).saturating_neg()),
    };
    let mut events = entries::events(&case)?;
    events.extend(log_records::events(&case)?);
    events.extend(messages::messages(&case)?);
    events.sort_by_key(|event| event.at);
    // The other events must be in order first: they tell whether the subscriber should have been online while the
    // router was down.
    events.extend(messages::incidents(&case, &events)?);
    events.sort_by_key(|event| event.at);
    let left_out = events.len().saturating_sub(EVENTS_TOLD_MAX);
    let told = events.split_off(left_out);
    let ahead = forecast::look(&case)?;
    let router = present::router(&case)?;
    let answer = Explanation {
        username: subscriber.username.to_string(),
        state: subscriber.state_word(),
        access: match subscriber.access() {
            Access::On => "on",
            Access::Off => "off",
        },
        router: OnRouterAnswer::from(&router.known),
        events: told
            .iter()
            .map(|event| EventAnswer {
                at: event.at.rfc3339(),
                kind: event.kind,
                text: event.text.clone(),
            })
            .collect(),
        left_out,
        archived: left_out_of_store(&case)?,
        now: present::sentences(&case, router, &told)?,
        next: ahead.next,
        would_change: ahead.would_change,
    };
    reply(call, &answer, || page(&case, &answer, &told, call.width))
}

/// Returns that records of the time that is told are no longer in the store.
fn left_out_of_store(case: &Case<'_>) -> Result<Option<String>, Failure> {
    let told = AskedTime {
        from: case.from.max(case.subscriber.added_at),
        to: case.recorded.at,
    };
    left_out(case.appliance, case.reader, &LogKind::ALL, told)
}

fn page(case: &Case<'_>, answer: &Explanation, told: &[TimelineEvent], width: u16) -> String {
    let mut table = Table::new(&[Column::whole("WHEN"), Column::sentence("WHAT HAPPENED")]);
    for event in told {
        table.row([case.civil(event.at), event.text.clone()]);
    }
    let mut text = table.render(width);
    let older = format!(
        "{}; `weir ledger {1}` and `weir logs --user {1}` show everything.",
        if answer.left_out == 0 {
            format!("This page covers the last {DAYS_TOLD} days and the newest ledger entries")
        } else {
            format!(
                "{} left out",
                counted(
                    u64::try_from(answer.left_out).unwrap_or(u64::MAX),
                    "older event was",
                    "older events were"
                )
            )
        },
        answer.username
    );
    text.push('\n');
    let archived = answer.archived.as_ref().map(|words| ("not shown", format!("{words}.")));
    let earlier: Vec<(&str, String)> = [("earlier", older)].into_iter().chain(archived).collect();
    text.push_str(&facts(&earlier, width));
    text.push('\n');
    let sentences = |texts: Vec<&str>| texts.join(" ");
    let pairs = [
        ("now", sentences(answer.now.iter().map(String::as_str).collect())),
        (
            "next",
            sentences(answer.next.iter().map(|next| next.text.as_str()).collect()),
        ),
        (
            "what changes it",
            sentences(answer.would_change.iter().map(|change| change.text.as_str()).collect()),
        ),
    ];
    text.push_str(&facts(&pairs, width));
    text
}
