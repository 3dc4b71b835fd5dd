//! Every row of a file, read without the store: its key is what its record says, and its bytes are written the same again.
//!
//! The definitions of the tables stand here once more on purpose; redb refuses a table that has another type.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use redb::{Database, Key, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, TableHandle, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use weir::model::alert::{Alert, Announcement};
use weir::model::clock_confirmation::{Confirmed, UncertainPeriod};
use weir::model::entry::{Debit, Entry};
use weir::model::job::{JobState, Run};
use weir::model::message::{Message, MessagesState, Purpose};
use weir::model::pending_approval::PendingApproval;
use weir::model::record::LogRecord;
use weir::model::router::incident::{Incident, KnownRouter};
use weir::model::router::readings::{ObjectReading, RouterLastSeen};
use weir::model::router::work::{Healed, RouterWork};
use weir::model::site_state::{ConfigInForce, SiteState};
use weir::model::subscriber::{ServedStretches, Service, Subscriber};
use weir::model::unmatched::{Holder, PaymentOrigin, StatementWords, Unmatched};
use weir::store::codec::{decode, encode};
use weir::store::migrate::FORMAT;

use super::keys::{number_of_job, number_of_log, number_of_service, word_of_alert, word_of_held};

/// The key of an object on a router.
type Object = (&'static str, u8, &'static str);

/// The record of a row; written again it is the same.
fn taken<T: Serialize + DeserializeOwned>(table: &str, row: &[u8]) -> T {
    let record: T = decode(row).unwrap_or_else(|error| panic!("{table}: {error}: {row:02x?}"));
    assert_eq!(encode(&record).unwrap(), row, "{table}");
    record
}

fn is_taken<T: Serialize + DeserializeOwned>(table: &str, row: &[u8]) {
    let _record: T = taken(table, row);
}

/// A file that is gone over, and how many rows each table of it has.
struct File {
    txn: ReadTransaction,
    rows: BTreeMap<String, usize>,
}

impl File {
    /// All rows of a table, as `row` has them.
    fn all<K: Key + 'static, V: Value + 'static, R>(
        &mut self,
        table: &str,
        row: impl for<'r> Fn(K::SelfType<'r>, V::SelfType<'r>) -> R,
    ) -> Vec<R> {
        let opened = self.txn.open_table(TableDefinition::<K, V>::new(table)).unwrap();
        let found: Vec<R> = opened
            .iter()
            .unwrap()
            .map(|found| {
                let (key, value) = found.unwrap();
                row(key.value(), value.value())
            })
            .collect();
        self.rows.insert(table.to_owned(), found.len());
        found
    }

    /// All records of a table, whose keys are what `key` makes of them.
    fn records<K: Key + 'static, T: Serialize + DeserializeOwned>(
        &mut self,
        table: &str,
        key: impl for<'r> Fn(K::SelfType<'r>, &T) -> bool,
    ) -> Vec<T> {
        self.all::<K, &'static [u8], T>(table, |found, bytes| {
            let record = taken(table, bytes);
            assert!(key(found, &record), "{table}: the key of {bytes:02x?}");
            record
        })
    }
}

fn object_of(one: &Subscriber) -> Option<(String, u8, String)> {
    let router = one.profile.router.as_ref()?.to_string();
    let named = || {
        one.profile
            .login
            .as_ref()
            .map_or(one.username.as_str(), |login| login.as_str())
            .to_owned()
    };
    let object = match (one.profile.service, one.profile.address) {
        (Service::Static | Service::Dhcp, Some(address)) => address.to_string(),
        (Service::Pppoe | Service::Hotspot | Service::Static | Service::Dhcp, _) => named(),
    };
    Some((router, number_of_service(one.profile.service), object))
}

fn same<T: Ord + Debug>(table: &str, found: impl IntoIterator<Item = T>, expected: impl IntoIterator<Item = T>) {
    let sorted = |rows: Vec<T>| rows.into_iter().collect::<BTreeSet<T>>();
    let (found, expected) = (found.into_iter().collect(), expected.into_iter().collect());
    assert_eq!(sorted(found), sorted(expected), "{table}");
}

