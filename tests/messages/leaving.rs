//! When messages leave, by which gateway, and what is written of it.

use std::time::Duration;

use weir::clock::Clock;
use weir::commands::messages::list::Outbox;
use weir::commands::request::Request;
use weir::commands::status::answer::Status;
use weir::model::alert::{AlertKind, Cause};
use weir::model::message::{MessageState, Purpose};
use weir::model::record::LogKind;

use super::{Does, Site, at};

const AMINA: &str = "0700000001";

#[test]
fn a_message_is_taken_by_the_first_gateway_and_its_parts_and_cost_are_written_down() {
    let mut site = Site::new("2027-03-01 12:00");
    let id = site.queue(Purpose::Resumption, AMINA, &"a".repeat(161));
    site.works();
    let message = site.message(id);
    assert_eq!(message.state, MessageState::Sent);
    assert_eq!(message.gateway.as_deref(), Some("one"));
    assert_eq!((message.parts, message.attempts), (2, 1));
    assert_eq!(message.cost.unwrap().minor(), 160);
    assert_eq!(message.answer.as_deref(), Some("id 7"));
    assert_eq!(site.script.given()[0].1, "+254700000001", "completed");
    assert_eq!(site.works(), 0, "nothing more is done");
    assert!(site.log(LogKind::Messages)[0].contains("was accepted by `one`"));
}

#[test]
fn a_refusal_falls_through_to_the_next_gateway_at_once() {
    let mut site = Site::new("2027-03-01 12:00");
    site.script.always("one", Does::Refuses);
    let id = site.queue(Purpose::Resumption, AMINA, "hello");
    site.works();
    let message = site.message(id);
    assert_eq!(message.gateway.as_deref(), Some("two"));
    assert_eq!(
        (message.state, message.attempts, message.rounds),
        (MessageState::Sent, 2, 0)
    );
    assert_eq!(message.tries[0].error, "no credit");
    assert_eq!(message.cost, None, "`two` has no price");
}

#[test]
fn what_every_gateway_refuses_is_tried_again_and_ends() {
    let mut site = Site::new("2027-03-01 09:00");
    site.script.always("one", Does::Refuses);
    site.script.always("two", Does::Refuses);
    let id = site.queue(Purpose::Resumption, AMINA, "hello");
    site.works();
    assert_eq!(site.state(id), MessageState::Queued);
    assert_eq!(site.message(id).not_before, at("2027-03-01 09:00").plus_millis(30_000));
    let before = site.script.given().len();
    site.clock.set(site.clock.now().plus_millis(29_000));
    site.works();
    assert_eq!(site.script.given().len(), before, "not before its time");
    site.live(Duration::from_secs(3 * 3_600));
    let message = site.message(id);
    assert_eq!(message.state, MessageState::Failed, "{message:?}");
    assert!(message.error.unwrap().contains("no credit"));
    assert!(
        site.script
            .given()
            .iter()
            .filter(|(_, to, _)| to == "+254700000001")
            .count()
            <= 24
    );
    assert_eq!(site.json(Request::Status(Status))["outbox"]["failed"], 1);
}

#[test]
fn quiet_hours_and_the_cap_hold_subscribers_back_and_nothing_is_written_meanwhile() {
    let mut site = Site::new("2027-03-01 21:00");
    let ids: Vec<_> = (0..7)
        .map(|at| site.queue(Purpose::Resumption, AMINA, &format!("m{at}")))
        .collect();
    let alert = site.queue(Purpose::Alert, "+254700000009", "alert");
    site.works();
    assert_eq!(site.state(alert), MessageState::Sent, "at any hour");
    assert!(ids.iter().all(|id| site.state(*id) == MessageState::Queued));
    let outbox = site.json(Request::Outbox(Outbox {
        state: Some("queued".to_owned()),
        limit: 10,
    }));
    assert_eq!(outbox[0]["not_before"], at("2027-03-02 08:00").rfc3339());
    let before = site.appliance.store.read().unwrap().state().unwrap();
    site.live(Duration::from_secs(3_600));
    assert_eq!(site.appliance.store.read().unwrap().state().unwrap(), before);
    site.clock.set(at("2027-03-02 08:00"));
    site.works();
    let sent = ids.iter().filter(|id| site.state(**id) == MessageState::Sent).count();
    assert_eq!(sent, 5, "the cap");
    assert_eq!(site.json(Request::Status(Status))["outbox"]["left_today"], 0);
    site.clock.set(at("2027-03-03 08:00"));
    site.works();
    assert!(ids.iter().all(|id| site.state(*id) == MessageState::Sent));
}

