//! Writes the made-up site to the disk.
//!
//! A folder as `weir init` would begin it, filled in: `site.toml`, the password, `subscribers.csv`. All of it passes
//! `weir check` unchanged, and stays when the demo is over.

use std::fmt::Write as _;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::demo::people::Person;
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::model::money::{Currency, Money};

/// The zone of the site. It has no summer time.
pub const ZONE: &str = "Africa/Nairobi";
/// The router's user.
pub const USER: &str = "weir";
/// The password of the simulated router, an invented one.
pub const PASSWORD: &str = "a-made-up-password";
/// Only the owner.
const PRIVATE_FOLDER: u32 = 0o700;
/// Only the owner.
const PRIVATE_FILE: u32 = 0o600;
/// How many demos' folders may lie side by side.
const FOLDERS_MAX: u32 = 10_000;

/// Makes a new folder, in the system's folder for temporary things unless one is named.
///
/// # Errors
/// When the one that is named exists, or the system refuses.
pub fn folder(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let make = |path: &Path| DirBuilder::new().mode(PRIVATE_FOLDER).create(path);
    if let Some(path) = named {
        make(path).map_err(|error| refused(path, &error))?;
        return Ok(path.to_owned());
    }
    let temporary = std::env::temp_dir();
    for number in 1..=FOLDERS_MAX {
        let path = temporary.join(format!("weir-demo-{number}"));
        match make(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(refused(&path, &error)),
        }
    }
    Err(Failure::refused(
        format!("`{}` is full of folders from earlier demos", temporary.display()),
        "remove them: `rm -r` on each `weir-demo-…`",
    ))
}

/// Writes the site; returns the path of its `site.toml`.
///
/// # Errors
/// When the system refuses.
pub fn write(folder: &Path, port: u16, gateway: u16, people: &[Person], first_day: Day) -> Result<PathBuf, Failure> {
    let secrets = folder.join("secrets");
    DirBuilder::new()
        .mode(PRIVATE_FOLDER)
        .create(&secrets)
        .map_err(|error| refused(&secrets, &error))?;
    file(&secrets.join("core"), &format!("{PASSWORD}\n"))?;
    let statements = folder.join("statements");
    DirBuilder::new()
        .mode(PRIVATE_FOLDER)
        .create(&statements)
        .map_err(|error| refused(&statements, &error))?;
    file(&list(folder), &subscribers(people, first_day))?;
    let site = folder.join("site.toml");
    file(&site, &site_toml(port, gateway))?;
    Ok(site)
}

/// Returns the path of the list of subscribers.
#[must_use]
pub fn list(folder: &Path) -> PathBuf {
    folder.join("subscribers.csv")
}

/// Writes a new file that only its owner may read.
///
/// # Errors
/// When it exists, or the system refuses.
pub fn file(path: &Path, content: &str) -> Result<(), Failure> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE_FILE)
        .open(path)
        .and_then(|mut file| file.write_all(content.as_bytes()))
        .map_err(|error| refused(path, &error))
}

fn refused(path: &Path, error: &io::Error) -> Failure {
    Failure::refused(
        format!("`{}` cannot be written: {error}", path.display()),
        "check that there is room and that you may write there; `TMPDIR=FOLDER weir demo` uses another folder",
    )
}

/// Returns an amount as a file states it.
#[must_use]
pub fn decimal(currency: Currency, cents: i64) -> String {
    currency.format(Money::from_minor(cents))
}

fn subscribers(people: &[Person], first_day: Day) -> String {
    let mut text = "username,name,phone,account,package,router,service,address,expires_on,balance\n".to_owned();
    for person in people {
        let (service, address) = match person.address {
            Some(address) => ("static", address.to_string()),
            None => ("pppoe", String::new()),
        };
        let balance = Currency::from_code("KES").map_or_else(String::new, |kes| decimal(kes, person.balance));
        let due = first_day.plus_days(person.due);
        let Person {
            username,
            name,
            phone,
            account,
            plan,
            ..
        } = person;
        // Writing into a text cannot fail.
        let _written = writeln!(
            text,
            "{username},{name},{phone},{account},{},core,{service},{address},{due},{balance}",
            plan.name
        );
    }
    text
}

fn site_toml(port: u16, gateway: u16) -> String {
    format!(
        r#"# The made-up site of `weir demo`. Its router and its gateway were simulated and are gone; all else is as on a real box.

[site]
name = "hilltop"
time_zone = "{ZONE}"
currency = "KES"
data = "data"
socket = "control.sock"

[[routers]]
name = "core"
host = "127.0.0.1"
port = {port}
username = "{USER}"
password_file = "secrets/core"

[[packages]]
name = "home-10"
price = "1500.00"
profile = "home-10"

[[packages]]
name = "home-20"
price = "2500.00"
profile = "home-20"

[[packages]]
name = "kiosk-5"
price = "350.00"
cycle = "7 days"
profile = "kiosk-5"

[[packages]]
name = "office-20"
price = "4500.00"
rate = "20M/20M"

[jobs.health] # a month at speed: the router is probed four times a day
schedule = "30 */6 * * *"

[reminders]
days_before = [3]
text = "Dear {{{{name}}}}, your internet is paid until {{{{expiryDate}}}}. Please pay {{{{amount}}}}, account {{{{accountNumber}}}}."

[[gateways]]
name = "texts"
kind = "http"
url = "http://127.0.0.1:{gateway}/send"
headers = {{ "Content-Type" = "application/json" }}
body = '{{"to":"{{{{to}}}}","message":"{{{{text}}}}"}}'
success = {{ status = 200, body_contains = "queued" }}
price_per_part = "0.80"

[alerts]
sms = ["+254700000099"]

# A made-up month has no witness for its time.
[clock]
trust = "floor"

[[statements]]
name = "mpesa"
columns = {{ reference = "Receipt No.", date = "Completion Time", amount = "Paid In", account = "A/C No." }}
date_format = "%d-%m-%Y %H:%M:%S"
accept = {{ column = "Transaction Status", values = ["Completed"] }}
"#
    )
}
