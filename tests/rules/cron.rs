//! Cron expressions: what is read, what it means, and when it occurs in zones that jump.

use std::collections::BTreeMap;

use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use weir::model::day::Instant;
use weir::model::job::Occurrence;
use weir::rules::cron::expression::Schedule;

fn schedule(text: &str) -> Schedule {
    Schedule::parse(text).unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

/// The instant at which the zone shows this civil time, for the first time.
fn at(zone: &TimeZone, civil: DateTime) -> Instant {
    Instant::from_timestamp(zone.to_timestamp(civil).unwrap())
}

/// `civil time @ instant`, for all occurrences of a civil day and the next.
fn around(text: &str, name: &str, second_fold: bool, day: jiff::civil::Date) -> Vec<String> {
    let zone = zone(name);
    let from = at(&zone, day.at(0, 0, 0, 0)).plus_millis(-1);
    let until = at(&zone, day.tomorrow().unwrap().at(23, 59, 0, 0));
    schedule(text)
        .occurrences(&zone, second_fold, from, until)
        .map(|occurrence| format!("{} {}", occurrence.civil.strftime("%d %H:%M"), occurrence.at.rfc3339()))
        .collect()
}

#[test]
fn a_faulty_field_is_named_with_its_bounds_and_its_place() {
    let table = [
        ("61 * * * *", Some("minute"), 0..2, "minute `61` is outside 0-59"),
        ("1,61 * * * *", Some("minute"), 2..4, "minute `61` is outside 0-59"),
        ("0 24 * * *", Some("hour"), 2..4, "hour `24` is outside 0-23"),
        (
            "0 0 0 * *",
            Some("day of month"),
            4..5,
            "day of month `0` is outside 1-31",
        ),
        ("0 0 * 13 *", Some("month"), 6..8, "month `13` is outside 1-12"),
        (
            "0  0 *\t* 8",
            Some("day of week"),
            9..10,
            "day of week `8` is outside 0-7",
        ),
        (
            "0 0 * * 99999",
            Some("day of week"),
            8..13,
            "day of week `99999` is outside 0-7",
        ),
        (
            "0 0 * FOO *",
            Some("month"),
            6..9,
            "month `FOO` is not understood; write a number 1-12 or a name, JAN to DEC",
        ),
        (
            "-1 * * * *",
            Some("minute"),
            0..2,
            "minute `` is not understood; write a number 0-59",
        ),
        (
            "+1 * * * *",
            Some("minute"),
            0..2,
            "minute `+1` is not understood; write a number 0-59",
        ),
        (
            "*/0 * * * *",
            Some("minute"),
            0..3,
            "minute `*/0` has the step `0`, which is outside 1-59",
        ),
        (
            "*/60 * * * *",
            Some("minute"),
            0..4,
            "minute `*/60` has the step `60`, which is outside 1-59",
        ),
        (
            "*/ * * * *",
            Some("minute"),
            0..2,
            "minute `*/` has the step ``, which is outside 1-59",
        ),
        (
            "5/10 * * * *",
            Some("minute"),
            0..4,
            "minute `5/10` has a step without a range; write `*/…` or `5-59/…`",
        ),
        (
            "0 22-2 * * *",
            Some("hour"),
            2..6,
            "hour range `22-2` runs backwards; write two ranges, `22-23,0-2`",
        ),
        (
            "1,,2 * * * *",
            Some("minute"),
            0..4,
            "minute has an empty item beside a `,`; remove the comma or write a number",
        ),
        (
            "*,5 * * * *",
            Some("minute"),
            0..1,
            "minute `*` already means all, so it cannot be part of a list; remove the rest of the list",
        ),
        (
            "0 0 L * *",
            Some("day of month"),
            4..5,
            "day of month `L` is not understood; write a number 1-31 (`L`, `W`, `#` and `?` are extensions of other programs)",
        ),
        (
            "0 0 ? * *",
            Some("day of month"),
            4..5,
            "day of month `?` is not understood; write a number 1-31 (`L`, `W`, `#` and `?` are extensions of other programs)",
        ),
        (
            "0 0 * * 5#1",
            Some("day of week"),
            8..11,
            "day of week `5#1` is not understood; write a number 0-7 or a name, SUN to SAT (`L`, `W`, `#` and `?` are extensions of other programs)",
        ),
        (
            "5 0 31 2 *",
            Some("day of month"),
            4..6,
            "day of month `31` never occurs in month `2`, so this schedule would never run; write a day that the \
            month has",
        ),
        (
            "5 0 30-31 FEB *",
            Some("day of month"),
            4..9,
            "day of month `30-31` never occurs in month `FEB`, so this schedule would never run; write a day that \
            the month has",
        ),
        (
            "5 0 31 4,6 */2",
            Some("day of month"),
            4..6,
            "day of month `31` never occurs in month `4,6`, so this schedule would never run; write a day that the \
            month has",
        ),
        (
            "* * * *",
            None,
            0..7,
            "a schedule has five fields (minute, hour, day of month, month, day of week), but here are 4; for \
            example `5 0 * * *`",
        ),
        (
            "0 * * * * *",
            None,
            0..11,
            "a schedule has five fields (minute, hour, day of month, month, day of week), but here are 6; for \
            example `5 0 * * *`",
        ),
        (
            "",
            None,
            0..0,
            "a schedule has five fields (minute, hour, day of month, month, day of week), but here are 0; for \
            example `5 0 * * *`",
        ),
        (
            "@daily",
            None,
            0..6,
            "`@daily` is a nickname; write the five fields, `0 0 * * *`",
        ),
    ];
    for (text, field, range, message) in table {
        let error = Schedule::parse(text).expect_err(text);
        assert_eq!(
            (error.field, error.range.clone(), error.message.as_str()),
            (field, range, message),
            "{text}"
        );
        assert!(text.get(error.range).is_some());
    }
}

#[test]
fn a_meaning_is_right_in_words() {
    let table = [
        ("5 0 * * *", "every day at 00:05"),
        ("59 23 * * *", "every day at 23:59"),
        ("*/15 * * * *", "every 15 minutes"),
        ("0,15,30,45 * * * *", "every 15 minutes"),
        ("*/40 * * * *", "at minutes 0 and 40 of every hour"),
        ("5-59/15 * * * *", "at minutes 5, 20, 35 and 50 of every hour"),
        ("5 3 * * 0", "every Sunday at 03:05"),
        ("5 3 * * 7", "every Sunday at 03:05"),
        ("0 10 1 * *", "on day 1 of every month at 10:00"),
        (
            "0 8,12,16 * * MON-FRI",
            "every day from Monday to Friday at 08:00, 12:00 and 16:00",
        ),
        ("0 9 * * FRI-SUN", "every Sunday, Friday and Saturday at 09:00"),
        ("0 10 1,15 JAN,jul *", "on days 1 and 15 of January and July at 10:00"),
        ("0 0 13 * 5", "on day 13 of every month and also every Friday at 00:00"),
        ("0 0 1-31 * 5", "every day at 00:00"),
        (
            "0 0 */2 2 1",
            "on days 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29 and 31 of February when that is a Monday at 00:00",
        ),
        ("5 0 29 2 *", "on day 29 of February at 00:05"),
        ("0 0 * 6-8 *", "every day in June, July and August at 00:00"),
        ("* * * * *", "every minute"),
        ("0 * * * *", "every hour"),
        ("7 * * * *", "at minute 7 of every hour"),
        ("0 */2 * * *", "every 2 hours from 00:00 on"),
        (
            "*/15 8-17 * * 1-5",
            "every 15 minutes of hours 8 to 17, every day from Monday to Friday",
        ),
        ("* 2 * * *", "every minute of hour 2"),
        ("0 */5 * * *", "every day at 00:00, 05:00, 10:00, 15:00 and 20:00"),
    ];
    for (text, meaning) in table {
        assert_eq!(schedule(text).meaning(), meaning, "{text}");
    }
}

#[test]
fn a_schedule_keeps_its_text_and_may_be_shared() {
    fn shared<T: Send + Sync + Clone + std::fmt::Debug>(_: &T) {}
    let schedule = schedule("5  0 * *\tMON");
    shared(&schedule);
    assert_eq!(schedule.text(), "5  0 * *\tMON");
}

#[test]
fn leap_days_come_when_they_come() {
    let leap = schedule("5 0 29 2 *");
    let mut civil = date(2096, 2, 1).at(0, 0, 0, 0);
    let mut found = Vec::new();
    for _ in 0..2 {
        civil = leap.next_civil_after(civil).unwrap();
        found.push(civil.to_string());
    }
    assert_eq!(found, ["2096-02-29T00:05:00", "2104-02-29T00:05:00"]);
}

#[test]
fn either_day_field_counts_unless_one_begins_with_a_star() {
    let days = |text: &str| -> Vec<i8> {
        let zone = TimeZone::UTC;
        let from = at(&zone, date(2026, 5, 31).at(12, 0, 0, 0));
        let until = at(&zone, date(2026, 6, 30).at(12, 0, 0, 0));
        schedule(text)
            .occurrences(&zone, false, from, until)
            .map(|found| found.civil.day())
            .collect()
    };
    // June 2026 begins on a Monday.
    assert_eq!(days("0 0 3 * 1"), [1, 3, 8, 15, 22, 29]);
    assert_eq!(days("0 0 */7 * 1"), [1, 8, 15, 22, 29]);
    assert_eq!(days("0 0 */6 * 1"), [1]);
    assert_eq!(days("0 0 1-8 * */6"), [6, 7]);
}

#[test]
fn a_zone_without_summer_time_has_one_a_day() {
    let nairobi = zone("Africa/Nairobi");
    let from = at(&nairobi, date(2026, 1, 1).at(0, 0, 0, 0));
    let until = at(&nairobi, date(2027, 1, 1).at(0, 0, 0, 0));
    let all: Vec<Occurrence> = schedule("5 0 * * *")
        .occurrences(&nairobi, false, from, until)
        .collect();
    assert_eq!(all.len(), 365);
    assert_eq!(all[0].at.rfc3339(), "2025-12-31T21:05:00.000Z");
    assert_eq!(all[0].day().to_string(), "2026-01-01");
}

#[test]
fn after_is_left_out_and_until_is_in() {
    let utc = TimeZone::UTC;
    let noon = at(&utc, date(2026, 1, 1).at(12, 0, 0, 0));
    let all = |after, until| schedule("0 12 * * *").occurrences(&utc, false, after, until).count();
    assert_eq!(all(noon, noon), 0);
    assert_eq!(all(noon.plus_millis(-1), noon), 1);
    assert_eq!(all(noon.plus_millis(-1), noon.plus_millis(-1)), 0);
    assert_eq!(all(noon, noon.plus_millis(-86_400_000)), 0);
    assert_eq!(
        schedule("0 12 * * *").next(&utc, false, noon).unwrap().at,
        noon.plus_millis(86_400_000)
    );
}

#[test]
fn a_skipped_hour_runs_right_after_the_gap_under_its_own_day_and_time() {
    // Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00Z.
    let day = date(2026, 3, 29);
    assert_eq!(
        around("30 2 * * *", "Europe/Berlin", false, day),
        ["29 02:30 2026-03-29T01:00:00.000Z", "30 02:30 2026-03-30T00:30:00.000Z"]
    );
    // Several, and the one planned for 03:00 itself, merge into the newest.
    assert_eq!(
        around("*/30 2-3 29 * *", "Europe/Berlin", true, day),
        ["29 03:00 2026-03-29T01:00:00.000Z", "29 03:30 2026-03-29T01:30:00.000Z"]
    );
    assert_eq!(
        around("*/20 2 29 * *", "Europe/Berlin", false, day),
        ["29 02:40 2026-03-29T01:00:00.000Z"]
    );
    // Elapsed time: nothing in the gap.
    assert_eq!(around("30 * 29 * *", "Europe/Berlin", false, day).len(), 23);
}

#[test]
fn a_repeated_hour_runs_at_the_first_or_where_asked_at_the_second() {
    // New York, 1 November 2026: 02:00 becomes 01:00 at 06:00Z.
    let day = date(2026, 11, 1);
    assert_eq!(
        around("30 1 1 * *", "America/New_York", false, day),
        ["01 01:30 2026-11-01T05:30:00.000Z"]
    );
    assert_eq!(
        around("30 1 1 * *", "America/New_York", true, day),
        ["01 01:30 2026-11-01T06:30:00.000Z"]
    );
    // Elapsed time: both passes.
    assert_eq!(around("30 * 1 * *", "America/New_York", true, day).len(), 25);
    // Between the two, the second is still to come and the first is not.
    let zone = zone("America/New_York");
    let between: Instant = at(&zone, date(2026, 11, 1).at(1, 45, 0, 0));
    assert_eq!(
        schedule("30 1 * * *").next(&zone, true, between).unwrap().at.rfc3339(),
        "2026-11-01T06:30:00.000Z"
    );
    assert_eq!(
        schedule("30 1 * * *").next(&zone, false, between).unwrap().at.rfc3339(),
        "2026-11-02T06:30:00.000Z"
    );
}

#[test]
fn a_day_that_a_zone_leaves_out_is_not_lost() {
    // Apia went from the end of 29 December 2011 straight to the 31st, at 10:00Z on the 30th.
    let day = date(2011, 12, 29);
    let found = around("5 0 * * *", "Pacific/Apia", false, day);
    assert_eq!(
        found,
        [
            "29 00:05 2011-12-29T10:05:00.000Z",
            "30 00:05 2011-12-30T10:00:00.000Z",
            "31 00:05 2011-12-30T10:05:00.000Z"
        ]
    );
    let zone = zone("Pacific/Apia");
    let next = schedule("5 0 * * *")
        .next(
            &zone,
            false,
            Instant::from_timestamp("2011-12-30T10:00:00Z".parse().unwrap()),
        )
        .unwrap();
    assert_eq!(
        (next.day().to_string().as_str(), next.at.rfc3339().as_str()),
        ("2011-12-31", "2011-12-30T10:05:00.000Z")
    );
}

#[test]
fn a_walk_ends_whatever_the_instants() {
    for text in ["5 0 29 2 *", "0 * 29 2 */7", "* * * * *"] {
        for name in ["Africa/Nairobi", "Europe/Berlin"] {
            let zone = zone(name);
            assert!(
                schedule(text)
                    .next(&zone, true, Instant::from_millis(i64::MAX))
                    .is_none(),
                "{text}"
            );
            assert!(
                schedule(text).next(&zone, true, Instant::from_millis(0)).is_some(),
                "{text}"
            );
            // As far back as can be: an answer or none, but in time.
            let _found = schedule(text).next(&zone, true, Instant::from_millis(i64::MIN));
        }
    }
}

#[test]
fn a_year_of_quarter_hours_is_counted() {
    let zone = zone("Europe/Berlin");
    let from = at(&zone, date(2026, 1, 1).at(0, 0, 0, 0));
    let until = at(&zone, date(2027, 1, 1).at(0, 0, 0, 0));
    let start = std::time::Instant::now();
    assert_eq!(
        schedule("*/15 * * * *").occurrences(&zone, false, from, until).count(),
        35_040
    );
    assert_eq!(
        schedule("*/15 0-23 * * *")
            .occurrences(&zone, false, from, until)
            .count(),
        35_036
    );
    println!("70k occurrences in {:?}", start.elapsed());
}

/// One field of a random expression: its text, and the numbers it names.
fn field(min: u8, max: u8) -> impl Strategy<Value = (String, Vec<u8>)> {
    let star = Just(("*".to_owned(), (min..=max).collect::<Vec<_>>()));
    let step = (1..=max).prop_map(move |step| (format!("*/{step}"), (min..=max).step_by(step.into()).collect()));
    let range = (min..=max, min..=max, 1..=max).prop_map(|(a, b, step)| {
        let (a, b) = (a.min(b), a.max(b));
        (format!("{a}-{b}/{step}"), (a..=b).step_by(step.into()).collect())
    });
    let list = proptest::collection::vec(min..=max, 1..4)
        .prop_map(|all| (all.iter().map(u8::to_string).collect::<Vec<_>>().join(","), all));
    prop_oneof![3 => star, 2 => step, 2 => range, 3 => list]
}

/// Days around which zones jump, and one on which none does.
const PLACES: &[(&str, i16, i8, i8)] = &[
    ("Africa/Nairobi", 2026, 3, 10),
    ("Europe/Berlin", 2026, 3, 29),
    ("Europe/Berlin", 2026, 10, 25),
    ("America/New_York", 2044, 3, 13),
    ("America/New_York", 2044, 11, 6),
    ("Australia/Lord_Howe", 2026, 4, 5),
    ("Australia/Lord_Howe", 2026, 10, 4),
    ("Pacific/Apia", 2011, 12, 30),
    ("America/Havana", 2026, 11, 1),
    ("Africa/Cairo", 2026, 4, 24),
    ("Africa/Casablanca", 2026, 2, 15),
    ("Africa/Casablanca", 2026, 3, 22),
];

type Fields = [(String, Vec<u8>); 5];

/// What crontab(5) says, looked up minute by minute.
fn names(fields: &Fields, civil: DateTime) -> bool {
    let has = |at: usize, number: i8| fields[at].1.contains(&(number as u8));
    let weekday = civil.weekday().to_sunday_zero_offset();
    let (day, weekday) = (has(2, civil.day()), has(4, weekday) || (weekday == 0 && has(4, 7)));
    let either = !fields[2].0.starts_with('*') && !fields[4].0.starts_with('*');
    has(0, civil.minute())
        && has(1, civil.hour())
        && has(3, civil.month())
        && if either { day || weekday } else { day && weekday }
}

/// The occurrences by looking at every minute, in UTC and then in civil time.
fn by_looking(
    fields: &Fields,
    zone: &TimeZone,
    second_fold: bool,
    after: Instant,
    until: Instant,
) -> Vec<(Instant, DateTime)> {
    const MINUTE: i64 = 60_000;
    const MARGIN: i64 = 2 * 24 * 60;
    let mut shown: BTreeMap<DateTime, Vec<Instant>> = BTreeMap::new();
    let mut walk = after.plus_millis(-MARGIN * MINUTE);
    let mut minutes = Vec::new();
    while walk <= until.plus_millis(MARGIN * MINUTE) {
        let civil = zone.to_datetime(walk.timestamp());
        shown.entry(civil).or_default().push(walk);
        minutes.push((walk, civil));
        walk = walk.plus_millis(MINUTE);
    }
    let mut found: BTreeMap<Instant, DateTime> = BTreeMap::new();
    if fields[1].0 == "*" {
        found.extend(minutes.into_iter().filter(|(_, civil)| names(fields, *civil)));
    } else {
        let (mut civil, last) = (*shown.keys().next().unwrap(), *shown.keys().last().unwrap());
        while civil < last {
            if names(fields, civil) {
                let at = match shown.get(&civil) {
                    Some(all) => *if second_fold { all.last() } else { all.first() }.unwrap(),
                    None => shown.range(civil..).next().unwrap().1[0],
                };
                found.insert(at, civil);
            }
            civil = civil.checked_add(jiff::SignedDuration::from_secs(60)).unwrap();
        }
    }
    found
        .into_iter()
        .filter(|(at, _)| *at > after && *at <= until)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn occurrences_agree_with_looking_at_every_minute(
        fields in [field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7)].prop_map(|fields| -> Fields { fields }),
        place in 0..PLACES.len(),
        second_fold in any::<bool>(),
        start in prop_oneof![1 => -2000_i64..1500, 3 => -90_i64..90],
        length in 0_i64..4000,
    ) {
        let mut fields = fields;
        let (name, year, month, day) = PLACES[place];
        // Days and months so rare that nothing is seen are left out half the time.
        if start % 2 == 0 {
            fields[2] = ("*".to_owned(), (1..=31).collect());
            fields[3] = ("*".to_owned(), (1..=12).collect());
        }
        // Hours in which zones jump, half the time.
        if start % 4 < 2 {
            fields[1] = ("0-4".to_owned(), (0..=4).collect());
        }
        let text = fields.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(" ");
        let zone = zone(name);
        let after = at(&zone, date(year, month, day).at(2, 0, 0, 0)).plus_millis(start * 60_000);
        let until = after.plus_millis(length * 60_000);
        match Schedule::parse(&text) {
            Ok(schedule) => {
                let found: Vec<_> = schedule.occurrences(&zone, second_fold, after, until).map(|found| (found.at, found.civil)).collect();
                prop_assert!(found.windows(2).all(|pair| pair[0].0 < pair[1].0));
                prop_assert_eq!(&found, &by_looking(&fields, &zone, second_fold, after, until), "{} in {}", text, name);
                let next = schedule.next(&zone, second_fold, after).map(|found| (found.at, found.civil));
                prop_assert!(next.is_some());
                if let Some(first) = found.first() {
                    prop_assert_eq!(next, Some(*first));
                }
            }
            Err(error) => prop_assert!(error.message.contains("never occurs"), "{}: {}", text, error),
        }
    }
}
