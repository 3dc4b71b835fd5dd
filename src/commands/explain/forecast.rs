//! Forecasts what happens to one subscriber next, and what a payment would change.
//!
//! The forecast folds their wallet over the coming occurrences, with the same rules that decide the night; then does the same
//! after a payment, a release or a reopening that nobody has made, to show what would change it. Whether the guard holds the
//! run that would cut them off depends on all subscribers, who are read for it.

use serde::Serialize;

use crate::commands::explain::answer::Case;
use crate::commands::jobs::registry::{self, JobStanding};
use crate::jobs::context::SchedulerError;
use crate::jobs::plan::{self, Action, Ahead, Coming};
use crate::jobs::subscriber_forecast::{self, ForecastStep};
use crate::model::failure::Failure;
use crate::model::job::{Job, JobState};
use crate::model::name::{Reference, Source};
use crate::model::pending_approval::{PendingApproval, PendingWork};
use crate::model::subscriber::{State, Subscriber};
use crate::rules::access::{self, CutOffVerdict};
use crate::rules::payment::{self, Payment};
use crate::rules::wallet::{Moment, RuleError, Wallet};
use crate::rules::{manual_actions, settlement};

/// How many days the forecast covers: two months, and a year where nothing happens in them, so that an annual package shows its
/// next charge.
const DAYS_AHEAD: [i32; 2] = [62, 370];

/// How many days ahead it is worked out whether the guard would hold the run.
const GUARD_DAYS: i32 = 40;

/// How many coming events are shown.
const STAGES_MAX: usize = 3;

/// The actor of decisions that are only assumed.
const ACTOR: &str = "explain";

/// A coming event.
#[derive(Debug, Serialize)]
pub(crate) struct ComingEvent {
    /// The planned time of the run.
    pub(crate) at: String,
    job: &'static str,
    actions: Vec<&'static str>,
    /// What is charged.
    amount: String,
    state: &'static str,
    expires_on: Option<String>,
    /// The guard would hold the run: nobody is cut off before it is approved.
    held: bool,
    pub(crate) text: String,
}

/// Something that would change it.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    /// `pay`, `extend`, `release`, `reopen`, `package`, `approve`, `resume_job`, `clock`.
    pub(crate) by: &'static str,
    /// What would have to be paid.
    amount: Option<String>,
    /// Through which day they would be paid then.
    expires_on: Option<String>,
    pub(crate) text: String,
}

impl Change {
    const fn of(by: &'static str, text: String) -> Self {
        Self {
            by,
            amount: None,
            expires_on: None,
            text,
        }
    }
}

/// The coming events, and what would change them.
pub(crate) struct Forecast {
    pub(crate) next: Vec<ComingEvent>,
    pub(crate) would_change: Vec<Change>,
}

struct ForecastContext<'l, 'c> {
    case: &'l Case<'c>,
    coming: Vec<Coming>,
    moment: Moment<'static>,
}

/// Returns the forecast.
pub(crate) fn look(case: &Case<'_>) -> Result<Forecast, Failure> {
    let mut states = registry::states(case.reader, case.in_force, case.recorded.at)?;
    states.retain(|state| matches!(state.job, Job::Billing | Job::Disconnect));
    let mut look = ForecastContext {
        case,
        coming: Vec::new(),
        moment: Moment {
            today: case.recorded.today,
            ..case.in_force.terms.moment(case.recorded.at, ACTOR)
        },
    };
    let mut stages = Vec::new();
    for days in DAYS_AHEAD {
        look.see(&states, days)?;
        stages = look.stages(look.wallet()?)?;
        if !stages.is_empty() {
            break;
        }
    }
    let held = look.first_held(&stages)?;
    let mut next: Vec<ComingEvent> = stages
        .iter()
        .map(|stage| look.told(stage, held == Some(stage.place)))
        .collect();
    if let (Some(first), false) = (next.first_mut(), case.recorded.trusted) {
        first.text = format!("Once the clock is trusted: {}", small(&first.text));
    }
    Ok(Forecast {
        would_change: look.changes(&stages, held.is_some())?,
        next,
    })
}

