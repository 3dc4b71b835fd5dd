//! Outages, wrong passwords, restarts, boxes that were swapped.

use std::time::Duration;

use weir::appliance::core::OpenedBy;
use weir::clock::Clock;
use weir::commands::jobs::pause::JobsPause;
use weir::commands::jobs::resume::JobsResume;
use weir::commands::jobs::run::JobsRun;
use weir::commands::request::Request;
use weir::commands::routers::history::RouterHistory;
use weir::commands::routers::list::RouterList;
use weir::commands::routers::trust::RouterTrust;
use weir::model::job::{Counts, HealthCounts, Job};
use weir::model::record::LogKind;
use weir::model::router::incident::Trouble;
use weir::sim::faults::{Fault, FaultKind};
use weir::sim::options::Options;
use weir::sim::router::SimRouter;

use super::site::{HealthSite, MINUTE_MS, NOON_MS, name, options};

fn history(router: &str) -> Request {
    Request::RouterHistory(RouterHistory {
        name: Some(router.to_owned()),
        since: None,
        until: None,
    })
}

#[test]
fn an_outage_is_one_incident_with_one_alert_and_one_recovery_that_tells_its_length() {
    let mut site = HealthSite::new(2);
    assert_eq!(site.minutes_pass(30).len(), 2);
    assert_eq!((site.state(0), site.state(1)), ("up", "up"));
    site.sims[0].unplug();
    let runs = site.minutes_pass(45);
    let counts = Counts::Health(HealthCounts {
        probed: 2,
        up: 1,
        down: 1,
    });
    assert!(runs.iter().all(|run| run.counts == counts), "{runs:?}");
    assert_eq!(site.alerts(), ["router core"]);
    assert_eq!(site.state(0), "down");
    site.sims[0].plug_in();
    site.minutes_pass(45);
    assert!(site.alerts().is_empty());
    let told = site.messages(LogKind::Alert);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(
        told[0].contains("router `core` has its API port closed since 2027-01-15 12:45"),
        "{}",
        told[0]
    );
    assert!(told[1].contains("after 45 minutes"), "{}", told[1]);
    let incidents = site.incidents(0);
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0].trouble, Trouble::PortClosed);
    assert!(site.incidents(1).is_empty());
    // Watched from 12:15 to 14:00, down from 12:45 to 13:30.
    let told = site.json(history("core"));
    assert_eq!(told[0]["incidents"].as_array().unwrap().len(), 1);
    assert_eq!(told[0]["incidents"][0]["length"], "45 minutes");
    assert_eq!(
        (&told[0]["watched_s"], &told[0]["down_s"]),
        (&(105 * 60).into(), &(45 * 60).into())
    );
    assert_eq!(told[0]["uptime_percent"], "57.14");
    assert_eq!(site.json(history("r1"))[0]["uptime_percent"], "100.00");
    let text = site.text(history("core"));
    assert!(text.contains("up 57.14 %") && text.contains("port_closed"), "{text}");
}

#[test]
fn a_single_failed_try_is_no_outage() {
    let mut site = HealthSite::new(1);
    site.sims[0].fault(Fault::new(FaultKind::Reset).times(2));
    let ran = site.minutes_pass(15);
    assert_eq!(
        ran[0].counts,
        Counts::Health(HealthCounts {
            probed: 1,
            up: 1,
            down: 0
        })
    );
    assert!(site.alerts().is_empty() && site.incidents(0).is_empty());
    assert_eq!(site.sims[0].counters().logins, 1);
}

#[test]
fn a_wrong_password_a_dead_service_and_a_router_that_hangs_are_told_apart() {
    for (kind, trouble, state) in [
        (FaultKind::LoginRefused, Trouble::LoginRefused, "login_refused"),
        (FaultKind::Refuse, Trouble::PortClosed, "down"),
        (FaultKind::Silent, Trouble::Failing, "down"),
    ] {
        let mut site = HealthSite::new(1);
        site.sims[0].fault(Fault::new(kind).times(1_000));
        site.minutes_pass(15);
        assert_eq!(site.incidents(0)[0].trouble, trouble);
        assert_eq!(site.state(0), state);
        let listed = site.json(Request::RouterList(RouterList { name: None }));
        assert_eq!(listed[0]["trouble"], trouble.as_str());
    }
}

#[test]
fn a_swapped_box_is_refused_until_the_owner_trusts_it() {
    let mut site = HealthSite::new(1);
    site.minutes_pass(15);
    let (card, mut sims, now) = site.killed();
    let port = sims.remove(0).addr().port();
    drop(sims);
    let other = SimRouter::start(Options {
        port,
        serial: Some("OTHER-1".to_owned()),
        ..options()
    })
    .unwrap();
    let mut site = HealthSite::on(card, vec![other], now, OpenedBy::Service, "");
    site.minutes_pass(15);
    assert_eq!(site.state(0), "refused_identity");
    assert_eq!(site.incidents(0)[0].trouble, Trouble::OtherIdentity);
    let listed = site.json(Request::RouterList(RouterList { name: None }));
    assert_eq!(listed[0]["state"], "refused_identity");
    assert!(listed[0]["error"].as_str().unwrap().contains("`OTHER-1`"), "{listed}");
    let trusted = site.json(Request::RouterTrust(RouterTrust {
        name: "core".to_owned(),
    }));
    assert_eq!(
        (&trusted["changed"], &trusted["before"]),
        (&true.into(), &"HG309K8ZZ41".into())
    );
    site.minutes_pass(15);
    assert_eq!(site.state(0), "up");
    assert!(site.alerts().is_empty());
    let log = site.messages(LogKind::Health);
    assert!(
        log.iter().any(|told| told.contains("`OTHER-1` is trusted instead of")),
        "{log:#?}"
    );
    let again = site.json(Request::RouterTrust(RouterTrust {
        name: "core".to_owned(),
    }));
    assert_eq!(again["changed"], false);
}

