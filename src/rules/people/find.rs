//! Who may be meant by a text, and why?
//!
//! Names, accounts, phones, logins and addresses are searched; near misses count, and each says how near it is. What is found is
//! shown to a person and never acts by itself. Must never know where subscribers come from.

use std::collections::BTreeMap;

use crate::model::characters::{look, normalised, unaccented};
use crate::model::subscriber::Subscriber;
use crate::rules::phone::complete::{NumberingPlan, SameNumber, complete, same_number};
use crate::rules::phone::masked::MaskedNumber;

/// The most letters of a text that is looked for.
pub const TEXT_LETTERS_MAX: usize = 100;
/// From so many letters on, a text is looked for in the middle of others, too.
const WITHIN_LETTERS_MIN: usize = 2;
/// From so many letters on, one wrong letter is forgiven; a second and a third from twice and three times as many on.
const LETTERS_A_MISTAKE: usize = 4;
/// The most mistakes that are forgiven.
const MISTAKES_MAX: usize = 3;
/// Longer fields are not compared letter by letter, since the effort grows with the square.
const NEAR_LETTERS_MAX: usize = 64;
/// From so many digits on, a text may be a part of a phone number.
const PHONE_DIGITS_MIN: usize = 4;
/// From so many digits on, a phone number may have one wrong digit.
const PHONE_DIGITS_NEAR: usize = 7;

/// Where a text was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SearchedField {
    /// The username.
    Username,
    /// The account number.
    Account,
    /// The phone number.
    Phone,
    /// The customer's name.
    Name,
    /// The name on the router.
    Login,
    /// The fixed address.
    Address,
}

impl SearchedField {
    /// Returns the word for it, as `--json` prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Account => "account",
            Self::Phone => "phone",
            Self::Name => "name",
            Self::Login => "login",
            Self::Address => "address",
        }
    }
}

/// How near a field is to the text, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    /// It is the text.
    Same,
    /// It is the text, but for letter case, spaces and signs.
    Alike,
    /// One of its words begins with the text.
    Begins,
    /// It holds the text.
    Holds,
    /// It differs only in signs that are mistaken for each other: O and 0, I, l and 1.
    LooksAlike,
    /// It is a phone number that has the digits of one of which others are hidden.
    Shows,
    /// It is a phone number with the same last digits.
    EndsAlike,
    /// It differs in so many letters or digits.
    Differs(u8),
}

impl Nearness {
    /// Returns the word for it, as `--json` prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Alike => "alike",
            Self::Begins => "begins",
            Self::Holds => "holds",
            Self::LooksAlike => "looks_alike",
            Self::Shows => "shows",
            Self::EndsAlike => "ends_alike",
            Self::Differs(_) => "near",
        }
    }
}

/// Why somebody was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// How near it is.
    pub nearness: Nearness,
    /// Where.
    pub field: SearchedField,
}

impl Reason {
    /// Returns the reason in words, such as `the phone ends alike`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let field = self.field.as_str();
        match self.nearness {
            Nearness::Same => format!("the {field}"),
            Nearness::Alike => format!("the {field}, written another way"),
            Nearness::Begins => format!("the {field} begins like this"),
            Nearness::Holds => format!("the {field} holds it"),
            Nearness::LooksAlike => format!("the {field} looks alike (O and 0, l and 1)"),
            Nearness::Shows => format!("the {field} has the digits that are shown"),
            Nearness::EndsAlike => format!("the {field} ends alike"),
            Nearness::Differs(1) => format!("the {field} differs in one sign"),
            Nearness::Differs(many) => format!("the {field} differs in {many} signs"),
        }
    }
}

/// A text that is looked for.
#[derive(Debug, Clone)]
pub struct Sought<'a> {
    text: String,
    plain: String,
    /// Its words in the order of the alphabet: a name may be written with the family's first.
    sorted: String,
    plan: NumberingPlan<'a>,
    phone: SoughtPhone,
}

/// What a text is as a phone number.
#[derive(Debug, Clone, Default)]
struct SoughtPhone {
    /// A whole number.
    whole: Option<SameNumber>,
    /// One of which digits are hidden.
    masked: Option<MaskedNumber>,
    /// Digits that may be a part of one, without the zeros in front.
    digits: Option<String>,
}

impl<'a> Sought<'a> {
    /// Takes a text to look for; `None` where no letter and no digit is in it, or more than [`TEXT_LETTERS_MAX`] are.
    #[must_use]
    pub fn new(text: &str, plan: NumberingPlan<'a>) -> Option<Self> {
        let text = normalised(text).trim().to_lowercase();
        let plain = plain(&text);
        let is_long = text.chars().count() > TEXT_LETTERS_MAX;
        (!plain.is_empty() && !is_long).then(|| Self {
            sorted: sorted(&unaccented(&text)),
            phone: SoughtPhone::of(&text, plan),
            plan,
            plain,
            text,
        })
    }

    /// Returns why this subscriber may be meant; `None` where nothing is near.
    #[must_use]
    pub fn reason(&self, subscriber: &Subscriber) -> Option<Reason> {
        let profile = &subscriber.profile;
        let address = profile.address.map(|address| address.to_string());
        let fields = [
            (SearchedField::Username, Some(subscriber.username.as_str())),
            (
                SearchedField::Account,
                profile.account.as_ref().map(|account| account.as_str()),
            ),
            (SearchedField::Name, profile.name.as_ref().map(|name| name.as_str())),
            (SearchedField::Login, profile.login.as_ref().map(|login| login.as_str())),
        ];
        let in_texts = fields
            .into_iter()
            .filter_map(|(field, value)| self.nearness(value?).map(|nearness| Reason { nearness, field }));
        let in_phone = profile.phone.as_ref().and_then(|phone| {
            let nearness = self.phone_nearness(phone.as_str())?;
            Some(Reason {
                nearness,
                field: SearchedField::Phone,
            })
        });
        let in_address = address.and_then(|address| {
            let nearness = self.address_nearness(&address)?;
            Some(Reason {
                nearness,
                field: SearchedField::Address,
            })
        });
        in_texts.chain(in_phone).chain(in_address).min()
    }

