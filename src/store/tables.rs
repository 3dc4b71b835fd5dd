//! The tables of the file, and how a record gains a field or a kind.
//!
//! Each table is listed with its key, its value, its order and who writes it. Values are records of [`crate::model`], encoded
//! by [`crate::store::codec`]. Keys are laws where they can be: one row per due day and subscriber, one holder per reference.
//!
//! # How the format changes
//!
//! On the card fields have no names and kinds are numbers, so a field that is added, dropped or moved turns every row that
//! exists into something else. `tests/store/format` pins the bytes of each record and key, and keeps a file that each format
//! has written; a change turns it red. It takes one commit with all of this:
//!
//! 1. The next number in [`crate::store::migrate::FORMAT`], and a step to it. A version that does not know the number
//!    refuses the file, instead of failing at the first row that it cannot read.
//! 2. *A field*: the step reads each row of the table as the type that it was, a copy of which stays beside the step, and
//!    writes it as the type that it is, with a value for the new field that is true of old rows.
//!    *A kind* of an enum: it goes last, since the number of a kind is its place; no row changes, so the step does nothing.
//!    *A table*: the step opens it, and [`NAMES`] has it with the new number.
//!    *A key*: a number or a word that was used in keys never means anything else; where it changes, the step writes the
//!    rows again.
//! 3. Vectors of the new bytes in `tests/store/format`, each optional field as `None` and as `Some`.
//! 4. A file that the new format wrote, in `tests/store/format/files`; the README there says how. Those of older formats
//!    stay as they are for ever, and try the steps.
//!
//! [`crate::store::codec::RECORD_VERSION`] changes only where the encoding itself does, and then every row is written again.

use redb::TableDefinition;

use crate::model::subscriber::Service;

/// Facts about the file and the site: see [`crate::model::site_state::SiteState`] and the keys below.
pub const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
/// Key in [`META`]: the format of the file, a number.
pub const META_FORMAT: &str = "format";
/// Key in [`META`]: head of the chain, counters, tallies, newest recorded instant.
pub const META_STATE: &str = "state";
/// Key in [`META`]: the configuration in force.
pub const META_CONFIG: &str = "config";
/// Key in [`META`]: [`crate::model::message::MessagesState`], how many messages are in which state.
pub const META_MESSAGES: &str = "messages";
/// Key in [`META`]: the number of the newest receipt that Weir gave to cash without a reference; absent before the first.
pub const META_RECEIPTS: &str = "receipts";
/// Key in [`META`]: the owner's confirmation of the clock.
pub const META_CONFIRMED: &str = "confirmed";

/// Subscriber number → [`crate::model::subscriber::Subscriber`].
pub const SUBSCRIBERS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("subscribers");
/// Username → subscriber number. A username exists once.
pub const USERNAMES: TableDefinition<'_, &str, u32> = TableDefinition::new("usernames");
/// (account in small letters and digits, subscriber number): candidates for a payment's account.
pub const ACCOUNTS: TableDefinition<'_, (&str, u32), ()> = TableDefinition::new("accounts");
/// (last six digits of the phone, subscriber number): candidates for a payment's phone. Up to format 3 the last nine.
pub const PHONES: TableDefinition<'_, (&str, u32), ()> = TableDefinition::new("phones");
/// (router, service, login or address) → subscriber number. An object on a router belongs to one subscriber.
pub const OBJECTS: TableDefinition<'_, ObjectRow<'_>, u32> = TableDefinition::new("objects");

/// Subscriber number → [`crate::model::subscriber::ServedStretches`]: the days of service, written where service ends.
pub const SERVED: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("served");

/// Entry number → [`crate::model::entry::Entry`], append-only. In order of number, so that a night's entries lie side by
/// side on the card; a wallet's own entries are linked through `previous`.
pub const LEDGER: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("ledger");
/// (due day, subscriber number) → [`crate::model::entry::Debit`]. The key is the law: one debit per due day.
pub const DEBITS: TableDefinition<'_, (i32, u32), &[u8]> = TableDefinition::new("debits");
/// Payment reference, normalised and in small letters → [`crate::model::unmatched::Holder`]. A reference has one holder.
pub const REFERENCES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("references");
/// Payment reference in small letters → [`crate::model::unmatched::Unmatched`]; rows are never deleted.
pub const UNMATCHED: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("unmatched");
/// Payment reference as in [`REFERENCES`] → [`crate::model::unmatched::PaymentOrigin`]: whether what it stands for was typed or came
/// with a statement. A payment of format 3 and older has no row.
pub const REFERENCE_ORIGINS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("reference_origins");
/// Payment reference as in [`UNMATCHED`] → [`crate::model::unmatched::StatementWords`]: what the statement says besides.
pub const UNMATCHED_WORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("unmatched_words");
/// Digest of a statement's row → nothing. A row that was taken once changes nothing.
pub const TAKEN_ROWS: TableDefinition<'_, &[u8], ()> = TableDefinition::new("taken_rows");

