//! A due day is anchor plus k cycles, clamped to the month's last day, always computed from the anchor.

use proptest::prelude::*;
use weir::model::day::Day;
use weir::model::package::Cycle;
use weir::model::subscriber::AnchorDay;
use weir::rules::due;

use super::book::day;

#[test]
fn months_keep_the_anchor_and_clamp_to_the_last_day() {
    let cases = [
        // from, cycle, then the due days that follow
        (
            "2027-01-31",
            "monthly",
            vec!["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"],
        ),
        ("2028-01-31", "monthly", vec!["2028-02-29", "2028-03-31"]),
        ("2027-01-30", "monthly", vec!["2027-02-28", "2027-03-30"]),
        ("2027-03-10", "monthly", vec!["2027-04-10", "2027-05-10"]),
        ("2027-12-15", "monthly", vec!["2028-01-15"]),
        (
            "2027-11-30",
            "quarterly",
            vec!["2028-02-29", "2028-05-30", "2028-08-30"],
        ),
        (
            "2028-02-29",
            "annual",
            vec!["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"],
        ),
        ("2027-01-31", "30 days", vec!["2027-03-02", "2027-04-01"]),
        ("2027-03-01", "1 day", vec!["2027-03-02", "2027-03-03"]),
    ];
    for (from, cycle, expected) in cases {
        let cycle = Cycle::parse(cycle).unwrap();
        let (mut end, mut anchor) = (day(from), AnchorDay::of(day(from)));
        for expected in expected {
            (end, anchor) = due::next(end, anchor, cycle);
            assert_eq!(end.to_string(), expected, "after {from}, {cycle}");
        }
    }
}

#[test]
fn a_cycle_of_days_anchors_at_the_day_it_ends_on() {
    let (end, anchor) = due::next(day("2027-01-31"), AnchorDay::of(day("2027-01-31")), Cycle::Days(30));
    assert_eq!((end.to_string().as_str(), anchor.day_of_month()), ("2027-03-02", 2));
}

fn cycles() -> impl Strategy<Value = Cycle> {
    prop_oneof![
        Just(Cycle::Months(1)),
        Just(Cycle::Months(3)),
        Just(Cycle::Months(12)),
        (1_u16..400).prop_map(Cycle::Days)
    ]
}

proptest! {
    #[test]
    fn the_kth_due_day_is_k_steps_of_one(start in 20_000_i32..30_000, cycle in cycles(), k in 1_u32..40) {
        let start = Day::from_number(start);
        let (mut end, mut anchor) = (start, AnchorDay::of(start));
        for _ in 0..k {
            let (next, next_anchor) = due::next(end, anchor, cycle);
            prop_assert!(next > end, "due days go forward");
            (end, anchor) = (next, next_anchor);
        }
        let at_once = due::nth(start, AnchorDay::of(start), cycle, k);
        prop_assert_eq!(at_once.0, end);
    }

    #[test]
    fn the_first_due_day_after_today_is_the_nearest(start in 20_000_i32..30_000, cycle in cycles(), gap in -400_i32..4_000) {
        let start = Day::from_number(start);
        let today = start.plus_days(gap);
        let (end, _) = due::first_after(start, AnchorDay::of(start), cycle, today);
        prop_assert!(end > today && end > start);
        // No due day of the rhythm lies between.
        let mut k = 1;
        while due::nth(start, AnchorDay::of(start), cycle, k).0 < end {
            prop_assert!(due::nth(start, AnchorDay::of(start), cycle, k).0 <= today);
            k += 1;
        }
        prop_assert_eq!(due::nth(start, AnchorDay::of(start), cycle, k).0, end);
    }
}
