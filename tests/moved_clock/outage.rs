//! A router that stops answering raises one text and one e-mail, and its return one each.

use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::{Date, time};

use super::peers::{Gateway, MailServer};
use super::site::{Person, Site};
use crate::support::child::wait_for;
use crate::support::moved::MovedClock;
use weir::sim::options::Options;
use weir::sim::router::SimRouter;

/// An alert leaves within two minutes of the probe.
const ALERTED: Duration = Duration::from_secs(120);
/// How long is watched that nothing more arrives.
const QUIET: Duration = Duration::from_secs(5);

fn people(today: Date) -> Vec<Person> {
    vec![Person {
        name: "amina".to_owned(),
        service: "pppoe",
        package: "home",
        expires_on: today.checked_add(9.days()).unwrap(),
        balance: "0.00",
    }]
}

#[test]
#[ignore = "needs the packages faketime, nginx-light and python3-aiosmtpd; run by .ci/run"]
fn night_on_a_moved_clock_a_router_that_goes_and_comes_back_is_told_once_each_by_text_and_mail() {
    let (clock, today) = MovedClock::at("Africa/Nairobi", time(22, 14, 40, 0));
    let (gateway, mail) = (Gateway::start(50), MailServer::start());
    let router = SimRouter::start(Options::default()).unwrap();
    let mut site = Site::new(clock, router, &people(today), "floor");
    site.also_says(&format!(
        "{}{}[alerts]\nsms = [\"+254700000099\"]\nemail = [\"owner@hilltop.example\"]\n",
        gateway.block(),
        mail.block()
    ));
    site.import();
    let told = || (gateway.texts().len(), mail.mail().len());
    let service = site.run();
    site.settled();
    assert_eq!(told(), (0, 0));
    site.router.unplug();
    wait_for("the outage is told by text and mail", ALERTED, || {
        (told() == (1, 1)).then_some(())
    });
    let text = &gateway.texts()[0];
    assert_eq!(text.to, "+254700000099");
    assert!(text.text.contains("hilltop") && text.text.contains("core"), "{text:?}");
    // Killed, started again, probed again: it is the same outage.
    service.kill();
    site.move_to(today, time(22, 29, 50, 0));
    let service = site.run();
    std::thread::sleep(site.clock.until(today, time(22, 30, 0, 0)) + Duration::from_secs(30));
    assert_eq!(told(), (1, 1), "{:?}", gateway.texts());
    service.kill();
    site.move_to(today, time(22, 44, 50, 0));
    let service = site.run();
    site.router.plug_in();
    wait_for("the return is told by text and mail", ALERTED, || {
        (told() == (2, 2)).then_some(())
    });
    std::thread::sleep(QUIET);
    assert_eq!(told(), (2, 2));
    let history = site.asked(&["router", "history", "core"]);
    assert!(history.to_string().contains("port_closed"), "{history}");
    let text = &gateway.texts()[1];
    assert!(text.text.contains("minutes"), "the length of the outage: {text:?}");
    service.kill();
}
