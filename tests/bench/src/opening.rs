//! How soon after its start can a process answer?

use std::path::Path;
use std::time::{Duration, Instant as Stopwatch};

use weir::rules::terms::Terms;
use weir::store::open::STORE_FILE;

use crate::{Failed, ROUNDS, median, ms, site, status};

/// Opens a billed copy of the large store, its pages in the system's cache, every checksum checked.
pub fn measure(folder: &Path, large: &Path, terms: &Terms) -> Result<(), Failed> {
    let data = folder.join("opening");
    site::copy(large, &data)?;
    site::bill(&site::open(&data)?, terms)?;
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..ROUNDS {
        let began = Stopwatch::now();
        let store = site::open(&data)?;
        status::ask(&store)?;
        times.push(began.elapsed());
    }
    let bytes = std::fs::metadata(data.join(STORE_FILE))?.len();
    println!("opening the large site after its billing and reading its status");
    println!(
        "  median {:.0} ms of {ROUNDS}; the file has {:.1} MB",
        ms(median(&times)),
        bytes as f64 / 1e6
    );
    Ok(())
}