impl<'c> ForecastContext<'_, 'c> {
    /// Finds the occurrences of the coming days.
    fn see(&mut self, states: &[JobState], days: i32) -> Result<(), Failure> {
        let terms = &self.case.in_force.terms;
        let until = self.case.recorded.today.plus_days(days).last_instant(&terms.zone);
        let Ahead { coming, .. } =
            plan::ahead(states, self.case.recorded.at, until, false, terms).map_err(SchedulerError::from)?;
        self.coming = coming;
        Ok(())
    }

    fn wallet(&self) -> Result<Wallet<'c>, Failure> {
        let head = self.case.reader.state()?.head;
        Ok(Wallet::new(self.case.subscriber.clone(), head, self.case.reader))
    }

    fn stages(&self, wallet: Wallet<'_>) -> Result<Vec<ForecastStep>, RuleError> {
        subscriber_forecast::stages(wallet, &self.case.in_force.terms, &self.coming, STAGES_MAX)
    }

    /// Returns the place of the run that would cut them off, where the guard would hold it.
    fn first_held(&self, stages: &[ForecastStep]) -> Result<Option<usize>, Failure> {
        let Some(cut) = stages.iter().find(|stage| stage.does(Action::Suspend)) else {
            return Ok(None);
        };
        if cut.coming.today > self.case.recorded.today.plus_days(GUARD_DAYS) {
            return Ok(None);
        }
        let through = self.coming.get(..=cut.place).unwrap_or(&self.coming);
        let all = plan::outlook(self.case.reader, &self.case.in_force.terms, through, &mut |_, _| {})?;
        Ok(all
            .foreseen(cut.place)
            .filter(|foreseen| foreseen.held)
            .map(|_| cut.place))
    }

    fn when(&self, coming: &Coming) -> String {
        if coming.runs_at <= self.case.recorded.at {
            format!("When the missed run of {} is caught up,", self.case.civil(coming.at))
        } else {
            format!("On {},", self.case.civil(coming.at))
        }
    }

    fn told(&self, stage: &ForecastStep, held: bool) -> ComingEvent {
        let after = &stage.after;
        let mut parts = Vec::new();
        if stage.does(Action::Charge) {
            parts.push(format!("{} is charged", self.case.amount(stage.charged())));
        }
        // What a wallet below zero settles, the credit limit allows.
        let payer = if after.balance.is_negative() {
            "the credit limit"
        } else {
            "the wallet"
        };
        if stage.does(Action::Resume) {
            parts.push(format!(
                "{payer} pays for a new period and brings them back{}",
                through(after)
            ));
        } else if stage.does(Action::Renew) && after.balance.is_negative() {
            parts.push(format!("it is settled on credit{}", through(after)));
        } else if stage.does(Action::Renew) {
            parts.push(format!("the wallet covers it{}", through(after)));
        } else if stage.does(Action::Charge) {
            parts.push(format!("{} of it is then missing", self.case.amount(stage.missing)));
        }
        if stage.does(Action::Suspend) {
            parts.push(if held {
                "their time is over, but too many would be cut off at once: the run waits for approval, and they \
                keep their service until then"
                    .to_owned()
            } else {
                "they are cut off unless they pay first".to_owned()
            });
        }
        let free = !stage.does(Action::Charge) && stage.does(Action::Renew);
        let text = if free && self.is_free() {
            format!(
                "{} their period moves on without a charge{}.",
                self.when(&stage.coming),
                through(after)
            )
        } else {
            format!("{} {}.", self.when(&stage.coming), parts.join("; "))
        };
        ComingEvent {
            at: stage.coming.at.rfc3339(),
            job: stage.coming.job.as_str(),
            actions: stage.actions.iter().map(|(action, _)| action.as_str()).collect(),
            amount: self.case.plain(stage.charged()),
            state: if held { "active" } else { after.state_word() },
            expires_on: after.period.expires_on.map(|day| day.to_string()),
            held,
            text,
        }
    }

    fn is_free(&self) -> bool {
        access::package_price(self.case.subscriber, &self.case.in_force.terms.policy).is_zero()
    }

    fn changes(&self, stages: &[ForecastStep], cut_is_held: bool) -> Result<Vec<Change>, Failure> {
        let subscriber = self.case.subscriber;
        let username = &subscriber.username;
        let mut all = Vec::new();
        if subscriber.state == State::Closed {
            all.push(self.reopening()?);
        } else if subscriber.hold.is_some() {
            all.push(self.release()?);
        } else {
            all.extend(self.paying(stages)?);
            let has_package = self
                .case
                .in_force
                .terms
                .policy
                .package(subscriber.profile.package.as_ref())
                .is_some();
            if !has_package {
                all.push(Change::of(
                    "package",
                    format!(
                        "Without a package they are not charged: `weir subscriber set {username} --package NAME` \
                        gives them one."
                    ),
                ));
            }
            if subscriber.state == State::Suspended {
                all.push(Change::of(
                    "extend",
                    format!(
                        "A promise to pay brings them back until a given day: `weir subscriber extend {username} \
                        --until DAY`."
                    ),
                ));
            }
        }
        all.extend(self.approval()?);
        if cut_is_held {
            all.push(Change::of(
                "approve",
                "That run will be held for approval: decide it with `weir approve`.".to_owned(),
            ));
        }
        all.extend(self.jobs_and_clock()?);
        Ok(all)
    }

    /// Returns what a payment now would do: of what is missing, or of what the next charge will lack.
    fn paying(&self, stages: &[ForecastStep]) -> Result<Option<Change>, Failure> {
        let subscriber = self.case.subscriber;
        let mut wallet = self.wallet()?;
        let missing = settlement::missing(&wallet, &self.case.in_force.terms.policy)?;
        let lacking = stages.iter().find(|stage| stage.missing.is_positive());
        let (amount, from) = if missing.is_positive() {
            (missing, 0)
        } else if let Some(stage) = lacking.filter(|_| subscriber.state == State::Active) {
            (stage.missing, stage.place)
        } else {
            return Ok(self.any_payment());
        };
        let result = payment::pay(
            &mut wallet,
            &self.case.in_force.terms.policy,
            &self.moment,
            &Payment {
                reference: Reference::new(ACTOR)
                    .map_err(|error| Failure::refused(error.to_string(), "report this as a bug in Weir"))?,
                amount,
                source: Source::own(ACTOR),
                made_on: self.case.recorded.today,
                comment: None,
            },
        )?;
        let money = self.case.amount(amount);
        let mut through_day = wallet.subscriber.period.expires_on;
        let text = if result.resumed {
            format!(
                "A payment of {money} now brings them back at once, paid{}.",
                through(&wallet.subscriber)
            )
        } else if result.settled > 0 {
            format!(
                "A payment of {money} now settles the charge: paid{}.",
                through(&wallet.subscriber)
            )
        } else if missing.is_positive() {
            format!("A payment of {money} now settles nothing yet and stays in the wallet.")
        } else {
            let later = self.stages(wallet)?;
            // The charge that would lack it, which is not the next one where the wallet covers that.
            let covered = |stage: &&ForecastStep| stage.place >= from && stage.does(Action::Renew);
            let Some(renewed) = later.iter().find(covered) else {
                return Ok(None);
            };
            through_day = renewed.after.period.expires_on;
            format!(
                "A payment of {money} now covers what that charge would lack: service goes on{}.",
                through(&renewed.after)
            )
        };
        Ok(Some(Change {
            amount: Some(self.case.plain(amount)),
            expires_on: through_day.map(|day| day.to_string()),
            ..Change::of("pay", text)
        }))
    }

    /// Returns what any payment does for one whom the credit limit would bring back, and to whom no entry has come since.
    fn any_payment(&self) -> Option<Change> {
        let subscriber = self.case.subscriber;
        let price = access::package_price(subscriber, &self.case.in_force.terms.policy);
        let waits = subscriber.state == State::Suspended && subscriber.outstanding.is_empty() && price.is_positive();
        waits.then(|| {
            Change::of(
                "pay",
                format!(
                    "Any payment now brings them back at once: {} is charged, and the credit limit allows what is \
                    missing of it.",
                    self.case.amount(price)
                ),
            )
        })
    }

    fn release(&self) -> Result<Change, Failure> {
        let mut wallet = self.wallet()?;
        manual_actions::release(&mut wallet, &self.case.in_force.terms.policy, &self.moment)?;
        let text = format!(
            "Releasing the hold (`weir subscriber release {0}`) leaves them {1}{2}.",
            self.case.subscriber.username,
            wallet.subscriber.state_word(),
            self.and_missing(&wallet)?
        );
        Ok(Change {
            expires_on: wallet.subscriber.period.expires_on.map(|day| day.to_string()),
            ..Change::of("release", text)
        })
    }

    fn reopening(&self) -> Result<Change, Failure> {
        let mut wallet = self.wallet()?;
        manual_actions::reopen(&mut wallet, &self.case.in_force.terms.policy, &self.moment)?;
        let text = format!(
            "Reopening (`weir subscriber reopen {0}`) leaves them {1}{2}.",
            self.case.subscriber.username,
            wallet.subscriber.state_word(),
            self.and_missing(&wallet)?
        );
        Ok(Change {
            expires_on: wallet.subscriber.period.expires_on.map(|day| day.to_string()),
            ..Change::of("reopen", text)
        })
    }

    /// Returns through when they would be paid, or what would still be missing.
    fn and_missing(&self, wallet: &Wallet<'_>) -> Result<String, Failure> {
        let missing = settlement::missing(wallet, &self.case.in_force.terms.policy)?;
        Ok(if missing.is_positive() {
            format!(", with {} missing", self.case.amount(missing))
        } else if wallet.subscriber.state == State::Active && wallet.subscriber.period.expires_on.is_some() {
            format!(", paid{}", through(&wallet.subscriber))
        } else {
            String::new()
        })
    }

    /// Returns what waits for approval and would cut them off.
    fn approval(&self) -> Result<Vec<Change>, Failure> {
        let mut all = Vec::new();
        for held in self.case.reader.all_held()? {
            if self.would_cut(&held)? {
                let word = held.work.word();
                all.push(Change::of(
                    "approve",
                    format!(
                        "{} has been waiting since {} and would cut them off: `weir approve {word}` cuts them off \
                        unless they have paid, `weir approve {word} --refuse TEXT` spares them.",
                        capital(&held.work.words()),
                        self.case.civil(held.since)
                    ),
                ));
            }
        }
        Ok(all)
    }

    /// Returns whether approving this would cut them off in their present state.
    fn would_cut(&self, held: &PendingApproval) -> Result<bool, Failure> {
        let mut listed = false;
        self.case
            .reader
            .each_held_cut(&held.work.word(), |_, id| -> Result<(), Failure> {
                listed |= id == self.case.subscriber.id;
                Ok(())
            })?;
        let terms = &self.case.in_force.terms;
        Ok(match &held.work {
            PendingWork::Disconnect { last_cut_day, .. } => {
                access::verdict(self.case.subscriber, &terms.policy, terms.grace_days, *last_cut_day)
                    == CutOffVerdict::Suspend
            }
            PendingWork::Reconcile { .. } | PendingWork::Import { .. } => listed,
        })
    }

    fn jobs_and_clock(&self) -> Result<Vec<Change>, Failure> {
        let mut all = Vec::new();
        for job in registry::gather(
            self.case.appliance,
            self.case.reader,
            self.case.in_force,
            self.case.recorded.at,
        )? {
            let concerns = matches!(job.job, Some(Job::Billing | Job::Disconnect));
            let paused = matches!(job.standing, JobStanding::PausedByCommand | JobStanding::PausedByFile);
            if concerns && paused {
                all.push(Change::of(
                    "resume_job",
                    format!(
                        "Job `{0}` is paused: `weir jobs resume {0}` resumes it.",
                        job.config.name
                    ),
                ));
            }
        }
        if !self.case.recorded.trusted {
            let trust = self.case.appliance.trust()?;
            all.push(Change::of(
                "clock",
                format!(
                    "Nobody is charged or cut off until the clock is trusted: {}; {}.",
                    trust.reason_in(&self.case.in_force.terms.zone),
                    trust.way_out()
                ),
            ));
        }
        Ok(all)
    }
}

fn through(subscriber: &Subscriber) -> String {
    subscriber
        .period
        .expires_on
        .map_or_else(String::new, |end| format!(" through {end}"))
}

fn small(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
