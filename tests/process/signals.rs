//! What the service hears from outside, and what it tells its manager.

use super::house::{House, wait_for};

#[test]
fn it_stops_on_a_signal_with_exit_0_and_takes_the_socket_along() {
    for signal in ["TERM", "INT"] {
        let house = House::new();
        let mut service = house.run();
        assert!(house.socket().exists());
        service.signal(signal);
        service.hear("STOPPING=1");
        assert_eq!(service.ended().code(), Some(0), "{}", service.log());
        assert!(!house.socket().exists());
        assert!(service.log().contains("the service stopped"), "{}", service.log());
        assert!(!service.log().contains("in time"), "{}", service.log());
    }
}

#[test]
fn the_manager_hears_signs_of_life_and_what_is_due_next() {
    let house = House::new();
    let mut service = house.run();
    for _ in 0..3 {
        service.hear("WATCHDOG=1");
    }
    assert!(service.hear("STATUS=").contains("the next job is due at"));
}

#[test]
fn a_changed_file_is_taken_in_and_a_faulty_one_refused_while_the_last_good_one_runs_on() {
    let house = House::new();
    let mut service = house.run();
    house.edit(|text| text.replace("name = \"hilltop\"", "name = \"valley\""));
    service.signal("HUP");
    service.hear("RELOADING=1");
    service.hear("READY=1");
    assert_eq!(house.weir(&["status", "--json"]).done().json()["site"], "valley");
    house.edit(|text| format!("nonsense = 1\n{text}"));
    service.signal("HUP");
    service.hear("RELOADING=1");
    service.hear("READY=1");
    let status = house.weir(&["status"]).done();
    assert!(
        status.out.contains("valley") && status.out.contains("nonsense"),
        "{}",
        status.out
    );
    let status = house.weir(&["status", "--json"]).done();
    assert_eq!(status.json()["site"], "valley");
    assert!(status.out.contains("nonsense"), "{}", status.out);
    house.edit(|text| text.replace("nonsense = 1\n", ""));
    service.signal("HUP");
    service.hear("RELOADING=1");
    service.hear("READY=1");
    assert!(!house.weir(&["status"]).done().out.contains("nonsense"));
    assert!(service.terminate().success());
}

#[test]
fn a_file_that_has_gone_changes_nothing() {
    let house = House::new();
    let mut service = house.run();
    std::fs::rename(house.file(), house.file().with_extension("away")).unwrap();
    service.signal("HUP");
    service.hear("RELOADING=1");
    service.hear("READY=1");
    service.logs("there is no configuration");
    std::fs::rename(house.file().with_extension("away"), house.file()).unwrap();
    assert_eq!(house.weir(&["status", "--json"]).done().json()["site"], "hilltop");
}

#[test]
fn a_hang_up_while_it_still_waits_for_the_store_does_not_end_it_and_is_followed_afterwards() {
    let house = House::with_store();
    let held = std::fs::File::open(house.store().with_extension("lock")).unwrap();
    held.lock().unwrap();
    let mut service = house.begin_to_run();
    wait_for("the store to be waited for", || opened(service.pid()).then_some(()));
    service.signal("HUP");
    drop(held);
    service.hear("READY=1");
    service.hear("RELOADING=1");
    assert!(service.terminate().success());
}

/// Whether this process has the lock file open.
fn opened(process: u32) -> bool {
    let files = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    files
        .filter_map(|file| std::fs::read_link(file.ok()?.path()).ok())
        .any(|path| path.ends_with("weir.lock"))
}
