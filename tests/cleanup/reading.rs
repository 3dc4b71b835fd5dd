//! Files of the archive that are damaged, missing, strange, or older than the index.

use std::path::Path;

use serde_json::Value;
use weir::archive::error::ArchiveError;
use weir::archive::file::each_log;

use super::site::{House, Life, all, lines, logs, made_of};
use crate::commands_queries::site::jobs_run;
use crate::crash::disk::Disk;

/// 2,000 hours of four months, all but the last days of which are archived.
fn archived(house: &House) -> (Life, Vec<Value>) {
    let life = house.start(&Disk::default(), "2026-12-01", 0, 1, 250);
    life.add("amina");
    life.set("2027-03-01", 3, 0);
    life.record("2026-12-01", 2_000);
    let before = life.made();
    life.ask(jobs_run("cleanup", false));
    assert!(house.files().len() >= 4, "{:?}", house.files());
    (life, before)
}

/// What is told without a file, with one note that names it.
fn without(life: &Life, before: &[Value], gone: &[Value], file: &Path) {
    let told = life.call(all(), true);
    assert_eq!(told.exit, 0);
    assert_eq!(told.notes.len(), 1, "{:?}", told.notes);
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(told.notes[0].contains(name), "{:?}", told.notes);
    let gone: Vec<&Value> = gone.iter().map(|line| &line["message"]).collect();
    let rest: Vec<&Value> = before
        .iter()
        .filter(|record| !gone.contains(&&record["message"]))
        .collect();
    assert!(rest.len() < before.len());
    assert_eq!(made_of(&told).iter().collect::<Vec<_>>(), rest);
}

#[test]
fn a_damaged_or_missing_file_is_named_and_the_rest_is_read() {
    let house = House::new("days = 10");
    let (life, before) = archived(&house);
    let file = house.files()[1].clone();
    let whole = std::fs::read(&file).unwrap();
    let gone = lines(&file);
    for place in [0, 1, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        std::fs::write(&file, &bytes).unwrap();
        without(&life, &before, &gone, &file);
    }
    for damaged in [Vec::new(), whole[..whole.len() - 5].to_vec(), b"{\"at\":1}\n".to_vec()] {
        std::fs::write(&file, damaged).unwrap();
        without(&life, &before, &gone, &file);
    }
    // Another month's file in its place is whole, and not the one that was written.
    std::fs::copy(&house.files()[0], &file).unwrap();
    without(&life, &before, &gone, &file);
    std::fs::remove_file(&file).unwrap();
    without(&life, &before, &gone, &file);
    // A question that does not need it is not disturbed.
    let newest = life.call(logs(None, Some("2027-02-25"), None, None, 10), true);
    assert_eq!(newest.notes, Vec::<String>::new());
    // A cleanup goes on beside it, and forgets nothing.
    life.set("2027-03-08", 3, 0);
    life.ask(jobs_run("cleanup", false));
    without(&life, &before, &gone, &file);
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(life.made(), before);
}

#[test]
fn an_index_that_is_lost_or_spoilt_is_made_anew_from_the_files() {
    let house = House::new("days = 10");
    let (life, before) = archived(&house);
    let path = house.archive().join("index.jsonl");
    let index = std::fs::read_to_string(&path).unwrap();
    let torn = index[..index.len() / 2].to_owned();
    for spoilt in [None, Some(String::new()), Some("nonsense\n{}\n".to_owned()), Some(torn)] {
        match spoilt {
            None => std::fs::remove_file(&path).unwrap(),
            Some(text) => std::fs::write(&path, text).unwrap(),
        }
        assert_eq!(life.made(), before);
    }
    std::fs::remove_file(&path).unwrap();
    life.set("2027-03-08", 3, 0);
    life.ask(jobs_run("cleanup", false));
    let again = std::fs::read_to_string(&path).unwrap();
    for line in index.lines() {
        assert!(again.contains(line), "{line}");
    }
}

#[test]
fn what_is_not_ours_in_the_folder_is_left_alone_and_unfinished_files_go() {
    let house = House::new("days = 10");
    let (life, before) = archived(&house);
    let foreign = house.archive().join("notes.txt");
    let unfinished = house.archive().join("weir-2026-12.9.jsonl.zst.new");
    std::fs::write(&foreign, "mine").unwrap();
    std::fs::write(&unfinished, "half").unwrap();
    assert_eq!(life.made(), before);
    life.set("2027-03-08", 3, 0);
    life.ask(jobs_run("cleanup", false));
    assert!(foreign.exists() && !unfinished.exists());
}

#[test]
fn a_file_that_would_unpack_to_more_than_memory_holds_is_damaged() {
    let house = House::new("days = 10");
    let (life, before) = archived(&house);
    let bomb = house.archive().join("weir-2026-12.77.jsonl.zst");
    let zeros = vec![b'x'; 64 * 1024 * 1024];
    std::fs::write(&bomb, zstd::stream::encode_all(&zeros[..], 3).unwrap()).unwrap();
    let told = life.call(all(), true);
    assert!(told.notes[0].contains("weir-2026-12.77"), "{:?}", told.notes);
    assert_eq!(made_of(&told), before);
}

#[test]
fn a_card_that_does_not_hand_out_a_file_is_not_told_as_damage() {
    let house = House::new("days = 10");
    let (_life, _) = archived(&house);
    // The system opens a folder, and then refuses to read it: the way a card fails in the middle of a file.
    let error = each_log(&house.archive(), |_, _| true).unwrap_err();
    assert!(matches!(error, ArchiveError::Io { .. }), "{error}");
    assert!(error.to_string().contains("cannot be read"), "{error}");
}

#[test]
fn an_answer_about_a_time_whose_records_are_gone_from_the_store_says_so() {
    use crate::support::typed::typed;
    let asked = |life: &Life, words: &str| life.call(typed(words), true).notes.join("\n");
    let questions = [
        "outbox",
        "jobs history billing",
        "report --month 2026-12 --json",
        "subscriber explain amina",
    ];
    let about = |life: &Life| -> Vec<String> {
        questions
            .iter()
            .map(|words| {
                let told = life.call(typed(words), true);
                format!("{}\n{}", told.notes.join("\n"), told.payload)
            })
            .collect()
    };
    let house = House::new("days = 10");
    let life = house.start(&Disk::default(), "2026-12-01", 0, 1, 250);
    life.add("amina");
    life.set("2027-02-01", 3, 0);
    life.record("2026-12-01", 1_000);
    for (words, told) in questions.iter().zip(about(&life)) {
        assert!(!told.contains("lie in the archive"), "{words}: nothing is archived yet");
    }
    life.ask(jobs_run("cleanup", false));
    for (words, told) in questions.iter().zip(about(&life)) {
        assert!(
            told.contains("lie in the archive and are not part of this"),
            "{words}: {told}"
        );
    }
    // A time of which the store has everything is not disturbed.
    let newest = asked(&life, "report --month 2027-02 --json");
    assert!(!newest.contains("lie in the archive"), "{newest}");

    let house = House::new("days = 10\narchive = false");
    let life = house.start(&Disk::default(), "2026-12-01", 0, 1, 250);
    life.add("amina");
    life.set("2027-02-01", 3, 0);
    life.ask(jobs_run("cleanup", false));
    for (words, told) in questions.iter().zip(about(&life)) {
        assert!(told.contains("are deleted after their retention"), "{words}: {told}");
    }
}
