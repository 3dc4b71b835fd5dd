//! Who is reminded, what of, and whether it is still true when it leaves; and how the text reads.

use jiff::civil::time;
use jiff::tz::TimeZone;
use weir::model::day::{Day, Instant};
use weir::model::job::{Job, Occurrence};
use weir::model::money::{Currency, Money};
use weir::model::name::{Account, FullName, PackageName, Username};
use weir::model::package::{Cycle, Package};
use weir::model::subscriber::{
    Access, Hold, Outstanding, PaidPeriod, Profile, Service, State, Subscriber, SubscriberId,
};
use weir::rules::catch_up::CatchUpStep;
use weir::rules::messages::reminder::{self, NO_HOUR_LEFT, ReminderVerdict, nearer, still, verdict, within_hours};
use weir::rules::messages::text::{TemplateValues, write};
use weir::rules::wallet::{Policy, Resume};

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn package(name: &str, price: i64) -> Package {
    Package {
        name: PackageName::new(name).unwrap(),
        price: Money::from_minor(price),
        cycle: Cycle::Months(1),
        profile: None,
        rate: None,
    }
}

fn policy(credit_limit: i64) -> Policy {
    Policy {
        credit_limit: Money::from_minor(credit_limit),
        resume: Resume::FromPayment,
        packages: vec![package("home-10", 150_000), package("free", 0)],
    }
}

/// Active, due on 10 March, with this balance.
fn dan(balance: i64) -> Subscriber {
    Subscriber {
        id: SubscriberId(7),
        username: Username::new("dan").unwrap(),
        profile: Profile {
            name: None,
            phone: None,
            account: None,
            package: Some(PackageName::new("home-10").unwrap()),
            router: None,
            service: Service::Pppoe,
            address: None,
            login: None,
            own_profile: None,
            own_rate: None,
        },
        state: State::Active,
        hold: None,
        period: PaidPeriod::ending(Some(day("2027-03-10"))),
        extended_to: None,
        balance: Money::from_minor(balance),
        last_entry: None,
        outstanding: Vec::new(),
        last_settled: None,
        added_at: Instant::from_millis(0),
        serving_since: None,
    }
}

fn with(change: impl FnOnce(&mut Subscriber)) -> Subscriber {
    let mut subscriber = dan(0);
    change(&mut subscriber);
    subscriber
}

fn charged_today() -> Subscriber {
    with(|dan| {
        dan.balance = Money::from_minor(-150_000);
        dan.outstanding.push(Outstanding {
            due: day("2027-03-10"),
            amount: Money::from_minor(150_000),
        });
    })
}

/// `-`, `covered`, or `days before: amount`.
fn told(subscriber: &Subscriber, credit_limit: i64, rules: &[u16], on: &str) -> String {
    match verdict(subscriber, &policy(credit_limit), rules, day(on)) {
        ReminderVerdict::Leave => "-".to_owned(),
        ReminderVerdict::Covered => "covered".to_owned(),
        ReminderVerdict::Remind(due) => format!("{} of {}: {}", due.days_before, due.day, due.amount.minor()),
    }
}

