//! Runs the jobs when they are due: the scheduler's thread.
//!
//! The scheduler's thread compares the civil time twice a second rather than sleep until a target, since clocks step. What is
//! due next is remembered, so that an idle second does not read the store; it is worked out again on a wake-up, when the clock
//! has stepped, when that time has come, and once a minute anyway. Must never know what a job does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant as Stopwatch};

use crate::appliance::core::Appliance;
use crate::commands::dispatch::Commands;
use crate::model::day::Instant;
use crate::service::systemd;
use crate::service::textfile::Textfile;
use crate::service::wake_ups::Waker;

/// Milliseconds between two comparisons of the clock.
const TICK_MS: u64 = 500;

/// Milliseconds by which the clock and the stopwatch may differ between two ticks; more is a step.
const STEP_MS: i64 = 2_000;

/// Seconds after which the store is read although nothing calls for it.
const LOOK_ANYWAY_S: u64 = 60;

/// Seconds to wait where a check has left something due (the clock is not trusted, or the store fails).
const REST_S: u64 = 10;

/// Decides when to read the store.
#[derive(Debug)]
struct TickerState {
    /// What the clock showed at the last tick, and the stopwatch's reading then.
    last: Option<(Instant, Duration)>,
    /// When something is due next.
    due: Option<Instant>,
    /// The stopwatch's reading until which a due time is ignored.
    rest_until: Duration,
    /// The stopwatch's reading at the last check.
    looked: Option<Duration>,
}

impl TickerState {
    const fn new() -> Self {
        Self {
            last: None,
            due: None,
            rest_until: Duration::ZERO,
            looked: None,
        }
    }

    /// Returns whether to check now: the clock shows `now`, the stopwatch `elapsed`.
    fn calls(&mut self, now: Instant, elapsed: Duration, rung: bool) -> bool {
        let stepped = self.last.is_some_and(|(then, before)| {
            let ran = i64::try_from(elapsed.saturating_sub(before).as_millis()).unwrap_or(i64::MAX);
            let shown = now.millis_since(then);
            shown.saturating_sub(ran).saturating_abs() > STEP_MS
        });
        if stepped {
            tracing::info!(now = %now.rfc3339(), "the clock has stepped");
        }
        self.last = Some((now, elapsed));
        let long_ago = self
            .looked
            .is_none_or(|looked| elapsed.saturating_sub(looked) >= Duration::from_secs(LOOK_ANYWAY_S));
        let come = self.due.is_some_and(|due| now >= due) && elapsed >= self.rest_until;
        rung || stepped || long_ago || come
    }

    /// Notes what a check has found to be due next; `None` when it could not be found out, or nothing is.
    fn looked(&mut self, now: Instant, elapsed: Duration, due: Option<Instant>) {
        self.looked = Some(elapsed);
        self.due = due;
        self.rest_until = match due {
            Some(due) if now >= due => elapsed.saturating_add(Duration::from_secs(REST_S)),
            Some(_) | None => Duration::ZERO,
        };
    }
}

/// How much the routers have said about the time so far: jobs that wait for the clock are checked when more is heard.
#[derive(Debug, Default)]
struct Answers {
    news: u64,
    asking: bool,
}

impl Answers {
    /// Returns whether something new was heard since the last time, or the wait for the first answers has ended.
    fn are_new(&mut self, appliance: &Appliance) -> bool {
        let (news, asking) = (appliance.keeper.news(), appliance.keeper.is_asking());
        let new = news != self.news || (self.asking && !asking);
        (self.news, self.asking) = (news, asking);
        new
    }
}

/// Runs what becomes due until `stopping` is set (and the thread woken).
pub(crate) fn run(commands: &Commands, waker: &Waker, stopping: &AtomicBool) {
    let began = Stopwatch::now();
    let mut watch = TickerState::new();
    let mut told = None;
    let mut rung = false;
    let mut answers = Answers::default();
    let mut textfile = Textfile::default();
    while !stopping.load(Ordering::Acquire) {
        rung |= answers.are_new(commands);
        if watch.calls(commands.clock.now(), began.elapsed(), rung) {
            let due = look(commands);
            watch.looked(commands.clock.now(), began.elapsed(), due);
            // A site whose jobs have not started is reported once the time sources were asked.
            let too_early = due.is_none() && commands.keeper.is_asking();
            if told != Some(due) && !too_early {
                told = Some(due);
                tell(commands, due);
            }
        }
        textfile.keep(commands, began.elapsed());
        rung = waker.listen(Duration::from_millis(TICK_MS));
    }
    textfile.end();
}

fn look(commands: &Commands) -> Option<Instant> {
    if let Err(error) = commands.work_off() {
        tracing::warn!(%error, "due jobs failed; they will be tried again");
    }
    match commands.next_due() {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "the time of the next job could not be determined");
            // Due now, that is, after the wait.
            Some(commands.clock.now())
        }
    }
}

fn tell(commands: &Commands, due: Option<Instant>) {
    match due {
        Some(due) => {
            let when = due.minute_in(&commands.in_force().terms.zone);
            systemd::status(&format!("the next job is due at {when}"));
        }
        None => systemd::status("no job is planned"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: i64) -> Instant {
        Instant::from_millis(1_800_000_000_000 + seconds * 1000)
    }

    const fn e(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_idle_second_looks_at_nothing_and_the_due_time_is_met() {
        let mut watch = TickerState::new();
        assert!(watch.calls(s(0), e(0), false), "the first look");
        watch.looked(s(0), e(0), Some(s(30)));
        for second in 1_i64..30 {
            let elapsed = second.unsigned_abs();
            assert!(!watch.calls(s(second), e(elapsed), false), "second {second}");
        }
        assert!(watch.calls(s(30), e(30), false));
    }

    #[test]
    fn a_step_of_the_clock_and_the_bell_call_for_a_look() {
        let mut watch = TickerState::new();
        watch.calls(s(0), e(0), false);
        watch.looked(s(0), e(0), Some(s(100_000)));
        assert!(!watch.calls(s(3), e(1), false), "two seconds are no step");
        assert!(watch.calls(s(7), e(2), false), "forwards");
        watch.looked(s(7), e(2), Some(s(100_000)));
        assert!(watch.calls(s(4), e(3), false), "back");
        watch.looked(s(4), e(3), Some(s(100_000)));
        assert!(!watch.calls(s(5), e(4), false));
        assert!(watch.calls(s(6), e(5), true), "the bell");
    }

    #[test]
    fn a_minute_without_a_look_calls_for_one_although_nothing_is_planned() {
        let mut watch = TickerState::new();
        watch.calls(s(0), e(0), false);
        watch.looked(s(0), e(0), None);
        assert!((1..60).all(|second: u32| !watch.calls(s(second.into()), e(second.into()), false)));
        assert!(watch.calls(s(60), e(60), false));
    }

    #[test]
    fn what_stays_due_after_a_look_waits_for_the_rest_to_end() {
        let mut watch = TickerState::new();
        watch.calls(s(0), e(0), false);
        watch.looked(s(0), e(0), Some(s(-5)));
        assert!((1..10).all(|second: u32| !watch.calls(s(second.into()), e(second.into()), false)));
        assert!(watch.calls(s(10), e(10), false));
    }
}
