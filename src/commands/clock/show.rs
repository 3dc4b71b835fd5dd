//! `weir clock` shows whether the clock is trusted, what each time source says, and what waits.
//!
//! Shows the verdict with everything that it depends on. Changes nothing.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::appliance::core::{Appliance, OpenedBy};
use crate::clock::keeper::ClockReading;
use crate::commands::clock::backlog::{self, WaitingThing};
use crate::commands::reply::reply;
use crate::commands::table::facts;
use crate::commands::time_words::{civil, civil_with_seconds};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::clock_confirmation::Confirmed;
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::rules::trust::{self, Mode, Settings, Source, Witness, WitnessReport};

const HELP: &str = "\
Examples:
  weir clock
  weir clock confirm            confirm that the clock is right";

/// Show whether the clock is trusted and why, and what waits for it
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[command(after_help = HELP)]
pub struct ClockShow;

impl SiteCommand for ClockShow {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        show(site, asked.caller)
    }
}

/// Up to which difference two clocks count as equal for a reader, in milliseconds.
const SAME_MS: i64 = 2_000;

/// The state of the clock, as `--json` prints it.
#[derive(Debug, Serialize)]
struct ClockAnswer {
    trusted: bool,
    now: String,
    /// The newest recorded instant: a clock more than two minutes behind it is not trusted.
    floor: String,
    witnesses: Vec<WitnessAnswer>,
    waiting: Vec<WaitingThing>,
    reason: String,
    /// What ends the doubt; `null` where there is none.
    way_out: Option<&'static str>,
    /// `[clock] trust` and `max_jump` in force.
    trust: &'static str,
    max_jump_s: i64,
    /// No clock before this day is trusted.
    build_day: String,
    /// The owner's confirmation, while it holds.
    confirmed: Option<ConfirmedAnswer>,
    /// Whether the routers have only begun to be asked: the verdict may change within seconds.
    asking: bool,
}

#[derive(Debug, Serialize)]
struct WitnessAnswer {
    name: String,
    /// `kernel` or `router`.
    kind: &'static str,
    /// `synchronised`, `unsynchronised` or `silent`.
    state: &'static str,
    /// What time it is by it now.
    says: Option<String>,
    /// How far it is ahead of the clock; negative, behind it.
    differs_s: Option<i64>,
    asked_at: Option<String>,
    /// Why it cannot say.
    detail: Option<String>,
    /// Whether the mode in force asks it.
    counts: bool,
}

#[derive(Debug, Serialize)]
struct ConfirmedAnswer {
    at: String,
    by: String,
}

/// Answers `weir clock`.
pub(crate) fn show(appliance: &Appliance, call: &Caller) -> Result<Reply, Failure> {
    if appliance.opened_by == OpenedBy::Alone {
        // Without the service nobody else asks the routers; in the service the answer does not wait for them.
        appliance.settled_trust()?;
    }
    let in_force = appliance.in_force();
    let settings = in_force.config.clock.settings();
    let look = appliance.keeper.look()?;
    let reader = appliance.store.read()?;
    let answer = ClockAnswer {
        trusted: look.trust.is_trusted(),
        now: look.now.rfc3339(),
        floor: look.newest.rfc3339(),
        witnesses: look
            .witnesses
            .iter()
            .map(|witness| witness_answer(witness, look.now, settings.mode))
            .collect(),
        waiting: backlog::gather(appliance, &reader, &in_force, &look)?,
        reason: look.trust.reason_in(&in_force.terms.zone),
        way_out: Some(look.trust.way_out()).filter(|way| !way.is_empty()),
        trust: mode_word(settings.mode),
        max_jump_s: settings.max_jump_ms.checked_div(1_000).unwrap_or(0),
        build_day: appliance.clock.build_day().to_string(),
        confirmed: look.word.as_ref().map(|word| ConfirmedAnswer {
            at: word.at.rfc3339(),
            by: word.by.clone(),
        }),
        asking: appliance.opened_by == OpenedBy::Service && appliance.keeper.is_asking(),
    };
    reply(call, &answer, || {
        text(&answer, &look, settings, &in_force.terms.zone, call.width)
    })
}

fn witness_answer(witness: &Witness, now: Instant, mode: Mode) -> WitnessAnswer {
    let (name, kind) = match &witness.source {
        Source::Kernel => ("kernel".to_owned(), "kernel"),
        Source::Router(name) => (name.to_string(), "router"),
    };
    let (state, says, detail) = match &witness.said {
        WitnessReport::Time(says) => ("synchronised", Some(*says), None),
        WitnessReport::Unsynchronised(why) => ("unsynchronised", None, Some(why.clone())),
        WitnessReport::Silent(why) => ("silent", None, Some(why.clone())),
    };
    WitnessAnswer {
        name,
        kind,
        state,
        says: says.map(|at| at.rfc3339()),
        differs_s: says.and_then(|at| at.millis_since(now).checked_div(1_000)),
        asked_at: witness.asked_at.map(|at| at.rfc3339()),
        detail,
        counts: counts(&witness.source, mode),
    }
}

