//! The service: asked, alone, killed, and asked again.

use std::os::unix::net::UnixListener;

use super::house::{House, bytes, wait_for};

#[test]
fn commands_give_the_same_answer_with_and_without_the_service() {
    let house = House::new();
    house.weir(&["import", "subscribers", &house.list()]).done();
    let questions: [&[&str]; 7] = [
        &["subscriber", "list", "--json"],
        &["subscriber", "show", "amina", "--json"],
        &["ledger", "brian", "--json"],
        &["jobs", "--json"],
        &["jobs", "history", "billing", "--json"],
        &["plan", "--days", "3", "--json"],
        &["verify", "--json"],
    ];
    let service = house.run();
    let asked: Vec<String> = questions.iter().map(|words| house.weir(words).done().out).collect();
    let refused = house.weir(&["pay", "nobody", "1.00", "--ref", "A"]).refused().err;
    assert!(service.terminate().success());
    for (words, asked) in questions.iter().zip(&asked) {
        assert_eq!(house.weir(words).done().out, *asked, "{words:?}");
    }
    assert_eq!(
        house.weir(&["pay", "nobody", "1.00", "--ref", "A"]).refused().err,
        refused
    );
}

#[test]
fn a_second_service_is_refused_and_told_who_holds_the_store() {
    let house = House::new();
    let service = house.run();
    let second = house.weir(&["run"]).refused();
    assert!(
        second.err.contains(&format!("process {} (weir run)", service.pid())),
        "{}",
        second.err
    );
    house.weir(&["status"]).done();
    assert!(service.terminate().success());
}

#[test]
fn a_command_that_waits_for_the_store_asks_the_service_that_has_come_up_meanwhile() {
    let house = House::with_store();
    let lock = std::fs::File::open(house.store().with_file_name("weir.lock")).unwrap();
    lock.lock().unwrap();
    std::thread::scope(|scope| {
        let begun = std::time::Instant::now();
        let asking = scope.spawn(|| house.weir(&["status"]));
        std::thread::sleep(std::time::Duration::from_millis(300));
        let listener = UnixListener::bind(house.socket()).unwrap();
        listener.set_nonblocking(true).unwrap();
        // First it looks whether anybody is there, then it asks.
        for _ in 0..2 {
            wait_for("the command to ask", || listener.accept().ok());
        }
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(3),
            "{:?}",
            begun.elapsed()
        );
        drop(listener);
        let err = asking.join().unwrap().refused().err;
        assert!(err.contains("the connection to the service broke"), "{err}");
    });
}

#[test]
fn a_start_is_recorded_with_the_version_and_so_is_the_stop() {
    let house = House::with_store();
    let told = house.weir(&["logs", "service", "--json"]).done().json();
    let told = told.as_array().unwrap();
    assert_eq!(told[0]["message"], "the service stopped");
    assert_eq!(told[1]["message"], "the service started");
    assert!(told[1].to_string().contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn after_a_kill_the_next_start_needs_no_hand() {
    let house = House::new();
    house.weir(&["import", "subscribers", &house.list()]).done();
    for _ in 0..3 {
        let mut service = house.run();
        service.signal("KILL");
        service.ended();
        assert!(house.socket().exists(), "a stale socket stays behind");
    }
    assert_eq!(house.weir(&["verify", "--json"]).done().json()["ok"], true);
    let service = house.run();
    house.weir(&["status"]).done();
    assert!(service.terminate().success());
    assert!(!house.socket().exists());
}

#[test]
fn a_stale_socket_is_passed_over_by_commands_and_replaced_by_the_service() {
    let house = House::with_store();
    drop(UnixListener::bind(house.socket()).unwrap());
    house.weir(&["status"]).done();
    let service = house.run();
    house.weir(&["status"]).done();
    assert!(service.terminate().success());
}

#[test]
fn a_file_in_the_place_of_the_socket_is_kept() {
    let house = House::with_store();
    std::fs::write(house.socket(), "somebody's notes").unwrap();
    let ended = house.weir(&["run"]).refused();
    assert!(ended.err.contains("is not a socket"), "{}", ended.err);
    assert_eq!(bytes(&house.socket()), b"somebody's notes");
}

#[test]
fn a_probe_that_lacks_its_password_does_not_advise_a_probe() {
    let house = House::with_store();
    std::fs::remove_file(house.store().with_file_name("../secrets/core")).unwrap();
    let service = house.run();
    assert!(
        house
            .weir(&["router", "probe"])
            .refused()
            .out
            .contains("there is no file")
    );
    let listed = house.weir(&["router", "list"]).done().out;
    assert!(listed.contains("there is no file"), "{listed}");
    assert!(!listed.contains("Never tried"), "{listed}");
    assert!(service.terminate().success());
}

#[test]
fn routers_that_could_not_be_compared_are_not_said_to_agree() {
    let house = House::with_store();
    let ended = house.weir(&["router", "diff"]).refused();
    assert!(!ended.out.contains("agree"), "{}", ended.out);
    assert!(ended.err.contains("could not be compared"), "{}", ended.err);
}

#[test]
fn the_file_of_figures_is_there_while_the_service_runs_and_gone_when_it_stops() {
    let house = House::new();
    house.edit(|text| text.replace("[metrics]", "[metrics]\nfile = \"weir.prom\""));
    let path = house.file().with_file_name("weir.prom");
    let service = house.run();
    let text = wait_for("the file of figures", || std::fs::read_to_string(&path).ok());
    assert!(text.contains("weir_build_info{") && text.ends_with('\n'), "{text}");
    assert!(service.terminate().success());
    assert!(!path.exists(), "old figures mislead");
}

#[test]
fn a_file_of_figures_that_cannot_be_written_stops_nothing_and_status_says_so() {
    let house = House::new();
    house.edit(|text| text.replace("[metrics]", "[metrics]\nfile = \"no/such/folder/weir.prom\""));
    let service = house.run();
    wait_for("status to say so", || {
        let status = house.weir(&["status", "--json"]).done().json();
        status["metrics_fault"].as_str().map(str::to_owned)
    });
    let text = house.weir(&["status"]).done().out;
    assert!(text.contains("The metrics file"), "{text}");
    assert!(service.terminate().success());
}
