//! A clock that is wrong harms nobody: no charge, no cut. Who pays is back within seconds all the same, and once the clock is
//! right the nights that waited run in order.

use std::time::{Duration, Instant};

use jiff::civil::{Date, Time, date, time};
use jiff::{SignedDuration, ToSpan};
use serde_json::Value;

use super::site::{Person, Site};
use super::whole::{Whole, newest, ran};
use crate::support::child::{Kept, wait_for};
use crate::support::moved::MovedClock;
use weir::sim::options::Options;
use weir::sim::router::SimRouter;

/// How soon after a payment its subscriber has to be back.
const BACK: Duration = Duration::from_secs(5);
/// Within this a wrong clock that shows the moment before a cut-off or a billing reaches it.
const COMES: Duration = Duration::from_secs(4);
/// The service compares the time three times within this, whatever it shows.
const TICKS: Duration = Duration::from_millis(1_600);
/// How long jobs may take to begin once the clock is right, and the service to stop.
const SOON: Duration = Duration::from_secs(10);

/// Of what kind the clock's fault is.
#[derive(Clone, Copy)]
enum Fault {
    /// It shows this moment at each start.
    Shows(Date, Time),
    /// It is wrong by so many hours.
    Hours(i64),
}

/// A line of the table.
struct Line {
    fault: Fault,
    /// Whose word counts while the clock is wrong.
    trust: &'static str,
    /// The clock goes wrong under the service's feet, rather than before its start.
    while_it_runs: bool,
}

/// The list: who, due so many days after the eve, with how much.
const LIST: [(&str, i32, &str); 14] = [
    ("cut0", 0, "-1500.00"),
    ("cut1", 0, "-1500.00"),
    ("cut2", 0, "-1500.00"),
    ("cut3", 0, "-1500.00"),
    ("owes0", 1, "0.00"),
    ("owes1", 1, "100.00"),
    ("due0", 2, "0.00"),
    ("due1", 2, "1499.00"),
    ("prepaid0", 2, "1500.00"),
    ("prepaid1", 2, "3200.00"),
    ("duelast", 3, "0.00"),
    ("later0", 20, "0.00"),
    ("later1", 40, "0.00"),
    ("frozen", 2, "0.00"),
];

/// How each stands on the third day: state, balance, and for which days after the eve they were charged.
const OUTCOME: [(&str, &str, &str, &[i32]); 14] = [
    ("cut0", "active", "0.00", &[0]),
    ("cut1", "active", "0.00", &[0]),
    ("cut2", "active", "0.00", &[0]),
    ("cut3", "suspended", "-1500.00", &[0]),
    ("owes0", "suspended", "-1500.00", &[1]),
    ("owes1", "suspended", "-1400.00", &[1]),
    ("due0", "suspended", "-1500.00", &[2]),
    ("due1", "suspended", "-1.00", &[2]),
    ("prepaid0", "active", "0.00", &[2]),
    ("prepaid1", "active", "1700.00", &[2]),
    ("duelast", "active", "-1500.00", &[3]),
    ("later0", "active", "0.00", &[]),
    ("later1", "active", "0.00", &[]),
    ("frozen", "held", "0.00", &[]),
];

fn on(day: Date, plus: i32) -> Date {
    day.checked_add(plus.days()).unwrap()
}

#[test]
#[ignore = "needs the package faketime"]
fn a_night_on_a_moved_clock_that_starts_in_1970_harms_nobody() {
    harms_nobody(&Line {
        fault: Fault::Shows(date(1970, 1, 1), time(23, 58, 57, 0)),
        trust: "either",
        while_it_runs: false,
    });
}

#[test]
#[ignore = "needs the package faketime"]
fn a_night_on_a_moved_clock_that_starts_in_2020_harms_nobody() {
    harms_nobody(&Line {
        fault: Fault::Shows(date(2020, 6, 15), time(0, 4, 57, 0)),
        trust: "router",
        while_it_runs: false,
    });
}

/// The host's kernel may say that it is synchronised, or not: with it or without, the clock stands alone.
#[test]
#[ignore = "needs the package faketime"]
fn a_night_on_a_moved_clock_that_starts_a_month_ahead_harms_nobody() {
    harms_nobody(&Line {
        fault: Fault::Hours(30 * 24),
        trust: "either",
        while_it_runs: false,
    });
}

