//! `weir receipt` prints the receipt of a payment.
//!
//! Changes nothing. The payment is told as it was, the balance and the paid period as they are now, with the time.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::refusals;
use crate::commands::reply::reply;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::entry::Entry;
use crate::model::failure::Failure;
use crate::model::name::Reference;
use crate::model::subscriber::{State, Subscriber};
use crate::model::unmatched::Holder;
use crate::report::receipt::{self, ReceiptFacts};
use crate::store::error::StoreError;
use crate::store::read::credits::ReversedCredit;
use crate::store::read::reader::Reader;

/// Entries of the ledger among which a reversed payment is looked for: years of a small site.
const ENTRIES_MAX: usize = 200_000;

/// Print the receipt of a payment
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Plain text of 32 columns, as printers of 58 mm have. Examples:\n  weir receipt CASH-17 > /dev/usb/lp0\n  \
                  weir receipt QK4XW2 --html > receipt.html\n  weir receipt QK4XW2 --sms"
)]
pub struct Receipt {
    /// The payment's reference
    pub reference: String,
    /// Print a page for a browser
    #[arg(long, conflicts_with = "sms")]
    pub html: bool,
    /// Print the text of a message
    #[arg(long)]
    pub sms: bool,
}

impl SiteCommand for Receipt {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, self)
    }
}

/// A receipt as scripts read it.
#[derive(Serialize)]
struct ReceiptAnswer {
    site: String,
    reference: String,
    username: String,
    name: Option<String>,
    account: Option<String>,
    amount: String,
    source: String,
    date: String,
    recorded_at: String,
    reversed: bool,
    reversed_at: Option<String>,
    balance: String,
    expires_on: Option<String>,
    state: &'static str,
    text: String,
    sms: String,
}

/// A payment that was found.
struct FoundPayment {
    credit: Entry,
    reversal: Option<Entry>,
}

/// Answers `weir receipt REF`.
pub(crate) fn answer(appliance: &Appliance, call: &Caller, asked: &Receipt) -> Result<Reply, Failure> {
    let reference = refusals::reference(&asked.reference)?;
    let reader = appliance.store.read()?;
    let found = find(&reader, &reference)?;
    let subscriber = reader
        .subscriber(found.credit.subscriber)?
        .ok_or_else(|| StoreError::Contradiction(format!("the subscriber of payment `{reference}` is missing")))?;
    let facts = facts(appliance, &found, &subscriber)?;
    let currency = appliance.in_force().config.site.currency;
    let told = ReceiptAnswer {
        site: facts.site.clone(),
        reference: facts.reference.clone(),
        username: subscriber.username.to_string(),
        name: subscriber.profile.name.as_ref().map(ToString::to_string),
        account: facts.account.clone(),
        amount: currency.format(found.credit.amount),
        source: facts.source.clone(),
        date: facts.day.clone(),
        recorded_at: found.credit.recorded_at.rfc3339(),
        reversed: found.reversal.is_some(),
        reversed_at: found.reversal.as_ref().map(|entry| entry.recorded_at.rfc3339()),
        balance: currency.format(subscriber.balance),
        expires_on: subscriber.period.expires_on.map(|day| day.to_string()),
        state: subscriber.state_word(),
        text: receipt::text(&facts),
        sms: receipt::message(&facts),
    };
    reply(call, &told, || {
        if asked.html {
            receipt::page(&facts)
        } else if asked.sms {
            told.sms.clone()
        } else {
            told.text.clone()
        }
    })
}

fn facts(appliance: &Appliance, found: &FoundPayment, subscriber: &Subscriber) -> Result<ReceiptFacts, Failure> {
    let in_force = appliance.in_force();
    let (site, zone) = (&in_force.config.site, &in_force.terms.zone);
    let recorded = appliance.recorded()?;
    let amount = |money| format!("{} {}", site.currency.format(money), site.currency);
    let credit = &found.credit;
    let name = subscriber.profile.name.as_ref().map(ToString::to_string);
    let is_served = subscriber.state == State::Active && subscriber.hold.is_none();
    let period = subscriber.period.expires_on.map(|day| {
        let word = if is_served && day >= recorded.today {
            "Paid through"
        } else {
            "Was paid through"
        };
        (word, day.to_string())
    });
    Ok(ReceiptFacts {
        site: site.name.clone(),
        reference: credit.reference.as_ref().map_or_else(String::new, ToString::to_string),
        person: name.unwrap_or_else(|| subscriber.username.to_string()),
        account: subscriber.profile.account.as_ref().map(ToString::to_string),
        amount: amount(credit.amount),
        source: credit.source.to_string(),
        day: credit.for_day.to_string(),
        recorded_at: credit.recorded_at.minute_in(zone),
        reversed_at: found.reversal.as_ref().map(|entry| entry.recorded_at.minute_in(zone)),
        balance: amount(subscriber.balance),
        period,
        read_at: recorded.at.minute_in(zone),
    })
}

/// Finds the payment with a reference, one that was reversed too.
fn find(reader: &Reader<'_>, reference: &Reference) -> Result<FoundPayment, Failure> {
    match reader.holder(reference)? {
        Some(Holder::Credit { entry, .. }) => {
            let credit = reader
                .entry(entry)?
                .ok_or_else(|| StoreError::Contradiction(format!("entry {entry} is missing")))?;
            Ok(FoundPayment { credit, reversal: None })
        }
        Some(Holder::Unmatched { .. }) => Err(Failure::refused(
            format!("payment `{reference}` is among the unmatched payments and in no wallet yet"),
            format!(
                "assign it with `weir pay assign {} USERNAME`, then print its receipt",
                reference.as_argument()
            ),
        )),
        Some(Holder::Reversed) => match reader.reversed_credit(reference, ENTRIES_MAX)? {
            Some(ReversedCredit { credit, reversal }) => Ok(FoundPayment {
                credit,
                reversal: Some(reversal),
            }),
            None => Err(Failure::refused(
                format!("payment `{reference}` was reversed before it was in a wallet, or long ago"),
                "`weir ledger USERNAME` shows the entries of a wallet",
            )),
        },
        None => Err(Failure::refused(
            format!("there is no payment with reference `{reference}`"),
            "find references in `weir ledger USERNAME` and `weir pay --unmatched`; the spelling must match exactly",
        )),
    }
}
