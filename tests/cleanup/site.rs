//! A site with log records of many months, on a disk in memory and an archive in a folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use weir::clock::ManualClock;
use weir::commands::Reply;
use weir::commands::dispatch::Commands;
use weir::commands::request::Request;
use weir::commands::system::logs::Logs;
use weir::model::day::{Day, Instant};
use weir::model::name::Username;
use weir::model::record::{LogKind, LogRecord};
use weir::store::error::StoreError;

use crate::crash::disk::Disk;
use crate::support::moment::instant;
use crate::support::site::Site;
use crate::support::typed::Asked;

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
        let opened = Site::within(self.folder.path(), instant(day, hour, minute))
            .on(disk)
            .in_parts_of(part)
            .open();
        Life {
            clock: Arc::clone(&opened.clock),
            appliance: Arc::clone(&opened.appliance),
            opened,
        }
    }
}

/// A running site.
pub struct Life {
    pub clock: Arc<ManualClock>,
    pub appliance: Arc<Commands>,
    opened: Site,
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
    pub fn call(&self, request: impl Asked, json: bool) -> Reply {
        if json {
            self.opened.try_json(request).unwrap()
        } else {
            self.opened.ask(request)
        }
    }

    pub fn ask(&self, request: impl Asked) -> Value {
        self.opened.ask_json(request)
    }

    pub fn add(&self, username: &str) {
        self.ask(format!("subscriber add {username} --package home-10 --balance 100.00"));
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