/// Returns whether a mode of `[clock] trust` asks this time source.
const fn counts(source: &Source, mode: Mode) -> bool {
    match mode {
        Mode::Either => true,
        Mode::Ntp => matches!(source, Source::Kernel),
        Mode::Router => matches!(source, Source::Router(_)),
        Mode::Floor => false,
    }
}

const fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Ntp => "ntp",
        Mode::Router => "router",
        Mode::Either => "either",
        Mode::Floor => "floor",
    }
}

const fn mode_meaning(mode: Mode) -> &'static str {
    match mode {
        Mode::Ntp => "the kernel must confirm the time",
        Mode::Router => "a router must confirm the time",
        Mode::Either => "every time source that answers must agree",
        Mode::Floor => "no time source is asked",
    }
}

fn text(answer: &ClockAnswer, look: &ClockReading, settings: Settings, zone: &TimeZone, width: u16) -> String {
    let verdict = if answer.trusted { "trusted" } else { "not trusted" };
    let mut pairs: Vec<(String, String)> = vec![("clock".to_owned(), format!("{verdict}: {}", answer.reason))];
    let mut pair = |head: &str, words: String| pairs.push((head.to_owned(), words));
    if let Some(way_out) = answer.way_out {
        pair("way out", way_out.to_owned());
    }
    if answer.asking {
        pair(
            "",
            "the routers are being asked; run `weir clock` again in a few seconds".to_owned(),
        );
    }
    pair("now", civil_with_seconds(look.now, zone));
    pair(
        "floor",
        format!(
            "newest record {}; this version was built on {}",
            civil(look.newest, zone),
            answer.build_day
        ),
    );
    let jump = match settings.mode {
        Mode::Either => format!(
            "; without a time source, max_jump {}",
            trust::span(settings.max_jump_ms)
        ),
        Mode::Ntp | Mode::Router | Mode::Floor => String::new(),
    };
    pair(
        "trust",
        format!("{} ({}){jump}", answer.trust, mode_meaning(settings.mode)),
    );
    for witness in &look.witnesses {
        let head = match &witness.source {
            Source::Kernel => "kernel".to_owned(),
            Source::Router(name) => format!("router {name}"),
        };
        let mut words = witness_words(witness, look.now, zone);
        if !counts(&witness.source, settings.mode) {
            words.push_str("; not counted under this setting");
        }
        pair(&head, words);
    }
    pair(
        "confirmed",
        look.word
            .as_ref()
            .map_or("no".to_owned(), |word| word_words(word, zone)),
    );
    if answer.waiting.is_empty() {
        pair("waiting", "nothing".to_owned());
    }
    for waiting in &answer.waiting {
        pair("waiting", waiting_words(waiting, zone));
    }
    let borrowed: Vec<(&str, String)> = pairs
        .iter()
        .map(|(head, words)| (head.as_str(), words.clone()))
        .collect();
    facts(&borrowed, width)
}

/// Returns the owner's confirmation, in words.
pub(crate) fn word_words(word: &Confirmed, zone: &TimeZone) -> String {
    format!(
        "by {} at {}; valid until the clock jumps",
        word.by,
        civil(word.at, zone)
    )
}

fn witness_words(witness: &Witness, now: Instant, zone: &TimeZone) -> String {
    let asked = match (&witness.source, witness.asked_at) {
        (Source::Router(_), Some(at)) => format!(", asked at {}", civil_with_seconds(at, zone)),
        (Source::Router(_), None) | (Source::Kernel, _) => String::new(),
    };
    match &witness.said {
        WitnessReport::Time(says) => {
            let apart = says.millis_since(now);
            let differs = if apart.saturating_abs() < SAME_MS {
                "the same as this clock".to_owned()
            } else {
                let way = if apart < 0 { "behind" } else { "ahead of" };
                format!("{} {way} this clock", trust::span(apart.saturating_abs()))
            };
            format!(
                "synchronised; it shows {}, {differs}{asked}",
                civil_with_seconds(*says, zone)
            )
        }
        WitnessReport::Unsynchronised(why) => format!("not synchronised: {why}{asked}"),
        WitnessReport::Silent(why) => format!("no answer: {why}{asked}"),
    }
}

fn waiting_words(waiting: &WaitingThing, zone: &TimeZone) -> String {
    let since = waiting
        .since
        .as_ref()
        .and_then(|at| at.parse::<Timestamp>().ok())
        .map(|at| format!("since {}", civil(Instant::from_timestamp(at), zone)));
    let count = waiting.count.map(|count| count.to_string());
    let known: Vec<String> = count.into_iter().chain(since).collect();
    let known = if known.is_empty() {
        String::new()
    } else {
        format!(" ({})", known.join(" "))
    };
    format!("{}{known}: {}", waiting.words, waiting.reason)
}
