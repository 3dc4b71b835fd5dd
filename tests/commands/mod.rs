//! The commands of a site on a store of its own, under a clock that the test moves.

mod approvals;
mod by_hand;
mod doubt;
mod held_imports;
mod imports;
mod mixes;
mod payments;
mod periods;
mod statements;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use weir::appliance::core::OpenedBy;
use weir::appliance::site_file::SiteFile;
use weir::clock::ManualClock;
use weir::commands::dispatch::Commands;
use weir::commands::file_body::FileBody;
use weir::commands::imports::subscribers::ImportSubscribers;
use weir::commands::payments::adjust::Adjust;
use weir::commands::payments::assign::PayAssign;
use weir::commands::payments::ledger::Ledger;
use weir::commands::payments::move_payment::PayMove;
use weir::commands::payments::pay::Pay;
use weir::commands::payments::reverse::PayReverse;
use weir::commands::payments::statement::PayFile;
use weir::commands::request::Request;
use weir::commands::request::{Call, Handler};
use weir::commands::subscribers::add::SubscriberAdd;
use weir::commands::subscribers::close::SubscriberClose;
use weir::commands::subscribers::extend::SubscriberExtend;
use weir::commands::subscribers::fields::SubscriberFields;
use weir::commands::subscribers::hold::SubscriberHold;
use weir::commands::subscribers::release::SubscriberRelease;
use weir::commands::subscribers::reopen::SubscriberReopen;
use weir::commands::subscribers::set::SubscriberSet;
use weir::commands::subscribers::show::SubscriberShow;
use weir::commands::{Reply, Silent};
use weir::model::day::{Day, Instant};
use weir::model::failure::Failure;
use weir::model::router_work::RouterWork;
use weir::model::subscriber::Access;
use weir::store::error::StoreError;
use weir::store::open::{Create, Store};
use weir::store::verify::verify;

/// Milliseconds from UTC to the clocks of Nairobi.
const NAIROBI_MS: i64 = 3 * 3_600_000;

/// A site in a temporary folder.
pub struct Site {
    pub clock: Arc<ManualClock>,
    pub appliance: Commands,
    _folder: tempfile::TempDir,
}

pub fn instant(day: &str, hour: i64, minute: i64) -> Instant {
    let day = Day::parse(day).unwrap();
    Instant::from_millis(i64::from(day.number()) * 86_400_000 + (hour * 60 + minute) * 60_000 - NAIROBI_MS)
}

impl Site {
    /// A site at noon of a day, with these lines under `[billing]` and `[access]`.
    pub fn with(day: &str, billing: &str, access: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("site.toml");
        let text = format!(
            r#"
[site]
name = "hilltop"
time_zone = "Africa/Nairobi"
currency = "KES"
data = "data"
socket = "control.sock"

[[routers]]
name = "core"
host = "127.0.0.1"
username = "weir"
password_file = "secrets/core"

[[routers]]
name = "east"
host = "127.0.0.2"
username = "weir"
password_file = "secrets/east"

[[packages]]
name = "home-10"
price = "1500.00"
profile = "home-10"

[[packages]]
name = "home-20"
price = "2500.00"
profile = "home-20"

[[packages]]
name = "office-20"
price = "4500.00"
rate = "20M/20M"

[[packages]]
name = "daily"
price = "50.00"
cycle = "1 day"

[[packages]]
name = "free"
price = "0.00"

[billing]
{billing}

[access]
{access}

[[statements]]
name = "mpesa"
columns = {{ reference = "Receipt No.", date = "Completion Time", amount = "Paid In", account = "A/C No.", phone = "Other Party Info" }}
date_format = "%Y-%m-%d %H:%M:%S"
accept = {{ column = "Transaction Status", values = ["Completed"] }}
reverses = "Linked Transaction ID"
"#
        );
        std::fs::write(&file, text).unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let store = Store::open(&data, Create::IfMissing, "test", Duration::from_secs(1)).unwrap();
        let clock = Arc::new(ManualClock::at(instant(day, 12, 0)));
        let file = SiteFile::read(&file).unwrap();
        let appliance = Commands::start(store, clock.clone(), &file, OpenedBy::Service, "test").unwrap();
        Self {
            clock,
            appliance,
            _folder: folder,
        }
    }