#[test]
fn those_are_reminded_whose_due_day_is_so_many_days_ahead_and_whose_wallet_does_not_settle_it() {
    let third = "3 of 2027-03-10: 150000";
    let package = |name: &str| PackageName::new(name).ok();
    let held = Hold {
        since: day("2027-03-01"),
        access: Access::On,
    };
    let cases: Vec<(&str, Subscriber, i64, &str, &str)> = vec![
        ("three days before", dan(0), 0, "2027-03-07", third),
        ("on another day", dan(0), 0, "2027-03-08", "-"),
        ("after the due day", dan(0), 0, "2027-03-13", "-"),
        ("enough in the wallet", dan(150_000), 0, "2027-03-07", "covered"),
        ("one cent less", dan(149_999), 0, "2027-03-07", "3 of 2027-03-10: 1"),
        ("a debt", dan(-20_000), 0, "2027-03-07", "3 of 2027-03-10: 170000"),
        ("credit is given", dan(0), 150_000, "2027-03-07", "covered"),
        (
            "some credit is given",
            dan(0),
            50_000,
            "2027-03-07",
            "3 of 2027-03-10: 100000",
        ),
        (
            "suspended",
            with(|dan| dan.state = State::Suspended),
            0,
            "2027-03-07",
            "-",
        ),
        ("closed", with(|dan| dan.state = State::Closed), 0, "2027-03-07", "-"),
        ("on hold", with(|dan| dan.hold = Some(held)), 0, "2027-03-07", "-"),
        (
            "no package",
            with(|dan| dan.profile.package = None),
            0,
            "2027-03-07",
            "-",
        ),
        (
            "no such package",
            with(|dan| dan.profile.package = package("x")),
            0,
            "2027-03-07",
            "-",
        ),
        (
            "for nothing",
            with(|dan| dan.profile.package = package("free")),
            0,
            "2027-03-07",
            "-",
        ),
        (
            "no due day",
            with(|dan| dan.period = PaidPeriod::ending(None)),
            0,
            "2027-03-07",
            "-",
        ),
        // A promise moves the cut-off alone.
        (
            "a promise",
            with(|dan| dan.extended_to = Some(day("2027-03-20"))),
            0,
            "2027-03-07",
            third,
        ),
        (
            "before a promise ends",
            with(|dan| dan.extended_to = Some(day("2027-03-20"))),
            0,
            "2027-03-17",
            "-",
        ),
        // Charged this morning, and not paid.
        (
            "on the due day",
            charged_today(),
            0,
            "2027-03-10",
            "0 of 2027-03-10: 150000",
        ),
        (
            "paid in part",
            with(|dan| {
                *dan = charged_today();
                dan.balance = Money::from_minor(-50_000);
            }),
            0,
            "2027-03-10",
            "0 of 2027-03-10: 50000",
        ),
    ];
    for (name, subscriber, credit_limit, on, expected) in cases {
        assert_eq!(told(&subscriber, credit_limit, &[0, 3], on), expected, "{name}");
    }
}

