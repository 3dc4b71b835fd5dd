//! Which occurrence has to be accounted for next, and how: a table of cases, and the law that each occurrence is accounted
//! for exactly once, in order.

use jiff::tz::TimeZone;
use proptest::prelude::*;
use weir::model::day::Instant;
use weir::model::job::Stretch;
use weir::model::job::{CatchUp, Counts, Job, JobState, RunId, RunPart};
use weir::model::subscriber::SubscriberId;
use weir::rules::catch_up::{self, CatchUpStep};

const NAIROBI: &str = "Africa/Nairobi";
const DAILY: &str = "5 0 * * *";

/// An instant of Nairobi, three hours ahead of UTC.
fn at(text: &str) -> Instant {
    Instant::from_timestamp(format!("{}:00+03:00", text.replacen(' ', "T", 1)).parse().unwrap())
}

fn new(job: Job, schedule: &str, now: &str) -> JobState {
    catch_up::adopt(None, job, schedule, NAIROBI, true, at(now))
}

fn adopted(state: &JobState, schedule: &str, enabled: bool, now: &str) -> JobState {
    catch_up::adopt(Some(state), state.job, schedule, NAIROBI, enabled, at(now))
}

fn by_command(state: &JobState, paused: bool, now: &str) -> JobState {
    let state = JobState {
        paused_by_command: paused,
        ..state.clone()
    };
    let schedule = state.eras.last().unwrap().schedule.clone();
    catch_up::adopt(Some(&state), state.job, &schedule, NAIROBI, true, at(now))
}

/// A step in short: `run 02 00:05`, `late 02 00:05` for one caught up, `collapse 02 00:05..03 00:05 x2`.
fn short(step: &CatchUpStep) -> String {
    let zone = TimeZone::get(NAIROBI).unwrap();
    let text = |at: Instant| zone.to_datetime(at.timestamp()).strftime("%d %H:%M").to_string();
    let stretch = |word: &str, stretch: &Stretch| {
        format!("{word} {}..{} x{}", text(stretch.from), text(stretch.to), stretch.count)
    };
    match step {
        CatchUpStep::Run {
            occurrence, caught_up, ..
        } => format!("{} {}", if *caught_up { "late" } else { "run" }, text(occurrence.at)),
        CatchUpStep::Collapse(stretched) => stretch("collapse", stretched),
        CatchUpStep::Skip(stretched, reason) => stretch(reason, stretched),
    }
}

/// All steps at this moment, in order, each accounted for.
fn steps(state: &mut JobState, now: Instant, even_paused: bool) -> Vec<CatchUpStep> {
    let mut all = Vec::new();
    while let Some(step) = catch_up::next_step(state, now, even_paused).unwrap() {
        *state = catch_up::accounted(state, step.at());
        all.push(step);
        assert!(all.len() < 10_000, "the steps do not end");
    }
    all
}

fn told(state: &JobState, now: &str) -> Vec<String> {
    steps(&mut state.clone(), at(now), false).iter().map(short).collect()
}

#[test]
fn nothing_planned_before_a_job_began_exists() {
    for job in Job::ALL {
        let state = new(job, DAILY, "2026-12-01 12:00");
        assert_eq!(told(&state, "2026-12-02 00:04"), Vec::<String>::new(), "{job}");
        let next = catch_up::next_occurrence(&state, at("2026-12-01 12:00"))
            .unwrap()
            .unwrap();
        assert_eq!(next.at, at("2026-12-02 00:05"), "{job}");
    }
}

#[test]
fn an_occurrence_that_has_come_runs_whatever_the_policy() {
    for job in Job::ALL {
        let state = new(job, DAILY, "2026-12-01 12:00");
        assert_eq!(told(&state, "2026-12-02 00:05"), ["run 02 00:05"], "{job}");
        assert_eq!(told(&state, "2026-12-02 00:06"), ["run 02 00:05"], "{job}");
    }
}

