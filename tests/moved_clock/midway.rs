//! The clock goes back by an hour in the middle of a night's billing: what was charged stays, the rest waits, and nobody is
//! charged twice once the clock is right.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use jiff::SignedDuration;
use jiff::ToSpan;
use jiff::civil::time;

use super::site::Site;
use crate::support::child::wait_for;
use crate::support::moved::MovedClock;
use weir::sim::options::Options;
use weir::sim::router::SimRouter;

/// Everybody is due that night.
const PEOPLE: u64 = 12_000;
/// So many are charged in one transaction.
const PART: u64 = 5_000;
/// How long the service is watched while the clock is wrong.
const WATCHED: Duration = Duration::from_millis(2_500);
/// How long the service may take to begin, and to stop.
const SOON: Duration = Duration::from_secs(15);

#[test]
#[ignore = "needs the package faketime"]
fn a_night_on_a_moved_clock_that_goes_back_within_its_billing_charges_everybody_once() {
    let (clock, eve) = MovedClock::at("Africa/Nairobi", time(20, 0, 0, 0));
    let today = eve.checked_add(1.days()).unwrap();
    let router = SimRouter::start(Options::default()).unwrap();
    let mut site = Site::new(clock, router, &[], "floor");
    // Nobody is on the router, and nobody is cut: its word is not needed to see that the clock went back.
    site.router.unplug();
    let mut list = String::from("username,name,package,router,service,expires_on,balance\n");
    for number in 0..PEOPLE {
        writeln!(list, "user{number:05},user{number:05},home,core,pppoe,{today},0.00").unwrap();
    }
    std::fs::write(site.path("subscribers.csv"), list).unwrap();
    assert_eq!(site.import()["added"], PEOPLE);
    site.move_to(eve, time(23, 59, 30, 0));
    let service = site.run();
    site.nights_done();
    let before = site.verified();

    // Nothing but billing writes at this hour: the first write after 00:05 is its first part's.
    site.move_to(today, time(0, 4, 59, 0));
    std::thread::sleep(site.clock.until(today, time(0, 5, 0, 0)));
    let file = site.path("data/weir.redb");
    let touched = || std::fs::metadata(&file).unwrap().modified().unwrap();
    let idle: SystemTime = touched();
    wait_for("the first part", SOON, || (touched() != idle).then_some(()));
    site.clock.go_wrong_by(SignedDuration::from_hours(-1));

    std::thread::sleep(WATCHED);
    let status = site.asked(&["status"]);
    assert_eq!(status["clock"]["trusted"], false, "{status}");
    let charged = site.verified() - before;
    assert!((PART..PEOPLE).contains(&charged), "{charged} charged\n{}", site.log());
    assert_eq!(charged % PART, 0, "{charged} charged\n{}", site.log());
    assert!(site.log().contains("run interrupted"), "{}", site.log());
    assert_eq!(site.tried(&["jobs", "run", "billing"]).exit, Some(1));
    assert_eq!(site.verified() - before, charged);

    site.clock.go_wrong_by(SignedDuration::ZERO);
    site.nights_done();
    assert_eq!(site.verified() - before, PEOPLE, "{}", site.log());
    let history = site.asked(&["jobs", "history", "billing"]);
    let runs = history.as_array().unwrap();
    let night = format!("{eve}T21:05:00.000Z");
    let of_the_night = || runs.iter().filter(|run| run["planned_for"] == night.as_str());
    assert_eq!(of_the_night().count(), 1, "{history}");
    assert!(
        of_the_night().all(|run| run["counts"]["charged"] == PEOPLE),
        "{history}"
    );
    assert!(service.terminate(SOON).success(), "{}", site.log());
}
