//! The first hour of a site: begun, checked, tried out, imported.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

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
fn what_only_looks_needs_no_store_and_makes_none() {
    let house = House::new();
    let probed = house.weir(&["router", "probe", "--json"]).refused();
    assert_eq!(probed.json()[0]["state"], "down");
    assert_eq!(
        probed.json()[0]["error"],
        "`127.0.0.1:1` cannot be reached (the connection was refused); check the address, and that its `api` service is enabled"
    );
    let differs = house.weir(&["router", "diff"]).refused();
    assert!(differs.out.contains("Nobody is known yet"), "{}", differs.out);
    let shown = house.weir(&["config", "show", "--json"]).done();
    assert_eq!(
        (&shown.json()["in_force"], &shown.json()["taken_at"]),
        (&false.into(), &Value::Null)
    );
    assert_eq!(shown.json()["site"]["name"], "hilltop");
    assert!(
        house
            .weir(&["config", "show"])
            .done()
            .out
            .starts_with("# Not in force yet, read from ")
    );
    for ended in [probed, differs, shown] {
        assert!(ended.err.contains("there is no store yet at `"), "{}", ended.err);
    }
    assert!(house.data().is_empty(), "{:?}", house.data());
    // Any other question says what is missing.
    let status = house.weir(&["status"]).refused();
    assert!(status.err.contains("there is no store yet"), "{}", status.err);
}

#[test]
fn init_prints_whole_paths_in_the_order_in_which_they_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("two words");
    let relative = place.strip_prefix("/").unwrap().to_str().unwrap();
    let told = House::new().weir(&["init", relative]).done().out;
    let place = place.display();
    for line in [
        format!("  {place}/site.toml"),
        format!("  export WEIR_CONFIG='{place}/site.toml'"),
        format!("  weir import subscribers '{place}/subscribers.csv' --dry-run"),
    ] {
        assert!(told.lines().any(|told| told == line), "`{line}` is missing in\n{told}");
    }
    let steps: Vec<usize> = ["weir check", "weir router probe", "weir import", "weir run"]
        .iter()
        .map(|step| told.find(step).unwrap())
        .collect();
    assert!(steps.is_sorted(), "{told}");
}

#[test]
fn check_names_what_is_still_the_examples() {
    let house = House::new();
    house.edit(|text| text.replace("# sms = [\"+254700000001\"]", "sms = [\"+254700000001\"]"));
    let checked = house.weir(&["check", "--json"]).done();
    let warnings = checked.json()["warnings"].as_array().unwrap().clone();
    let said = |word: &str| {
        let found = warnings
            .iter()
            .find(|found| found["message"].as_str().unwrap().contains(word));
        found.unwrap_or_else(|| panic!("`{word}` is not named: {warnings:?}"))["line"]
            .as_u64()
            .unwrap()
    };
    let text = std::fs::read_to_string(house.file()).unwrap();
    let line = |at: u64| text.lines().nth(usize::try_from(at).unwrap() - 1).unwrap();
    assert!(line(said("secrets/core")).starts_with("password_file = "));
    assert!(line(said("`+254700000001`")).starts_with("sms = "));
    assert!(line(said("`Paybill 000000`")).starts_with("text = "));
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(checked.err.contains("site.toml:"), "{}", checked.err);
    std::fs::write(house.file().with_file_name("secrets").join("core"), "s3cret\n").unwrap();
    house.edit(|text| {
        text.replace("Paybill 000000", "Paybill 247247")
            .replace("[\"+254700000001\"]", "[\"+254712000001\"]")
    });
    let checked = house.weir(&["check", "--json"]).done().json();
    assert_eq!(checked["warnings"].as_array().unwrap().len(), 0, "{checked}");
}

#[test]
fn a_failure_under_json_is_json_whatever_fails() {
    let house = House::with_store();
    let missing = house.file().with_file_name("missing.toml");
    let missing = missing.to_str().unwrap();
    for (words, exit, what, place) in [
        (
            &["stattus", "--json"][..],
            2,
            "unrecognized subcommand 'stattus'",
            Some("weir"),
        ),
        (
            &["--json", "pay", "amina"],
            2,
            "required arguments were not provided",
            Some("weir pay"),
        ),
        (
            &["subscriber", "show", "zoe", "--json"],
            1,
            "there is no subscriber `zoe`",
            None,
        ),
        (
            &["pay", "--file", "/nowhere.csv", "--json"],
            1,
            "there is no such file or folder",
            None,
        ),
        (
            &["--config", missing, "status", "--json"],
            1,
            "there is no configuration",
            Some(missing),
        ),
        (&["plan", "--days", "x", "--json"], 2, "invalid value 'x'", None),
    ] {
        let ended = house.weir(words);
        assert_eq!(ended.exit, exit, "{words:?}: {}", ended.err);
        let told: Value =
            serde_json::from_str(&ended.err).unwrap_or_else(|error| panic!("{words:?}: {error}: {}", ended.err));
        let error = &told["error"];
        assert!(error["what"].as_str().unwrap().contains(what), "{words:?}: {told}");
        assert!(
            error.get("place").is_some() && !error["way_out"].as_str().unwrap().is_empty(),
            "{words:?}: {told}"
        );
        if let Some(place) = place {
            assert_eq!(error["place"], place, "{words:?}: {told}");
        }
    }
    house.edit(|text| format!("nonsense = 1\n{text}"));
    let ended = house.weir(&["check", "--json"]).refused();
    let told: Value = serde_json::from_str(&ended.err).unwrap();
    assert!(
        told["error"]["place"].as_str().unwrap().ends_with("site.toml:1:1"),
        "{told}"
    );
    assert_eq!(ended.json()["ok"], false);
}