#[test]
fn a_restart_of_the_router_is_seen_and_everything_on_it_is_looked_at() {
    let mut site = HealthSite::new(1);
    site.minutes_pass(15);
    site.sims[0].reboot();
    std::thread::sleep(Duration::from_millis(100));
    let before = site.appliance.routers.returns(&name(0));
    site.minutes_pass(15);
    let known = site
        .appliance
        .store
        .read()
        .unwrap()
        .known_router(&name(0))
        .unwrap()
        .unwrap();
    assert_eq!(known.rebooted_at.unwrap().millis(), NOON_MS + 30 * MINUTE_MS);
    assert_eq!(site.appliance.routers.returns(&name(0)), before + 1);
    assert!(site.messages(LogKind::Health)[0].contains("was restarted"));
    site.minutes_pass(15);
    assert_eq!(site.messages(LogKind::Health).len(), 1);
}

#[test]
fn a_probe_tells_what_the_sensors_say() {
    for (version, voltage) in [("6.49.10", "24.1"), ("7.16", "24.1")] {
        let sim = SimRouter::start(Options {
            version: version.parse().unwrap(),
            ..options()
        })
        .unwrap();
        let mut site = HealthSite::on(
            crate::support::memory::Memory::default(),
            vec![sim],
            NOON_MS,
            OpenedBy::Service,
            "",
        );
        site.minutes_pass(15);
        let listed = site.json(Request::RouterList(RouterList { name: None }));
        assert_eq!(
            (&listed[0]["voltage"], &listed[0]["temperature"]),
            (&voltage.into(), &"38".into())
        );
        assert_eq!(
            (&listed[0]["cpu_load"], &listed[0]["serial"]),
            (&3.into(), &"HG309K8ZZ41".into())
        );
        assert!(listed[0]["clock_ahead_s"].is_i64());
    }
}

#[test]
fn health_goes_on_under_a_clock_in_doubt_and_stands_in_no_history_then() {
    let mut site = HealthSite::new(1);
    site.minutes_pass(15);
    site.clock
        .have_kernel_say(Some(weir::clock::kernel::KernelSays::Unsynchronised(
            "no server".to_owned(),
        )));
    // A week too far ahead.
    site.clock.step(site.clock.now().plus_millis(7 * 24 * 60 * MINUTE_MS));
    assert!(site.look().is_none());
    site.sims[0].unplug();
    let ran = site.minutes_pass(15);
    assert_eq!(ran.len(), 1, "probed all the same");
    assert_eq!(site.alerts(), ["router core"]);
    let since = site.incidents(0)[0].since;
    assert!(since.millis() <= NOON_MS + 16 * MINUTE_MS, "{since:?}");
    site.sims[0].plug_in();
    site.minutes_pass(30);
    let told = site.messages(LogKind::Alert);
    assert!(told[1].contains("after 15 minutes"), "{told:#?}");
    assert_eq!(
        site.appliance.health.waiting().len() + 1,
        1,
        "nothing is planned by such a clock"
    );
    let state = site.appliance.store.read().unwrap().job(Job::Health).unwrap().unwrap();
    assert!(state.eras[0].after.millis() <= NOON_MS + 15 * MINUTE_MS);
}

#[test]
fn a_probe_by_hand_stands_beside_the_planned_ones_and_a_dry_run_probes_nobody() {
    let mut site = HealthSite::new(1);
    site.minutes_pass(20);
    let name = "health".to_owned();
    let would = site.json(Request::JobsRun(JobsRun {
        name: name.clone(),
        dry_run: true,
    }));
    assert_eq!(
        (&would["counts"]["probed"], &would["would"][0]["router"]),
        (&1.into(), &"core".into())
    );
    let logins = site.sims[0].counters().logins;
    let ran = site.json(Request::JobsRun(JobsRun {
        name: name.clone(),
        dry_run: false,
    }));
    assert_eq!(site.sims[0].counters().logins, logins + 1);
    assert_eq!((&ran["outcome"], &ran["counts"]["up"]), (&"done".into(), &1.into()));
    let history = site.history();
    assert_eq!(history.len(), 2);
    assert_eq!(
        (&history[0]["by_hand"], &history[1]["by_hand"]),
        (&true.into(), &false.into())
    );
    site.call(Request::JobsPause(JobsPause { name: name.clone() }), true);
    assert!(site.minutes_pass(60).is_empty(), "a pause is obeyed");
    site.call(Request::JobsResume(JobsResume { name }), true);
    assert_eq!(site.minutes_pass(15).len(), 1);
    let outcomes: Vec<String> = site
        .history()
        .iter()
        .map(|run| format!("{} {}", run["outcome"], run["error"]))
        .collect();
    assert_eq!(outcomes[1], "\"skipped\" \"paused\"", "{outcomes:?}");
}
