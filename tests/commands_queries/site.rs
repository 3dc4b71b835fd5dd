//! What the queries ask of: a site with a router, packages and a reminder, opened by a command that stands alone.

use weir::commands::request::Request;
use weir::model::day::Day;

use crate::support::moment::Moment;
use crate::support::site::Setup;
use crate::support::typed::{amount, typed};

pub use crate::support::moment::{at, day};
pub use crate::support::site::Site;

pub const SITE: &str = r#"
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

[[packages]]
name = "home-10"
price = "1500.00"
profile = "home-10"

[[packages]]
name = "day"
price = "50.00"
cycle = "1 day"
profile = "day"

[[packages]]
name = "free"
price = "0.00"
profile = "free"

[jobs.check-generator]
schedule = "0 10 1 * *"
purpose = "Run the generator for ten minutes"
"#;

/// Opens [`SITE`] at a moment.
pub fn hilltop(now: &str) -> Site {
    saying(SITE, now).open()
}

/// Begins a site with this text at a moment, opened by a command that stands alone.
pub fn saying(text: &str, now: impl Moment) -> Setup {
    Site::at(now).config(text).alone()
}

/// Returns the line that adds somebody on the router; the balance in minor units.
pub fn newcomer(username: &str, package: Option<&str>, expires_on: Option<Day>, balance: i64) -> String {
    let mut line = format!(
        "subscriber add {username} --router core --service pppoe --balance {}",
        amount(balance)
    );
    if let Some(package) = package {
        line.push_str(&format!(" --package {package}"));
    }
    if let Some(day) = expires_on {
        line.push_str(&format!(" --expires-on {day}"));
    }
    line
}

pub fn jobs_run(name: &str, dry_run: bool) -> Request {
    typed(&format!("jobs run {name}{}", if dry_run { " --dry-run" } else { "" }))
}

pub fn jobs_history(name: &str) -> Request {
    typed(&format!("jobs history {name}"))
}

pub fn logs(kind: Option<&str>) -> Request {
    typed(&format!("logs {}", kind.unwrap_or_default()))
}