#[test]
fn each_rule_has_a_day_of_its_own() {
    let days: Vec<String> = (1..=11)
        .map(|number| told(&dan(0), 0, &[0, 1, 3, 7], &format!("2027-03-{number:02}")))
        .filter(|told| told != "-")
        .map(|told| told.chars().take(1).collect())
        .collect();
    assert_eq!(days, ["7", "3", "1", "0"]);
    let keys = [1, 3].map(|rule| reminder::once(SubscriberId(7), day("2027-03-10"), rule));
    assert_eq!(keys[0], "reminder/7/2027-03-10/1");
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn a_reminder_is_true_while_the_same_day_is_due_and_not_paid() {
    let due = day("2027-03-10");
    let held = Hold {
        since: day("2027-03-08"),
        access: Access::On,
    };
    let cases = [
        ("as queued", dan(0), "2027-03-07", Ok(150_000)),
        ("a day later", dan(0), "2027-03-08", Ok(150_000)),
        ("on the due day", charged_today(), "2027-03-10", Ok(150_000)),
        ("paid in part", dan(100_000), "2027-03-08", Ok(50_000)),
        ("paid", dan(150_000), "2027-03-08", Err("the wallet now covers it")),
        (
            "the day after",
            charged_today(),
            "2027-03-11",
            Err("the due day 2027-03-10 has passed"),
        ),
        (
            "moved on",
            with(|dan| dan.period = PaidPeriod::ending(Some(day("2027-04-10")))),
            "2027-03-10",
            Err("now paid through 2027-04-10"),
        ),
        (
            "moved back",
            with(|dan| dan.period = PaidPeriod::ending(Some(day("2027-03-09")))),
            "2027-03-08",
            Err("the due day is now 2027-03-09"),
        ),
        (
            "suspended",
            with(|dan| dan.state = State::Suspended),
            "2027-03-08",
            Err("`dan` is now suspended"),
        ),
        (
            "held",
            with(|dan| dan.hold = Some(held)),
            "2027-03-08",
            Err("`dan` is now held"),
        ),
        (
            "no package",
            with(|dan| dan.profile.package = None),
            "2027-03-08",
            Err("nothing will be charged any more"),
        ),
    ];
    for (name, subscriber, today, expected) in cases {
        let found = still(&subscriber, &policy(0), due, day(today)).map(|amount| amount.minor());
        assert_eq!(found, expected.map_err(str::to_owned), "{name}");
    }
}

#[test]
fn a_late_reminder_stands_back_for_those_nearer_to_the_due_day() {
    let due = day("2027-03-10");
    let cases: [(u16, &str, &[u16]); 5] = [
        (7, "2027-03-04", &[]),
        (7, "2027-03-07", &[3]),
        (7, "2027-03-09", &[1, 3]),
        (3, "2027-03-08", &[]),
        (1, "2027-03-09", &[]),
    ];
    for (rule, today, expected) in cases {
        let found: Vec<u16> = nearer(&[1, 3, 7], rule, due, day(today)).collect();
        assert_eq!(found, expected, "{rule} on {today}");
    }
}

#[test]
fn what_was_missed_is_made_good_only_while_something_can_still_leave_that_day() {
    let zone = TimeZone::get("Africa/Nairobi").unwrap();
    let at = |text: &str| Instant::from_timestamp(format!("2027-03-07T{text}:00+03:00").parse().unwrap());
    let hours = |from: i8, to: i8| Some((time(from, 0, 0, 0), time(to, 0, 0, 0)));
    let cases = [
        ("in the afternoon", "09:05", "15:00", hours(20, 8), true, true),
        ("at the last minute", "09:05", "19:59", hours(20, 8), true, true),
        (
            "when it is quiet until tomorrow",
            "09:05",
            "20:00",
            hours(20, 8),
            true,
            false,
        ),
        (
            "before the quiet ends today",
            "05:00",
            "06:00",
            hours(20, 8),
            true,
            true,
        ),
        ("in a quiet noon", "09:05", "13:00", hours(12, 14), true, true),
        ("quiet to midnight", "09:05", "22:00", hours(20, 0), true, false),
        ("without quiet hours", "09:05", "23:30", None, true, true),
        // Not missed: planned for the quiet hours, it queues, and what it queues leaves at their end.
        ("at its time", "20:30", "20:30", hours(20, 8), false, true),
    ];
    for (name, planned, now, quiet, caught_up, runs) in cases {
        let occurrence = Occurrence {
            civil: zone.to_datetime(at(planned).timestamp()),
            at: at(planned),
        };
        let step = CatchUpStep::Run {
            occurrence,
            zone: "Africa/Nairobi".to_owned(),
            caught_up,
        };
        let found = within_hours(Job::Reminders, step.clone(), at(now), &zone, quiet);
        match found {
            CatchUpStep::Skip(stretch, NO_HOUR_LEFT) => {
                assert!(!runs, "{name}");
                assert_eq!((stretch.from, stretch.to, stretch.count), (at(planned), at(planned), 1));
            }
            other => assert!(runs && other == step, "{name}: {other:?}"),
        }
        assert_eq!(within_hours(Job::Billing, step.clone(), at(now), &zone, quiet), step);
    }
}

#[test]
fn a_text_is_written_with_values_that_are_never_read_as_placeholders() {
    let currency = Currency::from_code("KES").unwrap();
    let today = day("2027-03-07");
    let mut amina = dan(-5_050);
    let values = |subscriber: &Subscriber, template: &str| {
        write(
            template,
            &TemplateValues::of(subscriber, currency, today, Money::from_minor(150_000)),
        )
    };
    let all = "{{name}}|{{expiryDate}}|{{daysLeft}}|{{accountNumber}}|{{amount}}|{{balance}}|{{package}}";
    assert_eq!(values(&amina, all), "dan|2027-03-10|3|dan|1500.00|-50.50|home-10");
    amina.profile.name = FullName::new("Amina {{balance}} {{").ok();
    amina.profile.account = Account::new("A}}001{{name}}").ok();
    assert_eq!(
        values(&amina, "Dear {{name}}: {{accountNumber}}, {{daysLeft}}"),
        "Dear Amina {{balance}} {{: A}}001{{name}}, 3"
    );
    amina.profile.name = FullName::new("Amina\u{2028}Example").ok();
    assert_eq!(values(&amina, "{{name}}\n."), "Amina Example\n.");
    amina.period = PaidPeriod::ending(None);
    amina.profile.package = None;
    assert_eq!(values(&amina, "{{expiryDate}} {{daysLeft}} {{package}}"), "- - -");
    amina.period = PaidPeriod::ending(Some(day("2027-03-01")));
    assert_eq!(values(&amina, "{{daysLeft}} {{what}} {{"), "0 {{what}} {{");
    let francs = Currency::from_code("RWF").unwrap();
    let written = write(
        "{{amount}}",
        &TemplateValues::of(&amina, francs, today, Money::from_minor(15_000)),
    );
    assert_eq!(written, "15000");
}