/// Job number → [`crate::model::job::JobState`]: the marker of what is accounted for.
pub const JOBS: TableDefinition<'_, u8, &[u8]> = TableDefinition::new("jobs");
/// (job number, planned instant in milliseconds, run number) → [`crate::model::job::Run`].
pub const RUNS: TableDefinition<'_, (u8, i64, u64), &[u8]> = TableDefinition::new("runs");

/// (router, service, object) → [`crate::model::router::work::RouterWork`]: one row per object; a newer decision replaces it.
pub const ROUTER_WORK: TableDefinition<'_, ObjectRow<'_>, &[u8]> = TableDefinition::new("router_work");
/// (router, service, object) → when drift was last repaired there.
pub const HEALED: TableDefinition<'_, ObjectRow<'_>, &[u8]> = TableDefinition::new("healed");

/// (log stream, record number) → [`crate::model::record::LogRecord`].
pub const LOG: TableDefinition<'_, (u8, u64), &[u8]> = TableDefinition::new("log");

/// (kind's word, subject) → [`crate::model::alert::Alert`]: the open alerts, one per cause.
pub const ALERTS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("alerts");
/// Word of what is held → [`crate::model::pending_approval::PendingApproval`]: what waits for approval, one of a kind.
pub const HELD: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("held");
/// (word of what is held, username) → subscriber number (0 for one who is not imported yet): whom it would cut off.
pub const HELD_CUTS: TableDefinition<'_, (&str, &str), u32> = TableDefinition::new("held_cuts");
/// Word of what is held → the bytes of the file that was to be imported.
pub const HELD_FILES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("held_files");
/// Subscriber number → [`crate::model::clock_confirmation::UncertainPeriod`]: whose period is corrected on the first trusted
/// day.
pub const UNCERTAIN_PERIODS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("anew");

/// Message number → [`crate::model::message::Message`].
pub const MESSAGES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("messages");
/// (lane, not before, in milliseconds, message number) → nothing: the messages that still have to leave, those being handed
/// over among them. Lane 0 is for administrators, lane 1 for subscribers.
pub const MESSAGES_DUE: TableDefinition<'_, DueRow, ()> = TableDefinition::new("messages_due");
/// Sent-once key → message number. The key is the law: one message per key, whatever became of it.
pub const MESSAGES_ONCE: TableDefinition<'_, &str, u64> = TableDefinition::new("messages_once");
/// Announcement number → [`crate::model::alert::Announcement`]: beginnings and ends of alerts that are not sent yet.
pub const ANNOUNCEMENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("announcements");
/// (router, since, in milliseconds) → [`crate::model::router::incident::Incident`].
pub const INCIDENTS: TableDefinition<'_, (&str, i64), &[u8]> = TableDefinition::new("incidents");
/// Router → [`crate::model::router::incident::KnownRouter`].
pub const KNOWN_ROUTERS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("known_routers");

/// (router, service, object) → [`crate::model::router::readings::ObjectReading`]: what was last read of it by itself; most objects have
/// none, see [`crate::rules::routers::readings`].
pub const READINGS: TableDefinition<'_, ObjectRow<'_>, &[u8]> = TableDefinition::new("readings");
/// Router → [`crate::model::router::readings::RouterLastSeen`].
pub const ROUTER_READINGS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("router_readings");

/// The names of all of them, with the format that brought each: a store in which one of its format is missing is not whole.
pub const NAMES: [(&str, u32); 32] = [
    ("meta", 1),
    ("subscribers", 1),
    ("usernames", 1),
    ("accounts", 1),
    ("phones", 1),
    ("objects", 1),
    ("ledger", 1),
    ("debits", 1),
    ("references", 1),
    ("unmatched", 1),
    ("taken_rows", 1),
    ("jobs", 1),
    ("runs", 1),
    ("router_work", 1),
    ("healed", 1),
    ("log", 1),
    ("alerts", 2),
    ("held", 2),
    ("held_cuts", 2),
    ("held_files", 2),
    ("anew", 2),
    ("messages", 3),
    ("messages_due", 3),
    ("messages_once", 3),
    ("announcements", 3),
    ("incidents", 3),
    ("known_routers", 3),
    ("served", 4),
    ("reference_origins", 4),
    ("unmatched_words", 4),
    ("readings", 4),
    ("router_readings", 4),
];

/// The key of a message that still has to leave.
pub type DueRow = (u8, i64, u64);

/// The key of an object on a router.
pub type ObjectRow<'a> = (&'a str, u8, &'a str);

/// Returns the number of a service in keys.
#[must_use]
pub const fn service_number(service: Service) -> u8 {
    match service {
        Service::Pppoe => 1,
        Service::Hotspot => 2,
        Service::Static => 3,
        Service::Dhcp => 4,
    }
}

/// Returns the service of a number in a key.
#[must_use]
pub fn service_of(number: u8) -> Option<Service> {
    Service::ALL
        .into_iter()
        .find(|service| service_number(*service) == number)
}
