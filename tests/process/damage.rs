//! A damaged or foreign store file: a clear refusal, never a panic, never a fresh empty one in its place, and not a byte
//! of it changed.

use std::path::Path;

use super::house::{House, bytes};

/// Puts `content` in the store's place and has it refused, by a command and by the service.
fn refuses(house: &House, content: &[u8], what: &[&str]) {
    for words in [&["status"][..], &["import", "subscribers", "LIST"], &["run"]] {
        std::fs::write(house.store(), content).unwrap();
        let list = house.list();
        let words: Vec<&str> = words
            .iter()
            .map(|word| if *word == "LIST" { &list } else { *word })
            .collect();
        let ended = house.weir(&words).refused();
        assert!(
            ended.err.contains("weir: ") && ended.err.contains("hint: "),
            "{}",
            ended.err
        );
        assert!(
            what.iter().any(|what| ended.err.contains(what)),
            "{words:?}: {}",
            ended.err
        );
        assert!(ended.err.contains("weir.redb"), "{}", ended.err);
        assert!(bytes(&house.store()) == content, "{words:?} changed the file");
    }
    assert_eq!(house.data(), ["weir.lock", "weir.redb"]);
    assert!(!house.socket().exists());
}

#[test]
fn an_empty_file_is_refused() {
    refuses(&House::with_store(), b"", &["is an empty file"]);
}

#[test]
fn a_foreign_text_is_refused() {
    let house = House::with_store();
    refuses(&house, b"Dear diary,\n", &["is not a store"]);
    refuses(&house, "Dear diary,\n".repeat(20_000).as_bytes(), &["is not a store"]);
    refuses(&house, &[0; 200_000], &["is not a store"]);
}

#[test]
fn a_redb_file_of_another_program_is_refused() {
    let house = House::with_store();
    let other = house.store().with_file_name("other");
    another_program(&other);
    let content = bytes(&other);
    std::fs::remove_file(&other).unwrap();
    refuses(&house, &content, &["is not a store"]);
}

fn another_program(path: &Path) {
    const TABLE: redb::TableDefinition<'_, &str, u64> = redb::TableDefinition::new("songs");
    let db = redb::Database::create(path).unwrap();
    let txn = db.begin_write().unwrap();
    txn.open_table(TABLE).unwrap().insert("one", 1).unwrap();
    txn.commit().unwrap();
}

#[test]
fn a_truncated_file_is_refused() {
    let house = House::with_store();
    let whole = bytes(&house.store());
    for part in [
        1,
        8,
        100,
        511,
        4096,
        8192,
        whole.len() / 2,
        whole.len() - 4096,
        whole.len() - 1,
    ] {
        refuses(&house, &whole[..part], &["is damaged", "is not a store"]);
    }
}

#[test]
fn bytes_flipped_at_many_places_are_noticed_or_lie_where_nothing_is_kept() {
    let house = House::with_store();
    let whole = bytes(&house.store());
    let mut noticed = 0;
    // The first pages have the file's head; after them a prime distance, so that all parts of pages are hit.
    let places = (0..512).step_by(7).chain((512..whole.len()).step_by(1013));
    for place in places {
        let mut damaged = whole.clone();
        damaged[place] ^= 0xa5;
        std::fs::write(house.store(), &damaged).unwrap();
        let ended = house.weir(&["status"]);
        assert!(!ended.err.contains("panicked"), "byte {place}: {}", ended.err);
        if ended.err.contains("is damaged") || ended.err.contains("is not a store") || ended.err.contains("has format")
        {
            assert_eq!(ended.exit, 1, "byte {place}");
            assert!(bytes(&house.store()) == damaged, "byte {place}: the file was changed");
            noticed += 1;
        } else {
            assert_eq!(ended.exit, 0, "byte {place}: {}", ended.err);
        }
    }
    assert!(noticed > 20, "{noticed} noticed");
}

#[test]
fn without_a_store_only_an_import_or_the_service_makes_one() {
    let house = House::new();
    for words in [
        &["status"][..],
        &["jobs"],
        &["pay", "amina", "1.00", "--ref", "A"],
        &["verify"],
    ] {
        let ended = house.weir(words).refused();
        assert!(ended.err.contains("there is no store yet"), "{}", ended.err);
        assert!(ended.err.contains("weir import subscribers"), "{}", ended.err);
    }
    assert!(house.data().is_empty(), "{:?}", house.data());
}

