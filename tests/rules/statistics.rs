//! When was each bill paid? Tables, laws, and an oracle that counts coin by coin.

use std::collections::BTreeMap;

use proptest::prelude::*;
use weir::model::day::{Day, Instant};
use weir::model::entry::{Entry, EntryKind};
use weir::model::entry_chain::{EntryHash, EntrySeq};
use weir::model::money::Money;
use weir::model::name::{Reference, Source};
use weir::model::subscriber::SubscriberId;
use weir::rules::open_charges::OpenCharges;
use weir::rules::statistics::{LedgerEvent, OpenBalance, Period, Reversals, Scope, Tally};

const WHO: SubscriberId = SubscriberId(1);
const GRACE: u16 = 3;
/// The day that all days here count from.
const START: i32 = 20_000;

/// An entry as a test writes it: what, how much, on which day, under which reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Bill(i64, i32),
    Pay(i64, i32, u8),
    Reverse(i64, i32, u8),
    Adjust(i64, i32),
}

fn entries(steps: &[Step]) -> Vec<Entry> {
    let mut balance = 0;
    steps
        .iter()
        .zip(1..)
        .map(|(step, seq)| {
            let (kind, amount, day, source, reference) = match *step {
                Step::Bill(amount, day) => (EntryKind::Debit, amount, day, "Monthly Bill", None),
                Step::Pay(amount, day, name) => (EntryKind::Credit, amount, day, "Cash", Some(format!("R{name}"))),
                // Typed in small letters: the same receipt.
                Step::Reverse(amount, day, name) => (
                    EntryKind::Adjustment,
                    -amount,
                    day,
                    "Reversal",
                    Some(format!("r{name}")),
                ),
                Step::Adjust(amount, day) => (EntryKind::Adjustment, amount, day, "Adjustment", None),
            };
            balance += kind.effect(Money::from_minor(amount)).minor();
            Entry {
                seq: EntrySeq(seq),
                subscriber: WHO,
                previous: (seq > 1).then(|| EntrySeq(seq - 1)),
                kind,
                amount: Money::from_minor(amount),
                source: Source::new(source).unwrap(),
                reference: reference.map(|text| Reference::new(&text).unwrap()),
                balance_after: Money::from_minor(balance),
                for_day: Day::from_number(START + day),
                recorded_at: Instant::from_millis(0),
                actor: "test".to_owned(),
                comment: None,
                hash: EntryHash::default(),
            }
        })
        .collect()
}

/// All events, and what is left in the wallet.
fn settled(steps: &[Step]) -> (Vec<LedgerEvent>, i64) {
    let entries = entries(steps);
    let mut reversals = Reversals::default();
    entries.iter().for_each(|entry| reversals.note(entry));
    let mut line = OpenBalance::default();
    let mut events = Vec::new();
    for entry in &entries {
        if let Some(movement) = reversals.movement(entry) {
            line.take(movement, &mut |event| events.push(event));
        }
    }
    (events, line.balance().minor())
}

fn period(from: i32, to: i32) -> Period {
    Period {
        from: Day::from_number(START + from),
        to: Day::from_number(START + to),
    }
}

/// The figures of days `from` to `to`, asked long after.
fn tally(steps: &[Step], from: i32, to: i32) -> Tally {
    tally_on(steps, from, to, 20_000)
}

fn tally_on(steps: &[Step], from: i32, to: i32, today: i32) -> Tally {
    let mut tally = Tally::default();
    let scope = Scope {
        period: period(from, to),
        grace_days: GRACE,
        today: Day::from_number(START + today),
    };
    for event in settled(steps).0 {
        tally.hear(&event, &scope);
    }
    tally
}

/// What is open at the end of a day, asked long after.
fn open_at(steps: &[Step], day: i32) -> OpenCharges {
    let mut open = OpenCharges::at(Day::from_number(START + day), Day::from_number(START + 20_000));
    settled(steps).0.iter().for_each(|event| open.hear(WHO, event));
    open
}

/// Due day and day of payment of each bill that was paid.
fn paid(steps: &[Step]) -> Vec<(i32, i32)> {
    settled(steps)
        .0
        .into_iter()
        .filter_map(|event| match event {
            LedgerEvent::Paid { due, day } => Some((due.number() - START, day.number() - START)),
            LedgerEvent::Collected { .. }
            | LedgerEvent::Billed { .. }
            | LedgerEvent::Covered { .. }
            | LedgerEvent::Charged { .. }
            | LedgerEvent::ChargeCovered { .. } => None,
        })
        .collect()
}

