//! The owner's word about the clock, from the command line.

use serde_json::Value;

use super::house::House;

#[test]
fn without_a_terminal_the_clock_is_confirmed_by_an_option_alone() {
    let house = House::with_store();
    // Nobody listens where the router should be: the site insists on a witness that it has not.
    house.edit(|text| text.replace("# trust = \"either\"", "trust = \"router\""));
    let shown = house.weir(&["clock", "--json"]).done().json();
    assert_eq!(
        (&shown["trusted"], &shown["confirmed"]),
        (&Value::Bool(false), &Value::Null)
    );
    let asked = house.weir(&["clock", "confirm"]).refused();
    assert!(asked.out.contains("if it is right"), "{}", asked.out);
    assert!(asked.err.contains("no terminal"), "{}", asked.err);
    assert!(asked.err.contains("`weir clock confirm --yes`"), "{}", asked.err);
    let asked = house.weir(&["clock", "confirm", "--json"]).refused();
    assert_eq!(asked.json()["confirmed"], false);
    assert_eq!(house.weir(&["clock", "--json"]).done().json()["trusted"], false);
    let done = house.weir(&["--json", "clock", "confirm", "--yes"]).done().json();
    assert_eq!(done["confirmed"], true);
    let shown = house.weir(&["clock", "--json"]).done().json();
    assert_eq!(shown["trusted"], true);
    assert!(shown["confirmed"]["by"].is_string());
    let again = house.weir(&["clock", "confirm"]).done();
    assert!(again.out.contains("nothing to confirm"), "{}", again.out);
}

#[test]
fn the_running_service_takes_the_word_and_its_alert_ends() {
    let house = House::new();
    // A site that insists on a router and has none: nobody's first answer is waited for.
    house.edit(|text| {
        let (head, rest) = text.split_once("[[routers]]").unwrap();
        let (_, rest) = rest.split_once("# One block for each package").unwrap();
        format!("{head}# One block for each package{rest}").replace("# trust = \"either\"", "trust = \"router\"")
    });
    let service = house.run();
    let refused = house.weir(&["jobs", "run", "billing"]).refused();
    assert!(refused.err.contains("`trust = \"router\"` requires"), "{}", refused.err);
    assert!(refused.err.contains("run `weir clock confirm`"), "{}", refused.err);
    let alerts = || house.weir(&["status", "--json"]).done().json()["alerts"].clone();
    let began = std::time::Instant::now();
    while alerts().as_array().unwrap().is_empty() {
        assert!(began.elapsed().as_secs() < 20, "the doubt was not told");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(alerts()[0]["kind"], "clock");
    house.weir(&["clock", "confirm", "--yes"]).done();
    assert_eq!(alerts(), serde_json::json!([]));
    house.weir(&["jobs", "run", "billing"]).done();
    assert!(service.terminate().success());
}
