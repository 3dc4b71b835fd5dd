//! The first hour of a site: begun, checked, tried out, imported.

use std::os::unix::fs::PermissionsExt;

use super::house::House;

#[test]
fn a_new_site_passes_check_and_dry_run_as_it_stands_and_then_the_import() {
    let house = House::new();
    let checked = house.weir(&["check", "--json"]).done().json();
    assert_eq!(checked["ok"], true);
    assert_eq!(checked["findings"].as_array().unwrap().len(), 0);
    let tried = house
        .weir(&["import", "subscribers", &house.list(), "--dry-run", "--json"])
        .done()
        .json();
    assert_eq!(tried["added"], 3);
    assert!(house.data().is_empty(), "a dry run leaves nothing: {:?}", house.data());
    let done = house
        .weir(&["import", "subscribers", &house.list(), "--json"])
        .done()
        .json();
    assert_eq!(done["added"], 3);
    assert_eq!(house.data(), ["weir.lock", "weir.redb"]);
    let mode = std::fs::metadata(house.store()).unwrap().permissions().mode();
    assert_eq!(mode & 0o007, 0, "others cannot read it: {mode:o}");
    let again = house
        .weir(&["import", "subscribers", &house.list(), "--json"])
        .done()
        .json();
    assert_eq!(again["unchanged"], 3);
    assert_eq!(
        house
            .weir(&["subscriber", "list", "--json"])
            .done()
            .json()
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn an_import_makes_the_data_folder_where_it_is_missing() {
    let house = House::new();
    std::fs::remove_dir(house.store().parent().unwrap()).unwrap();
    house.weir(&["import", "subscribers", &house.list()]).done();
    let mode = std::fs::metadata(house.store().parent().unwrap())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o027, 0, "{mode:o}");
}

#[test]
fn nothing_is_made_of_a_faulty_file() {
    let house = House::new();
    house.edit(|text| format!("nonsense = 1\n{text}"));
    for words in [
        &["status"][..],
        &["import", "subscribers", "LIST"],
        &["import", "subscribers", "LIST", "--dry-run"],
        &["run"],
    ] {
        let list = house.list();
        let words: Vec<&str> = words
            .iter()
            .map(|word| if *word == "LIST" { &list } else { *word })
            .collect();
        let ended = house.weir(&words).refused();
        assert!(
            ended.err.contains("site.toml:1:1: unknown key `nonsense`"),
            "{}",
            ended.err
        );
    }
    assert!(house.data().is_empty(), "{:?}", house.data());
}

#[test]
fn a_command_uses_the_last_good_configuration_and_says_so() {
    let house = House::with_store();
    for spoilt in ["nonsense = 1\n", "[[[\n", "name = \"\u{fffd}\"\n"] {
        house.edit(|text| format!("{text}\n{spoilt}"));
        for _ in 0..2 {
            let ended = house.weir(&["status", "--json"]).done();
            assert!(ended.err.contains("site.toml` has errors"), "{}", ended.err);
            assert_eq!(ended.json()["site"], "hilltop");
        }
        house.edit(|text| text.replace(spoilt, ""));
    }
    assert_eq!(house.weir(&["status"]).done().err, "");
}

#[test]
fn a_socket_path_that_is_too_long_is_refused_by_check() {
    let house = House::new();
    let long = "x".repeat(110);
    house.edit(|text| text.replace("socket = \"control.sock\"", &format!("socket = \"{long}\"")));
    for words in [["check"], ["run"]] {
        let ended = house.weir(&words).refused();
        assert!(
            ended.err.contains("site.toml:") && ended.err.contains("path of the socket has"),
            "{}",
            ended.err
        );
    }
    assert!(house.data().is_empty());
}