/// What it is about, what happens, and which bills are paid: due day, day paid.
type Case<'c> = (&'c str, &'c [Step], &'c [(i32, i32)]);

#[test]
fn a_bill_is_paid_on_the_day_on_which_credits_since_have_covered_it() {
    use Step::{Adjust, Bill, Pay, Reverse};
    let cases: &[Case<'_>] = &[
        (
            "money that waited pays on the due day",
            &[Pay(15, 2, 1), Bill(15, 10)],
            &[(10, 10)],
        ),
        (
            "the day it was made counts, not that it came before",
            &[Pay(15, 12, 1), Bill(15, 10)],
            &[(10, 12)],
        ),
        ("paid after the due day", &[Bill(15, 10), Pay(15, 14, 1)], &[(10, 14)]),
        (
            "the last part pays",
            &[Bill(15, 10), Pay(10, 11, 1), Pay(5, 20, 2)],
            &[(10, 20)],
        ),
        ("a part pays nothing", &[Bill(15, 10), Pay(14, 11, 1)], &[]),
        (
            "one payment pays two, the oldest first",
            &[Bill(15, 10), Bill(15, 40), Pay(30, 41, 1)],
            &[(10, 41), (40, 41)],
        ),
        (
            "what is too much waits for the next",
            &[Bill(15, 10), Pay(30, 11, 1), Bill(15, 40)],
            &[(10, 11), (40, 40)],
        ),
        (
            "a backdated payment never pays before the due day",
            &[Bill(15, 10), Pay(15, 3, 1)],
            &[(10, 10)],
        ),
        (
            "a payment taken back never came",
            &[Bill(15, 10), Pay(15, 11, 1), Reverse(15, 12, 1)],
            &[],
        ),
        (
            "the next payment pays what the one taken back had paid",
            &[
                Bill(15, 10),
                Pay(15, 11, 1),
                Bill(15, 40),
                Pay(15, 40, 2),
                Reverse(15, 50, 1),
            ],
            &[(10, 40)],
        ),
        (
            "paid again under the same reference",
            &[Bill(15, 10), Pay(15, 11, 1), Reverse(15, 12, 1), Pay(15, 20, 1)],
            &[(10, 20)],
        ),
        (
            "a reversal without its payment is a charge",
            &[Reverse(15, 1, 9), Bill(15, 10), Pay(15, 11, 1)],
            &[],
        ),
        (
            "a debt brought along is paid first",
            &[Adjust(-5, 1), Bill(15, 10), Pay(15, 11, 1), Pay(5, 30, 2)],
            &[(10, 30)],
        ),
        ("a write-off covers", &[Bill(15, 10), Adjust(15, 25)], &[(10, 25)]),
        (
            "a refund takes from what waits",
            &[Pay(15, 1, 1), Adjust(-15, 2), Bill(15, 10)],
            &[],
        ),
    ];
    for (what, steps, wanted) in cases {
        assert_eq!(paid(steps), *wanted, "{what}");
    }
}

#[test]
fn on_time_is_within_the_days_of_grace() {
    use Step::{Bill, Pay};
    for (day, on_time, late) in [(10, 1, 0), (13, 1, 0), (14, 0, 1)] {
        let figures = tally(&[Bill(15, 10), Pay(15, day, 1)], 0, 60);
        assert_eq!((figures.on_time, figures.late), (on_time, late), "paid on day {day}");
    }
    let figures = tally(
        &[Bill(15, 10), Pay(15, 12, 1), Bill(15, 40), Pay(15, 49, 2), Bill(15, 55)],
        0,
        60,
    );
    assert_eq!((figures.on_time, figures.late), (1, 1));
    assert_eq!(figures.average_delay_tenths(), Some(55));
    // The last bill is open, and its time is over.
    assert_eq!((figures.time_over_on_time, figures.time_over), (1, 3));
    assert_eq!(figures.on_time_permille(), Some(333));
    assert_eq!(figures.billed, Money::from_minor(45));
    assert_eq!(figures.collected, Money::from_minor(30));
    assert_eq!(figures.outstanding, Money::from_minor(15));
    assert_eq!(tally(&[], 0, 60).average_delay_tenths(), None);
}

#[test]
fn a_write_off_covers_and_is_not_collected() {
    let figures = tally(&[Step::Bill(15, 10), Step::Adjust(15, 12)], 0, 60);
    assert_eq!((figures.collected.minor(), figures.outstanding.minor()), (0, 0));
}