#[test]
fn missed_occurrences_are_made_good_by_each_policy() {
    let cases: [(Job, &str, &str, &[&str]); 8] = [
        (
            Job::Billing,
            DAILY,
            "2026-12-04 12:00",
            &["late 02 00:05", "late 03 00:05", "late 04 00:05"],
        ),
        (
            Job::Disconnect,
            DAILY,
            "2026-12-04 12:00",
            &["collapse 02 00:05..03 00:05 x2", "late 04 00:05"],
        ),
        (Job::Disconnect, DAILY, "2026-12-02 12:00", &["late 02 00:05"]),
        (
            Job::Cleanup,
            DAILY,
            "2026-12-03 12:00",
            &["collapse 02 00:05..02 00:05 x1", "late 03 00:05"],
        ),
        (
            Job::Reminders,
            DAILY,
            "2026-12-04 12:00",
            &["missed 02 00:05..03 00:05 x2", "late 04 00:05"],
        ),
        // The newest is of yesterday: nobody is reminded.
        (
            Job::Reminders,
            "5 9 * * *",
            "2026-12-04 08:00",
            &["missed 02 09:05..03 09:05 x2"],
        ),
        (
            Job::Health,
            DAILY,
            "2026-12-04 12:00",
            &["missed 02 00:05..04 00:05 x3"],
        ),
        (
            Job::Health,
            DAILY,
            "2026-12-04 00:06",
            &["missed 02 00:05..03 00:05 x2", "run 04 00:05"],
        ),
    ];
    for (job, schedule, now, expected) in cases {
        let state = new(job, schedule, "2026-12-01 12:00");
        assert_eq!(told(&state, now), expected, "{job} at {now}");
    }
}

#[test]
fn a_pause_is_skipped_and_what_was_missed_before_it_is_made_good_at_resume() {
    for (job, expected) in [
        (
            Job::Billing,
            vec![
                "late 02 00:05",
                "late 03 00:05",
                "paused 04 00:05..05 00:05 x2",
                "late 06 00:05",
            ],
        ),
        (
            Job::Disconnect,
            vec![
                "collapse 02 00:05..03 00:05 x2",
                "paused 04 00:05..05 00:05 x2",
                "late 06 00:05",
            ],
        ),
    ] {
        let state = new(job, DAILY, "2026-12-01 12:00");
        let state = by_command(&state, true, "2026-12-03 12:00");
        assert_eq!(
            told(&state, "2026-12-05 12:00"),
            Vec::<String>::new(),
            "a paused job waits"
        );
        assert_eq!(catch_up::next_occurrence(&state, at("2026-12-05 12:00")).unwrap(), None);
        let state = by_command(&state, false, "2026-12-05 12:00");
        assert_eq!(told(&state, "2026-12-06 12:00"), expected, "{job}");
    }
}

#[test]
fn a_single_run_of_before_the_pause_is_made_good_where_none_came_after_it() {
    let state = new(Job::Disconnect, DAILY, "2026-12-01 12:00");
    let state = by_command(&state, true, "2026-12-03 12:00");
    let state = by_command(&state, false, "2026-12-05 12:00");
    assert_eq!(
        told(&state, "2026-12-05 13:00"),
        [
            "collapse 02 00:05..02 00:05 x1",
            "late 03 00:05",
            "paused 04 00:05..05 00:05 x2"
        ]
    );
}

#[test]
fn a_pause_by_command_outlives_the_file() {
    let state = new(Job::Billing, DAILY, "2026-12-01 12:00");
    let state = by_command(&state, true, "2026-12-01 13:00");
    let state = adopted(&state, "5 1 * * *", true, "2026-12-02 13:00");
    assert!(state.paused_by_command);
    assert_eq!(told(&state, "2026-12-04 12:00"), Vec::<String>::new());
}

#[test]
fn what_was_missed_until_a_change_of_the_schedule_follows_the_old_one() {
    let state = new(Job::Billing, DAILY, "2026-12-01 12:00");
    let state = adopted(&state, "30 6 * * *", true, "2026-12-03 05:00");
    assert_eq!(
        told(&state, "2026-12-04 12:00"),
        ["late 02 00:05", "late 03 00:05", "late 03 06:30", "late 04 06:30"]
    );
    assert_eq!(adopted(&state, "30 6 * * *", true, "2026-12-03 06:00"), state);
}

