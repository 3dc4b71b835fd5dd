//! How much memory does a cleanup of a million old records need, and how long does `weir status` wait meanwhile?

use std::fmt::Write as _;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant as Stopwatch};

use weir::commands::status::answer::Status;
use weir::appliance::core::{OpenedBy};
use weir::commands::dispatch::Commands;
use weir::appliance::site_file::SiteFile;
use weir::clock::ManualClock;
use weir::commands::request::{Call, Handler};
use weir::commands::Silent;
use weir::commands::request::Request;
use weir::model::day::Day;
use weir::model::job::{Counts, Job};
use weir::model::name::Username;
use weir::model::record::{LogKind, LogRecord};
use weir::store::error::StoreError;
use weir::store::open::{Create, Store};

use crate::{Failed, median, ms, site};

/// The first argument of a process that cleans up the site of a folder while it is asked how the site stands.
pub const CHILD_CLEANS: &str = "--child-cleans";

/// Old records.
const RECORDS: u32 = 1_000_000;

/// Records of one transaction while the store is filled.
const BATCH: u32 = 20_000;

/// How long the asker rests between two questions, in milliseconds.
const REST_MS: u64 = 5;

/// A Sunday.
fn sunday() -> Day {
    Day::from_date(jiff::civil::date(2027, 6, 27))
}

/// Kinds of which everything is kept, for a store that stays half full.
const HALF: &str =
    "[retention]\nbilling = 36000\naccess = 36000\npayment = 36000\njobs = 36000\nhealth = 36000\nalert = 36000\n";

/// Fills a site and has another process clean it up: all of it, and half of it.
pub fn measure(folder: &Path) -> Result<(), Failed> {
    clean(&folder.join("cleaning"), "", "all of which go")?;
    clean(&folder.join("cleaning-half"), HALF, "of which half is kept")
}

fn clean(place: &Path, retention: &str, which: &str) -> Result<(), Failed> {
    let data = place.join("data");
    std::fs::create_dir_all(&data)?;
    let text = "[site]\nname = \"bench\"\ntime_zone = \"Africa/Nairobi\"\ncurrency = \"KES\"\ndata = \"data\"\n\
        socket = \"control.sock\"\n\n[[packages]]\nname = \"home-10\"\nprice = \"1500.00\"\n";
    std::fs::write(place.join("site.toml"), format!("{text}{retention}"))?;
    let raw = fill(&data)?;
    let before = taken(&data)?;
    let output = Command::new(std::env::current_exe()?)
        .arg(CHILD_CLEANS)
        .arg(place)
        .stderr(Stdio::inherit())
        .output()?;
    let mut archive = 0;
    for entry in std::fs::read_dir(data.join("archive"))? {
        archive += entry?.metadata()?.len();
    }
    println!("a cleanup of {RECORDS} old records, {which}");
    print!("{}", String::from_utf8(output.stdout)?);
    println!(
        "  the store took {:.1} MB of the disk and takes {:.1} MB; the archive is {:.1} MB; writing the rows took {:.1} s",
        mb(before),
        mb(taken(&data)?),
        mb(archive),
        raw.as_secs_f64()
    );
    Ok(())
}

/// What the store's file takes of the disk: its end is never written, and takes nothing.
fn taken(data: &Path) -> Result<u64, Failed> {
    Ok(std::fs::metadata(data.join("weir.redb"))?.blocks() * 512)
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Writes the records through the store's own door: those of a year that ended two hundred days ago.
fn fill(data: &Path) -> Result<Duration, Failed> {
    let store = Store::open(data, Create::IfMissing, "bench", Duration::ZERO)?;
    let began = Stopwatch::now();
    let now = site::at(sunday().plus_days(-1), 12, 0)?;
    let first = site::at(sunday().plus_days(-565), 0, 0)?;
    let username = Username::new("subscriber-000001")?;
    let mut made = 0;
    while made < RECORDS {
        store.write(now, |tx| -> Result<(), StoreError> {
            for number in made..(made + BATCH).min(RECORDS) {
                let mut message = String::new();
                let _ = write!(
                    message,
                    "suspended: paid through 2026-05-{:02} only; number {number}",
                    number % 28 + 1
                );
                tx.log(&LogRecord {
                    at: first.plus_millis(i64::from(number) * 31_536),
                    kind: LogKind::ALL[number as usize % LogKind::ALL.len()],
                    planned_for: Some(first),
                    username: Some(username.clone()),
                    message,
                    fields: vec![
                        ("router".to_owned(), "core".to_owned()),
                        ("object".to_owned(), number.to_string()),
                    ],
                })?;
            }
            Ok(())
        })?;
        made += BATCH;
    }
    Ok(began.elapsed())
}

/// Cleans up on one thread, asks on another, and prints what was seen.
pub fn child_cleans(place: &Path) -> Result<(), Failed> {
    let clock = Arc::new(ManualClock::at(site::at(sunday().plus_days(-1), 12, 1)?));
    let file = SiteFile::read(&place.join("site.toml")).map_err(|error| Failed(error.to_string()))?;
    let store = Store::open(&place.join("data"), Create::No, "bench", Duration::ZERO)?;
    let appliance = Commands::start(store, clock.clone(), &file, OpenedBy::Service, "bench")
        .map_err(|error| Failed(error.to_string()))?;
    appliance.work_off()?;
    let opened = high_water()?;
    clock.set(site::at(sunday(), 3, 5)?);
    let done = AtomicBool::new(false);
    let began = Stopwatch::now();
    let (times, from_memory) = std::thread::scope(|scope| -> Result<(Vec<Duration>, u32), Failed> {
        let asker = scope.spawn(|| -> Result<(Vec<Duration>, u32), Failed> {
            let call = Call {
                request: Request::Status(Status),
                actor: "bench".to_owned(),
                json: true,
                width: 80,
            };
            let (mut times, mut from_memory) = (Vec::new(), 0);
            while !done.load(Ordering::Acquire) {
                let asked = Stopwatch::now();
                let told = appliance
                    .handle(&call, &mut Silent)
                    .map_err(|error| Failed(error.to_string()))?;
                times.push(asked.elapsed());
                from_memory += u32::from(told.payload.contains("\"as_of\""));
                std::thread::sleep(Duration::from_millis(REST_MS));
            }
            Ok((times, from_memory))
        });
        let ran = appliance.work_off();
        done.store(true, Ordering::Release);
        let seen = asker.join().map_err(|_| Failed("the asker panicked".to_owned()))??;
        ran?;
        Ok(seen)
    })?;
    let took = began.elapsed();
    let run = appliance.store.read()?.runs(Job::Cleanup, 1)?.into_iter().next();
    let Some(Counts::Cleanup(counts)) = run.map(|run| run.counts) else {
        return Err(Failed("no cleanup ran".to_owned()));
    };
    let slowest = times.iter().max().copied().unwrap_or_default();
    let mut out = std::io::stdout();
    writeln!(
        out,
        "  {} archived, {} deleted in {:.1} s; {:.1} MB of memory at most ({:.1} MB before it began)",
        counts.archived,
        counts.deleted,
        took.as_secs_f64(),
        high_water()?,
        opened
    )?;
    writeln!(
        out,
        "  {} answers to `weir status` meanwhile, {from_memory} of them from memory: median {:.2} ms, slowest {:.2} ms",
        times.len(),
        ms(median(&times)),
        ms(slowest)
    )?;
    Ok(())
}

/// The highest resident memory of this process so far, in MB.
fn high_water() -> Result<f64, Failed> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .ok_or("no such line")?;
    let kb: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kb / 1024.0)
}
