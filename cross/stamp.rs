//! Which day was this binary built from? Puts the commit's day into `WEIR_BUILD_DATE`.
//!
//! A clock that shows a moment before that day cannot be right (a box without a battery wakes up in 1970). The day is
//! the commit's, not the compiler run's, so that two builds of one commit are equal.

#![allow(
    clippy::print_stdout,
    clippy::as_conversions,
    reason = "a build script speaks to cargo on standard output"
)]

use std::process::Command;

/// Used when neither the environment nor git can tell: the day this script was written.
const FALLBACK_SECONDS: i64 = 1_795_478_400; // 2026-11-24

fn main() {
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rerun-if-env-changed=WEIR_BUILD_DATE");
    println!("cargo::rerun-if-changed=cross/stamp.rs");
    println!("cargo::rerun-if-changed=.git/HEAD");
    println!("cargo::rerun-if-changed=.git/logs/HEAD");
    let date = std::env::var("WEIR_BUILD_DATE").unwrap_or_else(|_| {
        let seconds = std::env::var("SOURCE_DATE_EPOCH")
            .ok()
            .and_then(|text| text.parse().ok())
            .or_else(commit_seconds)
            .unwrap_or(FALLBACK_SECONDS);
        civil(seconds)
    });
    println!("cargo::rustc-env=WEIR_BUILD_DATE={date}");
}

fn commit_seconds() -> Option<i64> {
    let out = Command::new("git").args(["log", "-1", "--format=%ct"]).output().ok()?;
    String::from_utf8(out.stdout).ok()?.trim().parse().ok()
}

/// The UTC day of an instant as `YYYY-MM-DD` (days-to-civil after Howard Hinnant's public-domain algorithm).
fn civil(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
