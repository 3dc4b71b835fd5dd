//! How long does `weir status` wait for its answer while billing runs?

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant as Stopwatch};

use weir::model::job::Job;
use weir::rules::terms::Terms;
use weir::store::open::Store;

use crate::{Failed, median, ms, site};

/// How long the asker rests between two questions, in milliseconds.
const REST_MS: u64 = 2;

/// Bills a copy of the large store on one thread and asks on another.
pub fn measure(folder: &Path, large: &Path, terms: &Terms) -> Result<(), Failed> {
    let data = folder.join("status");
    site::copy(large, &data)?;
    let store = site::open(&data)?;
    let done = AtomicBool::new(false);
    let times = std::thread::scope(|scope| -> Result<Vec<Duration>, Failed> {
        let asker = scope.spawn(|| -> Result<Vec<Duration>, Failed> {
            let mut times = Vec::new();
            while !done.load(Ordering::Acquire) {
                let began = Stopwatch::now();
                ask(&store)?;
                times.push(began.elapsed());
                std::thread::sleep(Duration::from_millis(REST_MS));
            }
            Ok(times)
        });
        let billed = site::bill(&store, terms);
        done.store(true, Ordering::Release);
        let times = asker.join().map_err(|_| "the asker panicked")??;
        billed?;
        Ok(times)
    })?;
    let slowest = times
        .iter()
        .max()
        .copied()
        .ok_or("billing was over before anybody asked")?;
    println!("what `weir status` reads, while the large site is billed");
    println!(
        "  {} answers, median {:.2} ms, slowest {:.2} ms",
        times.len(),
        ms(median(&times)),
        ms(slowest)
    );
    Ok(())
}

/// Reads what the status tells: the counts, the jobs with their last runs, the work for routers.
pub fn ask(store: &Store) -> Result<(), Failed> {
    let reader = store.read()?;
    reader.state()?;
    reader.config()?;
    reader.work_count()?;
    for job in Job::ALL {
        reader.job(job)?;
        reader.runs(job, 1)?;
    }
    Ok(())
}