#[test]
fn a_month_shows_what_was_open_at_its_end_although_it_was_paid_since() {
    let steps = [Step::Bill(15, 28), Step::Pay(15, 35, 1)];
    let march = tally(&steps, 0, 30);
    assert_eq!(
        (march.billed.minor(), march.outstanding.minor(), march.late),
        (15, 15, 0)
    );
    let april = tally(&steps, 31, 60);
    assert_eq!((april.billed.minor(), april.outstanding.minor(), april.late), (0, 0, 1));
}

#[test]
fn late_is_who_owes_beyond_grace_and_the_debt_ages() {
    let steps = [
        Step::Bill(15, 0),
        Step::Pay(5, 3, 1),
        Step::Bill(15, 60),
        Step::Bill(15, 69),
    ];
    let open = open_at(&steps, 70);
    let late = open.late(GRACE);
    assert_eq!(late.len(), 1);
    assert_eq!(
        (late[0].overdue.minor(), late[0].days),
        (25, 70),
        "the newest bill is within grace"
    );
    assert_eq!(late[0].owed.minor(), 40, "and is owed all the same");
    let ageing = open.ageing().map(|aged| (aged.charges, aged.amount.minor()));
    assert_eq!(ageing, [(1, 15), (1, 15), (0, 0), (1, 10)]);
    for (days, place) in [(7, 0), (8, 1), (30, 1), (31, 2), (60, 2), (61, 3)] {
        let open = open_at(&[Step::Bill(15, 0)], days);
        assert_eq!(open.ageing()[place].charges, 1, "{days} days old");
    }
}

#[test]
fn a_debt_that_was_brought_along_is_owed_and_makes_nobody_late() {
    let steps = [Step::Adjust(-50, 1), Step::Bill(15, 10), Step::Pay(20, 12, 1)];
    let figures = tally(&steps, 0, 30);
    assert_eq!((figures.billed.minor(), figures.outstanding.minor()), (15, 45));
    let open = open_at(&steps, 30);
    let late = open.late(GRACE);
    assert_eq!((late[0].owed.minor(), late[0].overdue.minor()), (45, 15));
    assert_eq!(open_at(&steps[..1], 30).late(GRACE), []);
    assert_eq!(open_at(&steps[..1], 30).ageing()[1].amount.minor(), 50);
}

#[test]
fn paid_on_time_is_of_all_bills_whose_time_is_over() {
    // Due on day 10, on time through day 13.
    let unpaid = [Step::Bill(15, 10)];
    let early = [Step::Bill(15, 10), Step::Pay(15, 11, 1)];
    let late = [Step::Bill(15, 10), Step::Pay(15, 14, 1)];
    for (today, over) in [(12, 0), (13, 0), (14, 1), (60, 1)] {
        for (steps, on_time) in [(&unpaid[..], 0), (&early, over), (&late, 0)] {
            let figures = tally_on(steps, 0, 30, today);
            let found = (figures.time_over_on_time, figures.time_over);
            assert_eq!(found, (on_time, over), "{steps:?} on day {today}");
        }
    }
    // It belongs to the period in which its time ended.
    assert_eq!(tally(&unpaid, 0, 12).time_over, 0);
    assert_eq!(tally(&unpaid, 13, 20).time_over, 1);
    assert_eq!(tally(&early, 0, 30).on_time_permille(), Some(1_000));
    assert_eq!(tally(&unpaid, 0, 30).on_time_permille(), Some(0));
    assert_eq!(tally(&[], 0, 30).on_time_permille(), None);
}

#[test]
fn what_is_outstanding_today_is_what_the_wallet_lies_below_zero() {
    // Posted for a day that has not come, by a clock that was wrong.
    let steps = [Step::Bill(15, 900)];
    assert_eq!(tally_on(&steps, 0, 30, 30).outstanding.minor(), 15);
    assert_eq!(
        tally_on(&steps, 0, 29, 30).outstanding.minor(),
        0,
        "yesterday it was not owed"
    );
}

/// Histories as a ledger can hold them: bills in the order of their due days, a reference reversed only while it stands.
fn histories() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..6_u8, 1..40_i64, 0..12_i32, 0..6_u8);
    proptest::collection::vec(step, 0..40).prop_map(|raw| {
        let mut steps = Vec::new();
        let mut due = 0;
        let mut today = 0;
        let mut standing: BTreeMap<u8, i64> = BTreeMap::new();
        for (what, amount, days, name) in raw {
            today += days / 3;
            match what {
                0 | 1 => {
                    due = today.max(due + 1);
                    steps.push(Step::Bill(amount, due));
                }
                2 | 3 if !standing.contains_key(&name) => {
                    standing.insert(name, amount);
                    steps.push(Step::Pay(amount, (today - days / 2).max(0), name));
                }
                4 => {
                    if let Some(amount) = standing.remove(&name) {
                        steps.push(Step::Reverse(amount, today, name));
                    }
                }
                5 if days > 8 => steps.push(Step::Adjust(amount - 20, today)),
                _ => {}
            }
        }
        steps
    })
}

