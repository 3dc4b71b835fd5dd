//! Names that trip clients: each is switched, and none in another's place.

use weir::model::subscriber::Access;

use super::site::{TestSite, Way};

const NAMES: [&str; 18] = [
    "7",
    "a,b",
    "*1F",
    "*1",
    "yes",
    "no",
    "x=y",
    "=x",
    "-",
    "-x",
    "!x",
    "Amina",
    "amina",
    "\u{105}\u{17c}-\u{1f600}",
    "o'neil \"q\" \\n $x [find]",
    "?name=amina",
    ".id",
    "0",
];

#[test]
fn each_odd_name_is_switched_and_no_other() {
    for way in Way::ALL {
        let site = TestSite::new(way, "7.18");
        for name in NAMES {
            site.add(name);
        }
        let _running = site.run();
        // One by one, so that a wrong one in its place shows; then all at once.
        for name in NAMES {
            site.decide(name, Access::Off);
            site.settles(&format!("{way:?} `{name}` off"));
        }
        for name in NAMES {
            site.decide(name, Access::On);
        }
        site.settles("all on");
        let counters = site.sim().counters();
        assert_eq!((counters.traps, counters.malformed), (0, 0), "{counters:?}");
        let office = site.sim().secret("vpn-office").unwrap();
        assert_eq!(office.changes, 0);
        assert_eq!(site.sim().queue("core-uplink").unwrap().changes, 0);
    }
}