#[test]
#[ignore = "needs the package faketime"]
fn a_night_on_a_moved_clock_that_goes_a_month_ahead_under_the_service_harms_nobody() {
    harms_nobody(&Line {
        fault: Fault::Hours(30 * 24),
        trust: "router",
        while_it_runs: true,
    });
}

/// By it the cut-off of that night comes a second time.
#[test]
#[ignore = "needs the package faketime"]
fn a_night_on_a_moved_clock_that_goes_back_by_an_hour_under_the_service_harms_nobody() {
    harms_nobody(&Line {
        fault: Fault::Hours(-1),
        trust: "router",
        while_it_runs: true,
    });
}

fn harms_nobody(line: &Line) {
    let (mut site, eve, mut service) = after_a_night();
    let mut whole = Whole::of(&site);
    if line.while_it_runs {
        // An hour earlier the cut-off is seconds away.
        site.move_to(on(eve, 1), time(0, 58, 58, 0));
        go_wrong(&mut site, line.fault);
    } else {
        assert!(service.terminate(SOON).success(), "{}", site.log());
        site.trusts(line.trust);
        whole = Whole::of(&site);
        go_wrong(&mut site, line.fault);
        service = site.run();
    }
    nothing_happens(&site, &whole, COMES);
    everything_that_needs_the_day_is_refused(&site, &whole);
    a_payment_brings_back(&site, "cut0");

    // Killed, and started again with the clock as wrong.
    let whole = Whole::of(&site);
    service.kill();
    if let Fault::Shows(..) = line.fault {
        go_wrong(&mut site, line.fault);
    }
    service = site.run();
    nothing_happens(&site, &whole, TICKS);
    a_payment_brings_back(&site, "cut1");

    // Without mains for two days, and the clock is wrong again.
    let whole = Whole::of(&site);
    service.kill();
    site.trusts("router");
    site.move_to(on(eve, 3), time(12, 0, 0, 0));
    go_wrong(&mut site, line.fault);
    service = site.run();
    nothing_happens(&site, &whole, TICKS);
    a_payment_brings_back(&site, "cut2");

    let entries = site.verified();
    site.clock.go_wrong_by(SignedDuration::ZERO);
    the_nights_that_waited_run(&site, eve, entries);
    assert!(service.terminate(SOON).success(), "{}", site.log());
}

fn go_wrong(site: &mut Site, fault: Fault) {
    match fault {
        Fault::Shows(day, time) => site.clock.go_wrong_to(day, time),
        Fault::Hours(hours) => site.clock.go_wrong_by(SignedDuration::from_hours(hours)),
    }
}

/// A site that has had its first night by a clock that the router vouches for: it is an hour after midnight.
fn after_a_night() -> (Site, Date, Kept) {
    let (clock, eve) = MovedClock::at("Africa/Nairobi", time(20, 0, 0, 0));
    let people = LIST.map(|(name, due, balance)| Person {
        name: name.to_owned(),
        service: "pppoe",
        package: "home",
        expires_on: on(eve, due),
        balance,
    });
    let router = SimRouter::start(Options::default()).unwrap();
    let mut site = Site::new(clock, router, &people, "floor");
    assert_eq!(site.import()["added"], LIST.len());
    site.asked(&["subscriber", "hold", "frozen"]);

    site.trusts("router");
    site.move_to(on(eve, 1), time(0, 58, 30, 0));
    let service = site.run();
    site.caught_up();
    assert_eq!(ran(&site).len(), 2, "{}", site.log());
    site.router_equals_ledger();
    for (name, ..) in LIST {
        let cut = name.starts_with("cut");
        assert_eq!(site.subscriber(name)["state"] == "suspended", cut, "{name}");
    }
    (site, eve, service)
}

/// The verdict, as soon as the routers have had their say.
fn is_trusted(site: &Site, wanted: bool) {
    wait_for("the verdict on the clock", SOON, || {
        let clock = site.asked(&["status"])["clock"].clone();
        assert!(
            clock["reason"].as_str().is_some_and(|reason| !reason.is_empty()),
            "{clock}"
        );
        (clock["trusted"] == wanted).then_some(())
    });
}

