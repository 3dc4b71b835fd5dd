//! How fast is Weir, beside what it could at best be?
//!
//! Every figure is a ratio or a count measured in one run, so that it means the same on any machine. Times and memory that
//! stand beside them are of the machine that ran it.

mod billing;
mod cleaning;
mod floor;
mod memory;
mod opening;
mod probing;
mod raw;
mod reminders;
mod site;
mod sqlite;
mod statistics;
mod status;
mod suspending;
mod watch;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Anything that keeps a figure from being measured.
#[derive(Debug)]
pub struct Failed(String);

impl<E: std::fmt::Display> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// How many subscribers are billed.
const BILLED: u32 = 100_000;
/// How many are suspended, and how many an idle process holds.
const SITE: u32 = 10_000;
/// How often each side of a ratio is measured.
pub const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match figures(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(why)) => {
            eprintln!("not measured: {why}");
            ExitCode::FAILURE
        }
    }
}

fn figures(args: &[String]) -> Result<(), Failed> {
    match args {
        [child, folder] if child == memory::CHILD_BILLS => return memory::child_bills(Path::new(folder)),
        [child, folder] if child == memory::CHILD_WAITS => return memory::child_waits(Path::new(folder)),
        [child, folder] if child == statistics::CHILD_COUNTS => return statistics::child_counts(Path::new(folder)),
        [child, folder] if child == cleaning::CHILD_CLEANS => return cleaning::child_cleans(Path::new(folder)),
        _ => {}
    }
    let known = [
        "billing", "memory", "status", "opening", "suspending", "probing", "statistics", "cleaning", "reminders",
    ];
    if let Some(unknown) = args.iter().find(|arg| !known.contains(&arg.as_str())) {
        return Err(Failed(format!(
            "`{unknown}` is no figure; known are {}",
            known.join(", ")
        )));
    }
    let wanted = |name: &str| args.is_empty() || args.iter().any(|arg| arg == name);
    // Beside the benchmark, on the disk: a folder in memory would make every sync free.
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    std::fs::create_dir_all(&target)?;
    let folder = tempfile::tempdir_in(&target)?;
    let folder = folder.path();
    let large = folder.join("large");
    let terms = site::terms(&site::config(folder, 8728)?);
    if ["billing", "memory", "status", "opening"]
        .iter()
        .any(|name| wanted(name))
    {
        site::make(&large, &terms, BILLED, site::Prepaid::Third)?;
    }
    if wanted("probing") {
        probing::measure(folder)?;
    }
    if wanted("billing") {
        billing::measure(folder, &large, &terms)?;
    }
    if wanted("memory") {
        memory::measure(folder, &large, &terms, SITE)?;
    }
    if wanted("status") {
        status::measure(folder, &large, &terms)?;
    }
    if wanted("opening") {
        opening::measure(folder, &large, &terms)?;
    }
    if wanted("suspending") {
        suspending::measure(folder, SITE)?;
    }
    if wanted("reminders") {
        reminders::measure(folder, &terms, SITE)?;
    }
    if wanted("statistics") {
        statistics::measure(folder, &terms)?;
    }
    if wanted("cleaning") {
        cleaning::measure(folder)?;
    }
    Ok(())
}

/// The one in the middle.
pub fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Milliseconds, for people.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// How many times longer.
pub fn ratio(of: Duration, to: Duration) -> f64 {
    of.as_secs_f64() / to.as_secs_f64()
}
