//! Jobs, their runs and what these counted.

use weir::model::day::Instant;
use weir::model::job::{
    BillingCounts, CleanupCounts, Counts, DisconnectCounts, HealthCounts, Job, JobState, Outcome, RemindersCounts, Run,
    RunId, RunPart, ScheduleEpoch,
};
use weir::model::subscriber::SubscriberId;

#[test]
fn runs() {
    record!(Run {
        id: RunId(1) => "01",
        job: Job::Disconnect => "01",
        planned_for: Instant::from_millis(2) => "04",
        to: Some(Instant::from_millis(3)) => "01 06",
        count: 4 => "04",
        started_at: Some(Instant::from_millis(5)) => "01 0a",
        finished_at: Some(Instant::from_millis(6)) => "01 0c",
        outcome: Outcome::Failed => "01",
        counts: Counts::Disconnect(DisconnectCounts { suspended: 7, covered: 8 }) => "02 07 08",
        error: Some("no".to_owned()) => "01 02 6e 6f",
        by_hand: true => "01",
    });
    record!(Run {
        id: RunId(1) => "01",
        job: Job::Billing => "00",
        planned_for: Instant::from_millis(2) => "04",
        to: None => "00",
        count: 1 => "01",
        started_at: None => "00",
        finished_at: None => "00",
        outcome: Outcome::Done => "00",
        counts: Counts::None => "00",
        error: None => "00",
        by_hand: false => "00",
    });
    kinds!(Job {
        Billing => "00",
        Disconnect => "01",
        Reminders => "02",
        Health => "03",
        Cleanup => "04",
    });
    kinds!(Outcome {
        Done => "00",
        Failed => "01",
        CaughtUp => "02",
        Collapsed => "03",
        Skipped => "04",
        Waiting => "05",
    });
}

#[test]
fn counts() {
    let billing = BillingCounts {
        charged: 1,
        settled: 2,
        skipped: 3,
        free: 4,
        without_package: 5,
        resumed: 6,
    };
    let disconnect = DisconnectCounts {
        suspended: 1,
        covered: 2,
    };
    let reminders = RemindersCounts {
        queued: 1,
        skipped: 2,
        covered: 3,
        without_phone: 4,
        repeated: 5,
        without_gateway: 6,
    };
    let health = HealthCounts {
        probed: 1,
        up: 2,
        down: 3,
    };
    let cleanup = CleanupCounts {
        archived: 1,
        deleted: 2,
        freed_bytes: 3,
    };
    kinds!(Counts {
        Counts::None = Counts::None => "00",
        Counts::Billing(_) = Counts::Billing(billing) => "01 01 02 03 04 05 06",
        Counts::Disconnect(_) = Counts::Disconnect(disconnect) => "02 01 02",
        Counts::Reminders(_) = Counts::Reminders(reminders) => "03 01 02 03 04 05 06",
        Counts::Health(_) = Counts::Health(health) => "04 01 02 03",
        Counts::Cleanup(_) = Counts::Cleanup(cleanup) => "05 01 02 03",
    });
}

#[test]
fn states_of_jobs() {
    record!(JobState {
        job: Job::Cleanup => "04",
        eras: vec![
            ScheduleEpoch {
                schedule: "5".to_owned(),
                zone: "z".to_owned(),
                paused: true,
                after: Instant::from_millis(1),
                until: Some(Instant::from_millis(2)),
            },
            ScheduleEpoch {
                schedule: "6".to_owned(),
                zone: "y".to_owned(),
                paused: false,
                after: Instant::from_millis(3),
                until: None,
            },
        ] => "02 01 35 01 7a 01 02 01 04 01 36 01 79 00 06 00",
        paused_by_command: true => "01",
        part: Some(RunPart {
            run: RunId(1),
            planned_for: Instant::from_millis(2),
            started_at: Instant::from_millis(3),
            done_through: SubscriberId(4),
            counts: Counts::None,
            by_hand: true,
        }) => "01 01 04 06 04 00 01",
        last_run: Some(RunId(9)) => "01 09",
    });
    record!(JobState {
        job: Job::Health => "03",
        eras: vec![] => "00",
        paused_by_command: false => "00",
        part: None => "00",
        last_run: None => "00",
    });
    record!(ScheduleEpoch {
        schedule: "59 23 * * *".to_owned() => "0b 35 39 20 32 33 20 2a 20 2a 20 2a",
        zone: "UTC".to_owned() => "03 55 54 43",
        paused: true => "01",
        after: Instant::from_millis(1_796_000_000_000) => "fd 00 50 e2 53 44 03 00 00",
        until: Some(Instant::from_millis(2)) => "01 04",
    });
    record!(ScheduleEpoch {
        schedule: "5".to_owned() => "01 35",
        zone: "z".to_owned() => "01 7a",
        paused: false => "00",
        after: Instant::from_millis(1) => "02",
        until: None => "00",
    });
    record!(RunPart {
        run: RunId(1) => "01",
        planned_for: Instant::from_millis(2) => "04",
        started_at: Instant::from_millis(3) => "06",
        done_through: SubscriberId(4) => "04",
        counts: Counts::Disconnect(DisconnectCounts { suspended: 5, covered: 6 }) => "02 05 06",
        by_hand: true => "01",
    });
}