    fn nearness(&self, value: &str) -> Option<Nearness> {
        let value = value.to_lowercase();
        if value == self.text {
            return Some(Nearness::Same);
        }
        let (other, value) = (plain(&value), unaccented(&value));
        if other == self.plain || (self.sorted.contains(' ') && sorted(&value) == self.sorted) {
            return Some(Nearness::Alike);
        }
        if value.starts_with(&self.text) || words(&value).any(|word| word.starts_with(&self.plain)) {
            return Some(Nearness::Begins);
        }
        if self.plain.chars().count() >= WITHIN_LETTERS_MIN && other.contains(&self.plain) {
            return Some(Nearness::Holds);
        }
        if look(&other) == look(&self.plain) {
            return Some(Nearness::LooksAlike);
        }
        let single = words(&value).filter_map(|word| mistakes(&self.plain, word));
        single
            .chain(mistakes(&self.plain, &other))
            .chain(mistakes(&self.sorted, &sorted(&value)))
            .min()
            .map(Nearness::Differs)
    }

    fn phone_nearness(&self, phone: &str) -> Option<Nearness> {
        if phone == self.text {
            return Some(Nearness::Same);
        }
        let sought = &self.phone;
        if sought.whole.is_some() && same_number(phone, self.plan) == sought.whole {
            return Some(Nearness::Alike);
        }
        if let Some(masked) = &sought.masked {
            let whole = complete(phone, self.plan).unwrap_or_else(|_| phone.to_owned());
            return masked.fits(&whole, self.plan).then_some(Nearness::Shows);
        }
        let digits = sought.digits.as_deref()?;
        let known: String = phone.chars().filter(char::is_ascii_digit).collect();
        let known = known.trim_start_matches('0');
        if known.starts_with(digits) {
            return Some(Nearness::Begins);
        }
        // One of them may lack the country's code.
        if known.ends_with(digits) || (known.len() >= PHONE_DIGITS_NEAR && digits.ends_with(known)) {
            return Some(Nearness::EndsAlike);
        }
        if known.contains(digits) {
            return Some(Nearness::Holds);
        }
        let shorter = known.len().min(digits.len());
        if shorter < PHONE_DIGITS_NEAR {
            return None;
        }
        let end = |digits: &str| {
            let from = digits.len().saturating_sub(shorter);
            digits.get(from..).unwrap_or(digits).to_owned()
        };
        (strsim::osa_distance(&end(known), &end(digits)) == 1).then_some(Nearness::Differs(1))
    }

    fn address_nearness(&self, address: &str) -> Option<Nearness> {
        if address == self.text {
            Some(Nearness::Same)
        } else if address.starts_with(&self.text) {
            Some(Nearness::Begins)
        } else {
            (self.text.contains('.') && address.contains(&self.text)).then_some(Nearness::Holds)
        }
    }
}

/// Returns the small letters and digits of a text, without accents.
fn plain(text: &str) -> String {
    unaccented(text)
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

fn sorted(text: &str) -> String {
    let mut all: Vec<&str> = words(text).collect();
    all.sort_unstable();
    all.join(" ")
}

/// Returns by how many letters two texts differ, where so many are forgiven.
fn mistakes(one: &str, other: &str) -> Option<u8> {
    let (length, others) = (one.chars().count(), other.chars().count());
    let forgiven = (length / LETTERS_A_MISTAKE).min(MISTAKES_MAX);
    if forgiven == 0 || others > NEAR_LETTERS_MAX || length > NEAR_LETTERS_MAX || length.abs_diff(others) > forgiven {
        return None;
    }
    let found = strsim::osa_distance(one, other);
    (found <= forgiven).then(|| u8::try_from(found).ok()).flatten()
}

impl SoughtPhone {
    /// Reads a text as a phone number, one of which digits are hidden, or a part of one.
    fn of(text: &str, plan: NumberingPlan<'_>) -> Self {
        let fits = |letter: char| letter.is_ascii_digit() || matches!(letter, ' ' | '-' | '(' | ')' | '.' | '+');
        if !text.chars().all(fits) {
            return Self {
                masked: MaskedNumber::read(text),
                ..Self::default()
            };
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.trim_start_matches('0');
        Self {
            whole: same_number(text, plan),
            masked: None,
            digits: (digits.len() >= PHONE_DIGITS_MIN).then(|| digits.to_owned()),
        }
    }
}

/// The nearest of those who were found, and how many more there are.
#[derive(Debug)]
pub struct NearestFound {
    most: usize,
    found: BTreeMap<(Reason, String), Subscriber>,
    more: u64,
}

impl NearestFound {
    /// Keeps at most so many.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self {
            most,
            found: BTreeMap::new(),
            more: 0,
        }
    }

    /// Takes one who was found.
    pub fn take(&mut self, reason: Reason, subscriber: Subscriber) {
        self.found.insert((reason, subscriber.username.to_string()), subscriber);
        if self.found.len() > self.most {
            self.found.pop_last();
            self.more = self.more.saturating_add(1);
        }
    }

    /// Returns those who are kept, the nearest first, and how many were found besides.
    #[must_use]
    pub fn into_parts(self) -> (Vec<(Reason, Subscriber)>, u64) {
        let kept = self.found.into_iter();
        (
            kept.map(|((reason, _), subscriber)| (reason, subscriber)).collect(),
            self.more,
        )
    }
}
