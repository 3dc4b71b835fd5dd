//! The modem of a router, when it is the only way out.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use weir::model::message::{MessageState, Purpose};
use weir::sim::options::Options;
use weir::sim::router::SimRouter;

use super::{SITE, Site};

#[test]
fn an_alert_leaves_by_the_modem_when_the_gateways_refuse_and_a_long_text_for_a_subscriber_does_not() {
    let sim = SimRouter::start(Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "sim-password\n").unwrap();
    std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
    // Nobody listens behind `one` and `two`.
    let text = format!(
        "{SITE}\n[[routers]]\nname = \"core\"\nhost = \"127.0.0.1\"\nport = {}\nusername = \"weir\"\npassword_file = \"{}\"\n\n\
         [[gateways]]\nname = \"lte\"\nkind = \"modem\"\nrouter = \"core\"\nport = \"lte1\"\n",
        sim.addr().port(),
        password.display()
    );
    let mut site = Site::with("2027-03-01 12:00", &text);
    site.messenger = site.appliance.messenger(Arc::new(AtomicBool::new(false)));
    let alert = site.queue(Purpose::Alert, "+254700000009", "router `core` – down");
    let long = site.queue(Purpose::Resumption, "+254700000001", &"a".repeat(200));
    site.works();
    let message = site.message(alert);
    assert_eq!(message.state, MessageState::Sent, "{message:?}");
    assert_eq!(message.gateway.as_deref(), Some("lte"));
    let sent = sim.messages();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!((sent[0].port.as_str(), sent[0].to.as_str()), ("lte1", "+254700000009"));
    assert!(sent[0].message.ends_with("down"), "{sent:?}");
    let message = site.message(long);
    assert_eq!(message.state, MessageState::Queued);
    assert!(message.error.unwrap().contains("a modem sends a single message"));
}