/// Goes over every row of a file of the present format; gives how many each table has.
pub(super) fn all_hold(db: &Database) -> BTreeMap<String, usize> {
    let txn = db.begin_read().unwrap();
    let names: BTreeSet<String> = txn
        .list_tables()
        .unwrap()
        .map(|table| table.name().to_owned())
        .collect();
    let mut file = File {
        txn,
        rows: BTreeMap::new(),
    };
    facts(&mut file);
    people(&mut file);
    money(&mut file);
    jobs_and_log(&mut file);
    routers(&mut file);
    what_waits(&mut file);
    messages(&mut file);
    assert_eq!(
        file.rows.keys().cloned().collect::<BTreeSet<_>>(),
        names,
        "tables that are not gone over"
    );
    file.rows
}

fn facts(file: &mut File) {
    file.all::<&str, &[u8], ()>("meta", |key, row| match key {
        "format" => assert_eq!(row, FORMAT.to_le_bytes()),
        "state" => is_taken::<SiteState>(key, row),
        "config" => is_taken::<ConfigInForce>(key, row),
        "messages" => is_taken::<MessagesState>(key, row),
        "confirmed" => is_taken::<Confirmed>(key, row),
        other => panic!("meta: `{other}`"),
    });
}

fn people(file: &mut File) {
    let all = file.records::<u32, Subscriber>("subscribers", |key, one| key == one.id.0);
    file.all::<u32, &[u8], ()>("served", |id, row| {
        is_taken::<ServedStretches>("served", row);
        assert!(all.iter().any(|one| one.id.0 == id), "served: nobody has number {id}");
    });
    let names = file.all::<&str, u32, _>("usernames", |name, id| (name.to_owned(), id));
    same(
        "usernames",
        names,
        all.iter().map(|one| (one.username.to_string(), one.id.0)),
    );
    let accounts = file.all::<(&str, u32), (), _>("accounts", |(account, id), ()| (account.to_owned(), id));
    let spelled = |text: &str| {
        text.to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
    };
    let account = |one: &Subscriber| Some((spelled(one.profile.account.as_ref()?.as_str()), one.id.0));
    same("accounts", accounts, all.iter().filter_map(account));
    let phones = file.all::<(&str, u32), (), _>("phones", |(phone, id), ()| (phone.to_owned(), id));
    let phone = |one: &Subscriber| {
        let text = one.profile.phone.as_ref()?.as_str();
        Some((text[text.len() - 6..].to_owned(), one.id.0))
    };
    same("phones", phones, all.iter().filter_map(phone));
    let objects = file.all::<Object, u32, _>("objects", |(router, service, object), id| {
        ((router.to_owned(), service, object.to_owned()), id)
    });
    same(
        "objects",
        objects,
        all.iter().filter_map(|one| Some((object_of(one)?, one.id.0))),
    );
    let ids: BTreeSet<u32> = all.iter().map(|one| one.id.0).collect();
    file.records::<u32, UncertainPeriod>("anew", |key, _| ids.contains(&key));
}

fn money(file: &mut File) {
    let entries = file.records::<u64, Entry>("ledger", |key, entry| key == entry.seq.0);
    let entry = |seq: u64| entries.iter().find(|entry| entry.seq.0 == seq).unwrap();
    let spelled = |text: &str| text.to_lowercase();
    file.records::<(i32, u32), Debit>("debits", |(_, id), debit| entry(debit.entry.0).subscriber.0 == id);
    let waiting = file.records::<&str, Unmatched>("unmatched", |key, row| key == spelled(row.reference.as_str()));
    file.records::<&str, Holder>("references", |key, holder| match holder {
        Holder::Credit { entry: seq, .. } => {
            let reference = entry(seq.0).reference.as_ref();
            reference.is_some_and(|reference| spelled(reference.as_str()) == key)
        }
        Holder::Unmatched { .. } => waiting.iter().any(|row| spelled(row.reference.as_str()) == key),
        Holder::Reversed => true,
    });
    let words = file.all::<&str, &[u8], _>("unmatched_words", |key, row| {
        is_taken::<StatementWords>("unmatched_words", row);
        key.to_owned()
    });
    let told = |key: &String| waiting.iter().any(|row| spelled(row.reference.as_str()) == *key);
    assert!(words.iter().all(told), "{words:?}");
    file.records::<&str, PaymentOrigin>("reference_origins", |key, _| !key.is_empty());
    let digests = file.all::<&[u8], (), _>("taken_rows", |digest, ()| digest.len());
    assert!(digests.iter().all(|bytes| *bytes == 32), "taken_rows");
}