/// Coin by coin: every coin of every payment that stands pays the oldest coin that is charged.
fn oracle(steps: &[Step]) -> Vec<(i32, i32)> {
    let mut gone = vec![false; steps.len()];
    for (at, step) in steps.iter().enumerate() {
        if let Step::Reverse(_, _, name) = step {
            let credit = (0..at)
                .rev()
                .find(|i| !gone[*i] && matches!(steps[*i], Step::Pay(_, _, other) if other == *name));
            gone[credit.unwrap()] = true;
            gone[at] = true;
        }
    }
    let mut coins: Vec<i32> = Vec::new();
    let mut charged: Vec<(Option<usize>, i32)> = Vec::new();
    let mut bills: Vec<(i32, i64)> = Vec::new();
    for (step, gone) in steps.iter().zip(gone) {
        match *step {
            _ if gone => {}
            Step::Bill(amount, day) => {
                charged.extend((0..amount).map(|_| (Some(bills.len()), day)));
                bills.push((day, amount));
            }
            Step::Pay(amount, day, _) => coins.extend((0..amount).map(|_| day)),
            Step::Adjust(amount, day) if amount > 0 => coins.extend((0..amount).map(|_| day)),
            Step::Adjust(amount, day) => charged.extend((0..-amount).map(|_| (None, day))),
            Step::Reverse(..) => unreachable!("every reversal has its payment"),
        }
    }
    let mut covered = vec![(0_i64, i32::MIN); bills.len()];
    for (coin, (bill, day)) in coins.iter().zip(&charged) {
        if let Some(bill) = bill {
            covered[*bill].0 += 1;
            covered[*bill].1 = covered[*bill].1.max(*coin).max(*day);
        }
    }
    bills
        .iter()
        .zip(covered)
        .filter(|((_, amount), (coins, _))| amount == coins)
        .map(|((due, _), (_, day))| (*due, day))
        .collect()
}

proptest! {
    #[test]
    fn what_is_paid_is_what_counting_coin_by_coin_gives(steps in histories()) {
        prop_assert_eq!(paid(&steps), oracle(&steps));
    }

    #[test]
    fn what_is_left_is_the_balance(steps in histories()) {
        let balance = entries(&steps).last().map_or(0, |entry| entry.balance_after.minor());
        prop_assert_eq!(settled(&steps).1, balance);
    }

    #[test]
    fn what_was_covered_and_what_is_open_is_what_was_billed(steps in histories()) {
        let all = tally(&steps, -1_000, 10_000);
        let balance = entries(&steps).last().map_or(0, |entry| entry.balance_after.minor());
        prop_assert_eq!(all.outstanding.minor(), (-balance).max(0), "what is owed is what the wallet lies below zero");
        let late = open_at(&steps, 10_000).late(GRACE);
        let overdue = late.first().map_or(0, |late| late.overdue.minor());
        prop_assert_eq!(all.covered.minor() + overdue, all.billed.minor());
        prop_assert!(late.iter().all(|late| late.owed == all.outstanding));
        let aged: i64 = open_at(&steps, 10_000).ageing().iter().map(|aged| aged.amount.minor()).sum();
        prop_assert_eq!(aged, all.outstanding.minor());
    }

    #[test]
    fn periods_that_meet_add_up(steps in histories(), cut in 0..80_i32) {
        let whole = tally(&steps, -1_000, 10_000);
        let first = tally(&steps, -1_000, cut);
        let second = tally(&steps, cut + 1, 10_000);
        let mut both = first;
        both.add(&second);
        // What is open is a standing, not a sum.
        both.outstanding = second.outstanding;
        prop_assert_eq!(both, whole);
        if !steps.iter().any(|step| matches!(step, Step::Adjust(amount, _) if *amount < 0)) {
            prop_assert_eq!(
                first.outstanding.minor() + second.billed.minor() - second.covered.minor(),
                second.outstanding.minor()
            );
        }
    }

    #[test]
    fn a_payment_that_is_taken_back_leaves_no_trace(steps in histories(), amount in 1..50_i64, at in 0..40_usize) {
        let mut with = steps.clone();
        let at = at.min(with.len());
        with.insert(at, Step::Pay(amount, 5, 99));
        with.push(Step::Reverse(amount, 90, 99));
        prop_assert_eq!(settled(&with), settled(&steps));
    }
}