/// `clock` and `status` say that the clock is in doubt, why, and what ends it; one alert stands. Or none of that.
fn the_owner_is_told(site: &Site, in_doubt: bool) {
    let clock = site.asked(&["clock"]);
    assert_eq!(
        (&clock["trusted"], &clock["floor"]),
        (&(!in_doubt).into(), &newest(site)),
        "{clock}"
    );
    assert_eq!(clock["way_out"].is_string(), in_doubt, "{clock}");
    let router = &clock["witnesses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["kind"] == "router")
        .unwrap();
    assert_eq!(router["state"], "synchronised", "{clock}");
    let apart = router["differs_s"].as_i64().unwrap().abs();
    assert_eq!(apart > 3_500, in_doubt, "{clock}");
    let alerts = site.asked(&["status"])["alerts"].clone();
    let kinds: Vec<&Value> = alerts.as_array().unwrap().iter().map(|alert| &alert["kind"]).collect();
    let wanted: &[&str] = if in_doubt { &["clock"] } else { &[] };
    assert_eq!(kinds, wanted, "{alerts}");
}

fn nothing_happens(site: &Site, whole: &Whole, watched: Duration) {
    std::thread::sleep(watched);
    is_trusted(site, false);
    the_owner_is_told(site, true);
    whole.still_is(site);
}

fn everything_that_needs_the_day_is_refused(site: &Site, whole: &Whole) {
    let list = site.path("subscribers.csv");
    let refused: [&[&str]; 4] = [
        &["jobs", "run", "billing"],
        &["jobs", "run", "disconnect"],
        &["import", "subscribers", list.to_str().unwrap()],
        &["subscriber", "release", "frozen"],
    ];
    for words in refused {
        let said = site.tried(words);
        assert_eq!(said.exit, Some(1), "{words:?}: {}{}", said.out, said.err);
        assert!(said.err.contains("clock"), "{words:?}: {}", said.err);
    }
    whole.still_is(site);
}

/// Within seconds, recorded at the newest record: a clock in doubt does not move it.
fn a_payment_brings_back(site: &Site, payer: &str) {
    site.is_cut(payer);
    let (newest_before, entries) = (newest(site), site.verified());
    let began = Instant::now();
    let answer = site.asked(&["pay", payer, "1500.00", "--ref", &format!("DOUBT-{payer}")]);
    assert_eq!(
        (&answer["resumed"], &answer["missing"]),
        (&true.into(), &"0.00".into()),
        "{answer}"
    );
    wait_for(payer, BACK.saturating_sub(began.elapsed()), || {
        (site.is_served(payer) && site.router.sessions(payer).len() == 1).then_some(())
    });
    assert_eq!(newest(site), newest_before);
    assert_eq!(site.verified(), entries + 1);
    is_trusted(site, false);
    site.settled();
    site.router_equals_ledger();
}

/// 00:05 and 23:59 in Nairobi are 21:05 and 20:59 UTC.
fn the_nights_that_waited_run(site: &Site, eve: Date, entries: u64) {
    let run = |job: &str, day: i32, at: &str| {
        (
            job.to_owned(),
            format!("{}T{at}:00.000Z", on(eve, day)),
            "caught_up".to_owned(),
        )
    };
    let nights = [
        run("disconnect", 0, "20:59"),
        run("billing", 0, "21:05"),
        run("billing", 1, "21:05"),
        run("disconnect", 2, "20:59"),
        run("billing", 2, "21:05"),
    ];
    let began = Instant::now();
    site.caught_up();
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert_eq!(ran(site), nights, "{}", site.log());

    the_owner_is_told(site, false);

    let charges: usize = OUTCOME
        .iter()
        .map(|(.., days)| days.iter().filter(|day| **day > 1).count())
        .sum();
    assert_eq!(site.verified(), entries + u64::try_from(charges).unwrap());
    for (name, state, balance, days) in OUTCOME {
        let subscriber = site.subscriber(name);
        assert_eq!(
            (&subscriber["state"], &subscriber["balance"]),
            (&state.into(), &balance.into()),
            "{subscriber}"
        );
        if name.starts_with("cut") && state == "active" {
            // As if they had paid on the first day that can be believed; the late cut, at 00:58, costs them no day.
            let through = on(eve, 3).checked_add(1.month()).unwrap();
            assert_eq!(subscriber["expires_on"], through.to_string(), "{subscriber}");
        }
        let ledger = site.asked(&["ledger", name]);
        let debits = ledger
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["kind"] == "debit");
        let charged: Vec<&str> = debits.map(|entry| entry["for_day"].as_str().unwrap()).collect();
        let wanted: Vec<String> = days.iter().map(|day| on(eve, *day).to_string()).collect();
        assert_eq!(charged, wanted, "{ledger}");
    }
    site.router_equals_ledger();
}
