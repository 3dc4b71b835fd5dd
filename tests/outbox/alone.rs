//! A command that stands alone hears the routers before it records anything by a clock that nobody vouches for.

use weir::clock::kernel::KernelSays;
use weir::model::day::Instant;
use weir::sim::options::Options;
use weir::sim::router::SimRouter;

use crate::support::moment::at;
use crate::support::site::{HOME_10, Site};

/// What the router shows, and who keeps its clock keeps it right: noon in Nairobi.
fn noon() -> Instant {
    at("2027-01-10 12:00")
}

#[test]
fn a_payment_by_a_command_that_stands_alone_does_not_move_the_floor_where_a_router_knows_better() {
    for (knows, apart) in [(true, 0), (false, 2 * 86_400_000)] {
        let options = Options {
            ntp_synchronised: knows,
            ..Options::default()
        };
        let sim = SimRouter::start(options).unwrap();
        let site = Site::at(noon())
            .also(HOME_10)
            .router("core", &sim)
            .built_on("2026-11-25")
            .alone()
            .open();
        site.ask("subscriber add amina --package home-10");

        // Two days ahead is within `max_jump`, and the kernel knows nothing.
        let unknown = KernelSays::Unsynchronised("no time daemon".to_owned());
        let ahead = noon().plus_millis(2 * 86_400_000);
        let site = site.closed().now(ahead).kernel(Some(unknown)).open();
        assert_eq!(site.ask_json("pay amina 1500.00 --ref R1")["state"], "active");
        let reader = site.appliance.store.read().unwrap();
        assert_eq!(reader.state().unwrap().newest, noon().plus_millis(apart), "{knows}");
        assert_eq!(reader.has_uncertain_periods().unwrap(), knows);
    }
}