fn jobs_and_log(file: &mut File) {
    file.records::<u8, JobState>("jobs", |key, state| key == number_of_job(state.job));
    file.records::<(u8, i64, u64), Run>("runs", |key, run| {
        key == (number_of_job(run.job), run.planned_for.millis(), run.id.0)
    });
    file.records::<(u8, u64), LogRecord>("log", |(stream, _), record| stream == number_of_log(record.kind));
}

fn routers(file: &mut File) {
    file.records::<Object, RouterWork>("router_work", |(_, service, object), work| {
        let statically = service == number_of_service(Service::Static);
        !statically || work.address.is_none_or(|address| address.to_string() == object)
    });
    file.records::<Object, Healed>("healed", |(router, ..), _| !router.is_empty());
    file.records::<Object, ObjectReading>("readings", |(router, ..), _| !router.is_empty());
    file.records::<&str, RouterLastSeen>("router_readings", |router, _| !router.is_empty());
    file.records::<(&str, i64), Incident>("incidents", |key, incident| {
        key == (incident.router.as_str(), incident.since.millis())
    });
    file.records::<&str, KnownRouter>("known_routers", |router, _| !router.is_empty());
}

fn what_waits(file: &mut File) {
    file.records::<(&str, &str), Alert>("alerts", |key, alert| {
        key == (word_of_alert(alert.cause.kind), alert.cause.subject.as_str())
    });
    let held = file.records::<&str, PendingApproval>("held", |key, held| key == word_of_held(&held.work));
    let words: Vec<String> = held.iter().map(|held| word_of_held(&held.work)).collect();
    let cuts = file.all::<(&str, &str), u32, _>("held_cuts", |(word, _), _| word.to_owned());
    let files = file.all::<&str, &[u8], _>("held_files", |word, _| word.to_owned());
    assert!(
        cuts.iter().chain(&files).all(|word| words.contains(word)),
        "{words:?}: {cuts:?}"
    );
    file.records::<u64, Announcement>("announcements", |key, announcement| key == announcement.seq);
}

fn messages(file: &mut File) {
    let all = file.records::<u64, Message>("messages", |key, message| key == message.id.0);
    let lane = |purpose: &Purpose| match purpose {
        Purpose::Alert | Purpose::Report | Purpose::Test => 0_u8,
        Purpose::Reminder { .. }
        | Purpose::Suspension { .. }
        | Purpose::Payment { .. }
        | Purpose::Resumption
        | Purpose::Resumed { .. } => 1,
    };
    let due = file.all::<(u8, i64, u64), (), _>("messages_due", |key, ()| key);
    let open = all.iter().filter(|message| message.state.is_open());
    let key = |message: &Message| (lane(&message.purpose), message.not_before.millis(), message.id.0);
    same("messages_due", due, open.map(key));
    let once = file.all::<&str, u64, _>("messages_once", |once, id| (once.to_owned(), id));
    for message in &all {
        assert!(once.contains(&(message.once.clone(), message.id.0)), "{}", message.once);
        let id = message.subscriber.as_ref().map_or(0, |(id, _)| id.0);
        let begins = match &message.purpose {
            Purpose::Reminder { due, days_before } => format!("reminder/{id}/{due}/{days_before}"),
            Purpose::Suspension { .. } => format!("suspension/{id}/"),
            Purpose::Payment { entry, .. } => format!("payment/{entry}"),
            Purpose::Resumption | Purpose::Resumed { .. } => format!("resumption/{id}/"),
            Purpose::Alert => "alert".to_owned(),
            Purpose::Report => "report:".to_owned(),
            Purpose::Test => "test/".to_owned(),
        };
        assert!(message.once.starts_with(&begins), "{} is not {begins}", message.once);
    }
}
