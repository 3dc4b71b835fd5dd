//! Any mix of commands and nights: every law holds after each step, no rule ever contradicts the store, and what was done
//! twice is done once.

use weir::commands::payments::pay::Pay;
use weir::commands::payments::statement::PayFile;
use weir::commands::request::Request;
use weir::commands::subscribers::fields::SubscriberFields;
use weir::commands::subscribers::set::SubscriberSet;
use weir::model::day::Day;
use weir::model::subscriber::Access;

use super::{
    adjust, assign, close, extend, hilltop_with, hold, move_to, pay, release, reopen, reverse, set, statement,
};

/// Numbers that look like chance; the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

const NAMES: [&str; 4] = ["amina", "brian", "chebet", "dora"];
const AMOUNTS: [&str; 6] = ["50.00", "700.00", "1500.00", "2500.00", "3000.00", "4700.00"];

fn request(chance: &mut Chance, today: Day, payments: &mut u64) -> Request {
    let name = chance.one(&NAMES);
    let known = format!("R{}", chance.below(*payments + 1));
    let day = today
        .plus_days(i32::try_from(chance.below(40)).unwrap() - 10)
        .to_string();
    match chance.below(16) {
        0..=3 => {
            *payments += 1;
            pay(name, chance.one(&AMOUNTS), &format!("R{payments}"))
        }
        4 | 5 => reverse(&known),
        6 => move_to(&known, name),
        7 => adjust(name, chance.one(&["-700.00", "100.00", "1500.00", "-1500.00"])),
        8 => extend(name, &day),
        9 => hold(
            name,
            [None, Some(Access::On), Some(Access::Off)][usize::try_from(chance.below(3)).unwrap()],
        ),
        10 | 11 => release(name),
        12 => match chance.below(4) {
            0 => close(name),
            _ => reopen(name),
        },
        13 => set(
            name,
            SubscriberFields {
                package: Some(
                    chance
                        .one(&["home-10", "home-20", "daily", "free", "office-20", ""])
                        .to_owned(),
                ),
                ..SubscriberFields::default()
            },
        ),
        14 => set(
            name,
            SubscriberFields {
                expires_on: Some(day),
                ..SubscriberFields::default()
            },
        ),
        _ => match chance.below(2) {
            0 => assign(&known, name),
            _ => {
                *payments += 1;
                let account = chance.one(&["AC-amina", "AC-brian", "who", "ac dora"]);
                statement(&format!(
                    "reference,date,amount,account\nR{payments},{today},{},{account}\n{known},{today},50.00,{account}\n",
                    chance.one(&AMOUNTS)
                ))
            }
        },
    }
}

fn live(seed: u64, billing: &str, access: &str) {
    let mut chance = Chance(seed);
    let site = hilltop_with("2027-01-28", billing, access);
    for (name, package, end, balance) in [
        ("amina", "home-10", Some("2027-01-31"), Some("1500.00")),
        ("brian", "daily", Some("2027-01-29"), Some("200.00")),
        ("chebet", "home-20", Some("2027-01-25"), Some("-2500.00")),
        ("dora", "", None, None),
    ] {
        site.add(name, package, end, balance);
    }
    let mut today = Day::parse("2027-01-28").unwrap();
    let mut payments = 0;
    for step in 0..60 {
        if chance.below(3) == 0 {
            today = today.plus_days(i32::try_from(chance.below(12)).unwrap() + 1);
            site.live_until(&today.to_string());
        }
        let request = request(&mut chance, today, &mut payments);
        let told = site.try_json(request.clone());
        if let Err(failure) = &told {
            let broken = ["contradict", "weir verify", "cannot be"]
                .iter()
                .any(|word| failure.what.contains(word) || failure.way_out.contains(word));
            let due_day = failure.what.contains("cannot be cleared");
            assert!(!broken || due_day, "seed {seed}, step {step}, {request:?}: {failure}");
        }
        if let (
            Ok(_),
            Request::Pay(Pay { .. }) | Request::PayFile(PayFile { .. }) | Request::SubscriberSet(SubscriberSet { .. }),
        ) = (&told, &request)
        {
            let once = site.content();
            let again = site.try_json(request.clone());
            assert!(
                site.content() == once,
                "seed {seed}, step {step}, {request:?} again: {again:?}"
            );
        }
        for name in NAMES {
            let shown = site.show(name);
            if shown["state"] == "closed" || shown["state"] == "suspended" {
                assert_eq!(shown["access"], "off", "seed {seed}, step {step}: {shown}");
            }
        }
    }
}

#[test]
fn every_law_holds_after_any_mix_of_commands_and_nights() {
    for seed in 0..8 {
        live(seed, "", "");
    }
}

#[test]
fn every_law_holds_with_grace_credit_and_a_fixed_rhythm() {
    for seed in 100..106 {
        live(
            seed,
            "resume = \"from-due\"\ncredit_limit = \"300.00\"",
            "grace_days = 3",
        );
    }
}
