//! The commands of a site on a store of its own, under a clock that the test moves.

mod approvals;
mod by_hand;
mod cash;
mod changed_file;
mod doubt;
mod held_imports;
mod imports;
mod mixes;
mod packages;
mod payers;
mod payments;
mod periods;
mod receipts;
mod statements;

use serde_json::Value;
use weir::commands::Reply;
use weir::commands::request::Request;
use weir::commands::subscribers::fields::SubscriberFields;
use weir::commands::subscribers::set::SubscriberSet;
use weir::model::router::work::RouterWork;
use weir::model::subscriber::Access;

use crate::support::typed::{Asked, quoted, typed};

pub use crate::support::moment::instant;
pub use crate::support::site::Site;

/// Two routers, packages of all kinds, and the statement of M-Pesa.
const SELLS: &str = r#"
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

[[statements]]
name = "mpesa"
columns = { reference = "Receipt No.", date = "Completion Time", amount = "Paid In", account = "A/C No.", phone = "Other Party Info" }
date_format = "%Y-%m-%d %H:%M:%S"
accept = { column = "Transaction Status", values = ["Completed"] }
reverses = "Linked Transaction ID"

[[statements]]
name = "orders"
columns = { reference = "Text", date = "Booked", amount = "Credit", account = "For" }
date_format = "%Y-%m-%d"
unique = ["reference", "date", "amount"]
"#;

/// Opens a site at noon of a day.
pub fn hilltop(day: &str) -> Site {
    hilltop_with(day, "", "")
}

/// Opens a site at noon of a day, with these lines under `[billing]` and `[access]`. Every law is verified after each request.
pub fn hilltop_with(day: &str, billing: &str, access: &str) -> Site {
    Site::at(instant(day, 12, 0))
        .also(SELLS)
        .also(&format!(
            "\n[billing]\n{billing}\n\n[access]\n{access}\n\n[messages]\ncountry_code = \"254\"\n"
        ))
        .verified()
        .open()
}

impl Site {
    /// The router work that waits, as `router/object` with what is wanted and whose it is, in order of object.
    pub fn work(&self) -> Vec<(String, Access, String)> {
        self.work_rows()
            .into_iter()
            .map(|(key, work)| (key, work.access, work.username.to_string()))
            .collect()
    }

    pub fn work_rows(&self) -> Vec<(String, RouterWork)> {
        let rows = self.router_work().into_iter();
        rows.map(|(key, work)| (format!("{}/{}", key.router, key.object), work))
            .collect()
    }

    pub fn show(&self, username: &str) -> Value {
        self.ask_json(format!("subscriber show {username}"))
    }

    pub fn ledger(&self, username: &str) -> Vec<Value> {
        let answer = self.ask_json(format!("ledger {username}"));
        answer.as_array().unwrap().clone()
    }

    /// Adds a pppoe subscriber without a router.
    pub fn add(&self, username: &str, package: &str, expires_on: Option<&str>, balance: Option<&str>) -> Value {
        let mut line = format!("subscriber add {username} --account AC-{username}");
        let package = (!package.is_empty()).then_some(package);
        for (option, value) in [("package", package), ("expires-on", expires_on), ("balance", balance)] {
            if let Some(value) = value {
                line.push_str(&format!(" --{option} {}", quoted(value)));
            }
        }
        self.ask_json(line)
    }

    pub fn set(&self, username: &str, fields: SubscriberFields) -> Value {
        self.ask_json(set(username, fields))
    }

    pub fn pay(&self, username: &str, amount: &str, reference: &str) -> Value {
        self.ask_json(pay(username, amount, reference))
    }

    pub fn import(&self, csv: &str) -> Value {
        self.ask_json(import(csv, false))
    }

    pub fn statement(&self, csv: &str) -> Reply {
        self.try_json(statement(csv)).unwrap()
    }

    /// The counts of a statement: credited, duplicates, unmatched, conflicts.
    pub fn counts(&self, csv: &str) -> [u64; 4] {
        let answer: Value = serde_json::from_str(&self.statement(csv).payload).unwrap();
        ["credited", "duplicates", "unmatched", "conflicts"].map(|key| answer[key].as_u64().unwrap())
    }
}

pub fn pay(username: &str, amount: &str, reference: &str) -> Request {
    typed(&format!(
        "pay {username} {} --ref {}",
        quoted(amount),
        quoted(reference)
    ))
}

pub fn reverse(reference: &str) -> Request {
    typed(&format!("pay reverse {}", quoted(reference)))
}

pub fn move_to(reference: &str, username: &str) -> Request {
    typed(&format!("pay move {} {username}", quoted(reference)))
}

pub fn assign(reference: &str, username: &str) -> Request {
    typed(&format!("pay assign {} {username}", quoted(reference)))
}

pub fn adjust(username: &str, amount: &str) -> Request {
    typed(&format!("adjust {username} {} --comment 'set right'", quoted(amount)))
}

pub fn set(username: &str, fields: SubscriberFields) -> Request {
    Request::SubscriberSet(SubscriberSet {
        username: username.to_owned(),
        fields,
    })
}

pub fn extend(username: &str, until: &str) -> Request {
    typed(&format!("subscriber extend {username} --until {}", quoted(until)))
}

pub fn hold(username: &str, access: Option<Access>) -> Request {
    let access = match access {
        Some(Access::On) => " --on",
        Some(Access::Off) => " --off",
        None => "",
    };
    typed(&format!("subscriber hold {username}{access}"))
}

pub fn release(username: &str) -> Request {
    typed(&format!("subscriber release {username}"))
}

pub fn close(username: &str) -> Request {
    typed(&format!("subscriber close {username}"))
}

pub fn reopen(username: &str) -> Request {
    typed(&format!("subscriber reopen {username}"))
}

pub fn import(csv: &str, dry_run: bool) -> Request {
    let dry_run = if dry_run { " --dry-run" } else { "" };
    (format!("import subscribers subscribers.csv{dry_run}").as_str(), csv).request()
}

pub fn statement(csv: &str) -> Request {
    ("pay --file statement.csv", csv).request()
}
