//! Forecasts what the jobs will do, to whom and for how much.
//!
//! Which occurrences come is told by the rules of catch-up, what each does by [`decision::decide`]: the very ones that decide
//! the night. Each subscriber is folded alone over all of them, on a wallet that is thrown away, so that
//! memory holds one wallet and the rows of the answer. Reads a snapshot and opens no write transaction.
//!
//! Must never know: how the answer is shown. What people will do meanwhile (pay, hold, change a price) is not in it.

use jiff::tz::TimeZone;

use crate::jobs::guard_forecast::{ForecastRun, Foreseen, GuardForecast};
use crate::model::day::{Day, Instant};
use crate::model::job::{Job, JobState, Occurrence};
use crate::model::money::Money;
use crate::model::name::Username;
use crate::rules::access;
use crate::rules::catch_up::{self, CatchUpError, CatchUpStep};
use crate::rules::decision::{self, BillEffect, Decision, DecisionCounts, RunMoment};
use crate::rules::messages::reminder;
use crate::rules::terms::Terms;
use crate::rules::wallet::Wallet;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// How many rows an outlook keeps, the earliest; what comes after is counted alone.
pub const ROWS_MAX: usize = 200_000;

/// How many occurrences an outlook looks at: a year of two daily jobs has 732.
pub const OCCURRENCES_MAX: usize = 5_000;

/// What a job will do to a subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// A debit is posted.
    Charge,
    /// The period moves on: what is due is settled, or free.
    Renew,
    /// Service resumes from the wallet.
    Resume,
    /// Service is cut off.
    Suspend,
    /// A reminder is queued.
    Remind,
}

impl Action {
    /// Returns the word for it, as `--json` prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Renew => "renew",
            Self::Resume => "resume",
            Self::Suspend => "suspend",
            Self::Remind => "remind",
        }
    }
}

/// An occurrence that will run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coming {
    /// Which job.
    pub job: Job,
    /// Its planned time.
    pub at: Instant,
    /// Of billing and reminders, the day that it is for; of disconnect, the newest day whose cut-off has come.
    pub day: Day,
    /// When it will run: a missed one now, all others at their time.
    pub runs_at: Instant,
    /// The civil day on which it will run.
    pub today: Day,
    /// The newest day whose 23:59 has come when it runs.
    pub last_cut_day: Day,
    /// How many its earlier parts have cut off, where it was interrupted.
    pub cut_already: u64,
}

impl Coming {
    /// Creates an occurrence that runs at `runs_at`, in the zone that it was planned in.
    #[must_use]
    pub fn new(job: Job, occurrence: Occurrence, runs_at: Instant, zone: &TimeZone) -> Self {
        let day = match job {
            Job::Disconnect => access::last_cut_day(occurrence.at, zone),
            Job::Billing | Job::Reminders | Job::Health | Job::Cleanup => occurrence.day(),
        };
        Self {
            job,
            at: occurrence.at,
            day,
            runs_at,
            today: runs_at.day_in(zone),
            last_cut_day: access::last_cut_day(runs_at, zone),
            cut_already: 0,
        }
    }

    /// Returns the run that `jobs run` starts at `now`.
    #[must_use]
    pub fn by_hand(job: Job, now: Instant, zone: &TimeZone) -> Self {
        let occurrence = Occurrence {
            civil: zone.to_datetime(now.timestamp()),
            at: now,
        };
        Self::new(job, occurrence, now, zone)
    }

    /// Returns the moment at which it decides; `held` says whether the guard holds it.
    #[must_use]
    pub const fn moment(&self, held: bool) -> RunMoment {
        RunMoment {
            job: self.job,
            day: self.day,
            now: self.runs_at,
            today: self.today,
            last_cut_day: self.last_cut_day,
            held,
        }
    }
}

/// Returns what a decision does to a subscriber, in order, with the amounts that it moves.
pub(super) fn actions(decided: &Decision) -> Vec<(Action, Money)> {
    match decided {
        Decision::Leave | Decision::Spare | Decision::NotReminded(_) => Vec::new(),
        Decision::Bill(bill) => {
            let mut actions: Vec<_> = bill.charges.iter().map(|amount| (Action::Charge, *amount)).collect();
            match bill.effect {
                BillEffect::Unchanged => {}
                BillEffect::Renewed => actions.push((Action::Renew, Money::ZERO)),
                BillEffect::Resumed => actions.push((Action::Resume, Money::ZERO)),
            }
            actions
        }
        Decision::Suspend(_) | Decision::WouldSuspend => vec![(Action::Suspend, Money::ZERO)],
        Decision::Remind(due) => vec![(Action::Remind, due.amount)],
    }
}

