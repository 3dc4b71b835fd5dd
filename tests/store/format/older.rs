//! What each format so far has left: a file is opened and brought up, its books hold, its queries are answered, a payment
//! brings somebody back, and a night goes by.
//!
//! How the files came about is told in `files/README.md`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use redb::{Database, ReadableDatabase, TableDefinition};
use serde_json::Value;
use weir::clock::ManualClock;
use weir::commands::Silent;
use weir::commands::approvals::approve::Approve;
use weir::commands::clock::show::ClockShow;
use weir::commands::dispatch::Commands;
use weir::commands::explain::answer::SubscriberExplain;
use weir::commands::file_body::FileBody;
use weir::commands::jobs::history::JobsHistory;
use weir::commands::jobs::list::JobsList;
use weir::commands::jobs::plan::Plan;
use weir::commands::jobs::run::JobsRun;
use weir::commands::jobs::show::JobsShow;
use weir::commands::messages::list::Outbox;
use weir::commands::payments::ledger::Ledger;
use weir::commands::payments::pay::Pay;
use weir::commands::payments::statement::PayFile;
use weir::commands::payments::unmatched::PayUnmatched;
use weir::commands::report::month::Report;
use weir::commands::request::Request;
use weir::commands::request::{Call, Handler};
use weir::commands::routers::history::RouterHistory;
use weir::commands::routers::list::RouterList;
use weir::commands::statistics::stats::Stats;
use weir::commands::status::answer::Status;
use weir::commands::status::metrics::Metrics;
use weir::commands::subscribers::list::SubscriberList;
use weir::commands::subscribers::show::SubscriberShow;
use weir::commands::system::config_show::ConfigShow;
use weir::commands::system::logs::Logs;
use weir::commands::system::verify::Verify;
use weir::model::day::Instant;
use weir::model::job::{Counts, Job, Outcome};
use weir::model::message::MessageState;
use weir::model::record::LogKind;
use weir::store::migrate::FORMAT;
use weir::store::open::{Create, STORE_FILE, Store};

use super::rows;

/// A file that an older version, or this one, has left.
struct Left {
    format: u32,
    /// Compressed with zstd.
    file: &'static [u8],
    site: &'static str,
    /// How many subscribers are `active`, `suspended`, `held` and `closed`.
    states: [usize; 4],
    /// How many payments wait for an owner.
    unmatched: usize,
    /// Whether a list of ninety newcomers waits for approval.
    holds_an_import: bool,
    /// Rows of some tables.
    rows: &'static [(&'static str, usize)],
    /// Who is cut off, what they owe and pay.
    pays: (&'static str, &'static str),
    /// A moment in the day after the file's newest record, and one in the night that follows.
    day: &'static str,
    night: &'static str,
    /// How many the night cuts off, and charges.
    night_does: [u64; 2],
}

