//! How is a message template filled in?
//!
//! A template with placeholders, and values for them. Values are data: a name that holds `{{balance}}` stays as it is, and
//! line ends or other controls in a value become blanks, so that nobody's name changes the form of a message. Days are
//! written as everywhere in Weir, `2027-03-31`, which reads the same in every country; amounts with all of the currency's
//! digits and without its name.
//!
//! Must never know: why it is said, and whether it is true.

use crate::model::characters::is_invisible;
use crate::model::day::Day;
use crate::model::money::{Currency, Money};
use crate::model::name::{Account, FullName, PackageName};
use crate::model::subscriber::Subscriber;

/// What is written for a missing day or package.
const NOTHING: &str = "-";

/// The templates of messages to subscribers, and when they are sent: what the rules need of `[reminders]`, `[messages]`
/// and `[[gateways]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageTemplates {
    /// Whose digits amounts have.
    pub currency: Currency,
    /// How many days before the due day, each of them a rule of its own; rising.
    pub days_before: Vec<u16>,
    /// The text of a reminder.
    pub reminder: String,
    /// Texts of reminders of their own, by package.
    pub reminders: Vec<(PackageName, String)>,
    /// When nothing is sent: the first quiet time of day, and the first that is not quiet any more.
    pub quiet: Option<(jiff::civil::Time, jiff::civil::Time)>,
    /// The template after a cut-off for want of payment, if there is one.
    pub on_suspension: Option<String>,
    /// The template for a payment, if there is one.
    pub on_payment: Option<String>,
    /// The template for service brought back by money, if there is one.
    pub on_resume: Option<String>,
    /// Whether any gateway carries messages to phones; without one nothing is queued for subscribers.
    pub has_gateway: bool,
}

impl MessageTemplates {
    /// Returns templates that send nothing.
    #[must_use]
    pub const fn silent(currency: Currency) -> Self {
        Self {
            currency,
            days_before: Vec::new(),
            reminder: String::new(),
            reminders: Vec::new(),
            quiet: None,
            on_suspension: None,
            on_payment: None,
            on_resume: None,
            has_gateway: false,
        }
    }

    /// Returns the text of a reminder for somebody with this package.
    #[must_use]
    pub fn reminder_for(&self, package: Option<&PackageName>) -> &str {
        let own = self.reminders.iter().find(|(name, _)| Some(name) == package);
        own.map_or(self.reminder.as_str(), |(_, text)| text.as_str())
    }
}

/// The values of placeholders.
#[derive(Debug, Clone, Copy)]
pub struct TemplateValues<'a> {
    /// `{{name}}`
    pub name: &'a str,
    /// `{{expiryDate}}`: the last day paid for; in a reminder the due day.
    pub expiry: Option<Day>,
    /// The day on which it is read: `{{daysLeft}}` counts from it, and never below zero.
    pub today: Day,
    /// `{{accountNumber}}`
    pub account: &'a str,
    /// `{{amount}}`: in a reminder what must still be paid until the due day, after a cut what must be paid to come back,
    /// after a payment, and when money has brought service back, what was paid.
    pub amount: Money,
    /// `{{balance}}`
    pub balance: Money,
    /// `{{package}}`
    pub package: Option<&'a str>,
    /// Whose digits amounts have.
    pub currency: Currency,
}

impl<'a> TemplateValues<'a> {
    /// Returns the values of a subscriber on a day; a missing name or account is replaced by the username.
    #[must_use]
    pub fn of(subscriber: &'a Subscriber, currency: Currency, today: Day, amount: Money) -> Self {
        let username = subscriber.username.as_str();
        let profile = &subscriber.profile;
        Self {
            name: profile.name.as_ref().map_or(username, FullName::as_str),
            expiry: subscriber.period.expires_on,
            today,
            account: profile.account.as_ref().map_or(username, Account::as_str),
            amount,
            balance: subscriber.balance,
            package: profile.package.as_ref().map(PackageName::as_str),
            currency,
        }
    }

    /// Returns values of usual length: they tell how long a text will be before anything is sent.
    #[must_use]
    pub const fn typical(currency: Currency) -> Self {
        let day = Day::from_number(21_000);
        Self {
            name: "Wanjiku Njeri Kamau",
            expiry: Some(day.plus_days(3)),
            today: day,
            account: "A001234567",
            amount: Money::from_minor(150_000),
            balance: Money::from_minor(-150_000),
            package: Some("home-10"),
            currency,
        }
    }

    /// Returns the same with another day than the end of the period.
    #[must_use]
    pub const fn until(self, day: Day) -> Self {
        Self {
            expiry: Some(day),
            ..self
        }
    }

    fn put(&self, text: &mut String, placeholder: &str) -> bool {
        match placeholder {
            "name" => plain(text, self.name),
            "expiryDate" => match self.expiry {
                Some(day) => plain(text, &day.to_string()),
                None => text.push_str(NOTHING),
            },
            "daysLeft" => match self.expiry {
                Some(day) => plain(text, &day.days_since(self.today).max(0).to_string()),
                None => text.push_str(NOTHING),
            },
            "accountNumber" => plain(text, self.account),
            "amount" => plain(text, &self.currency.format(self.amount)),
            "balance" => plain(text, &self.currency.format(self.balance)),
            "package" => plain(text, self.package.unwrap_or(NOTHING)),
            _ => return false,
        }
        true
    }
}

/// Returns the text of a template with these values. What is no placeholder stays unchanged.
#[must_use]
pub fn write(template: &str, values: &TemplateValues<'_>) -> String {
    let mut text = String::with_capacity(template.len().saturating_mul(2));
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        match after.split_once("}}") {
            Some((name, behind)) if values.put(&mut text, name) => rest = behind,
            _ => {
                text.push_str("{{");
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

fn plain(text: &mut String, value: &str) {
    // U+2028 and U+2029 end lines, too, and are no controls.
    text.extend(value.chars().filter(|c| !is_invisible(*c)).map(|c| match c {
        '\u{2028}' | '\u{2029}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    }));
}