#[test]
fn a_folder_moved_to_where_its_old_file_is_faulty_is_mended_by_a_right_file() {
    let house = House::with_store();
    house.weir(&["import", "subscribers", &house.list()]).done();
    let house = house.moved();
    house.weir(&["status"]).refused();
    let short = tempfile::tempdir().unwrap();
    let short = short.path().join("s");
    house.edit(|text| text.replace("\"control.sock\"", &format!("{short:?}")));
    // What is in use stays in use.
    house.edit(|text| {
        text.replace("name = \"home-10\"", "name = \"other\"")
            .replace("\"KES\"", "\"UGX\"")
            .replace(".00\"", "\"")
    });
    let refused = house.weir(&["status"]).refused();
    assert!(
        refused.err.contains("package `home-10` is missing from the file"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("changes from KES to UGX"), "{}", refused.err);
    house.edit(|text| {
        text.replace("name = \"other\"", "name = \"home-10\"")
            .replace("\"UGX\"", "\"KES\"")
    });
    let status = house.weir(&["status", "--json"]).done().json();
    assert_eq!(status["config"]["refused"], serde_json::Value::Null);
    assert_eq!(house.weir(&["verify", "--json"]).done().json()["ok"], true);
}

#[test]
fn a_file_that_was_refused_is_taken_in_once_what_it_lacks_has_gone_out_of_use() {
    let house = House::with_store();
    house.weir(&["import", "subscribers", &house.list()]).done();
    let another = "\n[[packages]]\nname = \"other\"\nprice = \"1500.00\"\nprofile = \"other\"\nrate = \"1M/1M\"\n";
    house.edit(|text| format!("{text}{another}"));
    house.weir(&["status"]).done();
    house.edit(|text| text.replace("name = \"home-10\"", "name = \"home-12\""));
    let refused = |house: &House| house.weir(&["status", "--json"]).done().json()["config"]["refused"].clone();
    let alerts = |house: &House| {
        house
            .weir(&["logs", "alert", "--json"])
            .done()
            .json()
            .as_array()
            .unwrap()
            .len()
    };
    assert!(
        refused(&house)
            .as_str()
            .unwrap()
            .contains("package `home-10` is missing")
    );
    assert!(refused(&house).is_string());
    assert_eq!(alerts(&house), 1, "it is told once");
    for subscriber in house
        .weir(&["subscriber", "list", "--json"])
        .done()
        .json()
        .as_array()
        .unwrap()
    {
        if subscriber["package"] == "home-10" {
            let name = subscriber["username"].as_str().unwrap();
            house.weir(&["subscriber", "set", name, "--package", "other"]).done();
        }
    }
    assert_eq!(refused(&house), serde_json::Value::Null);
    assert_eq!(alerts(&house), 2, "raised once, and over once");
}

#[test]
fn a_router_that_is_gone_for_good_can_leave_once_nobody_is_on_it() {
    let house = House::with_store();
    house.weir(&["import", "subscribers", &house.list()]).done();
    // Another router, just as unreachable: nobody answers on port 1 of this machine.
    let another = "\n[[routers]]\nname = \"second\"\nhost = \"127.0.0.1\"\nport = 1\nusername = \"weir\"\npassword_file = \"secrets/core\"\n";
    house.edit(|text| format!("{text}{another}"));
    let everybody = house.weir(&["subscriber", "list", "--json"]).done().json();
    for subscriber in everybody.as_array().unwrap() {
        let name = subscriber["username"].as_str().unwrap();
        house.weir(&["subscriber", "set", name, "--router", "second"]).done();
    }
    let pending = |house: &House| house.weir(&["status", "--json"]).done().json()["pending_router_work"].clone();
    let before = pending(&house).as_u64().unwrap();
    assert!(before > 0, "what they left is to be cut off");
    // The first block goes.
    house.edit(|text| {
        let (from, to) = (text.find("[[routers]]").unwrap(), text.find("[[packages]]").unwrap());
        format!("{}{}", &text[..from], &text[to..])
    });
    let status = house.weir(&["status", "--json"]).done().json();
    assert_eq!(status["config"]["refused"], serde_json::Value::Null);
    assert!(
        pending(&house).as_u64().unwrap() < before,
        "what was left on the old one is dropped"
    );
    assert_eq!(house.weir(&["verify", "--json"]).done().json()["ok"], true);
}
