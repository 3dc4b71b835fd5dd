//! A command that stands alone hears the routers before it records anything by a clock that nobody vouches for.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use weir::appliance::core::OpenedBy;
use weir::appliance::site_file::SiteFile;
use weir::clock::ManualClock;
use weir::clock::kernel::KernelSays;
use weir::commands::Silent;
use weir::commands::dispatch::Commands;
use weir::commands::payments::pay::Pay;
use weir::commands::request::Request;
use weir::commands::request::{Call, Handler};
use weir::commands::subscribers::add::SubscriberAdd;
use weir::commands::subscribers::fields::SubscriberFields;
use weir::model::day::{Day, Instant};
use weir::sim::options::Options;
use weir::sim::router::SimRouter;
use weir::store::open::{Create, Store};

/// What the router shows, and who keeps its clock keeps it right: noon in Nairobi.
fn noon() -> Instant {
    Instant::from_timestamp("2027-01-10T09:00:00Z".parse().unwrap())
}

fn alone(folder: &Path, now: Instant, kernel: Option<KernelSays>) -> Commands {
    let build = Day::parse("2026-11-25").unwrap();
    let clock = Arc::new(ManualClock::with_build_day(now, build));
    clock.have_kernel_say(kernel);
    let store = Store::open(&folder.join("data"), Create::IfMissing, "test", Duration::from_secs(1)).unwrap();
    let file = SiteFile::read(&folder.join("site.toml")).unwrap();
    Commands::start(store, clock, &file, OpenedBy::Alone, "test").unwrap()
}

fn handle(appliance: &Commands, request: Request) -> serde_json::Value {
    let call = Call {
        request,
        actor: "test".to_owned(),
        json: true,
        width: 80,
    };
    let reply = appliance.handle(&call, &mut Silent).unwrap();
    serde_json::from_str(&reply.payload).unwrap()
}

#[test]
fn a_payment_by_a_command_that_stands_alone_does_not_move_the_floor_where_a_router_knows_better() {
    for (knows, apart) in [(true, 0), (false, 2 * 86_400_000)] {
        let options = Options {
            ntp_synchronised: knows,
            ..Options::default()
        };
        let sim = SimRouter::start(options).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let password = folder.path().join("password");
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::write(&password, "sim-password\n").unwrap();
        std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
        let text = format!(
            "[site]\nname = \"hilltop\"\ntime_zone = \"Africa/Nairobi\"\ncurrency = \"KES\"\ndata = \"data\"\n\
             socket = \"s\"\n[[packages]]\nname = \"home-10\"\nprice = \"1500.00\"\nprofile = \"home-10\"\n\
             [[routers]]\nname = \"core\"\nhost = \"127.0.0.1\"\nport = {}\nusername = \"weir\"\n\
             password_file = \"password\"\n",
            sim.addr().port()
        );
        std::fs::write(folder.path().join("site.toml"), text).unwrap();
        let appliance = alone(folder.path(), noon(), None);
        let add = Request::SubscriberAdd(SubscriberAdd {
            username: "amina".to_owned(),
            fields: SubscriberFields {
                package: Some("home-10".to_owned()),
                ..SubscriberFields::default()
            },
            balance: None,
            debited: None,
        });
        handle(&appliance, add);
        drop(appliance);

        // Two days ahead is within `max_jump`, and the kernel knows nothing.
        let unknown = KernelSays::Unsynchronised("no time daemon".to_owned());
        let ahead = noon().plus_millis(2 * 86_400_000);
        let appliance = alone(folder.path(), ahead, Some(unknown));
        let paid = Request::Pay(Pay {
            username: "amina".to_owned(),
            amount: "1500.00".to_owned(),
            reference: "R1".to_owned(),
            source: None,
            date: None,
        });
        assert_eq!(handle(&appliance, paid)["state"], "active");
        let reader = appliance.store.read().unwrap();
        assert_eq!(reader.state().unwrap().newest, noon().plus_millis(apart), "{knows}");
        assert_eq!(reader.has_uncertain_periods().unwrap(), knows);
    }
}
