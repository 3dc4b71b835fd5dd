//! Which template and which amount does a message to a subscriber use?
//!
//! A message is written when it is queued and once more when it leaves. Both times the text follows from what is stored with
//! it, its purpose, by the one rule here: so the two differ only where the subscriber, the day or the configuration does.
//!
//! Must never know: whether it is true, when it leaves, and how.

use crate::model::day::Day;
use crate::model::entry_chain::EntrySeq;
use crate::model::message::Purpose;
use crate::model::money::Money;
use crate::model::subscriber::Subscriber;
use crate::rules::access;
use crate::rules::messages::reminder;
use crate::rules::messages::text::{self, MessageTemplates, TemplateValues};
use crate::rules::wallet::Policy;

/// Which money may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyTold {
    /// A payment: its entry, and how much it is.
    Payment(EntrySeq, Money),
    /// An adjustment by the owner: its entry, and how much it is.
    Adjustment(EntrySeq, Money),
    /// What a run took from the wallet.
    Wallet(Money),
}

/// Returns the message after money has come, if there is one. Where a payment brings service back and both have a text, only one
/// message is sent, and the one about service is it.
#[must_use]
pub const fn after_money(templates: &MessageTemplates, money: MoneyTold, resumed: bool) -> Option<Purpose> {
    if resumed && templates.on_resume.is_some() {
        let (entry, amount) = match money {
            MoneyTold::Payment(entry, amount) | MoneyTold::Adjustment(entry, amount) => (Some(entry), amount),
            MoneyTold::Wallet(amount) => (None, amount),
        };
        return Some(Purpose::Resumed { entry, amount });
    }
    match money {
        MoneyTold::Payment(entry, amount) if templates.on_payment.is_some() => Some(Purpose::Payment { entry, amount }),
        MoneyTold::Payment(..) | MoneyTold::Adjustment(..) | MoneyTold::Wallet(_) => None,
    }
}

/// Returns the text of a message to a subscriber as it reads on a day; nothing where the site has no template for it, and
/// nothing for what goes to the administrator.
#[must_use]
pub fn text(
    purpose: &Purpose,
    subscriber: &Subscriber,
    policy: &Policy,
    templates: &MessageTemplates,
    today: Day,
) -> Option<String> {
    let (template, amount) = match purpose {
        Purpose::Reminder { due, .. } => return Some(reminder(*due, subscriber, policy, templates, today)),
        Purpose::Suspension { .. } => (&templates.on_suspension, reminder::missing(subscriber, policy)),
        Purpose::Payment { amount, .. } => (&templates.on_payment, *amount),
        Purpose::Resumed { amount, .. } => (&templates.on_resume, *amount),
        // What was paid was not written down with it.
        Purpose::Resumption => (&templates.on_resume, access::package_price(subscriber, policy)),
        Purpose::Alert | Purpose::Report | Purpose::Test => return None,
    };
    let values = TemplateValues::of(subscriber, templates.currency, today, amount);
    template.as_ref().map(|template| text::write(template, &values))
}

/// Returns the text of a reminder of a due day: it asks for what must still be paid by then.
#[must_use]
pub fn reminder(
    due: Day,
    subscriber: &Subscriber,
    policy: &Policy,
    templates: &MessageTemplates,
    today: Day,
) -> String {
    let template = templates.reminder_for(subscriber.profile.package.as_ref());
    let amount = reminder::missing(subscriber, policy);
    let values = TemplateValues::of(subscriber, templates.currency, today, amount).until(due);
    text::write(template, &values)
}