const LEFT: [Left; 4] = [
    Left {
        format: 1,
        file: include_bytes!("files/format1.redb.zst"),
        site: include_str!("files/format1.toml"),
        holds_an_import: false,
        states: [275, 25, 3, 1],
        unmatched: 1,
        rows: &[
            ("subscribers", 304),
            ("ledger", 615),
            ("debits", 333),
            ("references", 243),
            ("unmatched", 2),
            ("taken_rows", 185),
            ("runs", 59),
            ("router_work", 4),
            ("log", 562),
        ],
        pays: ("daudi.otieno", "1500.00"),
        day: "2026-11-29T12:00:00Z",
        night: "2026-11-29T22:00:00Z",
        night_does: [2, 5],
    },
    Left {
        format: 2,
        file: include_bytes!("files/format2.redb.zst"),
        site: include_str!("files/format2.toml"),
        holds_an_import: true,
        states: [280, 20, 3, 1],
        unmatched: 1,
        rows: &[
            ("subscribers", 304),
            ("ledger", 624),
            ("debits", 337),
            ("references", 248),
            ("unmatched", 2),
            ("taken_rows", 201),
            ("runs", 59),
            ("router_work", 4),
            ("log", 505),
            ("alerts", 1),
            ("held", 1),
            ("held_cuts", 90),
            ("held_files", 1),
        ],
        pays: ("daudi.otieno", "1500.00"),
        day: "2026-11-29T12:00:00Z",
        night: "2026-11-29T22:00:00Z",
        night_does: [2, 8],
    },
    Left {
        format: 3,
        file: include_bytes!("files/format3.redb.zst"),
        site: include_str!("files/format3.toml"),
        holds_an_import: true,
        states: [280, 20, 3, 1],
        unmatched: 1,
        rows: &[
            ("subscribers", 304),
            ("ledger", 624),
            ("debits", 337),
            ("references", 248),
            ("unmatched", 2),
            ("taken_rows", 201),
            ("runs", 97),
            ("router_work", 4),
            ("log", 788),
            ("alerts", 2),
            ("held", 1),
            ("held_cuts", 90),
            ("held_files", 1),
            ("messages", 247),
            ("messages_due", 7),
            ("messages_once", 247),
            ("announcements", 2),
            ("incidents", 2),
            ("known_routers", 1),
        ],
        pays: ("daudi.otieno", "1500.00"),
        day: "2026-11-29T12:00:00Z",
        night: "2026-11-29T22:00:00Z",
        night_does: [2, 8],
    },
    Left {
        format: 4,
        file: include_bytes!("files/format4.redb.zst"),
        site: include_str!("files/format4.toml"),
        holds_an_import: true,
        states: [280, 20, 3, 1],
        unmatched: 2,
        rows: &[
            ("subscribers", 304),
            ("ledger", 624),
            ("debits", 337),
            ("references", 249),
            ("unmatched", 3),
            ("unmatched_words", 1),
            ("reference_origins", 249),
            ("taken_rows", 202),
            ("runs", 186),
            ("router_work", 4),
            ("log", 797),
            ("alerts", 2),
            ("held", 1),
            ("held_cuts", 90),
            ("held_files", 1),
            ("messages", 247),
            ("messages_due", 0),
            ("messages_once", 247),
            ("announcements", 2),
            ("incidents", 2),
            ("known_routers", 1),
            ("served", 59),
        ],
        pays: ("daudi.otieno", "1500.00"),
        day: "2026-11-29T12:00:00Z",
        night: "2026-11-29T22:00:00Z",
        night_does: [2, 8],
    },
];

/// The statement that was taken in each time.
const STATEMENT: &str = include_str!("files/statement.csv");

fn at(text: &str) -> Instant {
    Instant::from_timestamp(text.parse().unwrap())
}

fn format_of(path: &Path) -> u32 {
    const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
    let db = Database::open(path).unwrap();
    let txn = db.begin_read().unwrap();
    let row = txn.open_table(META).unwrap().get("format").unwrap().unwrap();
    u32::from_le_bytes(row.value().try_into().unwrap())
}

/// A folder in which a file lies as it was left.
struct Site {
    folder: tempfile::TempDir,
    left: &'static Left,
}

impl Site {
    fn of(left: &'static Left) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::write(folder.path().join("site.toml"), left.site).unwrap();
        let file = zstd::decode_all(left.file).unwrap();
        std::fs::write(folder.path().join("data").join(STORE_FILE), file).unwrap();
        let site = Self { folder, left };
        assert_eq!(format_of(&site.file()), left.format);
        site
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("data").join(STORE_FILE)
    }

    /// Goes over every row, while nobody has the file open.
    fn rows(&self) -> BTreeMap<String, usize> {
        rows::all_hold(&Database::open(self.file()).unwrap())
    }

    fn open(&self) -> Store {
        let data = self.folder.path().join("data");
        Store::open(&data, Create::No, "test", Duration::from_secs(1)).unwrap()
    }

