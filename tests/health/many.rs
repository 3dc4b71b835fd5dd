//! Many routers at once, of which some hang.

use std::time::{Duration, Instant as Stopwatch};

use weir::model::job::{Counts, HealthCounts};
use weir::sim::faults::{Fault, FaultKind};

use super::site::HealthSite;

#[test]
fn twenty_of_fifty_that_hang_delay_nobody_and_the_round_ends_with_their_tries() {
    let mut site = HealthSite::new(50);
    for sim in site.sims.iter().take(20) {
        sim.fault(Fault::new(FaultKind::Silent).times(0));
    }
    let began = Stopwatch::now();
    let ran = site.minutes_pass(15);
    let took = began.elapsed();
    assert_eq!(
        ran[0].counts,
        Counts::Health(HealthCounts {
            probed: 50,
            up: 30,
            down: 20
        })
    );
    // Three tries of at most 600 ms, one after the other; side by side, so that 20 take no longer than one.
    assert!(took < Duration::from_secs(6), "{took:?}");
    assert_eq!(site.alerts().len(), 20);
    assert_eq!(
        site.alerts().iter().filter(|alert| alert.starts_with("router")).count(),
        20
    );
}
