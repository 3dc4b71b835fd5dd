//! The customers, and when each of them pays.
//!
//! Some three hundred made-up people, the same on every run: their states, due days and habits come from fixed tables and
//! a small generator with a fixed seed. Days are counted from the day of the import, day 0. Must never know the program
//! that bills them.

use std::net::Ipv4Addr;

/// The most people: every first name with every last name.
pub const PEOPLE_MAX: usize = 300;

const FIRST: [&str; 20] = [
    "Amina", "Brian", "Chebet", "Daudi", "Esther", "Faith", "George", "Halima", "Isaac", "Joyce", "Kevin", "Leah",
    "Moses", "Nancy", "Oscar", "Purity", "Rashid", "Salome", "Titus", "Violet",
];
const LAST: [&str; 15] = [
    "Otieno",
    "Kamau",
    "Rono",
    "Mwangi",
    "Njeri",
    "Wafula",
    "Omondi",
    "Abdi",
    "Mutua",
    "Kilonzo",
    "Barasa",
    "Cheruiyot",
    "Wambui",
    "Onyango",
    "Juma",
];

/// A package of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoPackage {
    /// Its name, and that of its profile on the router.
    pub name: &'static str,
    /// Its price in cents.
    pub price: i64,
}

/// The packages, as `site.toml` has them.
pub const HOME_10: DemoPackage = DemoPackage {
    name: "home-10",
    price: 150_000,
};
/// See [`HOME_10`].
pub const HOME_20: DemoPackage = DemoPackage {
    name: "home-20",
    price: 250_000,
};
/// See [`HOME_10`]; seven days.
pub const KIOSK_5: DemoPackage = DemoPackage {
    name: "kiosk-5",
    price: 35_000,
};
/// See [`HOME_10`]; a fixed address.
pub const OFFICE_20: DemoPackage = DemoPackage {
    name: "office-20",
    price: 450_000,
};

/// How somebody pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// On this day, which is the due day or one before it.
    OnTime(i32),
    /// On this day, after having been cut off.
    Late(i32),
    /// Not within this month.
    Silent,
    /// Paid for months ahead.
    Ahead,
    /// Was cut off before the import; comes back on a day, or not.
    Gone(Option<i32>),
    /// Told apart, by name.
    Told,
}

/// One customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name in Weir and on the router.
    pub username: String,
    /// What they are called.
    pub name: String,
    /// Their phone.
    pub phone: String,
    /// The account that they state when they pay.
    pub account: String,
    /// What they buy.
    pub plan: DemoPackage,
    /// The fixed address; without one the service is pppoe.
    pub address: Option<Ipv4Addr>,
    /// The due day.
    pub due: i32,
    /// What the old books say their wallet holds, in cents.
    pub balance: i64,
    /// How they pay.
    pub habit: Habit,
    /// Whether the router lets them through when Weir comes.
    pub online: bool,
    /// Pays in cash at the counter instead of by phone.
    pub cash: bool,
}

/// The people whom the story names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedPerson {
    /// Pppoe; forgets, is cut off, pays the next morning.
    Brian,
    /// A fixed address; cut off in the same night.
    Chebet,
    /// Pays with a note that turns out to be false.
    Daudi,
    /// Has paid for months; her due day falls into the darkness.
    Esther,
    /// Pays during the darkness.
    Faith,
    /// Mistypes the account.
    George,
    /// Promises to pay.
    Halima,
    /// Is away; put on hold.
    Isaac,
    /// Is cut off before the darkness; pays while the box does not know the day.
    Joyce,
}

impl NamedPerson {
    /// Returns the place among the people.
    #[must_use]
    pub const fn place(self) -> usize {
        match self {
            Self::Brian => 1,
            Self::Chebet => 2,
            Self::Daudi => 3,
            Self::Esther => 4,
            Self::Faith => 5,
            Self::George => 6,
            Self::Halima => 7,
            Self::Isaac => 8,
            Self::Joyce => 9,
        }
    }
}

/// The due days of the named, in their order; the one at 0 is nobody special.
const NAMED_DUE: [i32; 10] = [5, 6, 6, 8, 12, 13, 15, 18, 10, 10];

/// Due days of the others lie from here ...
const DUE_FIRST: i32 = 3;
/// ... over so many days: each monthly due day falls into the month once, whatever its length.
const DUE_DAYS: i32 = 26;

/// The due day of everybody who bought when the first salaries came in: a quarter of all. They pay on that day, by phone.
pub const PAYDAY: i32 = 24;

/// A generator of numbers that look like chance: splitmix64, public domain, by Sebastiano Vigna.
struct Dice(u64);