#[test]
fn a_run_by_hand_makes_good_what_was_missed_even_while_paused() {
    let state = new(Job::Billing, DAILY, "2026-12-01 12:00");
    let mut state = by_command(&state, true, "2026-12-03 12:00");
    let made: Vec<String> = steps(&mut state, at("2026-12-05 12:00"), true)
        .iter()
        .map(short)
        .collect();
    assert_eq!(made, ["late 02 00:05", "late 03 00:05"]);
}

#[test]
fn a_history_has_what_is_open_with_pauses_marked() {
    let state = new(Job::Billing, DAILY, "2026-12-01 12:00");
    let state = by_command(&state, true, "2026-12-03 12:00");
    let open = catch_up::open_stretches(&state, at("2026-12-05 12:00")).unwrap();
    let told: Vec<(u32, bool)> = open.iter().map(|(stretch, pause)| (stretch.count, *pause)).collect();
    assert_eq!(told, [(2, false), (2, true)]);
}

/// What happens between two moments of a story.
#[derive(Debug, Clone, Copy)]
enum Event {
    Dark,
    Work,
    Pause,
    Resume,
    Reschedule { hour: u8, minute: u8 },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Dark),
        4 => Just(Event::Work),
        1 => Just(Event::Pause),
        2 => Just(Event::Resume),
        1 => (0..24_u8, 0..60_u8).prop_map(|(hour, minute)| Event::Reschedule { hour, minute }),
    ]
}

/// The model's own count of daily times in Nairobi: no cron, no zone, no eras of the product.
fn daily(hour: u8, minute: u8, after: i64, until: i64) -> Vec<i64> {
    const DAY_MS: i64 = 86_400_000;
    let offset = (i64::from(hour) * 60 + i64::from(minute)) * 60_000 - 3 * 3_600_000;
    let first = (after - offset).div_euclid(DAY_MS);
    (first..=first + 4_000)
        .map(|number| number * DAY_MS + offset)
        .skip_while(|at| *at <= after)
        .take_while(|at| *at <= until)
        .collect()
}

/// How an occurrence was accounted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Ran,
    Collapsed,
    Skipped,
}

