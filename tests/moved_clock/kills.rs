//! A night in which the service is killed ten times: nobody who paid is cut off, nobody who did not is left out, and no
//! entry is lost or doubled.

use std::time::{Duration, Instant};

use jiff::ToSpan;
use jiff::civil::{Date, time};

use super::site::{Person, Site};
use crate::support::child::wait_for;
use crate::support::moved::MovedClock;
use weir::sim::options::Options;
use weir::sim::router::SimRouter;

/// How soon after a payment its subscriber has to be back.
const BACK: Duration = Duration::from_secs(5);
/// From the cut-off on, kills fall within this time: about as long as cutting all of them off takes.
const CUTTING_MS: u64 = 900;
/// How long the router's answers take on the way: long enough for a kill to fall between two of them.
const LATENCY: Duration = Duration::from_millis(60);

/// What somebody has done about the due day.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Charged, and paid nothing.
    Unpaid,
    /// Charged, and paid that evening.
    Paid,
    /// Not charged yet, and the wallet covers it.
    Prepaid,
    /// Not due yet.
    Later,
}

const ROLES: [Role; 4] = [Role::Unpaid, Role::Paid, Role::Prepaid, Role::Later];
const PEOPLE: usize = 80;

fn role(number: usize) -> Role {
    ROLES[number % ROLES.len()]
}

fn name(number: usize) -> String {
    format!("user{number:02}")
}

fn people(today: Date) -> Vec<Person> {
    let person = |number: usize| Person {
        name: name(number),
        service: if number % 10 < 7 { "pppoe" } else { "static" },
        package: "home",
        expires_on: if role(number) == Role::Later {
            today.checked_add(9.days()).unwrap()
        } else {
            today
        },
        balance: match role(number) {
            Role::Unpaid | Role::Paid => "-1500.00",
            Role::Prepaid => "1500.00",
            Role::Later => "0.00",
        },
    };
    (0..PEOPLE).map(person).collect()
}

/// The moments of the kills. The same seed gives the same moments, as far as two runs of ten processes can be the same.
struct Dice(u64);

