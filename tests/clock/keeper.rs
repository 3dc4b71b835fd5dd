//! The keeper gathers what the verdict depends on, and nothing that it lets be recorded under a clock in doubt moves the floor.

use std::sync::Arc;

use weir::clock::keeper::Keeper;
use weir::clock::kernel::KernelSays;
use weir::clock::{Clock, ManualClock};
use weir::model::clock_confirmation::Confirmed;
use weir::model::day::{Day, Instant};
use weir::model::name::RouterName;
use weir::model::record::{LogKind, LogRecord};
use weir::rules::trust::{Mode, Settings, Source, Trust, TrustBasis, WitnessReport};
use weir::store::error::StoreError;
use weir::store::in_memory;
use weir::store::open::Store;

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;

struct Desk {
    clock: Arc<ManualClock>,
    store: Arc<Store>,
    keeper: Keeper,
}

fn core() -> RouterName {
    RouterName::new("core").unwrap()
}

/// Noon of a day long after the build day.
fn noon() -> Instant {
    Instant::from_timestamp("2027-03-10T12:00:00Z".parse().unwrap())
}

fn unknown() -> Option<KernelSays> {
    Some(KernelSays::Unsynchronised("no time daemon".to_owned()))
}

impl Desk {
    /// A site with a router and a record of noon, whose kernel knows nothing.
    fn new(mode: Mode) -> Self {
        let clock = Arc::new(ManualClock::with_build_day(noon(), Day::parse("2026-11-25").unwrap()));
        clock.have_kernel_say(unknown());
        let store = Arc::new(in_memory::store().unwrap());
        let tx = Self::on(clock, store, mode);
        tx.record(noon());
        tx
    }

    fn on(clock: Arc<ManualClock>, store: Arc<Store>, mode: Mode) -> Self {
        let settings = Settings {
            mode,
            max_jump_ms: 3 * DAY,
        };
        let keeper = Keeper::new(clock.clone(), Arc::clone(&store), settings);
        keeper.adopt(settings, [core()]);
        Self { clock, store, keeper }
    }

    /// The same site after its program was started again.
    fn restarted(self, mode: Mode) -> Self {
        let clock = Arc::new(ManualClock::with_build_day(self.clock.now(), self.clock.build_day()));
        clock.have_kernel_say(unknown());
        Self::on(clock, self.store, mode)
    }

    fn record(&self, at: Instant) {
        self.store
            .write(at, |tx| -> Result<(), StoreError> {
                tx.log(&LogRecord {
                    at: tx.now(),
                    kind: LogKind::Service,
                    planned_for: None,
                    username: None,
                    message: "something".to_owned(),
                    fields: Vec::new(),
                })
            })
            .unwrap();
    }

    fn confirm(&self) {
        let now = self.clock.now();
        let word = Confirmed {
            at: now,
            by: "amina".to_owned(),
        };
        self.store.write(now, |tx| tx.put_confirmed(Some(&word))).unwrap();
        self.keeper.was_confirmed();
    }

    fn trust(&self) -> Trust {
        self.keeper.look().unwrap().trust
    }

    fn pass(&self, ms: i64) {
        self.clock.set(self.clock.now().plus_millis(ms));
    }

    fn step(&self, ms: i64) {
        self.clock.step(self.clock.now().plus_millis(ms));
    }
}

#[test]
fn what_a_router_said_is_carried_on_by_the_stopwatch_while_the_clock_jumps() {
    let site = Desk::new(Mode::Either);
    site.keeper.hear(&core(), WitnessReport::Time(noon()));
    site.pass(HOUR);
    assert_eq!(
        site.trust(),
        Trust::Trusted(TrustBasis::Witness(Source::Router(core())))
    );
    site.step(DAY);
    let Trust::Contradicted { says, .. } = site.trust() else {
        panic!("{:?}", site.trust());
    };
    assert_eq!(says, noon().plus_millis(HOUR), "an hour has passed, not a day");
    site.step(-DAY);
    assert!(site.trust().is_trusted());
}