    fn start(&self) -> (Arc<Commands>, Arc<ManualClock>) {
        let site = crate::support::site::Site::within(self.folder.path(), at(self.left.day))
            .built_on("2026-11-01")
            .in_folder()
            .open();
        (site.appliance, site.clock)
    }
}

fn ask(appliance: &Commands, request: Request) -> Value {
    let call = Call {
        request,
        actor: "test".to_owned(),
        json: true,
        width: 80,
    };
    let reply = appliance
        .handle(&call, &mut Silent)
        .unwrap_or_else(|failure| panic!("{:?}: {failure:?}", call.request));
    serde_json::from_str(&reply.payload).unwrap_or(Value::String(reply.payload))
}

fn show(appliance: &Commands, username: &str) -> Value {
    let username = username.to_owned();
    ask(appliance, Request::SubscriberShow(SubscriberShow { username }))
}

fn verifies(appliance: &Commands) {
    let verified = ask(appliance, Request::Verify(Verify));
    assert_eq!(verified["ok"], true, "{verified}");
}

/// How many subscribers are active, suspended, held and closed.
fn states(appliance: &Commands) -> [usize; 4] {
    let list = ask(appliance, Request::SubscriberList(SubscriberList::default()));
    let list = list.as_array().unwrap();
    ["active", "suspended", "held", "closed"].map(|state| list.iter().filter(|one| one["state"] == state).count())
}

/// Everything that can be asked without a router.
fn queries(username: &str) -> Vec<Request> {
    let (name, username) = (|job: Job| job.to_string(), username.to_owned());
    let logs = |kind: Option<&str>| {
        Request::Logs(Logs {
            kind: kind.map(str::to_owned),
            since: None,
            until: None,
            user: None,
            limit: 1_000,
        })
    };
    let outbox = |state: Option<&str>| {
        Request::Outbox(Outbox {
            state: state.map(str::to_owned),
            limit: 1_000,
        })
    };
    let stats = |username: Option<String>| {
        Request::Stats(Stats {
            username,
            package: None,
            since: None,
            until: None,
            csv: false,
        })
    };
    let mut all = vec![
        Request::Status(Status),
        Request::ConfigShow(ConfigShow),
        Request::JobsList(JobsList),
        Request::Plan(Plan { days: 31 }),
        Request::SubscriberList(SubscriberList::default()),
        Request::SubscriberShow(SubscriberShow {
            username: username.clone(),
        }),
        Request::SubscriberExplain(SubscriberExplain {
            username: username.clone(),
        }),
        Request::Ledger(Ledger {
            username: username.clone(),
        }),
        Request::PayUnmatched(PayUnmatched),
        logs(None),
        Request::ClockShow(ClockShow),
        Request::RouterList(RouterList { name: None }),
        Request::RouterHistory(RouterHistory {
            name: None,
            since: None,
            until: None,
        }),
        outbox(None),
        stats(None),
        stats(Some(username)),
        Request::Report(Report {
            month: None,
            email: false,
        }),
        Request::Metrics(Metrics),
    ];
    all.extend(LogKind::ALL.map(|kind| logs(Some(kind.as_str()))));
    all.extend(MessageState::ALL.map(|state| outbox(Some(state.as_str()))));
    all.extend(Job::ALL.map(|job| Request::JobsShow(JobsShow { name: name(job) })));
    all.extend(Job::ALL.map(|job| {
        Request::JobsHistory(JobsHistory {
            name: name(job),
            limit: 1_000,
        })
    }));
    all.extend([Job::Billing, Job::Disconnect].map(|job| {
        Request::JobsRun(JobsRun {
            name: name(job),
            dry_run: true,
        })
    }));
    all
}