#[test]
fn an_option_of_every_command_is_optional_in_the_usage_that_an_error_shows() {
    let house = House::new();
    for words in [
        &["pay", "amina"][..],
        &["subscriber", "extend", "--json", "amina"],
        &["stats", "--package"],
    ] {
        let ended = house.weir(words);
        assert_eq!(ended.exit, 2);
        let usage = ended.err.replace("[--config <FILE>]", "").replace("[--json]", "");
        let usage = usage.lines().find(|line| line.contains("Usage:")).unwrap_or_default();
        assert!(
            !usage.contains("--config") && !usage.contains(" --json"),
            "{}",
            ended.err
        );
    }
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

#[test]
fn check_names_what_the_store_needs_with_the_line_where_it_would_stand() {
    let house = House::with_store();
    house.weir(&["import", "subscribers", &house.list()]).done();
    let file = std::fs::read_to_string(house.file()).unwrap();
    let asked_by_both = |what: &str| {
        let alone = house.weir(&["check", "--json"]);
        let service = house.run();
        let asked = house.weir(&["check", "--json"]);
        assert_eq!(alone.out, asked.out, "{what}: with and without the service");
        assert!(service.terminate().success());
        alone
    };
    asked_by_both("unchanged").done();
    house.edit(|text| {
        text.replace("name = \"home-10\"", "name = \"home-11\"")
            .replace("currency = \"KES\"", "currency = \"UGX\"")
            .replace(".00\"", "\"")
    });
    let findings = asked_by_both("renamed").refused().json()["findings"].clone();
    let line_of = |part: &str| file.lines().position(|line| line.contains(part)).unwrap() as u64 + 1;
    let told: Vec<(u64, &str)> = findings
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["line"].as_u64().unwrap(), finding["message"].as_str().unwrap()))
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].1.contains("changes from KES to UGX"), "{told:?}");
    assert_eq!(told[0].0, line_of("currency ="));
    assert!(told[1].1.contains("package `home-10` is missing"), "{told:?}");
    assert!(told[1].0 > line_of("[[packages]]"), "{told:?}");
    // The file was compared, and not taken in.
    std::fs::write(house.file(), &file).unwrap();
    let status = house.weir(&["status", "--json"]).done().json();
    assert_eq!(status["config"]["refused"], serde_json::Value::Null);
    assert_eq!(status["alerts_count"], 0, "{status}");
}

#[test]
fn check_writes_nothing_into_a_store_of_an_older_version_or_this_one() {
    const OLDER: &[u8] = include_bytes!("../store/format/files/format1-thirteen.redb");
    let house = House::with_store();
    let present = std::fs::read(house.store()).unwrap();
    house.weir(&["check"]).done();
    assert!(std::fs::read(house.store()).unwrap() == present);
    std::fs::write(house.store(), OLDER).unwrap();
    let checked = house.weir(&["check"]).done();
    assert!(
        checked.err.contains("was not compared with the store")
            && checked
                .err
                .contains("has format 1; this version of Weir works with format")
            && checked.err.contains("`weir run`, or any other command, migrates it"),
        "{}",
        checked.err
    );
    assert!(std::fs::read(house.store()).unwrap() == OLDER);
}

#[test]
fn check_tries_whom_alerts_go_to_as_sending_does() {
    let house = House::new();
    let commented = "# sms = [\"+254700000001\"]";
    house.edit(|text| text.replace(commented, "sms = [\n  \"+254700000001\",\n  \"1234567\",\n]"));
    let text = std::fs::read_to_string(house.file()).unwrap();
    let refused = house.weir(&["check", "--json"]).refused();
    let finding = refused.json()["findings"][0].clone();
    let line = text.lines().position(|line| line.contains("1234567")).unwrap() + 1;
    assert_eq!(finding["line"], line, "{finding}");
    assert!(finding["message"].as_str().unwrap().contains("`1234567`"), "{finding}");
    house.edit(|text| text.replace("  \"1234567\",\n", ""));
    let checked = house.weir(&["check"]).done();
    assert!(
        checked
            .err
            .contains("alerts cannot reach `+254700000001`: no configured gateway"),
        "{}",
        checked.err
    );
}