    pub fn at(day: &str) -> Self {
        Self::with(day, "", "")
    }

    /// Moves the clock to noon of a day, without any job.
    pub fn noon(&self, day: &str) {
        self.clock.set(instant(day, 12, 0));
    }

    /// Lives through every night until noon of a day.
    pub fn live_until(&self, day: &str) {
        let end = instant(day, 12, 0);
        let mut day = self.appliance.clock.now().day_in(&self.appliance.in_force().terms.zone);
        loop {
            // After each planned time of the night, and on time for the last one.
            for (hour, minute) in [(0, 30), (12, 0), (23, 59)] {
                let then = instant(&day.to_string(), hour, minute);
                if then > end {
                    return;
                }
                if then >= self.appliance.clock.now() {
                    self.clock.set(then);
                    self.appliance.work_off().unwrap();
                }
            }
            day = day.plus_days(1);
        }
    }

    pub fn ask_as(&self, request: Request, json: bool) -> Result<Reply, Failure> {
        let call = Call {
            request,
            actor: "amina".to_owned(),
            json,
            width: 80,
        };
        let reply = self.appliance.handle(&call, &mut Silent);
        self.verify();
        reply
    }

    /// The JSON of an answer.
    pub fn ask(&self, request: Request) -> Value {
        serde_json::from_str(&self.ask_as(request, true).unwrap().payload).unwrap()
    }

    /// The refusal of a request, which must have left everything as it was.
    pub fn refused(&self, request: Request) -> Failure {
        let before = self.content();
        let failure = self.ask_as(request, true).unwrap_err();
        assert_eq!(self.content(), before, "a refusal changed the store");
        assert!(!failure.what.ends_with('.'), "{failure}");
        assert!(!failure.way_out.is_empty(), "no way out: {failure}");
        failure
    }

    /// Every law holds.
    pub fn verify(&self) {
        let reader = self.appliance.store.read().unwrap();
        let verified = verify(&reader, |_, _| {}).unwrap();
        assert_eq!(verified.problems, Vec::<String>::new());
    }

    /// All that the store holds, as text.
    pub fn content(&self) -> String {
        let reader = self.appliance.store.read().unwrap();
        let mut all = format!("{:?}\n", reader.state().unwrap());
        reader
            .each_subscriber(|one| -> Result<(), StoreError> {
                all.push_str(&format!("{one:?}\n"));
                Ok(())
            })
            .unwrap();
        reader
            .each_entry(|seq, entry| -> Result<(), StoreError> {
                all.push_str(&format!("{seq} {entry:?}\n"));
                Ok(())
            })
            .unwrap();
        reader
            .each_debit(|day, id, debit| -> Result<(), StoreError> {
                all.push_str(&format!("{day} {id:?} {debit:?}\n"));
                Ok(())
            })
            .unwrap();
        reader
            .each_reference(|name, holder| -> Result<(), StoreError> {
                all.push_str(&format!("{name} {holder:?}\n"));
                Ok(())
            })
            .unwrap();
        reader
            .each_unmatched(|row| -> Result<(), StoreError> {
                all.push_str(&format!("{row:?}\n"));
                Ok(())
            })
            .unwrap();
        reader
            .each_work(None, |key, work| -> Result<(), StoreError> {
                all.push_str(&format!("{key:?} {work:?}\n"));
                Ok(())
            })
            .unwrap();
        all
    }

    /// The router work that waits, as `router/object` with what is wanted and whose it is, in order of object.
    pub fn work(&self) -> Vec<(String, Access, String)> {
        self.work_rows()
            .into_iter()
            .map(|(key, work)| (key, work.access, work.username.to_string()))
            .collect()
    }

    pub fn work_rows(&self) -> Vec<(String, RouterWork)> {
        let mut rows = Vec::new();
        self.appliance
            .store
            .read()
            .unwrap()
            .each_work(None, |key, work| -> Result<(), StoreError> {
                rows.push((format!("{}/{}", key.router, key.object), work));
                Ok(())
            })
            .unwrap();
        rows
    }

    pub fn show(&self, username: &str) -> Value {
        self.ask(Request::SubscriberShow(SubscriberShow {
            username: username.to_owned(),
        }))
    }

