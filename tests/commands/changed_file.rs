//! What a changed file means for subscribers is what the same change by a command means.

use serde_json::Value;

use crate::support::site::{HOME_10, Site};

/// `home-10` and, beside it, a package of thirty days.
const BY_DAYS: &str = r#"
[[packages]]
name = "thirty"
price = "1500.00"
profile = "home-10"
cycle = "30 days"

[[routers]]
name = "core"
host = "127.0.0.1"
port = 1
username = "weir"
password_file = "secrets/core"
"#;

fn site() -> (Site, String) {
    let setup = Site::at("2027-03-01 12:00").also(HOME_10).also(BY_DAYS);
    let site = setup.open();
    for name in ["amina", "bakari"] {
        site.ask(format!(
            "subscriber add {name} --package home-10 --router core --service pppoe --expires-on 2027-03-31"
        ));
    }
    // 31 March, then clamped: the month keeps its day.
    site.ask("pay amina 1500.00 --ref A1");
    site.ask("pay bakari 1500.00 --ref B1");
    site.live_until("2027-04-02");
    let text = std::fs::read_to_string(site.path("site.toml")).unwrap();
    (site, text)
}

fn period(site: &Site, username: &str) -> (Value, Value) {
    let shown = site.ask_json(format!("subscriber show {username}"));
    (shown["expires_on"].clone(), shown["anchor_day"].clone())
}

#[test]
fn another_cycle_of_a_package_anchors_as_another_package_does() {
    let (mut site, text) = site();
    assert_eq!(period(&site, "amina"), ("2027-04-30".into(), 31.into()));
    site.ask("subscriber set bakari --package thirty");
    site.rewrite(&text.replacen(
        "profile = \"home-10\"\n",
        "profile = \"home-10\"\ncycle = \"30 days\"\n",
        1,
    ));
    site.appliance.reload("test").unwrap();
    assert_eq!(period(&site, "amina"), ("2027-04-30".into(), 30.into()));
    assert_eq!(period(&site, "amina"), period(&site, "bakari"));
    // And they go on alike.
    for name in ["amina", "bakari"] {
        site.ask(format!("pay {name} 3000.00 --ref C-{name}"));
    }
    site.live_until("2027-06-02");
    assert_eq!(period(&site, "amina"), period(&site, "bakari"));
    assert_eq!(site.ask_json("verify")["ok"], true);
}

#[test]
fn another_profile_of_a_package_is_work_for_who_is_served_with_it_and_for_nobody_else() {
    let (mut site, text) = site();
    site.ask("subscriber set bakari --profile vip");
    let before = site.ask_json("status")["pending_router_work"].clone();
    let work_of = |site: &Site| -> Vec<(String, bool)> {
        let mut found = Vec::new();
        let reader = site.appliance.store.read().unwrap();
        reader
            .each_work(None, |_, work| -> Result<(), weir::store::error::StoreError> {
                found.push((work.username.to_string(), work.end_session));
                Ok(())
            })
            .unwrap();
        found
    };
    assert_eq!((before, work_of(&site).len()), (1.into(), 1));
    site.rewrite(&text.replacen("profile = \"home-10\"", "profile = \"home-10-new\"", 1));
    site.appliance.reload("test").unwrap();
    assert_eq!(
        work_of(&site),
        [("amina".to_owned(), true), ("bakari".to_owned(), true)],
        "bakari's is that of their own profile"
    );
    site.rewrite(&text);
    site.appliance.reload("test").unwrap();
    assert_eq!(work_of(&site).len(), 2);
}
