//! What a dry run and the plan tell of reminders.

use serde_json::{Value, json};

use super::{import, messages, site};
use crate::commands_queries::site::{SITE, at, jobs_run, saying};

const ROWS: &str = "amina,Amina,0700000001,home-10,core,pppoe,2027-03-10,0\n\
                    brian,,0700000002,home-10,core,pppoe,2027-03-10,1500\n\
                    chebet,,,home-10,core,pppoe,2027-03-10,0\n\
                    dan,Dan,0700000004,home-10,core,pppoe,2027-03-08,100\n";

#[test]
fn a_dry_run_shows_each_text_with_its_parts_and_what_all_of_them_cost() {
    let site = site("2027-03-07 10:00");
    import(&site, ROWS);
    let would = site.ask_json(jobs_run("reminders", true));
    assert_eq!(
        would["counts"],
        json!({"queued": 2, "skipped": 2, "covered": 1, "without_phone": 1, "repeated": 0, "without_gateway": 0})
    );
    assert_eq!(
        (&would["parts"], &would["cost"], &would["gateway"]),
        (&json!(2), &json!("1.60"), &json!("dear"))
    );
    let row = &would["would"][0];
    assert_eq!(row["to"], "+254700000001");
    assert_eq!(row["text"], "Amina: 3 days until 2027-03-10, pay 1500.00");
    assert_eq!(
        (&row["parts"], &row["cost"], &row["amount"]),
        (&json!(1), &json!("0.80"), &json!("1500.00"))
    );
    assert_eq!(
        (&row["username"], &row["action"], &row["due"]),
        (&json!("amina"), &json!("remind"), &json!("2027-03-10"))
    );
    assert_eq!(would["would"][1]["amount"], "1400.00");
    assert_eq!(
        would["skipped"],
        json!([{"username": "brian", "reason": "covered by the wallet"}, {"username": "chebet", "reason": "no phone number"}])
    );
    let text = site.text(jobs_run("reminders", true));
    for part in [
        "+254700000001",
        "Amina: 3 days",
        "chebet",
        "no phone number",
        "1.60 KES by gateway `dear`",
        "nothing was changed",
    ] {
        assert!(
            text.split_whitespace().collect::<Vec<_>>().join(" ").contains(part),
            "{part}: {text}"
        );
    }
    assert_eq!(messages(&site), [], "nothing was queued");
    site.ask(jobs_run("reminders", false));
    let again = site.ask_json(jobs_run("reminders", true));
    assert_eq!(
        (&again["counts"]["queued"], &again["counts"]["repeated"]),
        (&json!(0), &json!(2))
    );
    assert_eq!(
        again["skipped"][0],
        json!({"username": "amina", "reason": "already reminded"})
    );
}

#[test]
fn a_dry_run_names_what_could_not_leave() {
    let text = format!("{SITE}{}", super::SAYS).replace("country_code = \"254\"\n", "max_parts = 1\n");
    let site = saying(&text, "2027-03-07 21:00").open();
    let name = "A".repeat(150);
    import(
        &site,
        &format!(
            "amina,{name},+254700000001,home-10,core,pppoe,2027-03-10,0\ndan,,0700000004,home-10,core,pppoe,2027-03-10,0\n"
        ),
    );
    let would = site.ask_json(jobs_run("reminders", true));
    assert_eq!(
        would["would"][0]["error"],
        "2 parts; `max_parts` of [messages] allows 1"
    );
    assert!(
        would["would"][1]["error"]
            .as_str()
            .unwrap()
            .contains("has no country code"),
        "{would}"
    );
    let notes = site.ask(jobs_run("reminders", true)).notes;
    assert!(
        notes[0].starts_with("quiet hours last until 2027-03-08 08:00"),
        "{notes:?}"
    );
}

#[test]
fn the_plan_shows_whom_the_coming_days_remind() {
    let site = site("2027-03-06 12:00");
    import(&site, ROWS);
    let plan = site.ask_json("plan --days 5");
    let reminded: Vec<(&Value, &Value, &Value)> = plan
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["action"] == "remind")
        .map(|row| (&row["at"], &row["username"], &row["amount"]))
        .collect();
    let (third, first) = (
        json!(at("2027-03-07 09:05").rfc3339()),
        json!(at("2027-03-09 09:05").rfc3339()),
    );
    assert_eq!(
        reminded,
        [
            (&third, &json!("amina"), &json!("1500.00")),
            (&third, &json!("dan"), &json!("1400.00")),
            (&first, &json!("amina"), &json!("1500.00")),
        ]
    );
    assert_eq!(plan[0]["job"], "reminders");
    assert!(site.text("plan --days 5").contains("3 reminders"));
    // What was queued is not in it any more.
    site.live_through(at("2027-03-07 12:00"));
    let plan = site.ask_json("plan --days 5");
    let left = plan
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["action"] == "remind")
        .count();
    assert_eq!(left, 1);
}