/// Accounts for all steps of a moment against the occurrences that the model says are open.
fn account(open: &mut Vec<(i64, bool)>, steps: &[CatchUpStep]) -> Vec<(i64, bool, Fate)> {
    let mut found = Vec::new();
    for step in steps {
        let (from, to, count, fate) = match step {
            CatchUpStep::Run { occurrence, .. } => (occurrence.at, occurrence.at, 1, Fate::Ran),
            CatchUpStep::Collapse(stretch) => (stretch.from, stretch.to, stretch.count, Fate::Collapsed),
            CatchUpStep::Skip(stretch, _) => (stretch.from, stretch.to, stretch.count, Fate::Skipped),
        };
        let count = usize::try_from(count).unwrap();
        assert!(open.len() >= count, "more is accounted for than has come");
        let taken: Vec<(i64, bool)> = open.drain(..count).collect();
        assert_eq!(
            taken.first().unwrap().0,
            from.millis(),
            "not in order, or an occurrence is left out"
        );
        assert_eq!(taken.last().unwrap().0, to.millis());
        found.extend(taken.into_iter().map(|(at, paused)| (at, paused, fate)));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is paused, changed and dark: every occurrence is accounted for exactly once, in order of time; those of a
    /// pause are skipped, all others run or, by a policy of one run for all, collapse into the newest.
    #[test]
    fn every_occurrence_is_accounted_for_exactly_once(
        story in proptest::collection::vec((1..100_u32, event()), 1..50),
        every in any::<bool>(),
    ) {
        let job = if every { Job::Billing } else { Job::Disconnect };
        let mut now = at("2026-12-01 12:00");
        let (mut hour, mut minute, mut paused) = (0_u8, 5_u8, false);
        let mut state = new(job, DAILY, "2026-12-01 12:00");
        // What has come and is not accounted for, by the model: when, and whether in a pause.
        let mut open: Vec<(i64, bool)> = Vec::new();
        let mut seen_until = now.millis();
        let ending = [(30, Event::Resume), (1, Event::Work)];
        for (hours, event) in story.into_iter().chain(ending) {
            now = now.plus_millis(i64::from(hours) * 3_600_000);
            open.extend(daily(hour, minute, seen_until, now.millis()).into_iter().map(|at| (at, paused)));
            seen_until = now.millis();
            match event {
                Event::Dark => {}
                Event::Pause => paused = true,
                Event::Resume => paused = false,
                Event::Reschedule { hour: new_hour, minute: new_minute } => (hour, minute) = (new_hour, new_minute),
                Event::Work => {
                    let made = account(&mut open, &steps(&mut state, now, false));
                    prop_assert!(paused || open.is_empty(), "left open: {open:?}");
                    prop_assert!(!paused || made.is_empty(), "a paused job acted");
                    let newest = made.iter().rev().find(|(_, pause, _)| !pause).map(|(at, _, _)| *at);
                    for (at, pause, fate) in &made {
                        let expected = match (pause, job.catch_up()) {
                            (true, _) => Fate::Skipped,
                            (false, CatchUp::Once) if Some(*at) != newest => Fate::Collapsed,
                            (false, _) => Fate::Ran,
                        };
                        prop_assert_eq!(*fate, expected, "at {}", Instant::from_millis(*at).rfc3339());
                    }
                }
            }
            let schedule = format!("{minute} {hour} * * *");
            state.paused_by_command = paused;
            state = catch_up::adopt(Some(&state), job, &schedule, NAIROBI, true, now);
        }
        prop_assert!(open.is_empty());
    }
}

#[test]
fn set_back_nothing_is_accounted_for_beyond_now_and_the_coming_nights_run() {
    // The night before a change of schedule is still to come; a wrong clock has lived through two months after it.
    let state = new(Job::Billing, DAILY, "2026-12-01 12:00");
    let state = adopted(&state, "30 1 * * *", true, "2026-12-02 12:00");
    let mut ahead = adopted(&state, DAILY, true, "2027-01-15 12:00");
    steps(&mut ahead, at("2027-02-01 12:00"), false);
    assert_eq!(
        told(&catch_up::set_back(&ahead, at("2026-12-03 12:00")), "2026-12-05 12:00"),
        ["late 04 00:05", "late 05 00:05"]
    );
    // What was not accounted for before now stays so, by the schedule of its time.
    let back = catch_up::set_back(
        &adopted(&state, DAILY, true, "2027-01-15 12:00"),
        at("2026-12-03 12:00"),
    );
    assert_eq!(
        told(&back, "2026-12-04 12:00"),
        ["late 02 00:05", "late 03 01:30", "late 04 00:05"]
    );
    assert_eq!(back.eras.len(), 3);
    assert_eq!(catch_up::accounted_through(&back), Some(at("2026-12-03 12:00")));
    // A state that is not ahead stays as it is; so does a pause.
    assert_eq!(catch_up::set_back(&state, at("2026-12-03 12:00")), state);
    let paused = by_command(&ahead, true, "2027-02-01 13:00");
    let back = catch_up::set_back(&paused, at("2026-12-03 12:00"));
    assert_eq!(told(&back, "2026-12-08 12:00"), Vec::<String>::new());
    assert_eq!(back.eras.len(), 1);
}

#[test]
fn a_run_that_a_wrong_clock_began_is_not_gone_on_with() {
    let part = |planned: &str| RunPart {
        run: RunId(7),
        planned_for: at(planned),
        started_at: at(planned),
        done_through: SubscriberId(3),
        counts: Counts::None,
        by_hand: false,
    };
    for (planned, kept) in [("2026-12-03 00:05", true), ("2027-02-01 00:05", false)] {
        let state = JobState {
            part: Some(part(planned)),
            ..new(Job::Billing, DAILY, "2026-12-01 12:00")
        };
        let back = catch_up::set_back(&state, at("2026-12-03 12:00"));
        assert_eq!(back.part.is_some(), kept, "{planned}");
    }
}
