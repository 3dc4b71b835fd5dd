//! A start under a wrong clock: what it records at once does not move the floor.

use std::path::Path;
use std::sync::Arc;

use weir::clock::kernel::KernelSays;
use weir::commands::dispatch::Commands;
use weir::model::day::Instant;
use weir::model::name::RouterName;
use weir::rules::trust::{Trust, WitnessReport};

use crate::support::moment::at;
use crate::support::site::Site;

const DAY_MS: i64 = 86_400_000;

fn site(trust: &str, grace_days: u32) -> String {
    format!(
        "[site]\nname = \"hilltop\"\ntime_zone = \"Africa/Nairobi\"\ncurrency = \"KES\"\ndata = \"data\"\n\
         socket = \"control.sock\"\n[[routers]]\nname = \"core\"\nhost = \"127.0.0.1\"\nusername = \"weir\"\n\
         password_file = \"secrets/core\"\n[[packages]]\nname = \"home-10\"\nprice = \"1500.00\"\n\
         profile = \"home-10\"\n[access]\ngrace_days = {grace_days}\n[clock]\ntrust = \"{trust}\"\n"
    )
}

fn noon() -> Instant {
    at("2027-03-10 12:00")
}

/// Starts on this file, at so many milliseconds after noon.
fn start(folder: &Path, text: &str, after_noon_ms: i64, kernel: Option<KernelSays>) -> Arc<Commands> {
    Site::within(folder, noon().plus_millis(after_noon_ms))
        .config(text)
        .built_on("2026-11-25")
        .kernel(kernel)
        .in_folder()
        .open()
        .appliance
}

fn newest(appliance: &Commands) -> Instant {
    appliance.store.read().unwrap().state().unwrap().newest
}

fn unknown() -> Option<KernelSays> {
    Some(KernelSays::Unsynchronised("no time daemon".to_owned()))
}

/// A site that was started once at noon, by a clock that is right.
fn begun(trust: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    assert_eq!(newest(&start(folder.path(), &site(trust, 0), 0, None)), noon());
    folder
}

#[test]
fn a_changed_file_is_taken_in_before_the_routers_have_answered_without_moving_the_floor() {
    let folder = begun("either");
    let appliance = start(folder.path(), &site("either", 2), 2 * DAY_MS, unknown());
    assert_eq!(appliance.in_force().terms.grace_days, 2);
    assert_eq!(appliance.trust().unwrap(), Trust::Awaited);
    assert_eq!(newest(&appliance), noon());
    assert!(appliance.work_off().unwrap().is_empty());
    assert_eq!(newest(&appliance), noon());
    let core = RouterName::new("core").unwrap();
    appliance
        .keeper
        .hear(&core, WitnessReport::Time(noon().plus_millis(60_000)));
    assert!(matches!(appliance.trust().unwrap(), Trust::Contradicted { .. }));
    assert!(appliance.work_off().unwrap().is_empty());
    assert_eq!(newest(&appliance), noon());
}

#[test]
fn under_a_faulty_file_the_clock_is_judged_by_what_the_last_good_one_says() {
    let folder = begun("ntp");
    let appliance = start(folder.path(), "[site]\nname = 7\n", 2 * DAY_MS, unknown());
    assert!(appliance.in_force().record.refused.is_some());
    assert!(!appliance.trust().unwrap().is_trusted());
    assert_eq!(newest(&appliance), noon(), "the refusal was recorded");
}
