//! A stop in the middle of a run: the part that is being written ends, the next start goes on after it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use weir::clock::Clock;
use weir::clock::kernel::KernelSays;
use weir::commands::Silent;
use weir::commands::dispatch::Commands;
use weir::commands::file_body::FileBody;
use weir::commands::imports::subscribers::ImportSubscribers;
use weir::commands::request::Request;
use weir::commands::request::{Call, Handler};
use weir::commands::subscribers::hold::SubscriberHold;
use weir::commands::subscribers::release::SubscriberRelease;
use weir::jobs::run::PART_SUBSCRIBERS;
use weir::model::day::Instant;
use weir::model::job::{Counts, Job, Outcome};

use crate::support::site::Site;

const SITE: &str = "[site]\nname = \"hilltop\"\ntime_zone = \"Africa/Nairobi\"\ncurrency = \"KES\"\ndata = \"data\"\n\
                    socket = \"control.sock\"\n[[routers]]\nname = \"core\"\nhost = \"127.0.0.1\"\nusername = \"weir\"\n\
                    password_file = \"secrets/core\"\n[[packages]]\nname = \"home-10\"\nprice = \"1500.00\"\n\
                    profile = \"home-10\"\n";

/// A clock that tells the service to stop, or goes wrong, when somebody has asked for the time often enough.
#[derive(Default)]
struct Stopping {
    now_ms: AtomicI64,
    asked: AtomicI64,
    stop_at: AtomicI64,
    /// What it shows from then on; 0: what it showed before.
    wrong_ms: AtomicI64,
    whom: OnceLock<std::sync::Weak<Commands>>,
}

impl Clock for Stopping {
    fn now(&self) -> Instant {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        if asked == self.stop_at.load(Ordering::SeqCst)
            && let Some(appliance) = self.whom.get().and_then(std::sync::Weak::upgrade)
        {
            appliance.stop_runs();
        }
        let stop_at = self.stop_at.load(Ordering::SeqCst);
        match self.wrong_ms.load(Ordering::SeqCst) {
            wrong_ms if wrong_ms != 0 && stop_at >= 0 && asked >= stop_at => Instant::from_millis(wrong_ms),
            _ => Instant::from_millis(self.now_ms.load(Ordering::SeqCst)),
        }
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.now_ms.load(Ordering::SeqCst).unsigned_abs())
    }

    fn kernel(&self) -> KernelSays {
        KernelSays::Synchronised(Instant::from_millis(self.now_ms.load(Ordering::SeqCst)))
    }
}

fn start(folder: &std::path::Path, now: &str, stop_after: Option<i64>) -> (Arc<Commands>, Arc<Stopping>) {
    start_in_parts_of(PART_SUBSCRIBERS, folder, now, stop_after)
}

fn start_in_parts_of(
    part: usize,
    folder: &std::path::Path,
    now: &str,
    stop_after: Option<i64>,
) -> (Arc<Commands>, Arc<Stopping>) {
    let clock = Arc::new(Stopping::default());
    set(&clock, now);
    clock.stop_at.store(-1, Ordering::SeqCst);
    let appliance = Site::within(folder, now)
        .seeing(clock.clone())
        .in_folder()
        .in_parts_of(part)
        .open()
        .appliance;
    clock.whom.set(Arc::downgrade(&appliance)).unwrap();
    if let Some(questions) = stop_after {
        let asked = clock.asked.load(Ordering::SeqCst);
        clock.stop_at.store(asked + questions, Ordering::SeqCst);
    }
    (appliance, clock)
}

fn set(clock: &Stopping, now: &str) {
    let now: jiff::Timestamp = now.parse().unwrap();
    clock.now_ms.store(now.as_millisecond(), Ordering::SeqCst);
}

fn import(appliance: &Commands, list: String) {
    let call = Call {
        request: Request::ImportSubscribers(ImportSubscribers {
            file: FileBody {
                name: "list.csv".to_owned(),
                bytes: list.into_bytes(),
            },
            dry_run: false,
        }),
        actor: "test".to_owned(),
        json: true,
        width: 80,
    };
    assert_eq!(appliance.handle(&call, &mut Silent).unwrap().exit, 0);
}

#[test]
fn a_stop_ends_a_run_after_its_part_and_the_next_start_charges_the_rest_once() {
    let subscribers = PART_SUBSCRIBERS * 2 + 10;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("site.toml"), SITE).unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let mut list = "username,package,router,service,expires_on\n".to_owned();
    for number in 0..subscribers {
        list.push_str(&format!("user{number:05},home-10,core,pppoe,2027-03-10\n"));
    }
    let (appliance, _) = start(folder.path(), "2027-03-09T09:00:00Z", None);
    import(&appliance, list);
    drop(appliance);
    // The disconnect of the evening before has nobody to cut.
    let (appliance, _) = start(folder.path(), "2027-03-09T21:00:00Z", None);
    assert_eq!(appliance.work_off().unwrap().len(), 1);
    drop(appliance);

    // 10 March, 00:06 in Nairobi. Each try is stopped at a later question about the time.
    let mut interrupted = 0;
    for stop_after in 0..60 {
        let (appliance, _) = start(folder.path(), "2027-03-09T21:06:00Z", Some(stop_after));
        let ran = appliance.work_off().unwrap();
        let state = appliance.store.read().unwrap().job(Job::Billing).unwrap().unwrap();
        if let Some(run) = ran.iter().find(|run| run.job == Job::Billing) {
            let Counts::Billing(counts) = run.counts else {
                panic!("{run:?}");
            };
            assert!(matches!(run.outcome, Outcome::Done | Outcome::CaughtUp), "{run:?}");
            assert_eq!(counts.charged, subscribers as u64);
            assert!(state.part.is_none());
            break;
        }
        interrupted += u32::from(state.part.is_some());
    }
    assert!(interrupted > 0, "never interrupted in the middle");
    let (appliance, _) = start(folder.path(), "2027-03-09T21:07:00Z", None);
    assert!(appliance.work_off().unwrap().is_empty(), "nothing is left");
    let reader = appliance.store.read().unwrap();
    assert_eq!(reader.debit_count().unwrap(), subscribers as u64);
}

