//! How long does a round of probes take when many routers hang?

use std::fmt::Write as _;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use weir::appliance::core::{OpenedBy};
use weir::commands::dispatch::Commands;
use weir::appliance::site_file::SiteFile;
use weir::clock::SystemClock;
use weir::health::round::RoundOccasion;
use weir::model::job::Counts;
use weir::outbox::router_work::single_try;
use weir::sim::faults::{Fault, FaultKind};
use weir::sim::options::Options;
use weir::sim::router::SimRouter;
use weir::store::in_memory;

use crate::{Failed, ms};

/// How many routers there are.
const ROUTERS: usize = 50;
/// How many of them accept a connection and say nothing.
const HANG: usize = 20;

/// Probes them all in one round, with the waits of the product.
pub fn measure(folder: &Path) -> Result<(), Failed> {
    let folder = folder.join("probing");
    std::fs::create_dir_all(&folder)?;
    let mut password = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(folder.join("password"))?;
    password.write_all(b"sim-password\n")?;
    let sims = (0..ROUTERS)
        .map(|_| SimRouter::start(Options::default()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut text = String::from(
        "[site]\nname = \"hilltop\"\ntime_zone = \"Africa/Nairobi\"\ncurrency = \"KES\"\ndata = \"data\"\nsocket = \"s\"\n",
    );
    for (number, sim) in sims.iter().enumerate() {
        if number < HANG {
            sim.fault(Fault::new(FaultKind::Silent).times(0));
        }
        write!(
            text,
            "[[routers]]\nname = \"r{number}\"\nhost = \"127.0.0.1\"\nport = {}\nusername = \"weir\"\npassword_file = \"password\"\n",
            sim.addr().port()
        )?;
    }
    let path = folder.join("site.toml");
    std::fs::write(&path, text)?;
    let appliance = Commands::start(
        in_memory::store()?,
        Arc::new(SystemClock),
        &SiteFile::read(&path).map_err(|failure| Failed::from(failure.what))?,
        OpenedBy::Service,
        "bench",
    )
    .map_err(|failure| Failed::from(failure.what))?;
    let began = Stopwatch::now();
    let run = single_try::block_on(appliance.round().go(RoundOccasion::ByHand, Vec::new()))??;
    let took = began.elapsed();
    let Counts::Health(counts) = run.counts else {
        return Err(Failed::from("the round counted nothing"));
    };
    println!("probing {ROUTERS} routers of which {HANG} hang, in one round");
    println!("  {:.0} ms; {} up, {} down", ms(took), counts.up, counts.down);
    Ok(())
}
