//! Every way of cutting off, with every release, through every fault: each ends with the router as the ledger says, without
//! a hand, and no write that changed nothing.

use weir::model::router::readings::RouterState;
use weir::model::subscriber::Access;
use weir::sim::faults::{Fault, FaultKind};

use super::site::{TestSite, Way};

const VERSIONS: [&str; 5] = ["6.42", "6.49", "7.9", "7.16", "7.18"];
const PEOPLE: [&str; 4] = ["amina", "bakari", "chao", "dalila"];

/// Faults that meet one command. A print that lies about what is there is not among them: nobody could know.
fn of_a_command() -> Vec<FaultKind> {
    vec![
        FaultKind::Hang,
        FaultKind::Close,
        FaultKind::Lost,
        FaultKind::CloseMidWord,
        FaultKind::Cut { sentences: 0 },
        FaultKind::Cut { sentences: 1 },
        FaultKind::Half,
        FaultKind::Trap("failure: busy".into()),
        FaultKind::Denied,
        FaultKind::Fatal("session terminated on request".into()),
        FaultKind::Garbage,
        FaultKind::HugeLength,
        FaultKind::UnknownReply,
        FaultKind::DuplicateRows,
        FaultKind::DoneTwice,
        FaultKind::WrongTag,
        FaultKind::NoTag,
        FaultKind::Reboot,
    ]
}

/// Commands that a round sends, the write first.
const fn commands(way: Way) -> [&'static str; 3] {
    match way {
        Way::Disable | Way::Profile => ["/ppp/secret/set", "/ppp/active/*", "/ppp/secret/print"],
        Way::Queue => [
            "/queue/simple/set",
            "/queue/simple/print",
            "/ip/firewall/address-list/print",
        ],
        Way::List => [
            "/ip/firewall/address-list/*",
            "/ip/firewall/address-list/print",
            "/queue/simple/print",
        ],
    }
}

struct Rounds {
    site: TestSite,
    round: usize,
}

impl Rounds {
    /// Turns everybody round, half on and half off.
    fn turn(&mut self) {
        self.round += 1;
        for (at, name) in PEOPLE.iter().enumerate() {
            let on = (at + self.round).is_multiple_of(2);
            self.site.decide(name, if on { Access::On } else { Access::Off });
        }
    }

    fn one(&mut self, version: &str, fault: &Fault) {
        self.site.sim().fault(fault.clone());
        self.turn();
        let what = format!("{:?} {version} {fault:?}", self.site.way);
        self.site.settles(&what);
        self.site.sim().clear_faults();
        let counters = self.site.sim().counters();
        assert_eq!(counters.writes_that_changed_nothing, 0, "{what}");
        assert!(counters.max_open <= 2, "{what}: {counters:?}");
    }
}

/// The releases side by side: most of the time everybody waits.
fn every_fault(way: Way) {
    std::thread::scope(|scope| {
        for (at, version) in VERSIONS.into_iter().enumerate() {
            scope.spawn(move || every_fault_of(way, at, version));
        }
    });
}

fn every_fault_of(way: Way, at: usize, version: &'static str) {
    let mut site = TestSite::new(way, version);
    site.limits.wait = std::time::Duration::from_millis(150);
    for name in PEOPLE {
        site.add(name);
    }
    let _running = site.run();
    let mut rounds = Rounds { site, round: 0 };
    for (number, kind) in of_a_command().into_iter().enumerate() {
        rounds.one(version, &Fault::new(kind.clone()).at(commands(way)[0]));
        let path = commands(way)[1 + (number + at) % 2];
        rounds.one(
            version,
            &Fault::new(kind.clone())
                .at(path)
                .nth(1 + u32::try_from((number + at) % 3).unwrap()),
        );
        if number % VERSIONS.len() == at {
            rounds.one(version, &Fault::new(kind).times(2));
        }
    }
    let fired = rounds.site.sim().counters().faults_fired;
    assert!(fired > 30, "{way:?} {version}: only {fired} faults fired");
    for kind in [FaultKind::Silent, FaultKind::Reset, FaultKind::LoginRefused] {
        // A new connection, for the fault to meet it.
        super::site::wait("the connection to be closed", || rounds.site.sim().counters().open == 0);
        rounds.one(version, &Fault::new(kind).times(2));
    }
    rounds.site.sim().fault(Fault::new(FaultKind::Refuse));
    rounds.turn();
    rounds.site.seen(0, RouterState::Down);
    rounds.site.sim().clear_faults();
    rounds.site.settles("refuse");
    rounds.site.sim().unplug();
    rounds.turn();
    rounds.site.seen(0, RouterState::Down);
    rounds.site.sim().plug_in();
    rounds.site.settles("unplugged");
    for _ in 0..3 {
        rounds.turn();
        rounds.site.sim().reboot();
        rounds.site.settles("reboot");
    }
    assert_eq!(rounds.site.alerts(), Vec::<String>::new());
}

#[test]
fn a_secret_is_disabled_and_enabled_through_every_fault() {
    every_fault(Way::Disable);
}

#[test]
fn a_profile_is_changed_and_changed_back_through_every_fault() {
    every_fault(Way::Profile);
}

#[test]
fn a_queue_is_cut_and_restored_through_every_fault() {
    every_fault(Way::Queue);
}

#[test]
fn an_address_is_listed_and_taken_off_through_every_fault() {
    every_fault(Way::List);
}