    pub fn ledger(&self, username: &str) -> Vec<Value> {
        let answer = self.ask(Request::Ledger(Ledger {
            username: username.to_owned(),
        }));
        answer.as_array().unwrap().clone()
    }

    /// Adds a pppoe subscriber without a router.
    pub fn add(&self, username: &str, package: &str, expires_on: Option<&str>, balance: Option<&str>) -> Value {
        self.ask(Request::SubscriberAdd(SubscriberAdd {
            username: username.to_owned(),
            fields: SubscriberFields {
                package: (!package.is_empty()).then(|| package.to_owned()),
                expires_on: expires_on.map(str::to_owned),
                account: Some(format!("AC-{username}")),
                ..SubscriberFields::default()
            },
            balance: balance.map(str::to_owned),
            debited: None,
        }))
    }

    pub fn set(&self, username: &str, fields: SubscriberFields) -> Value {
        self.ask(set(username, fields))
    }

    pub fn pay(&self, username: &str, amount: &str, reference: &str) -> Value {
        self.ask(pay(username, amount, reference))
    }

    pub fn import(&self, csv: &str) -> Value {
        self.ask(import(csv, false))
    }

    pub fn statement(&self, csv: &str) -> Reply {
        self.ask_as(statement(csv), true).unwrap()
    }

    /// The counts of a statement: credited, duplicates, unmatched, conflicts.
    pub fn counts(&self, csv: &str) -> [u64; 4] {
        let answer: Value = serde_json::from_str(&self.statement(csv).payload).unwrap();
        ["credited", "duplicates", "unmatched", "conflicts"].map(|key| answer[key].as_u64().unwrap())
    }
}

pub fn pay(username: &str, amount: &str, reference: &str) -> Request {
    Request::Pay(Pay {
        username: username.to_owned(),
        amount: amount.to_owned(),
        reference: reference.to_owned(),
        source: None,
        date: None,
    })
}

pub fn reverse(reference: &str) -> Request {
    Request::PayReverse(PayReverse {
        reference: reference.to_owned(),
    })
}

pub fn move_to(reference: &str, username: &str) -> Request {
    Request::PayMove(PayMove {
        reference: reference.to_owned(),
        username: username.to_owned(),
    })
}

pub fn assign(reference: &str, username: &str) -> Request {
    Request::PayAssign(PayAssign {
        reference: reference.to_owned(),
        username: username.to_owned(),
    })
}

pub fn adjust(username: &str, amount: &str) -> Request {
    Request::Adjust(Adjust {
        username: username.to_owned(),
        amount: amount.to_owned(),
        comment: "set right".to_owned(),
    })
}

pub fn set(username: &str, fields: SubscriberFields) -> Request {
    Request::SubscriberSet(SubscriberSet {
        username: username.to_owned(),
        fields,
    })
}

pub fn extend(username: &str, until: &str) -> Request {
    Request::SubscriberExtend(SubscriberExtend {
        username: username.to_owned(),
        until: until.to_owned(),
    })
}

pub fn hold(username: &str, access: Option<Access>) -> Request {
    Request::SubscriberHold(SubscriberHold {
        username: username.to_owned(),
        on: access == Some(Access::On),
        off: access == Some(Access::Off),
        comment: None,
    })
}

pub fn release(username: &str) -> Request {
    Request::SubscriberRelease(SubscriberRelease {
        username: username.to_owned(),
    })
}

pub fn close(username: &str) -> Request {
    Request::SubscriberClose(SubscriberClose {
        username: username.to_owned(),
    })
}

pub fn reopen(username: &str) -> Request {
    Request::SubscriberReopen(SubscriberReopen {
        username: username.to_owned(),
    })
}

pub fn import(csv: &str, dry_run: bool) -> Request {
    Request::ImportSubscribers(ImportSubscribers {
        file: FileBody {
            name: "subscribers.csv".to_owned(),
            bytes: csv.as_bytes().to_vec(),
        },
        dry_run,
    })
}

pub fn statement(csv: &str) -> Request {
    Request::PayFile(PayFile {
        file: FileBody {
            name: "statement.csv".to_owned(),
            bytes: csv.as_bytes().to_vec(),
        },
    })
}
