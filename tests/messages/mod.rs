//! Messages on their way out of the box, by gateways that answer as the test says.

mod alerts;
mod leaving;
#[cfg(feature = "sim")]
mod modem;
mod once;
mod process;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use weir::clock::{Clock, ManualClock};
use weir::commands::dispatch::Commands;
use weir::commands::request::Request;
use weir::commands::request::{Call, Handler};
use weir::commands::{Reply, Silent};
use weir::config::gateways::GatewayConfig;
use weir::gateways::parcel::Parcel;
use weir::gateways::verdict::GatewayVerdict;
use weir::model::alert::Cause;
use weir::model::day::Instant;
use weir::model::failure::Failure;
use weir::model::message::{Channel, Draft, Lane, Message, MessageId, MessageState, Purpose};
use weir::model::record::LogKind;
use weir::outbox::messages::carrier::Carrier;
use weir::outbox::messages::messenger::{Messenger, RoundResult};
use weir::store::error::StoreError;
use weir::store::write::alerts::Raised;
use weir::store::write::transaction::Transaction;

use crate::support::moment::at;

const SITE: &str = r#"
[site]
name = "hilltop"
time_zone = "Africa/Nairobi"
currency = "KES"
data = "data"
socket = "control.sock"

[reminders]
quiet_hours = "20:00-08:00"

[messages]
daily_cap = 5
max_parts = 2
country_code = "254"

[[gateways]]
name = "one"
kind = "http"
url = "http://127.0.0.1:1/?to={{to}}&m={{text}}"
price_per_part = "0.80"

[[gateways]]
name = "two"
kind = "http"
url = "http://127.0.0.1:1/?to={{to}}&m={{text}}"

[[gateways]]
name = "mail"
kind = "smtp"
host = "127.0.0.1"
security = "none"
from = "weir@example.org"

[alerts]
sms = ["+254700000009"]
email = ["owner@example.org"]
"#;

/// What a gateway does with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    Takes,
    Refuses,
    Unknown,
    /// The process ends while it is handed over.
    Crashes,
}

/// Gateways that do what the test says, and remember what they were given.
#[derive(Default)]
pub struct Script {
    /// By gateway; what is not scripted takes.
    always: Mutex<Vec<(&'static str, Does)>>,
    next: Mutex<VecDeque<Does>>,
    given: Mutex<Vec<(String, String, String)>>,
}

impl Script {
    pub fn always(&self, gateway: &'static str, does: Does) {
        let mut always = self.always.lock();
        always.retain(|(known, _)| *known != gateway);
        always.push((gateway, does));
    }

    /// Gateway, recipient and text of everything that was handed over, in order.
    pub fn given(&self) -> Vec<(String, String, String)> {
        self.given.lock().clone()
    }

    pub fn texts(&self) -> Vec<String> {
        self.given().into_iter().map(|(_, _, text)| text).collect()
    }
}

impl Carrier for Script {
    fn hand_over(&self, gateway: &GatewayConfig, _lane: Lane, parcel: &Parcel<'_>) -> GatewayVerdict {
        self.given
            .lock()
            .push((gateway.name.clone(), parcel.to.to_owned(), parcel.text.to_owned()));
        let scripted = self.next.lock().pop_front();
        let does = scripted.unwrap_or_else(|| {
            let always = self.always.lock();
            let found = always.iter().find(|(name, _)| *name == gateway.name);
            found.map_or(Does::Takes, |(_, does)| does.clone())
        });
        match does {
            Does::Takes => GatewayVerdict::Taken {
                answer: "id 7".to_owned(),
            },
            Does::Refuses => GatewayVerdict::Refused {
                why: "no credit".to_owned(),
            },
            Does::Unknown => GatewayVerdict::Unknown {
                why: "it hung up".to_owned(),
            },
            Does::Crashes => std::panic::panic_any("the process ends here"),
        }
    }
}

pub struct Site {
    pub clock: Arc<ManualClock>,
    pub appliance: Arc<Commands>,
    pub script: Arc<Script>,
    pub messenger: Messenger,
    opened: crate::support::site::Site,
}

impl Site {
    pub fn new(now: &str) -> Self {
        Self::with(now, SITE)
    }