impl Dice {
    /// Returns a number below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)).checked_rem(sides).unwrap_or(0)
    }

    fn days(&mut self, sides: u64) -> i32 {
        i32::try_from(self.roll(sides)).unwrap_or(0)
    }
}

/// Returns the first `count` people, at most [`PEOPLE_MAX`].
#[must_use]
pub fn people(count: usize) -> Vec<Person> {
    let mut dice = Dice(2026);
    (0..count.min(PEOPLE_MAX)).map(|at| person(at, &mut dice)).collect()
}

fn person(at: usize, dice: &mut Dice) -> Person {
    let (row, column) = (at / FIRST.len(), at % FIRST.len());
    let first = FIRST.get(column).copied().unwrap_or_default();
    let last = LAST.get((row + column) % LAST.len()).copied().unwrap_or_default();
    let number = u32::try_from(at).unwrap_or(0).saturating_add(1);
    let mut person = Person {
        username: format!("{first}.{last}").to_lowercase(),
        name: format!("{first} {last}"),
        phone: format!("+2547000{number:05}"),
        account: format!("H{number:03}"),
        plan: if dice.roll(4) == 0 { HOME_20 } else { HOME_10 },
        address: None,
        due: DUE_FIRST.saturating_add(dice.days(DUE_DAYS.unsigned_abs().into())),
        balance: 0,
        habit: Habit::Told,
        online: true,
        cash: dice.roll(5) == 0,
    };
    let roll = dice.roll(100);
    if let Some(due) = NAMED_DUE.get(at) {
        person.due = *due;
        person.plan = HOME_10;
        match at {
            0 => person.habit = Habit::OnTime(*due),
            2 => fix_address(&mut person, number),
            4 => ahead(&mut person, 3),
            _ => {}
        }
        return person;
    }
    if at % 5 == 4 {
        fix_address(&mut person, number);
    }
    live(&mut person, at, roll, dice);
    person
}

/// Gives a person a due day, a balance and a habit by their place in the list.
fn live(person: &mut Person, at: usize, roll: u64, dice: &mut Dice) {
    match at % 50 {
        7 | 32 => {
            person.due = 0_i32.saturating_sub(3).saturating_sub(dice.days(37));
            person.online = at < 60 && person.address.is_none();
            let owes = at % 50 == 7;
            person.balance = if owes {
                0_i64.saturating_sub(person.plan.price)
            } else {
                0
            };
            person.habit = Habit::Gone((roll < 50).then(|| dice.days(25).saturating_add(2)));
        }
        11 => {
            // The old system has charged today's due day already.
            person.due = 0;
            person.balance = 0_i64.saturating_sub(person.plan.price);
            person.habit = if roll < 50 { Habit::OnTime(0) } else { Habit::Late(2) };
        }
        13 | 38 if person.address.is_none() => {
            person.plan = KIOSK_5;
            person.due = dice.days(7).saturating_add(1);
            ahead(person, 6);
        }
        5 | 17 | 30 | 42 => ahead(person, 3),
        _ if matches!(at % 10, 0 | 6 | 8) => {
            (person.due, person.cash) = (PAYDAY, false);
            person.habit = match roll {
                0..85 => Habit::OnTime(PAYDAY),
                85..95 => Habit::Late(PAYDAY.saturating_add(1)),
                _ => Habit::Silent,
            };
        }
        _ if roll < 74 => person.habit = Habit::OnTime(person.due.saturating_sub(dice.days(3))),
        _ if roll < 93 => person.habit = Habit::Late(person.due.saturating_add(1).saturating_add(dice.days(4))),
        _ => person.habit = Habit::Silent,
    }
}

fn fix_address(person: &mut Person, number: u32) {
    let [_, _, high, low] = number.to_be_bytes();
    person.address = Some(Ipv4Addr::new(10, 20, high, low));
    person.plan = OFFICE_20;
}

fn ahead(person: &mut Person, cycles: i64) {
    person.balance = person.plan.price.saturating_mul(cycles);
    person.habit = Habit::Ahead;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn three_hundred_people_have_names_of_their_own_and_are_the_same_each_time() {
        let all = people(PEOPLE_MAX);
        let names: BTreeSet<&str> = all.iter().map(|person| person.username.as_str()).collect();
        assert_eq!(names.len(), PEOPLE_MAX);
        assert_eq!(all, people(PEOPLE_MAX));
    }

    #[test]
    fn no_night_would_cut_more_than_a_tenth() {
        let all = people(PEOPLE_MAX);
        for night in 0..30 {
            let cut = all
                .iter()
                .filter(|person| person.due == night && matches!(person.habit, Habit::Late(_) | Habit::Silent))
                .count();
            assert!(cut * 10 <= PEOPLE_MAX, "{cut} in night {night}");
        }
    }
}
