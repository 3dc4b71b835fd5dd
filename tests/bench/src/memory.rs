//! How much memory does a process need that only bills, and one that only waits?

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use weir::rules::terms::Terms;

use crate::{Failed, site};

/// The first argument of a process that bills the store of a folder and says how much memory it took at most.
pub const CHILD_BILLS: &str = "--child-bills";
/// The first argument of a process that opens the store of a folder and says how much memory it has then.
pub const CHILD_WAITS: &str = "--child-waits";

/// Measures both, each in a process of its own.
pub fn measure(folder: &Path, large: &Path, terms: &Terms, count: u32) -> Result<(), Failed> {
    let data = folder.join("memory");
    site::copy(large, &data)?;
    println!("memory");
    println!(
        "  a process that bills the large site    {:8.1} MB at most",
        child(CHILD_BILLS, &data)?
    );
    let small = folder.join("small");
    site::make(&small, terms, count, site::Prepaid::Third)?;
    println!(
        "  one that holds {count} and waits       {:8.1} MB",
        child(CHILD_WAITS, &small)?
    );
    Ok(())
}

/// Has a process of its own do this with the store of a folder, and gives the MB that it printed.
pub fn child(what: &str, data: &Path) -> Result<f64, Failed> {
    let output = Command::new(std::env::current_exe()?)
        .arg(what)
        .arg(data)
        .stderr(Stdio::inherit())
        .output()?;
    let kb: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(kb / 1024.0)
}

/// Bills, and prints the highest resident memory in KiB.
pub fn child_bills(data: &Path) -> Result<(), Failed> {
    let terms = site::terms(&site::config(data, 8728)?);
    let store = site::open(data)?;
    site::bill(&store, &terms)?;
    print_line("VmHWM:")
}

/// Opens the store, looks at its state, and prints the resident memory in KiB.
pub fn child_waits(data: &Path) -> Result<(), Failed> {
    let store = site::open(data)?;
    store.read()?.state()?;
    std::thread::sleep(std::time::Duration::from_millis(500));
    print_line("VmRSS:")
}

/// Prints a line of what the kernel knows of this process, in KiB.
pub fn print_line(key: &str) -> Result<(), Failed> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .ok_or("no such line")?;
    let kb = line.trim().trim_end_matches(" kB");
    writeln!(std::io::stdout(), "{kb}")?;
    Ok(())
}