    pub fn with(now: &str, text: &str) -> Self {
        let clock = Arc::new(ManualClock::at(at(now)));
        let opened = crate::support::site::Site::at(now).config(text).by(&clock).open();
        Self::of(opened, Arc::new(Script::default()))
    }

    /// The process ends and starts again.
    pub fn restart(self) -> Self {
        let Self {
            script,
            opened,
            appliance,
            messenger: before,
            ..
        } = self;
        drop((appliance, before));
        Self::of(opened.reopened(), script)
    }

    fn of(opened: crate::support::site::Site, script: Arc<Script>) -> Self {
        Self {
            clock: Arc::clone(&opened.clock),
            appliance: Arc::clone(&opened.appliance),
            messenger: messenger(&opened.appliance, &script),
            script,
            opened,
        }
    }

    pub fn write<R>(&self, work: impl FnOnce(&mut Transaction<'_>) -> Result<R, StoreError>) -> R {
        let now = self.appliance.recorded().unwrap().at;
        self.appliance.store.write(now, work).unwrap()
    }

    pub fn queue(&self, purpose: Purpose, to: &str, text: &str) -> MessageId {
        self.queue_until(purpose, to, text, None)
    }

    pub fn queue_until(&self, purpose: Purpose, to: &str, text: &str, expires: Option<Instant>) -> MessageId {
        let once = format!("{text}/{to}");
        self.write(|tx| {
            let draft = Draft {
                channel: if to.contains('@') { Channel::Email } else { Channel::Sms },
                to: to.to_owned(),
                purpose,
                subscriber: None,
                once,
                subject: "s".to_owned(),
                text: text.to_owned(),
                attachment: None,
                happened_at: tx.now(),
                not_before: tx.now(),
                expires,
            };
            Ok(tx.queue(draft)?.unwrap())
        })
    }

    pub fn raise(&self, cause: &Cause, text: &str) {
        self.write(|tx| tx.raise(&Raised::new(cause.clone(), text.to_owned())));
    }

    pub fn end(&self, cause: &Cause, text: &str) {
        self.write(|tx| tx.end_alert(cause, text));
    }

    /// Looks until nothing may leave; gives how often something was done.
    pub fn works(&mut self) -> usize {
        for round in 0..1_000 {
            if self.messenger.look().unwrap() == RoundResult::Idle {
                return round;
            }
        }
        panic!("it never comes to rest");
    }

    /// Lets time pass in steps of ten seconds, with a look after each.
    pub fn live(&mut self, time: Duration) {
        for _ in 0..time.as_secs() / 10 {
            self.clock.set(self.clock.now().plus_millis(10_000));
            self.works();
        }
    }

    pub fn message(&self, id: MessageId) -> Message {
        self.appliance.store.read().unwrap().message(id).unwrap().unwrap()
    }

    pub fn state(&self, id: MessageId) -> MessageState {
        self.message(id).state
    }

    pub fn log(&self, kind: LogKind) -> Vec<String> {
        let mut told = Vec::new();
        let reader = self.appliance.store.read().unwrap();
        reader
            .each_log(Some(kind), |record| -> Result<bool, StoreError> {
                told.push(record.message);
                Ok(true)
            })
            .unwrap();
        told
    }

    pub fn ask(&self, request: Request, json: bool) -> Result<Reply, Failure> {
        let call = Call {
            request,
            actor: "amina".to_owned(),
            json,
            width: 200,
        };
        self.appliance.handle(&call, &mut Silent)
    }

    pub fn json(&self, request: Request) -> Value {
        serde_json::from_str(&self.ask(request, true).unwrap().payload).unwrap()
    }
}

fn messenger(appliance: &Commands, script: &Arc<Script>) -> Messenger {
    Messenger::new(
        appliance.router_site(),
        appliance.data.clone(),
        Arc::<Script>::clone(script),
        Arc::new(AtomicBool::new(false)),
    )
}