#[test]
fn what_is_over_by_the_time_it_may_leave_is_dropped_and_recorded() {
    let mut site = Site::new("2027-03-01 21:00");
    let id = site.queue_until(Purpose::Resumption, AMINA, "x", Some(at("2027-03-01 23:59")));
    site.works();
    site.clock.set(at("2027-03-02 08:00"));
    site.works();
    assert_eq!(site.state(id), MessageState::Dropped);
    assert!(site.script.given().is_empty());
    assert!(site.log(LogKind::Messages)[0].contains("was not sent"));
}

#[test]
fn a_text_that_is_too_long_and_a_number_that_is_none_fail_before_anything_is_sent() {
    let mut site = Site::new("2027-03-01 12:00");
    let long = site.queue(Purpose::Resumption, AMINA, &"a".repeat(400));
    let none = site.queue(Purpose::Resumption, "1234567", "x");
    site.works();
    assert_eq!(
        (site.state(long), site.state(none)),
        (MessageState::Failed, MessageState::Failed)
    );
    assert!(site.message(long).error.unwrap().contains("max_parts"));
    assert!(site.script.given().is_empty());
    // An administrator rather has a part.
    let alert = site.queue(Purpose::Alert, "+254700000009", &"a".repeat(400));
    site.works();
    assert_eq!((site.state(alert), site.message(alert).parts), (MessageState::Sent, 2));
    assert!(site.script.texts()[0].ends_with("..."));
}

#[test]
fn a_gateway_that_refuses_five_in_a_row_is_an_alert_by_the_others_and_over_with_its_next_success() {
    let mut site = Site::new("2027-03-01 12:00");
    site.script.always("one", Does::Refuses);
    for at in 0..5 {
        site.queue(Purpose::Resumption, AMINA, &format!("m{at}"));
    }
    site.works();
    let cause = Cause::of(AlertKind::Gateway, "one");
    assert!(site.appliance.store.read().unwrap().alert(&cause).unwrap().is_some());
    let told: Vec<_> = site
        .script
        .given()
        .into_iter()
        .filter(|(by, _, text)| by == "two" && text.contains("`one` refuses"))
        .collect();
    assert_eq!(told.len(), 1, "{:?}", site.script.given());
    site.script.always("one", Does::Takes);
    site.clock.set(at("2027-03-02 12:00"));
    site.queue(Purpose::Resumption, AMINA, "later");
    site.works();
    assert!(site.appliance.store.read().unwrap().alert(&cause).unwrap().is_none());
    assert!(
        site.script
            .texts()
            .iter()
            .any(|text| text.contains("accepts messages again"))
    );
}

#[test]
fn a_time_that_a_wrong_clock_set_years_ahead_keeps_no_message() {
    let mut site = Site::new("2027-03-01 12:00");
    let alert = site.queue(Purpose::Alert, "+254700000009", "alert");
    let to_subscriber = site.queue(Purpose::Resumption, AMINA, "hello");
    site.write(|tx| {
        for id in [alert, to_subscriber] {
            let mut message = tx.message(id)?.unwrap();
            message.not_before = at("2099-01-01 00:00");
            tx.put_message(&message)?;
        }
        Ok(())
    });
    site.works();
    assert_eq!(
        (site.state(alert), site.state(to_subscriber)),
        (MessageState::Sent, MessageState::Sent)
    );
}

