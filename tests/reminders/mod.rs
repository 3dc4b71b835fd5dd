//! Reminders and what is said when something was decided, on a whole site in memory.

mod once;
mod said;
mod shown;

use weir::commands::file_body::FileBody;
use weir::commands::imports::subscribers::ImportSubscribers;
use weir::commands::request::Request;
use weir::model::message::{Message, MessageState, Purpose};
use weir::notices::recheck::{self, Recheck};

use crate::commands_queries::site::{SITE, Site, saying};
use crate::support::typed::typed;

/// What the tests say beside the site of the queries.
pub const SAYS: &str = r#"
[reminders]
days_before = [1, 3]
text = "{{name}}: {{daysLeft}} days until {{expiryDate}}, pay {{amount}}"

[reminders.texts]
day = "{{name}} renews daily"

[messages]
country_code = "254"
on_suspension = "{{name}} is off; pay {{amount}}"
on_payment = "{{amount}} came, balance {{balance}}"
on_resume = "{{name}} is on until {{expiryDate}}"

[[gateways]]
name = "dear"
kind = "http"
url = "http://127.0.0.1:9/send?to={{to}}&text={{text}}"
price_per_part = "0.80"

[[gateways]]
name = "post"
kind = "smtp"
host = "127.0.0.1"
security = "none"
from = "weir@example.org"
"#;

pub fn site(now: &str) -> Site {
    saying(&format!("{SITE}{SAYS}"), now).open()
}

/// Takes a list in.
pub fn import(site: &Site, rows: &str) {
    let list = format!("username,name,phone,package,router,service,expires_on,balance\n{rows}");
    let file = FileBody {
        name: "list.csv".to_owned(),
        bytes: list.into_bytes(),
    };
    let reply = site.ask(Request::ImportSubscribers(ImportSubscribers { file, dry_run: false }));
    assert_eq!(reply.exit, 0, "{}", reply.payload);
}

pub fn pay(site: &Site, username: &str, amount: &str, reference: &str) {
    let request = typed(&format!("pay {username} '{amount}' --ref '{reference}'"));
    site.ask(request);
}

/// All messages, oldest first.
pub fn messages(site: &Site) -> Vec<Message> {
    let mut found = Vec::new();
    let reader = site.appliance.store.read().unwrap();
    reader
        .each_message_back(|message| -> Result<bool, weir::store::error::StoreError> {
            found.push(message);
            Ok(true)
        })
        .unwrap();
    found.reverse();
    found
}

/// Of each message to whom it goes, and its text.
pub fn texts(site: &Site) -> Vec<String> {
    messages(site)
        .into_iter()
        .map(|message| {
            assert_eq!(message.state, MessageState::Queued);
            assert!(message.to.starts_with("07"), "{message:?}");
            message.text
        })
        .collect()
}

/// How a message would read if it left now.
pub fn leaves(site: &Site, message: &Message) -> Result<String, String> {
    leaves_to(site, message).map(|(_, text)| text)
}

/// The same, with the number to which it would go.
pub fn leaves_to(site: &Site, message: &Message) -> Result<(String, String), String> {
    let reader = site.appliance.store.read().unwrap();
    let config = &site.appliance.in_force().config;
    let now = weir::clock::Clock::now(&*site.clock);
    match recheck::recheck(&reader, config, message, now).unwrap() {
        Recheck::Say { to, text, .. } => Ok((to, text)),
        Recheck::Drop(why) => Err(why),
    }
}

pub fn say(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

pub fn dropped(why: &str) -> Result<String, String> {
    Err(why.to_owned())
}

pub fn is_reminder(message: &Message) -> bool {
    matches!(message.purpose, Purpose::Reminder { .. })
}