fn every_format(what: impl Fn(&Site)) {
    let formats: Vec<u32> = LEFT.iter().map(|left| left.format).collect();
    assert_eq!(formats, (1..=FORMAT).collect::<Vec<_>>(), "each format has left a file");
    for left in &LEFT {
        what(&Site::of(left));
    }
}

#[test]
fn what_each_format_has_left_is_brought_up_and_its_rows_stay() {
    every_format(|site| {
        drop(site.open());
        assert_eq!(format_of(&site.file()), FORMAT, "{}", site.left.format);
        let rows = site.rows();
        for (table, count) in site.left.rows {
            assert_eq!(rows[*table], *count, "format {}: {table} of {rows:?}", site.left.format);
        }
        // Brought up once, it is opened as it is.
        drop(site.open());
        assert_eq!(site.rows(), rows, "{}", site.left.format);
    });
}

#[test]
fn what_each_format_has_left_answers_its_queries() {
    every_format(|site| {
        let (appliance, _) = site.start();
        let what = format!("format {}", site.left.format);
        verifies(&appliance);
        assert_eq!(states(&appliance), site.left.states, "{what}");
        let unmatched = ask(&appliance, Request::PayUnmatched(PayUnmatched));
        assert_eq!(
            unmatched.as_array().unwrap().len(),
            site.left.unmatched,
            "{what}: {unmatched}"
        );
        for request in queries(site.left.pays.0) {
            ask(&appliance, request);
        }
        if site.left.holds_an_import {
            let held = Request::Approve(Approve {
                what: None,
                refuse: None,
                dry_run: true,
            });
            let held = ask(&appliance, held);
            assert_eq!(held.as_array().map(Vec::len), Some(90), "{what}: {held}");
        }
    });
}

#[test]
fn what_each_format_has_left_takes_a_payment_and_lives_through_a_night() {
    every_format(|site| {
        let (appliance, clock) = site.start();
        let what = format!("format {}", site.left.format);
        // What is due at once is done before anything is compared.
        appliance.work_off().unwrap();
        let (username, amount) = site.left.pays;
        assert_eq!(show(&appliance, username)["state"], "suspended", "{what}");
        let pay = || {
            Request::Pay(Pay {
                username: username.to_owned(),
                amount: amount.to_owned(),
                reference: Some("CARD-1".to_owned()),
                source: None,
                date: None,
                again: false,
                yes: false,
            })
        };
        assert_eq!(ask(&appliance, pay())["credited"], true, "{what}");
        assert_eq!(show(&appliance, username)["state"], "active", "{what}");
        assert_eq!(
            ask(&appliance, pay())["credited"],
            false,
            "{what}: a reference has one holder"
        );
        // The rows of this statement were taken by the version that wrote the file, and are not taken again.
        let again = ask(
            &appliance,
            Request::PayFile(PayFile {
                file: FileBody {
                    name: "statement.csv".to_owned(),
                    bytes: STATEMENT.as_bytes().to_vec(),
                },
                dry_run: false,
            }),
        );
        assert_eq!(
            (&again["credited"], &again["unmatched"]),
            (&0.into(), &0.into()),
            "{what}: {again}"
        );
        clock.set(at(site.left.night));
        let ran = appliance.work_off().unwrap();
        let ran: Vec<_> = ran
            .iter()
            .filter(|run| matches!(run.job, Job::Billing | Job::Disconnect))
            .collect();
        let jobs: Vec<_> = ran.iter().map(|run| (run.job, run.outcome)).collect();
        assert_eq!(
            jobs,
            [(Job::Disconnect, Outcome::CaughtUp), (Job::Billing, Outcome::CaughtUp)],
            "{what}"
        );
        let suspended = ran[0].counts.of_disconnect().suspended;
        let Counts::Billing(billing) = ran[1].counts else {
            panic!("{what}: {:?}", ran[1].counts)
        };
        assert_eq!([suspended, billing.charged], site.left.night_does, "{what}");
        verifies(&appliance);
        drop(appliance);
        site.rows();
    });
}
