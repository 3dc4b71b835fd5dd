//! A site with log records of many months, on a disk in memory and an archive in a folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use weir::appliance::core::OpenedBy;
use weir::appliance::site_file::SiteFile;
use weir::clock::ManualClock;
use weir::commands::dispatch::Commands;
use weir::commands::request::Request;
use weir::commands::request::{Call, Handler};
use weir::commands::subscribers::add::SubscriberAdd;
use weir::commands::system::logs::Logs;
use weir::commands::{Reply, Silent};
use weir::model::day::{Day, Instant};
use weir::model::name::Username;
use weir::model::record::{LogKind, LogRecord};
use weir::store::error::StoreError;
use weir::store::open::Store;

use crate::commands::instant;
use crate::crash::disk::Disk;

const SITE: &str = r#"
[site]
name = "hilltop"
time_zone = "Africa/Nairobi"
currency = "KES"
data = "data"
socket = "control.sock"

[[packages]]
name = "home-10"
price = "1500.00"
"#;

/// A site's folder.
pub struct House {
    folder: tempfile::TempDir,
}

impl House {
    /// With these lines under `[retention]`.
    pub fn new(retention: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::write(
            folder.path().join("site.toml"),
            format!("{SITE}\n[retention]\n{retention}\n"),
        )
        .unwrap();
        Self { folder }
    }

    pub fn archive(&self) -> PathBuf {
        self.folder.path().join("data/archive")
    }

    /// The files of the archive, in order of name, the index left out.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = std::fs::read_dir(self.archive())
            .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
            .unwrap_or_default();
        found.retain(|path| path.extension().is_some_and(|extension| extension == "zst"));
        found.sort();
        found
    }

    /// Starts at a civil minute; runs commit in parts of so many subscribers.
    pub fn start(&self, disk: &Disk, day: &str, hour: i64, minute: i64, part: usize) -> Life {
        let clock = Arc::new(ManualClock::at(instant(day, hour, minute)));
        let file = SiteFile::read(&self.folder.path().join("site.toml")).unwrap();
        let disk = disk.clone();
        let store = Store::on_storage(move || disk.clone()).unwrap();
        let appliance = Commands::start(store, clock.clone(), &file, OpenedBy::Service, "test")
            .unwrap()
            .in_parts_of(part);
        Life { clock, appliance }
    }
}

/// A running site.
pub struct Life {
    pub clock: Arc<ManualClock>,
    pub appliance: Commands,
}

pub fn logs(kind: Option<&str>, since: Option<&str>, until: Option<&str>, user: Option<&str>, limit: u32) -> Request {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Request::Logs(Logs {
        kind: owned(kind),
        since: owned(since),
        until: owned(until),
        user: owned(user),
        limit,
    })
}

pub fn all() -> Request {
    logs(None, None, None, None, 100_000)
}

impl Life {
    pub fn call(&self, request: Request, json: bool) -> Reply {
        let call = Call {
            request,
            actor: "amina".to_owned(),
            json,
            width: 80,
        };
        self.appliance.handle(&call, &mut Silent).unwrap()
    }

    pub fn ask(&self, request: Request) -> Value {
        serde_json::from_str(&self.call(request, true).payload).unwrap()
    }

    pub fn add(&self, username: &str) {
        self.ask(Request::SubscriberAdd(SubscriberAdd {
            username: username.to_owned(),
            fields: weir::commands::subscribers::fields::SubscriberFields {
                package: Some("home-10".to_owned()),
                ..Default::default()
            },
            balance: Some("100.00".to_owned()),
            debited: None,
        }));
    }

    /// Writes so many log records of all kinds, one each hour from a day on, every third about `amina`.
    pub fn record(&self, from: &str, count: u32) {
        let begin = Day::parse(from).unwrap();
        let begin = instant(&begin.to_string(), 0, 30);
        self.appliance
            .store
            .write(self.clock_now(), |tx| -> Result<(), StoreError> {
                for number in 0..count {
                    let kind = LogKind::ALL[number as usize % LogKind::ALL.len()];
                    tx.log(&LogRecord {
                        at: begin.plus_millis(i64::from(number) * 3_600_000),
                        kind,
                        planned_for: (number % 5 == 0).then_some(begin),
                        username: (number % 3 == 0).then(|| Username::new("amina").unwrap()),
                        message: format!("made {number}: \"é\\ / 漢字\n\""),
                        fields: vec![
                            ("number".to_owned(), number.to_string()),
                            ("a".to_owned(), "b".to_owned()),
                        ],
                    })?;
                }
                Ok(())
            })
            .unwrap();
    }

    pub fn clock_now(&self) -> Instant {
        weir::clock::Clock::now(&*self.clock)
    }

    pub fn set(&self, day: &str, hour: i64, minute: i64) {
        self.clock.set(instant(day, hour, minute));
    }

    /// All records that `record` has made, as `logs --json` tells them.
    pub fn made(&self) -> Vec<Value> {
        let told = self.call(all(), true);
        assert_eq!(told.notes, Vec::<String>::new());
        made_of(&told)
    }

    /// How many log records stand in the store.
    pub fn in_store(&self) -> u64 {
        self.appliance.store.read().unwrap().log_count().unwrap()
    }
}

pub fn made_of(told: &Reply) -> Vec<Value> {
    let mut found: Vec<Value> = serde_json::from_str(&told.payload).unwrap();
    found.retain(|record| record["message"].as_str().unwrap().starts_with("made "));
    found
}

/// The lines of a file, as any reader of zstd has them.
pub fn lines(path: &Path) -> Vec<Value> {
    let bytes = zstd::stream::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    String::from_utf8(bytes)
        .unwrap()
        .lines()
        .map(|line| {
            assert!(line.starts_with("{\"at\":\"") && line.contains("\"seq\":"), "{line}");
            serde_json::from_str(line).unwrap()
        })
        .collect()
}
