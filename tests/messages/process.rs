//! The real binary with gateways on loopback sockets.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::process::house::{House, wait_for};

/// What a gateway says; nothing means that it never answers.
fn gateway(says: Option<&'static str>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    thread::spawn(move || {
        let mut kept: Vec<TcpStream> = Vec::new();
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            let mut buffer = [0_u8; 4096];
            let read = stream.read(&mut buffer).unwrap_or(0);
            if read == 0 {
                continue;
            }
            counter.fetch_add(1, Ordering::SeqCst);
            if let Some(says) = says {
                drop(stream.write_all(says.as_bytes()));
            } else {
                kept.push(stream);
            }
        }
    });
    (port, asked)
}

fn house(port: u16) -> House {
    let house = House::new();
    house.edit(|text| {
        let mut kept: Vec<&str> = text.lines().collect();
        kept.retain(|line| !line.trim_start().starts_with('#'));
        let text = kept.join("\n").replace("[alerts]", "[alerts_gone]");
        let text = text.split("[alerts_gone]").next().unwrap().to_owned();
        format!(
            "{text}\n[alerts]\nsms = [\"+254700000009\"]\n\n[[gateways]]\nname = \"local\"\nkind = \"http\"\n\
             url = \"http://127.0.0.1:{port}/send\"\nbody = '{{\"to\":\"{{{{to}}}}\",\"m\":\"{{{{text}}}}\"}}'\n\
             headers = {{ \"Content-Type\" = \"application/json\" }}\n"
        )
    });
    house
}

const YES: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nqueued";
const NO: &str = "HTTP/1.1 402 Payment Required\r\nContent-Length: 9\r\nConnection: close\r\n\r\nno credit";

#[test]
fn a_test_message_tells_what_came_back_with_the_service_and_without() {
    let (port, asked) = gateway(Some(YES));
    let house = house(port);
    let running = house.run();
    let told = house.weir(&["outbox", "test", "+254700000001", "--json"]).done().json();
    assert_eq!(
        (told["verdict"].as_str(), told["state"].as_str()),
        (Some("taken"), Some("sent"))
    );
    assert!(running.terminate().success());
    let alone = house.weir(&["outbox", "test", "+254700000001"]).done();
    assert!(
        alone.out.contains("local") && alone.out.contains("taken"),
        "{}",
        alone.out
    );
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    let none = house.weir(&["outbox", "test", "nobody"]).refused();
    assert!(none.err.contains("not a phone number"), "{}", none.err);
    let (port, _) = gateway(Some(NO));
    house.edit(|text| {
        text.replace("/send\"", "/other\"")
            .replace("127.0.0.1:", &format!("127.0.0.1:{port}/?was="))
    });
    let refused = house.weir(&["outbox", "test", "+254700000001", "--json"]).refused();
    assert_eq!(refused.json()["verdict"], "refused", "{}", refused.out);
    assert_eq!(refused.json()["state"], "failed");
}

#[test]
fn a_kill_while_a_gateway_hangs_leaves_the_message_unknown_after_the_restart() {
    let (port, asked) = gateway(None);
    let house = house(port);
    let running = house.run();
    // A faulty file is an alert.
    let good = std::fs::read_to_string(house.file()).unwrap();
    house.edit(|text| format!("nonsense = 1\n{text}"));
    running.signal("HUP");
    wait_for("the gateway to be asked", || {
        (asked.load(Ordering::SeqCst) == 1).then_some(())
    });
    running.signal("KILL");
    drop(running);
    std::fs::write(house.file(), good).unwrap();
    let running = house.run();
    let listed = house.weir(&["outbox", "--json"]).done().json();
    assert_eq!(listed[0]["state"], "unknown", "{listed}");
    assert_eq!(listed[0]["gateway"], "local");
    assert!(
        listed[0]["error"].as_str().unwrap().contains("weir outbox resend"),
        "{listed}"
    );
    thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(asked.load(Ordering::SeqCst), 1, "does not send it again by itself");
    drop(running);
}

#[test]
fn a_stop_waits_for_the_message_in_flight_and_writes_down_what_came_back() {
    let (port, asked) = slow_gateway();
    let house = house(port);
    let running = house.run();
    house.edit(|text| format!("nonsense = 1\n{text}"));
    running.signal("HUP");
    wait_for("the gateway to be asked", || {
        (asked.load(Ordering::SeqCst) == 1).then_some(())
    });
    assert!(running.terminate().success());
    let listed = house.weir(&["outbox", "--json"]).done().json();
    assert_eq!(listed[0]["state"], "sent", "{listed}");
}

/// One that takes two seconds to say yes.
fn slow_gateway() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            let mut buffer = [0_u8; 4096];
            if stream.read(&mut buffer).unwrap_or(0) > 0 {
                counter.fetch_add(1, Ordering::SeqCst);
                thread::sleep(std::time::Duration::from_secs(2));
                drop(stream.write_all(YES.as_bytes()));
            }
        }
    });
    (port, asked)
}
