//! Nothing is said twice: what may have left is never sent again by itself.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use proptest::prelude::*;
use weir::clock::Clock;
use weir::commands::messages::resend::OutboxResend;
use weir::commands::request::Request;
use weir::commands::status::answer::Status;
use weir::model::message::{MessageState, Purpose};
use weir::model::record::LogKind;

use super::{Does, Site};

const AMINA: &str = "+254700000001";

#[test]
fn an_answer_that_never_came_leaves_the_message_unknown_and_no_other_gateway_gets_it() {
    let mut site = Site::new("2027-03-01 12:00");
    site.script.always("one", Does::Unknown);
    let id = site.queue(Purpose::Resumption, AMINA, "hello");
    site.works();
    site.live(Duration::from_secs(3_600));
    assert_eq!(site.state(id), MessageState::Unknown);
    assert_eq!(site.script.given().len(), 1);
    assert!(
        site.ask(Request::Status(Status), false)
            .unwrap()
            .payload
            .contains("weir outbox resend")
    );
}

#[test]
fn a_crash_between_handing_over_and_hearing_back_is_unknown_and_resent_only_by_the_owner() {
    let mut site = Site::new("2027-03-01 12:00");
    site.script.always("one", Does::Crashes);
    let id = site.queue(Purpose::Resumption, AMINA, "hello");
    assert!(catch_unwind(AssertUnwindSafe(|| site.works())).is_err());
    site.script.always("one", Does::Takes);
    let mut site = site.restart();
    assert_eq!(site.state(id), MessageState::Unknown);
    site.live(Duration::from_secs(3_600));
    assert_eq!(site.script.given().len(), 1, "not by itself");
    assert!(site.log(LogKind::Messages)[0].contains("may or may not have arrived"));
    let resent = site.json(Request::OutboxResend(OutboxResend { id: id.0 }));
    assert_eq!(resent["state"], "queued");
    site.works();
    assert_eq!(site.state(id), MessageState::Sent);
    assert_eq!(site.script.given().len(), 2);
    let again = site
        .ask(Request::OutboxResend(OutboxResend { id: id.0 }), false)
        .unwrap_err();
    assert!(again.what.contains("not sent twice"), "{again}");
}

#[test]
fn a_key_that_was_used_is_not_queued_again() {
    let mut site = Site::new("2027-03-01 12:00");
    let id = site.queue(Purpose::Resumption, AMINA, "hello");
    site.works();
    let again = site.write(|tx| {
        let first = tx.message(id)?.unwrap();
        tx.queue(weir::model::message::Draft {
            channel: first.channel,
            to: first.to.clone(),
            purpose: first.purpose.clone(),
            subscriber: None,
            once: first.once.clone(),
            subject: String::new(),
            text: "another text".to_owned(),
            attachment: None,
            happened_at: tx.now(),
            not_before: tx.now(),
            expires: None,
        })
    });
    assert_eq!(again, None);
}

fn does() -> impl Strategy<Value = Does> {
    prop_oneof![
        2 => Just(Does::Takes),
        6 => Just(Does::Refuses),
        2 => Just(Does::Unknown),
        2 => Just(Does::Crashes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn whatever_gateways_do_and_however_often_the_process_ends_nobody_gets_a_message_twice(
        script in proptest::collection::vec(does(), 1..40),
        steps in proptest::collection::vec(0_u8..4, 1..30),
    ) {
        let mut site = Site::new("2027-03-01 09:00");
        for at in 0..4 {
            site.queue(Purpose::Resumption, AMINA, &format!("m{at}"));
        }
        site.script.next.lock().extend(script.iter().cloned());
        // A panic is this test's way to end the process.
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        for step in steps {
            if step == 0 {
                site = site.restart();
            } else {
                let now = site.clock.now();
                site.clock.set(now.plus_millis(i64::from(step) * 200_000));
                if catch_unwind(AssertUnwindSafe(|| site.works())).is_err() {
                    site = site.restart();
                }
            }
        }
        std::panic::set_hook(hook);
        // What each hand-over led to, in the order of the script.
        let given = site.script.given();
        let scripted = script.into_iter().chain(std::iter::repeat(Does::Takes));
        let mut may_have_left: BTreeMap<String, usize> = BTreeMap::new();
        for ((_, _, text), does) in given.into_iter().zip(scripted) {
            if does != Does::Refuses {
                *may_have_left.entry(text).or_default() += 1;
            }
        }
        let of_subscribers = may_have_left.iter().filter(|(text, _)| text.starts_with('m'));
        for (text, times) in of_subscribers {
            prop_assert!(*times <= 1, "{text}: {times}");
        }
    }
}