/// The coming occurrences.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ahead {
    /// In the order in which they will run.
    pub coming: Vec<Coming>,
    /// The first one that is left out, where there are more than [`OCCURRENCES_MAX`].
    pub ends_before: Option<Instant>,
}

/// Returns which occurrences of these jobs will run from `now` through `until`, those first that were missed; a paused
/// job has none, unless `even_paused`.
///
/// # Errors
/// When a stored schedule or zone cannot be read.
pub fn ahead(
    states: &[JobState],
    now: Instant,
    until: Instant,
    even_paused: bool,
    terms: &Terms,
) -> Result<Ahead, CatchUpError> {
    let mut states = states.to_vec();
    let mut ahead = Ahead::default();
    let mut at = now;
    loop {
        // Each turn accounts for something, or moves on to the next occurrence.
        while let Some((place, step)) = earliest(&states, at, even_paused, terms)? {
            let Some(state) = states.get_mut(place) else { break };
            if let CatchUpStep::Run { occurrence, zone, .. } = &step {
                if ahead.coming.len() >= OCCURRENCES_MAX {
                    ahead.ends_before = Some(occurrence.at);
                    return Ok(ahead);
                }
                let planned_in = TimeZone::get(zone).unwrap_or_else(|_| terms.zone.clone());
                let begun = state
                    .part
                    .filter(|part| part.planned_for == occurrence.at && !part.by_hand);
                ahead.coming.push(Coming {
                    cut_already: begun.map_or(0, |part| part.counts.of_disconnect().suspended),
                    ..Coming::new(state.job, *occurrence, at.max(occurrence.at), &planned_in)
                });
            }
            *state = catch_up::accounted(state, step.at());
        }
        let mut next: Option<Instant> = None;
        for state in &states {
            let occurrence = catch_up::next_occurrence(state, at)?;
            next = match (next, occurrence.map(|occurrence| occurrence.at)) {
                (Some(next), Some(at)) => Some(next.min(at)),
                (next, at) => next.or(at),
            };
        }
        match next {
            Some(next) if next <= until && next > at => at = next,
            _ => return Ok(ahead),
        }
    }
}

fn earliest(
    states: &[JobState],
    now: Instant,
    even_paused: bool,
    terms: &Terms,
) -> Result<Option<(usize, CatchUpStep)>, CatchUpError> {
    let mut earliest: Option<(usize, CatchUpStep)> = None;
    for (place, state) in states.iter().enumerate() {
        let step = catch_up::next_step(state, now, even_paused)?
            .map(|step| reminder::within_hours(state.job, step, now, &terms.zone, terms.templates.quiet));
        if let Some(step) = step
            && earliest.as_ref().is_none_or(|(_, other)| step.at() < other.at())
        {
            earliest = Some((place, step));
        }
    }
    Ok(earliest)
}

/// One thing that will happen to one subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlookRow {
    /// The occurrence, as its place among the coming ones.
    pub coming: usize,
    /// The subscriber, as a place among the forecast's names.
    who: usize,
    /// The action.
    pub action: Action,
    /// The amount; zero where no money moves.
    pub amount: Money,
}

/// How often something will happen, and for how much in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// How often.
    pub count: u64,
    /// The sum.
    pub amount: Money,
}

/// What the coming occurrences will do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outlook {
    /// What will happen, in order of time; at most [`ROWS_MAX`]. A subscriber whom held runs would cut off is listed at the
    /// first such run.
    pub rows: Vec<OutlookRow>,
    /// How many rows came after those.
    pub left_out: u64,
    /// What each job will count over all of its occurrences.
    pub counts: DecisionCounts,
    /// All charges.
    pub charged: Total,
    /// All periods that move on.
    pub renewed: u64,
    /// All who resume.
    pub resumed: u64,
    /// The guard's view of each occurrence. Rows of a held one tell whom it would have cut off.
    pub guard: Vec<Option<Foreseen>>,
    names: Vec<Username>,
}

impl Outlook {
    /// Returns whether a row belongs to a run that the guard would hold, so that it does not happen before it is
    /// approved.
    #[must_use]
    pub fn is_held(&self, row: &OutlookRow) -> bool {
        self.foreseen(row.coming).is_some_and(|foreseen| foreseen.held)
    }

    /// Returns the guard's view of an occurrence.
    #[must_use]
    pub fn foreseen(&self, coming: usize) -> Option<Foreseen> {
        self.guard.get(coming).copied().flatten()
    }