#[test]
fn under_a_clock_in_doubt_alerts_go_on_and_subscribers_wait() {
    let mut site = Site::new("2027-03-01 12:00");
    let to_subscriber = site.queue(Purpose::Resumption, AMINA, "hello");
    site.clock
        .have_kernel_say(Some(weir::clock::kernel::KernelSays::Unsynchronised(
            "it is not".to_owned(),
        )));
    site.clock.step(at("2031-03-01 12:00"));
    let alert = site.queue(Purpose::Alert, "+254700000009", "alert");
    assert!(!site.appliance.trust().unwrap().is_trusted());
    site.works();
    assert_eq!(
        (site.state(alert), site.state(to_subscriber)),
        (MessageState::Sent, MessageState::Queued)
    );
    site.clock.have_kernel_say(None);
    site.clock.step(at("2027-03-01 12:01"));
    site.works();
    assert_eq!(site.state(to_subscriber), MessageState::Sent);
}

#[test]
fn a_test_message_goes_from_gateway_to_gateway_and_says_who_refused() {
    // Nobody listens at either gateway.
    let site = Site::new("2027-03-01 12:00");
    let answer = site
        .ask(crate::support::typed::typed("outbox test +254700000001"), true)
        .unwrap();
    assert_eq!(answer.exit, 1);
    let told: serde_json::Value = serde_json::from_str(&answer.payload).unwrap();
    let asked: Vec<&str> = told["tries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["gateway"].as_str().unwrap())
        .collect();
    assert_eq!(asked, ["one", "two"], "{told}");
    let answer = site
        .ask(
            crate::support::typed::typed("outbox test +254700000001 --gateway two"),
            true,
        )
        .unwrap();
    let told: serde_json::Value = serde_json::from_str(&answer.payload).unwrap();
    assert_eq!(told["tries"].as_array().unwrap().len(), 1, "{told}");
}

#[test]
fn status_says_when_alerts_cannot_leave_and_why() {
    let asks = |site: &Site| site.json(crate::support::typed::typed("status"))["alerting"].clone();
    let site = Site::new("2027-03-01 12:00");
    assert_eq!(asks(&site)["to"].as_array().unwrap().len(), 2);
    let nobody = Site::with(
        "2027-03-01 12:00",
        &super::SITE
            .replace("[\"+254700000009\"]", "[]")
            .replace("[\"owner@example.org\"]", "[]"),
    );
    assert_eq!(asks(&nobody)["to"].as_array().unwrap().len(), 0);
    let page = nobody
        .ask(crate::support::typed::typed("status"), false)
        .unwrap()
        .payload;
    assert!(page.contains("cannot leave: [alerts] names nobody"), "{page}");
    let text = super::SITE.replace("kind = \"smtp\"", "kind = \"smtp\" # ");
    let without = text.split("[[gateways]]\nname = \"mail\"").next().unwrap().to_owned()
        + "[alerts]\nemail = [\"owner@example.org\"]\n";
    let unreached = Site::with("2027-03-01 12:00", &without);
    let faults = asks(&unreached)["faults"].to_string();
    assert!(faults.contains("no configured gateway carries e-mail"), "{faults}");
    // Every gateway refuses.
    let mut refused = Site::new("2027-03-01 12:00");
    for gateway in ["one", "two"] {
        refused.script.always(gateway, Does::Refuses);
    }
    for at in 0..8 {
        refused.queue(Purpose::Alert, "+254700000009", &format!("m{at}"));
    }
    refused.works();
    refused.live(std::time::Duration::from_secs(1_200));
    let faults = asks(&refused)["faults"].to_string();
    assert!(
        faults.contains("every gateway that carries messages to phones refuses"),
        "{faults}"
    );
}
