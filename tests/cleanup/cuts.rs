//! The power is cut at each write, length and sync of a cleanup, compaction included: every record is in the store or in the
//! archive, and the next start needs no hand.

use serde_json::Value;

use super::site::{House, Life};
use crate::crash::disk::{Dice, Disk, Fault, Left, survives};

/// Records of one batch: half of it are subscribers of a part.
const PART: usize = 300;

fn fill(life: &Life) -> Vec<Value> {
    life.record("2026-10-01", 3_500);
    life.made()
}

fn begun() -> (Vec<u8>, Vec<Value>) {
    let house = House::new("days = 20");
    let disk = Disk::default();
    let life = house.start(&disk, "2027-02-27", 12, 0, PART);
    life.appliance.work_off().unwrap();
    let made = fill(&life);
    drop(life);
    (disk.bytes(), made)
}

#[test]
fn the_power_may_fail_at_any_write_of_a_cleanup_and_no_record_is_lost_or_told_twice() {
    let (begun, made) = begun();
    let whole = {
        let (house, disk) = (House::new("days = 20"), Disk::holding(begun.clone()));
        let life = house.start(&disk, "2027-02-28", 3, 5, PART);
        let from = disk.done();
        let ran = life.appliance.work_off().unwrap();
        assert_eq!(ran.last().unwrap().job.as_str(), "cleanup");
        assert_eq!(life.made(), made);
        from..disk.done()
    };
    assert!(whole.len() > 100, "{whole:?}");
    let mut dice = Dice(7);
    for cut in whole.clone().filter(|cut| cut % 3 == 0 || whole.end - cut < 60) {
        let (house, disk) = (House::new("days = 20"), Disk::holding(begun.clone()));
        let life = house.start(&disk, "2027-02-28", 3, 5, PART);
        disk.fail_from(cut, Fault::Everything);
        // Most often the run fails; at the very end it is over, or compaction alone did not succeed.
        drop(life.appliance.work_off());
        drop(life);
        let kind = Left::KINDS[dice.roll(4)];
        let left = survives(&begun, &disk.ops(), disk.ops().len(), kind, &mut dice);
        let what = format!("cut at {cut} of {whole:?} ({kind:?})");
        let life = house.start(&Disk::holding(left), "2027-02-28", 3, 6, PART);
        assert_eq!(life.made(), made, "{what}");
        life.set("2027-02-28", 3, 7);
        life.appliance
            .work_off()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(life.made(), made, "{what}: gone on");
        assert!(life.in_store() < 1_000, "{what}: {}", life.in_store());
    }
}
