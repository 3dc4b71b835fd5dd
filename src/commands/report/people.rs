//! Who joined and who left in a month?
//!
//! Somebody joins on the day on which they are taken in, and leaves on the day on which they are closed, unless they are reopened within
//! the month. Closings stand in the log, the older of them in its archive.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::appliance::core::Appliance;
use crate::commands::subscribers::close::CLOSED;
use crate::commands::subscribers::reopen::REOPENED;
use crate::commands::system::log_search::{Newest, Wanted};
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::model::name::Username;
use crate::model::record::{LogKind, LogRecord};
use crate::model::subscriber::Subscriber;
use crate::report::figures::{Movements, Mover};
use crate::report::people::LISTED_MAX;
use crate::rules::statistics::Period;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// How many closings and reopenings are kept in memory; two months of a large site have fewer.
const RECORDS_MAX: usize = 20_000;

/// Returns who joined and left in each of two months that meet, the later one first.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn movements(
    appliance: &Appliance,
    reader: &Reader<'_>,
    months: [Period; 2],
) -> Result<[Movements; 2], Failure> {
    let in_force = appliance.in_force();
    let zone = &in_force.terms.zone;
    let [month, before] = months;
    let mut found = [Movements::default(), Movements::default()];
    reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
        let day = subscriber.added_at.day_in(zone);
        for (month, moved) in months.into_iter().zip(&mut found) {
            if month.has(day) {
                moved.joined_count = moved.joined_count.saturating_add(1);
                keep(&mut moved.joined, mover(&subscriber, day));
            }
        }
        Ok(())
    })?;
    let (records, unread) = closings(appliance, reader, before.from, month.to, zone)?;
    for (month, moved) in months.into_iter().zip(&mut found) {
        moved.unread.clone_from(&unread);
        for (username, day) in left(&records, month, zone) {
            moved.left_count = moved.left_count.saturating_add(1);
            if let Some(subscriber) = reader.subscriber_named(username.as_str())? {
                keep(&mut moved.left, mover(&subscriber, day));
            }
        }
    }
    Ok(found)
}

/// Keeps the earliest, as many as are listed.
fn keep(listed: &mut Vec<Mover>, one: Mover) {
    let at = listed.partition_point(|other| (other.day, &other.username) < (one.day, &one.username));
    if at < LISTED_MAX {
        listed.insert(at, one);
        listed.truncate(LISTED_MAX);
    }
}

fn mover(subscriber: &Subscriber, day: Day) -> Mover {
    let profile = &subscriber.profile;
    Mover {
        username: subscriber.username.to_string(),
        name: profile.name.as_ref().map(ToString::to_string),
        phone: profile.phone.as_ref().map(ToString::to_string),
        day,
    }
}

/// Returns the closings and reopenings of these days, oldest first, and what could not be read.
fn closings(
    appliance: &Appliance,
    reader: &Reader<'_>,
    since: Day,
    until: Day,
    zone: &TimeZone,
) -> Result<(Vec<LogRecord>, Vec<String>), Failure> {
    let wanted = Wanted {
        kind: Some(LogKind::Subscriber),
        since: Some(since),
        until: Some(until),
        user: None,
        says: Some(&[CLOSED, REOPENED]),
        zone,
        most: RECORDS_MAX,
    };
    let mut newest = Newest::new(&wanted);
    newest.read_store(reader)?;
    let mut unread = newest.read_archive(&appliance.data);
    let mut records = newest.records();
    records.reverse();
    if records.len() >= RECORDS_MAX {
        unread.push(format!(
            "only the newest {RECORDS_MAX} closings and reopenings were read"
        ));
    }
    Ok((records, unread))
}

/// Returns who was closed in a month and not reopened in it, with the day; the records are in order of time.
fn left<'r>(records: &'r [LogRecord], month: Period, zone: &TimeZone) -> BTreeMap<&'r Username, Day> {
    let mut closed = BTreeMap::new();
    for record in records {
        let day = record.at.day_in(zone);
        let Some(username) = record.username.as_ref().filter(|_| month.has(day)) else {
            continue;
        };
        match record.message.as_str() {
            CLOSED => drop(closed.insert(username, day)),
            REOPENED => drop(closed.remove(username)),
            _ => {}
        }
    }
    closed
}