impl Dice {
    fn thrown() -> Self {
        let seed = std::env::var("WEIR_NIGHT_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
        println!("WEIR_NIGHT_SEED={seed}");
        Self(seed.wrapping_add(0x9E37_79B9_7F4A_7C15))
    }

    /// Sleeps for less than `below` milliseconds. The generator is xorshift64*.
    fn wait(&mut self, below: u64) {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        std::thread::sleep(Duration::from_millis(number % below));
    }
}

fn evening() -> (Site, Date) {
    let (clock, today) = MovedClock::at("Africa/Nairobi", time(20, 0, 0, 0));
    let router = SimRouter::start(Options {
        redial: Duration::from_millis(300),
        latency: LATENCY,
        ..Options::default()
    })
    .unwrap();
    // No witness: the kills fall at moments that are counted from the start, and a wait for the router's word on the time, at
    // each of ten starts, would stand where the cutting has to be.
    let site = Site::new(clock, router, &people(today), "floor");
    assert_eq!(site.import()["added"], PEOPLE);
    (site, today)
}

/// Nobody but the unpaid was ever touched, and nothing was written that was so already.
fn only_the_unpaid_were_touched(site: &Site) {
    for number in (0..PEOPLE).filter(|number| role(*number) != Role::Unpaid) {
        let name = name(number);
        let row = site.router.secret(&name).or_else(|| site.router.queue(&name)).unwrap();
        assert_eq!(row.changes, 0, "{row:?}");
        if site.router.secret(&name).is_some() {
            assert_eq!(site.router.sessions(&name).len(), 1, "{name} lost the session");
        }
    }
    let counters = site.router.counters();
    assert_eq!(counters.writes_that_changed_nothing, 0, "{counters:?}");
    assert_eq!(
        (counters.malformed, counters.failed_logins, counters.full_table_prints),
        (0, 0, 0)
    );
}

fn unpaid_are(site: &Site, state: &str) {
    for subscriber in site.subscribers() {
        let number: usize = subscriber["username"].as_str().unwrap()[4..].parse().unwrap();
        let wanted = if role(number) == Role::Unpaid { state } else { "active" };
        assert_eq!(subscriber["state"], wanted, "{subscriber}");
    }
}

#[test]
#[ignore = "needs the package faketime"]
fn the_night_on_a_moved_clock_survives_ten_kills() {
    let (mut site, today) = evening();
    let mut dice = Dice::thrown();
    let mut kills = 0;
    for number in (0..PEOPLE).filter(|number| role(*number) == Role::Paid) {
        site.asked(&["pay", &name(number), "1500.00", "--ref", &format!("EVENING{number}")]);
    }
    let evening = site.verified();
    site.move_to(today, time(23, 58, 46, 0));

    // Before the cut-off: the restart changes nothing.
    for _ in 0..2 {
        let service = site.run();
        dice.wait(1_000);
        service.kill();
        kills += 1;
        assert_eq!(site.verified(), evening);
        unpaid_are(&site, "active");
        assert_eq!(site.router.counters().commands_that_changed_state, 0);
    }
    assert!(
        site.clock.until(today, time(23, 59, 0, 0)) > Duration::ZERO,
        "the evening took too long"
    );

    // At the cut-off, and again and again while it is being carried out.
    let service = site.run();
    site.router_equals_ledger();
    std::thread::sleep(site.clock.until(today, time(23, 59, 0, 0)));
    dice.wait(CUTTING_MS);
    service.kill();
    kills += 1;
    assert_eq!(site.verified(), evening);
    for _ in 0..4 {
        let service = site.begin(&["run"]);
        dice.wait(CUTTING_MS);
        service.kill();
        kills += 1;
        assert_eq!(site.verified(), evening, "a cut-off is no entry");
    }
    let mut service = site.run();
    site.settled();
    site.router_equals_ledger();
    unpaid_are(&site, "suspended");
    only_the_unpaid_were_touched(&site);

    // While a payment comes in: it has come in or it has not, and the same again makes sure.
    let mut unpaid = (0..PEOPLE).filter(|number| role(*number) == Role::Unpaid).map(name);
    for payer in unpaid.by_ref().take(3) {
        let words = ["pay", &payer, "1500.00", "--ref", &format!("NIGHT-{payer}")];
        let mut payment = site.begin(&words);
        dice.wait(300);
        service.kill();
        kills += 1;
        payment.ended(BACK);
        site.verified();
        service = site.run();
        site.settled();
        site.router_equals_ledger();
        let answer = site.asked(&words);
        assert_eq!(
            (&answer["state"], &answer["balance"]),
            (&"active".into(), &"0.00".into())
        );
        site.settled();
        assert!(site.is_served(&payer));
        assert_eq!(site.asked(&words)["duplicate"], true);
    }
    assert_eq!(kills, 10);

    a_payment_brings_back_within_seconds(&site, &unpaid.next().unwrap());
    service = everything_again_changes_nothing(&site, service);
    only_the_unpaid_were_touched(&site);
    assert!(service.terminate(BACK).success(), "{}", site.log());
}

fn a_payment_brings_back_within_seconds(site: &Site, payer: &str) {
    site.is_cut(payer);
    let began = Instant::now();
    let answer = site.asked(&["pay", payer, "1500.00", "--ref", "NIGHT-LAST"]);
    assert_eq!(
        (&answer["resumed"], &answer["missing"]),
        (&true.into(), &"0.00".into()),
        "{answer}"
    );
    wait_for(payer, BACK.saturating_sub(began.elapsed()), || {
        let online = site.router.secret(payer).is_none() || site.router.sessions(payer).len() == 1;
        (site.is_served(payer) && online).then_some(())
    });
    site.settled();
    site.router_equals_ledger();
}

/// The list, the cut-off, a payment and a look at the router once more, with a kill in between.
fn everything_again_changes_nothing(site: &Site, service: crate::support::child::Kept) -> crate::support::child::Kept {
    let (ledger, people) = (site.ledger(), site.subscribers());
    let history = site.asked(&["jobs", "history", "disconnect"]);
    site.router.reset_counters();

    let again = site.import();
    assert_eq!((&again["added"], &again["updated"]), (&0.into(), &0.into()), "{again}");
    service.kill();
    let service = site.run();
    assert_eq!(site.asked(&["jobs", "history", "disconnect"]), history);
    let run = site.asked(&["jobs", "run", "disconnect"]);
    assert_eq!(run["counts"]["suspended"], 0, "{run}");
    assert_eq!(
        site.asked(&["pay", &name(1), "1500.00", "--ref", "EVENING1"])["duplicate"],
        true
    );
    site.asked(&["router", "reconcile"]);
    site.settled();

    assert!(site.ledger() == ledger, "the ledger is another one");
    assert!(site.subscribers() == people, "subscribers are not as they were");
    site.router_equals_ledger();
    let counters = site.router.counters();
    assert_eq!(
        (
            counters.commands_that_changed_state,
            counters.writes_that_changed_nothing
        ),
        (0, 0),
        "{counters:?}"
    );
    service
}