/// Subscribers of this name, all due on a day.
fn due(name: &str, of: usize, day: &str) -> String {
    let mut list = "username,package,router,service,expires_on\n".to_owned();
    for number in 0..of {
        list.push_str(&format!("{name}{number:03},home-10,core,pppoe,{day}\n"));
    }
    list
}

#[test]
fn a_run_that_was_stopped_in_the_middle_is_counted_again_before_it_goes_on() {
    const EVENING: &str = "2027-03-10T20:59:30Z";
    // After the first ten of fifteen so many more come in, due on the same day: who is cut when the run goes on?
    for (more, cut, waits) in [(60, 10, true), (3, 18, false)] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("site.toml"), SITE).unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let begin = |now, stop_after| start_in_parts_of(10, folder.path(), now, stop_after);
        let (appliance, _) = begin("2027-03-10T09:00:00Z", None);
        import(&appliance, due("first", 15, "2027-03-10"));
        import(&appliance, due("paid", 85, "2027-03-25"));
        appliance.work_off().unwrap();
        drop(appliance);
        let suspended = |appliance: &Commands| appliance.store.read().unwrap().state().unwrap().tallies.suspended;
        let begun = (0..60).any(|stop_after| {
            let (appliance, _) = begin(EVENING, Some(stop_after));
            appliance.work_off().unwrap();
            let state = appliance.store.read().unwrap().job(Job::Disconnect).unwrap().unwrap();
            state.part.is_some() && suspended(&appliance) == 10
        });
        assert!(begun, "never stopped after the first part");
        let (appliance, _) = begin(EVENING, None);
        import(&appliance, due("late", more, "2027-03-10"));
        drop(appliance);
        let (appliance, _) = begin(EVENING, None);
        let ran = appliance.work_off().unwrap();
        let run = ran.iter().find(|run| run.job == Job::Disconnect).unwrap();
        assert_eq!(run.outcome == Outcome::Waiting, waits, "{run:?}");
        assert_eq!(
            (suspended(&appliance), run.counts.of_disconnect().suspended),
            (cut, cut)
        );
        let reader = appliance.store.read().unwrap();
        assert!(reader.job(Job::Disconnect).unwrap().unwrap().part.is_none());
        let held = reader.all_held().unwrap();
        assert_eq!(
            held.first().map(|held| (held.cuts, held.of)),
            waits.then_some((75, 160))
        );
    }
}

#[test]
fn a_clock_that_goes_wrong_within_a_command_leaves_it_refused_or_done_at_the_right_time() {
    const EVE: &str = "2027-03-09T09:00:00Z";
    const TODAY: &str = "2027-03-11T09:00:00Z";
    let at = |text: &str| Instant::from_timestamp(text.parse().unwrap());
    let release = || {
        Request::SubscriberRelease(SubscriberRelease {
            username: "held000".to_owned(),
        })
    };
    let list = || {
        Request::ImportSubscribers(ImportSubscribers {
            file: FileBody {
                name: "list.csv".to_owned(),
                bytes: due("new", 1, "2027-03-10").into_bytes(),
            },
            dry_run: false,
        })
    };
    for (what, request) in [("release", &release as &dyn Fn() -> Request), ("import", &list)] {
        for wrong in ["1970-01-02T00:00:00Z", "2027-03-09T12:00:00Z", "2038-01-19T00:00:00Z"] {
            let (mut refused, mut done) = (0, 0);
            for asked in 0..12 {
                let folder = tempfile::tempdir().unwrap();
                std::fs::write(folder.path().join("site.toml"), SITE).unwrap();
                std::fs::create_dir(folder.path().join("data")).unwrap();
                let (appliance, _) = start(folder.path(), EVE, None);
                import(&appliance, due("held", 1, "2027-04-10"));
                let call = |request| Call {
                    request,
                    actor: "test".to_owned(),
                    json: true,
                    width: 80,
                };
                let hold = Request::SubscriberHold(SubscriberHold {
                    username: "held000".to_owned(),
                    on: false,
                    off: false,
                    comment: None,
                });
                appliance.handle(&call(hold), &mut Silent).unwrap();
                drop(appliance);
                let (appliance, clock) = start(folder.path(), TODAY, Some(asked));
                clock.wrong_ms.store(at(wrong).millis(), Ordering::SeqCst);
                let before = appliance.store.read().unwrap().state().unwrap().newest;
                let outcome = appliance.handle(&call(request()), &mut Silent);
                let newest = appliance.store.read().unwrap().state().unwrap().newest;
                let what = format!("{what}, {wrong} from question {asked} on");
                match outcome {
                    Ok(_) => {
                        done += 1;
                        assert_eq!(newest, at(TODAY), "{what}");
                    }
                    Err(failure) => {
                        refused += 1;
                        assert!(
                            failure.what.contains("must wait until the clock is trusted"),
                            "{what}: {failure}"
                        );
                        assert_eq!(newest, before, "{what}");
                    }
                }
            }
            assert!(
                refused > 0 && done > 0,
                "{what}, {wrong}: {refused} refused, {done} done"
            );
        }
    }
}