#[test]
fn what_a_router_said_is_worth_something_for_a_day() {
    let site = Desk::new(Mode::Router);
    site.keeper.hear(&core(), WitnessReport::Time(noon()));
    site.pass(DAY - SECOND);
    assert!(site.trust().is_trusted());
    // One that is down has still said what it said.
    site.keeper.hear(&core(), WitnessReport::Silent("down".to_owned()));
    assert!(site.trust().is_trusted());
    site.pass(2 * SECOND);
    assert_eq!(site.trust(), Trust::NoWitness(Mode::Router));
    // One whose NTP client has stopped is a witness no more at once.
    let site = Desk::new(Mode::Router);
    site.keeper.hear(&core(), WitnessReport::Time(noon()));
    site.keeper
        .hear(&core(), WitnessReport::Unsynchronised("stopped".to_owned()));
    assert_eq!(site.trust(), Trust::NoWitness(Mode::Router));
}

#[test]
fn a_router_is_asked_again_each_hour_and_each_minute_while_in_doubt() {
    let site = Desk::new(Mode::Either);
    assert!(site.keeper.wants(&core()), "it was never asked");
    site.keeper.hear(&core(), WitnessReport::Silent("down".to_owned()));
    assert!(site.trust().is_trusted());
    site.pass(HOUR - SECOND);
    assert!(!site.keeper.wants(&core()));
    site.pass(SECOND);
    assert!(site.keeper.wants(&core()));
    site.keeper.hear(&core(), WitnessReport::Silent("down".to_owned()));
    site.step(30 * DAY);
    assert!(!site.trust().is_trusted());
    assert!(
        site.keeper.wants(&core()),
        "one that did not answer is tried at the pace of its worker"
    );
    site.keeper.hear(
        &core(),
        WitnessReport::Unsynchronised("its NTP client is off".to_owned()),
    );
    site.pass(59 * SECOND);
    assert!(!site.keeper.wants(&core()));
    site.pass(SECOND);
    assert!(site.keeper.wants(&core()));
    for mode in [Mode::Ntp, Mode::Floor] {
        assert!(!Desk::new(mode).keeper.wants(&core()), "{mode:?} asks no router");
    }
    assert!(!site.keeper.wants(&RouterName::new("gone").unwrap()));
}

#[test]
fn jobs_wait_for_the_first_answers_of_the_routers_but_not_for_long() {
    let asking = |mode| {
        let site = Desk::new(mode);
        assert!(!site.keeper.is_asking(), "nobody asks");
        site.keeper.expect_answers();
        site
    };
    let site = asking(Mode::Either);
    assert!(site.keeper.is_asking());
    site.keeper.hear(&core(), WitnessReport::Silent("refused".to_owned()));
    assert!(!site.keeper.is_asking(), "answered");
    let site = asking(Mode::Either);
    site.pass(15 * SECOND);
    assert!(!site.keeper.is_asking(), "long enough");
    let site = asking(Mode::Either);
    site.clock.have_kernel_say(None);
    assert!(!site.keeper.is_asking(), "the kernel knows");
    assert!(asking(Mode::Router).keeper.is_asking());
    for mode in [Mode::Ntp, Mode::Floor] {
        assert!(!asking(mode).keeper.is_asking());
    }
}

#[test]
fn what_is_recorded_before_the_first_answer_does_not_move_the_floor() {
    for (says, trusted) in [
        (WitnessReport::Time(noon()), false),
        (WitnessReport::Unsynchronised("no NTP client".to_owned()), true),
    ] {
        let site = Desk::new(Mode::Either);
        // Two days ahead: less than `max_jump`, but the router knows better.
        site.step(2 * DAY);
        site.keeper.expect_answers();
        assert_eq!(site.trust(), Trust::Awaited);
        assert_eq!(site.keeper.recorded().unwrap(), noon());
        assert!(site.keeper.trusted().unwrap().is_err());
        site.keeper.keep_floor_near().unwrap();
        assert_eq!(site.store.read().unwrap().state().unwrap().newest, noon());
        site.keeper.hear(&core(), says);
        assert_eq!(site.trust().is_trusted(), trusted);
    }
    let site = Desk::new(Mode::Either);
    site.keeper.expect_answers();
    site.pass(15 * SECOND);
    assert_eq!(site.trust(), Trust::Trusted(TrustBasis::NearRecords), "not for long");
}