    /// Returns the username of a row.
    #[must_use]
    pub fn username(&self, row: &OutlookRow) -> &str {
        self.names.get(row.who).map_or("", Username::as_str)
    }

    fn add(&mut self, coming: usize, action: Action, amount: Money, who: usize) {
        match action {
            Action::Charge => {
                self.charged.count = self.charged.count.saturating_add(1);
                self.charged.amount = self.charged.amount.plus(amount).unwrap_or(self.charged.amount);
            }
            Action::Renew => self.renewed = self.renewed.saturating_add(1),
            Action::Resume => self.resumed = self.resumed.saturating_add(1),
            Action::Suspend | Action::Remind => {}
        }
        self.rows.push(OutlookRow {
            coming,
            who,
            action,
            amount,
        });
        if self.rows.len() >= ROWS_MAX.saturating_mul(2) {
            self.keep_earliest();
        }
    }

    /// Sorts by time and drops what is beyond the limit: later occurrences, then higher numbers, so that what stays is
    /// the beginning of the whole.
    fn keep_earliest(&mut self) {
        // Stable: the actions of one subscriber in one occurrence stay in their order.
        self.rows.sort_by_key(|row| (row.coming, row.who));
        let surplus = self.rows.len().saturating_sub(ROWS_MAX);
        self.left_out = self.left_out.saturating_add(u64::try_from(surplus).unwrap_or(u64::MAX));
        self.rows.truncate(ROWS_MAX);
    }
}

/// Returns what these occurrences, in this order, will do; `step` is called with how many subscribers are done, and of
/// how many.
///
/// # Errors
/// When the store cannot be read, or an amount would not fit.
pub fn outlook(
    reader: &Reader<'_>,
    terms: &Terms,
    coming: &[Coming],
    step: &mut dyn FnMut(u64, u64),
) -> Result<Outlook, StoreError> {
    let state = reader.state()?;
    let total = state.tallies.total();
    let mut guard_forecast = GuardForecast::new(coming.iter().map(|coming| ForecastRun {
        is_guarded: coming.job == Job::Disconnect,
        cut_already: coming.cut_already,
    }));
    loop {
        let mut outlook = Outlook::default();
        let mut seen = 0_u64;
        reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
            seen = seen.saturating_add(1);
            if seen.is_multiple_of(1_000) {
                step(seen, total);
            }
            let wallet = Wallet::new(subscriber, state.head, reader);
            fold(reader, &mut outlook, &mut guard_forecast, wallet, terms, coming)
        })?;
        outlook.guard = guard_forecast.foreseen(state.tallies.active);
        if !guard_forecast.learns(state.tallies.active, terms.max_share) {
            outlook.keep_earliest();
            return Ok(outlook);
        }
    }
}

/// Folds one subscriber over all occurrences.
fn fold(
    reader: &Reader<'_>,
    outlook: &mut Outlook,
    guard_forecast: &mut GuardForecast,
    mut wallet: Wallet<'_>,
    terms: &Terms,
    coming: &[Coming],
) -> Result<(), StoreError> {
    // Reminders that an earlier occurrence ahead queues.
    let mut told: Vec<(Day, u16)> = Vec::new();
    let mut known: Option<usize> = None;
    let mut told_as_held = false;
    for (place, occurrence) in coming.iter().enumerate() {
        // The rows of debits stay: they are what later occurrences must see. The entries were told.
        wallet.entries.clear();
        let decided = decision::decide(&mut wallet, terms, &occurrence.moment(guard_forecast.is_held(place)))?;
        let decided = decided.unless_queued(|due| -> Result<bool, StoreError> {
            let once = reminder::once(wallet.subscriber.id, due.day, due.days_before);
            Ok(told.contains(&(due.day, due.days_before)) || reader.queued_as(&once)?.is_some())
        })?;
        if let Decision::Remind(due) = decided {
            told.push((due.day, due.days_before));
        }
        outlook.counts.add(&decided);
        for (action, amount) in actions(&decided) {
            match action {
                Action::Suspend => {
                    guard_forecast.cuts(place);
                    // A subscriber of a held run is listed there, and not again with each run that is held after it.
                    if guard_forecast.is_held(place) && std::mem::replace(&mut told_as_held, true) {
                        continue;
                    }
                }
                Action::Resume => guard_forecast.resumes(place),
                Action::Charge | Action::Renew | Action::Remind => {}
            }
            let who = *known.get_or_insert_with(|| {
                outlook.names.push(wallet.subscriber.username.clone());
                outlook.names.len().saturating_sub(1)
            });
            outlook.add(place, action, amount, who);
        }
    }
    Ok(())
}
