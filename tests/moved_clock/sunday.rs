//! The Sunday cleanup leaves an archive that `zstd -d` and `jq` can read, and the log reads as before.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, time};
use serde_json::Value;

use super::site::{Person, Site};
use crate::support::child::{said, wait_for};
use crate::support::moved::MovedClock;
use weir::sim::options::Options;
use weir::sim::router::SimRouter;

const CLEANED: Duration = Duration::from_secs(60);
const TOOL: Duration = Duration::from_secs(20);

fn people(today: Date) -> Vec<Person> {
    let person = |number: usize| Person {
        name: format!("user{number:02}"),
        service: "pppoe",
        package: "home",
        expires_on: today,
        balance: "0.00",
    };
    (0..40).map(person).collect()
}

fn records(site: &Site) -> BTreeSet<String> {
    let answer = site.asked(&["logs", "--limit", "100000"]);
    answer.as_array().unwrap().iter().map(Value::to_string).collect()
}

fn archive(site: &Site) -> Vec<PathBuf> {
    let folder = site.path("data").join("archive");
    let Ok(files) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "zst"))
        .collect()
}

#[test]
#[ignore = "needs the packages faketime, zstd and jq; run by .ci/run"]
fn night_on_a_moved_clock_the_sunday_cleanup_leaves_an_archive_that_common_tools_read() {
    let (clock, today) = MovedClock::at("Africa/Nairobi", time(23, 58, 50, 0));
    let router = SimRouter::start(Options::default()).unwrap();
    let mut site = Site::new(clock, router, &people(today), "either");
    let service = site.run();
    site.import();
    std::thread::sleep(site.clock.until(today, time(23, 59, 2, 0)));
    site.caught_up();
    let old = records(&site);
    assert!(!old.is_empty());
    service.kill();
    // Half a year later, in the night to a Sunday.
    let later = today.checked_add(200.days()).unwrap();
    let sunday = later.nth_weekday(1, Weekday::Sunday).unwrap();
    site.move_to(sunday, time(3, 4, 50, 0));
    let service = site.run();
    wait_for("the archive", CLEANED, || (!archive(&site).is_empty()).then_some(()));
    site.caught_up();
    let mut lines = 0_usize;
    for file in archive(&site) {
        let plain = said(Command::new("zstd").arg("-dc").arg(&file).stdin(Stdio::null()), TOOL);
        assert_eq!(plain.exit, Some(0), "{}", plain.err);
        let copy = site.path("plain.jsonl");
        std::fs::write(&copy, &plain.out).unwrap();
        let read = said(Command::new("jq").args(["-ec", ".at"]).arg(&copy), TOOL);
        assert_eq!(read.exit, Some(0), "{}", read.err);
        assert_eq!(read.out.lines().count(), plain.out.lines().count());
        lines += plain.out.lines().count();
    }
    assert!(lines >= old.len(), "{lines} archived of {}", old.len());
    let missing: Vec<String> = old.difference(&records(&site)).cloned().collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(site.asked(&["verify"])["ok"], true);
    service.kill();
}