#[test]
fn a_record_under_a_clock_in_doubt_carries_the_newest_record_and_the_floor_stays() {
    let site = Desk::new(Mode::Either);
    for ms in [-HOUR, 30 * DAY, 4_000 * DAY, -20_000 * DAY] {
        site.clock.step(noon().plus_millis(ms));
        let look = site.keeper.look().unwrap();
        assert!(!look.trust.is_trusted(), "{ms}");
        assert_eq!(look.recorded(), noon());
        site.record(look.recorded());
        assert_eq!(site.store.read().unwrap().state().unwrap().newest, noon());
    }
    site.clock.step(noon().plus_millis(HOUR));
    assert_eq!(site.keeper.recorded().unwrap(), noon().plus_millis(HOUR));
}

#[test]
fn a_clock_that_was_right_all_the_time_stays_trusted_though_nothing_happens() {
    let site = Desk::new(Mode::Either);
    for _ in 0..40 {
        site.pass(6 * HOUR);
        site.keeper.keep_floor_near().unwrap();
        assert!(site.trust().is_trusted());
    }
    let before = site.store.read().unwrap().state().unwrap().newest;
    site.pass(11 * HOUR);
    site.keeper.keep_floor_near().unwrap();
    assert_eq!(
        site.store.read().unwrap().state().unwrap().newest,
        before,
        "not more often than needed"
    );
    site.step(30 * DAY);
    site.keeper.keep_floor_near().unwrap();
    assert_eq!(
        site.store.read().unwrap().state().unwrap().newest,
        before,
        "never by a clock in doubt"
    );
}

#[test]
fn the_owners_word_holds_until_the_clock_jumps() {
    for jump in [-HOUR, HOUR, 121 * SECOND, 400 * DAY] {
        let site = Desk::new(Mode::Router);
        assert!(!site.trust().is_trusted());
        site.confirm();
        assert_eq!(site.trust(), Trust::Trusted(TrustBasis::Word));
        site.pass(5 * HOUR);
        site.step(119 * SECOND);
        assert_eq!(
            site.trust(),
            Trust::Trusted(TrustBasis::Word),
            "a correction is no jump"
        );
        site.record(site.keeper.recorded().unwrap());
        site.step(jump);
        assert!(!site.trust().is_trusted(), "{jump}");
        // It does not come back with the time, nor with a restart.
        site.step(-jump);
        assert!(!site.trust().is_trusted());
        site.keeper.forget_void_word().unwrap();
        let site = site.restarted(Mode::Router);
        assert!(!site.trust().is_trusted());
    }
}

#[test]
fn the_owners_word_outlives_a_restart_that_nothing_odd_comes_with() {
    let site = Desk::new(Mode::Router);
    site.confirm();
    site.pass(2 * DAY);
    let site = site.restarted(Mode::Router);
    assert_eq!(site.trust(), Trust::Trusted(TrustBasis::Word), "two days of darkness");
    let site = Desk::new(Mode::Router);
    site.confirm();
    site.step(30 * DAY);
    let site = site.restarted(Mode::Router);
    assert!(!site.trust().is_trusted(), "a month is more than `max_jump`");
    let site = Desk::new(Mode::Router);
    site.confirm();
    site.step(-HOUR);
    assert!(!site.restarted(Mode::Router).trust().is_trusted());
}

#[test]
fn settings_and_routers_change_while_it_runs_and_what_was_heard_stays() {
    let site = Desk::new(Mode::Either);
    site.keeper.hear(&core(), WitnessReport::Time(noon()));
    let router_mode = Settings {
        mode: Mode::Router,
        max_jump_ms: 3 * DAY,
    };
    site.keeper.adopt(router_mode, [core(), RouterName::new("r2").unwrap()]);
    assert!(site.trust().is_trusted());
    assert_eq!(
        site.keeper.look().unwrap().witnesses.len(),
        3,
        "the kernel and two routers"
    );
    site.keeper.adopt(router_mode, [RouterName::new("r2").unwrap()]);
    assert_eq!(
        site.trust(),
        Trust::NoWitness(Mode::Router),
        "a router that is gone says nothing"
    );
    // What is not of this site is not heard.
    site.keeper.hear(&core(), WitnessReport::Time(noon()));
    assert_eq!(site.trust(), Trust::NoWitness(Mode::Router));
}
