//! What the step to format 4 makes of the two ends of service that format 3 kept.

use std::path::Path;

use redb::{Database, ReadableDatabase};
use weir::model::day::{Day, Instant};
use weir::model::entry::{Debit, Settled};
use weir::model::entry_chain::EntrySeq;
use weir::model::money::Money;
use weir::model::name::Username;
use weir::model::subscriber::{
    Access, Hold, PaidPeriod, Profile, ServedStretches, Service, ServiceStretch, State, Subscriber, SubscriberId,
};
use weir::store::codec::{decode, encode};
use weir::store::migrate::{bring_up, stamp};
use weir::store::migrate_service::SubscriberBefore4;
use weir::store::tables::{DEBITS, META, META_FORMAT, SERVED, SUBSCRIBERS};

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn before(state: State, end: Option<&str>, days: i32, began_anew: Option<&str>) -> SubscriberBefore4 {
    SubscriberBefore4 {
        id: SubscriberId(1),
        username: Username::new("amina").unwrap(),
        profile: Profile {
            name: None,
            phone: None,
            account: None,
            package: None,
            router: None,
            service: Service::Pppoe,
            address: None,
            login: None,
            own_profile: None,
            own_rate: None,
        },
        state,
        hold: None,
        period: PaidPeriod {
            unpaid_days: days,
            unpaid_from: began_anew.map(day),
            ..PaidPeriod::ending(end.map(day))
        },
        extended_to: None,
        balance: Money::ZERO,
        last_entry: None,
        outstanding: Vec::new(),
        last_settled: None,
        added_at: Instant::from_millis(i64::from(day("2027-01-02").number()) * 86_400_000),
    }
}

/// Two settlements that brought them back: on 15 February after 10 January, and on 20 March after 15 March.
fn twice_resumed() -> Vec<(Day, Debit)> {
    let settled = |due: &str, end: &str, previous: Option<&str>| {
        let debit = Debit {
            entry: EntrySeq(1),
            amount: Money::from_minor(1),
            settled: Some(Settled {
                before: PaidPeriod::ending(Some(day(end))),
                after: PaidPeriod::ending(Some(day("2027-04-20"))),
                previous: previous.map(day),
                resumed_on: Some(day(due)),
            }),
            undone: None,
        };
        (day(due), debit)
    };
    vec![
        settled("2027-02-15", "2027-01-10", None),
        settled("2027-03-20", "2027-03-15", Some("2027-02-15")),
    ]
}

/// The subscriber as format 4 has them, and their ended stretches, as `from..through`.
fn brought_up(subscriber: &SubscriberBefore4, debits: &[(Day, Debit)]) -> (Subscriber, Vec<String>) {
    let db = Database::builder()
        .create_with_backend(redb::backends::InMemoryBackend::new())
        .unwrap();
    // The tables of an empty store, of which the step reads two.
    stamp(&db).unwrap();
    let txn = db.begin_write().unwrap();
    {
        txn.open_table(META)
            .unwrap()
            .insert(META_FORMAT, 3_u32.to_le_bytes().as_slice())
            .unwrap();
        let row = encode(subscriber).unwrap();
        txn.open_table(SUBSCRIBERS).unwrap().insert(1, row.as_slice()).unwrap();
        let mut table = txn.open_table(DEBITS).unwrap();
        for (due, debit) in debits {
            let row = encode(debit).unwrap();
            table.insert((due.number(), 1), row.as_slice()).unwrap();
        }
    }
    txn.commit().unwrap();
    bring_up(&db, Path::new("weir.redb")).unwrap();
    let txn = db.begin_read().unwrap();
    let row = txn.open_table(SUBSCRIBERS).unwrap().get(1).unwrap().unwrap();
    let served = txn.open_table(SERVED).unwrap().get(1).unwrap();
    let served: ServedStretches = served.map_or_else(ServedStretches::default, |row| decode(row.value()).unwrap());
    let words = |one: &ServiceStretch| format!("{}..{}", one.from, one.through);
    (
        decode(row.value()).unwrap(),
        served.stretches().iter().map(words).collect(),
    )
}

#[test]
fn what_was_served_after_the_due_day_stays_a_number_of_days() {
    for began_anew in [None, Some("2027-03-20")] {
        let state = if began_anew.is_some() {
            State::Active
        } else {
            State::Suspended
        };
        let (after, served) = brought_up(&before(state, Some("2027-03-10"), 5, began_anew), &[]);
        let expected = PaidPeriod {
            unpaid_days: 5,
            ..PaidPeriod::ending(Some(day("2027-03-10")))
        };
        assert_eq!((after.period, after.serving_since), (expected, began_anew.map(day)));
        assert_eq!(served, [""; 0]);
    }
}

#[test]
fn service_goes_on_since_a_payment_brought_it_back_or_since_they_were_added() {
    let newest = SubscriberBefore4 {
        last_settled: Some(day("2027-03-20")),
        ..before(State::Active, Some("2027-04-20"), 0, None)
    };
    let (after, served) = brought_up(&newest, &twice_resumed());
    assert_eq!(after.serving_since, Some(day("2027-03-20")));
    assert_eq!(served, ["2027-02-15..2027-03-15"]);

    // The civil day of the site may be the one before.
    let (after, served) = brought_up(&before(State::Active, Some("2027-04-20"), 0, None), &[]);
    assert_eq!((after.serving_since, served.len()), (Some(day("2027-01-01")), 0));
}

#[test]
fn whoever_is_not_served_is_in_no_stretch_that_goes_on() {
    let settled = |one: SubscriberBefore4| SubscriberBefore4 {
        last_settled: Some(day("2027-03-20")),
        ..one
    };
    let suspended = settled(before(State::Suspended, Some("2027-04-20"), 2, None));
    let (after, served) = brought_up(&suspended, &twice_resumed());
    assert_eq!((after.serving_since, after.period.unpaid_days), (None, 2));
    assert_eq!(served, ["2027-02-15..2027-03-15", "2027-03-20..2027-04-20"]);

    let held = |access| SubscriberBefore4 {
        hold: Some(Hold {
            since: day("2027-04-01"),
            access,
        }),
        ..before(State::Active, Some("2027-04-20"), 0, None)
    };
    for (one, is_served) in [
        (before(State::Closed, Some("2027-04-20"), 0, None), false),
        (held(Access::Off), false),
        (held(Access::On), true),
    ] {
        let (after, _) = brought_up(&one, &[]);
        assert_eq!(after.serving_since.is_some(), is_served);
        assert_eq!(after.access() == Access::On, is_served);
    }
}
