//! What a new site starts with.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use weir::config::read::read;
use weir::config::secrets;
use weir::config::starter::{SITE, write};
use weir::model::day::Day;
use weir::model::name::PackageName;

fn today() -> Day {
    Day::parse("2026-03-10").unwrap()
}

#[test]
fn a_new_site_passes_every_check_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("a/b");
    let written = write(&site, today()).unwrap();
    let modes: Vec<(String, u32)> = written
        .iter()
        .map(|path| {
            let name = path.strip_prefix(&site).unwrap().display().to_string();
            (name, fs::metadata(path).unwrap().permissions().mode() & 0o777)
        })
        .collect();
    for (name, mode) in [("secrets", 0o700), ("secrets/core", 0o600), ("subscribers.csv", 0o600)] {
        assert!(modes.contains(&(name.to_owned(), mode)), "{modes:?}");
    }
    // What the user's mask leaves of them.
    assert!(
        modes.iter().all(|(name, mode)| name != "data" || mode & 0o007 == 0),
        "{modes:?}"
    );
    let text = fs::read_to_string(site.join("site.toml")).unwrap();
    let config = read(&text, "site.toml", &site).unwrap_or_else(|findings| panic!("{findings:#?}"));
    assert_eq!(secrets::findings(&config, "site.toml"), []);

    let list = fs::read_to_string(site.join("subscribers.csv")).unwrap();
    let mut lines = list.lines();
    assert_eq!(
        lines.next().unwrap(),
        "username,name,phone,account,package,router,service,address,expires_on,balance"
    );
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), 10, "{line}");
        let package = config.package(&PackageName::new(cells[4]).unwrap()).unwrap();
        assert_eq!(cells[5], "core");
        assert!(Day::parse(cells[8]).unwrap() > today());
        assert!(cells[6] != "static" || package.rate.is_some());
        config.site.currency.parse(cells[9]).unwrap();
    }
}

#[test]
fn nothing_is_ever_overwritten() {
    for name in ["site.toml", "subscribers.csv", "secrets", "data"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, "mine").unwrap();
        let error = write(folder.path(), today()).unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "`{}` already exists and is never overwritten; choose another folder",
                path.display()
            )
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }
}

/// Every line behind a `# ` that is a key or a table becomes part of the file.
#[test]
fn the_example_shows_every_key_and_each_of_them_is_right() {
    let all: String = SITE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest)
                if rest.starts_with('[')
                    || rest
                        .split_once(" = ")
                        .is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')) =>
            {
                rest
            }
            _ => line,
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let config = read(&all, "site.toml", std::path::Path::new("/etc/weir"))
        .unwrap_or_else(|findings| panic!("{findings:#?}\n{all}"));
    assert_eq!(
        (config.statements.len(), config.gateways.len(), config.alerts.sms.len()),
        (2, 5, 1)
    );
    assert!(config.access.address_list.is_some() && config.routers[0].suspended_profile.is_some());
}
