//! Who may have paid this?
//!
//! A payment that matches nobody often nearly does: an O for a 0, two digits swapped, a phone with a part hidden, a name in the
//! statement's free text. Whatever is near suggests, with its reason; a person decides. A reason that fits more people than anybody
//! compares suggests nobody.
//!
//! Must never know: how the payment is kept, and what a suggestion leads to.

use crate::model::characters::{look, normalised, without_accents};
use crate::model::subscriber::{State, Subscriber};
use crate::rules::payer::account::spelling;
use crate::rules::phone::complete::{NumberingPlan, SameNumber, same_number};
use crate::rules::phone::masked::MaskedNumber;

/// For how many payments anybody is suggested at once.
const PAYMENTS_MAX: u64 = 200;
/// How many comparisons of a payment with a subscriber are made at once.
const COMPARISONS_MAX: u64 = 2_000_000;
/// How many are suggested for one payment; more for one reason, and the reason says nothing.
const SUGGESTED_MAX: usize = 3;
/// The shortest account in which one slip is looked for.
const SLIP_CHARS_MIN: usize = 4;
/// The shortest account that is looked for in free text.
const ACCOUNT_CHARS_MIN: usize = 4;
/// The shortest username that is looked for in free text.
const USERNAME_CHARS_MIN: usize = 3;
/// The shortest part of a name that counts.
const NAME_PART_CHARS_MIN: usize = 3;
/// The shortest name of one word that counts.
const ONE_NAME_CHARS_MIN: usize = 4;
/// How many digits at their ends two numbers share that may be one.
const PHONE_ENDING_DIGITS: usize = 8;
/// The fewest digits in free text that may be a phone.
const PHONE_DIGITS_MIN: usize = 9;

/// Returns for how many payments anybody is suggested at once at a site of so many subscribers: each payment is compared with each
/// of them.
#[must_use]
pub fn payments_compared(subscribers: u64) -> usize {
    let most = COMPARISONS_MAX.checked_div(subscribers).unwrap_or(PAYMENTS_MAX);
    usize::try_from(most.clamp(1, PAYMENTS_MAX)).unwrap_or(1)
}

/// Why somebody may be the payer; the strongest reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The account is theirs, and somebody else's or a closed one.
    Account,
    /// The phone is theirs, and somebody else's.
    Phone,
    /// The phone stands where the account should.
    PhoneAsAccount,
    /// The account differs in signs alone.
    AccountSigns,
    /// The account looks the same.
    AccountLook,
    /// Two neighbours of the account are swapped.
    AccountSwapped,
    /// The account stands in the free text.
    AccountInWords,
    /// The phone stands in the free text.
    PhoneInWords,
    /// The username stands in the account or the free text.
    Username,
    /// A phone with a part hidden fits.
    MaskedPhone,
    /// The phone ends in the same digits.
    PhoneEnding,
    /// The name stands in the free text.
    Name,
    /// One character of the account is another, too many or missing.
    AccountSlip,
}

impl Why {
    /// Returns the reason in words; they follow the subscriber's name.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Account => "has this account",
            Self::Phone => "has this phone",
            Self::PhoneAsAccount => "has the phone that stands as the account",
            Self::AccountSigns => "has an account that differs in signs alone",
            Self::AccountLook => "has an account that looks the same",
            Self::AccountSwapped => "has an account with two characters swapped",
            Self::AccountInWords => "has an account that the details name",
            Self::PhoneInWords => "has a phone that the details name",
            Self::Username => "has a username that the payment names",
            Self::MaskedPhone => "has a phone that fits the part shown",
            Self::PhoneEnding => "has a phone with the same last digits",
            Self::Name => "has a name that the payment names",
            Self::AccountSlip => "has an account with one character different",
        }
    }
}

/// A subscriber who may be the payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The username.
    pub username: String,
    /// What they are called.
    pub name: Option<String>,
    /// Whether the account is closed.
    pub closed: bool,
    /// The strongest reason.
    pub why: Why,
}

/// What an unmatched payment says of its payer, as the statement has it.
#[derive(Debug, Clone, Copy, Default)]
pub struct PayerTold<'a> {
    /// The account.
    pub account: Option<&'a str>,
    /// The phone, a part hidden or not.
    pub phone: Option<&'a str>,
    /// The payer's name.
    pub payer: Option<&'a str>,
    /// Free text.
    pub details: Option<&'a str>,
}

/// The same, ready to be compared with many subscribers.
#[derive(Debug, Clone)]
pub struct Clues<'a> {
    plan: NumberingPlan<'a>,
    account: Option<AccountClue>,
    phone: Option<SameNumber>,
    phone_ending: Option<String>,
    masked: Option<MaskedNumber>,
    /// The account and the free text as words, a blank before and after each.
    words: String,
    phones: Vec<SameNumber>,
    found: Vec<Suggestion>,
}

#[derive(Debug, Clone)]
struct AccountClue {
    spelling: String,
    letters: String,
    look: String,
    phone: Option<SameNumber>,
}

impl AccountClue {
    fn of(account: &str) -> Self {
        let spelling = spelling(account);
        let letters: String = spelling.chars().filter(|c| c.is_alphanumeric()).collect();
        Self {
            look: look(&letters),
            spelling,
            letters,
            phone: None,
        }
    }
}

/// A subscriber, ready to be compared with many payments.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    subscriber: &'a Subscriber,
    account: Option<AccountClue>,
    phone: Option<SameNumber>,
    phone_ending: Option<String>,
    username: String,
    account_words: String,
    name_parts: Vec<String>,
}

impl<'a> Candidate<'a> {
    /// Prepares a subscriber.
    #[must_use]
    pub fn new(subscriber: &'a Subscriber, plan: NumberingPlan<'_>) -> Self {
        let profile = &subscriber.profile;
        let account = profile.account.as_ref().map_or("", |account| account.as_str());
        let phone = profile.phone.as_ref().map_or("", |phone| phone.as_str());
        let name = profile.name.as_ref().map_or("", |name| name.as_str());
        Self {
            subscriber,
            account: (!account.is_empty()).then(|| AccountClue::of(account)),
            phone: same_number(phone, plan),
            phone_ending: ending(phone),
            username: as_words(subscriber.username.as_str()),
            account_words: as_words(account),
            name_parts: as_words(name)
                .split_whitespace()
                .filter(|part| part.chars().count() >= NAME_PART_CHARS_MIN)
                .map(|part| format!(" {part} "))
                .collect(),
        }
    }
}

impl<'a> Clues<'a> {
    /// Prepares what a payment says.
    #[must_use]
    pub fn new(told: PayerTold<'_>, plan: NumberingPlan<'a>) -> Self {
        let text = |text: Option<&str>| as_words(text.unwrap_or(""));
        let words = format!("{}{}{}", text(told.account), text(told.payer), text(told.details));
        let phone = told.phone.unwrap_or("");
        let phones = words
            .split_whitespace()
            .filter(|word| word.len() >= PHONE_DIGITS_MIN)
            .filter_map(|word| same_number(word, plan))
            .collect();
        Self {
            plan,
            account: told.account.map(|account| AccountClue {
                phone: same_number(account, plan),
                ..AccountClue::of(account)
            }),
            phone: same_number(phone, plan),
            phone_ending: ending(phone),
            masked: MaskedNumber::read(phone),
            words,
            phones,
            found: Vec::new(),
        }
    }

    /// Compares the payment with one subscriber, and keeps them if anything is near.
    pub fn compare(&mut self, candidate: &Candidate<'_>) {
        let Some(why) = self.why(candidate) else { return };
        // One more than are shown is enough to know that a reason fits too many.
        let alike = self.found.iter().filter(|found| found.why == why).count();
        if alike <= SUGGESTED_MAX {
            let subscriber = candidate.subscriber;
            self.found.push(Suggestion {
                username: subscriber.username.to_string(),
                name: subscriber.profile.name.as_ref().map(ToString::to_string),
                closed: subscriber.state == State::Closed,
                why,
            });
        }
    }

    /// Returns those who may have paid it, the likeliest first.
    #[must_use]
    pub fn suggestions(mut self) -> Vec<Suggestion> {
        let all = std::mem::take(&mut self.found);
        let count = |why: Why| all.iter().filter(|found| found.why == why).count();
        let mut kept: Vec<Suggestion> = all
            .iter()
            .filter(|found| count(found.why) <= SUGGESTED_MAX)
            .cloned()
            .collect();
        if kept.iter().any(|found| found.why != Why::AccountSlip) {
            // One character of an account differs from many; it says nothing beside anything else.
            kept.retain(|found| found.why != Why::AccountSlip);
        }
        kept.sort_by(|one, other| (one.why, &one.username).cmp(&(other.why, &other.username)));
        kept.truncate(SUGGESTED_MAX);
        kept
    }

    fn why(&self, candidate: &Candidate<'_>) -> Option<Why> {
        let by_account = self.account.as_ref().zip(candidate.account.as_ref());
        let account = by_account.and_then(|(told, known)| near_account(told, known));
        [account, self.by_phone(candidate), self.by_words(candidate)]
            .into_iter()
            .flatten()
            .min()
    }

    fn by_phone(&self, candidate: &Candidate<'_>) -> Option<Why> {
        let known = candidate.phone.as_ref();
        if known.is_some() && known == self.phone.as_ref() {
            return Some(Why::Phone);
        }
        if known.is_some() && known == self.account.as_ref().and_then(|account| account.phone.as_ref()) {
            return Some(Why::PhoneAsAccount);
        }
        if known.is_some_and(|known| self.phones.contains(known)) {
            return Some(Why::PhoneInWords);
        }
        let fits = |masked: &MaskedNumber| match known {
            Some(SameNumber::Complete(whole)) => masked.fits(whole, self.plan),
            Some(SameNumber::Dialled(digits)) => masked.fits(digits, self.plan),
            None => false,
        };
        if self.masked.as_ref().is_some_and(fits) {
            return Some(Why::MaskedPhone);
        }
        // Two whole numbers are two numbers.
        let both_whole = matches!(
            (known, &self.phone),
            (Some(SameNumber::Complete(_)), Some(SameNumber::Complete(_)))
        );
        let told = self
            .phone_ending
            .as_ref()
            .filter(|_| self.masked.is_none() && !both_whole);
        (told.is_some() && told == candidate.phone_ending.as_ref()).then_some(Why::PhoneEnding)
    }

    fn by_words(&self, candidate: &Candidate<'_>) -> Option<Why> {
        let names = |words: &str, least: usize| words.trim().chars().count() >= least && self.words.contains(words);
        if names(&candidate.account_words, ACCOUNT_CHARS_MIN) {
            return Some(Why::AccountInWords);
        }
        if names(&candidate.username, USERNAME_CHARS_MIN) {
            return Some(Why::Username);
        }
        let parts = &candidate.name_parts;
        let there = parts.iter().filter(|part| self.words.contains(part.as_str())).count();
        let named = match parts.as_slice() {
            [one] => names(one, ONE_NAME_CHARS_MIN),
            _ => there >= 2,
        };
        named.then_some(Why::Name)
    }
}

fn near_account(told: &AccountClue, known: &AccountClue) -> Option<Why> {
    if told.spelling == known.spelling {
        return Some(Why::Account);
    }
    if told.letters.is_empty() || known.letters.is_empty() {
        return None;
    }
    if told.letters == known.letters {
        return Some(Why::AccountSigns);
    }
    if told.look == known.look {
        return Some(Why::AccountLook);
    }
    if told.letters.chars().count() < SLIP_CHARS_MIN {
        return None;
    }
    one_slip(&told.letters, &known.letters)
}

/// Returns what one slip leads from one word to the other, if one does. Asked of each subscriber for each payment: it keeps nothing.
fn one_slip(one: &str, other: &str) -> Option<Why> {
    let (length, others) = (one.chars().count(), other.chars().count());
    let longer = length.max(others);
    if length.abs_diff(others) > 1 {
        return None;
    }
    let same = |one: &mut dyn Iterator<Item = char>, other: &mut dyn Iterator<Item = char>| {
        one.zip(other).take_while(|(one, other)| one == other).count()
    };
    let front = same(&mut one.chars(), &mut other.chars());
    let back = same(&mut one.chars().rev(), &mut other.chars().rev());
    if front.saturating_add(back) >= longer.saturating_sub(1) {
        return Some(Why::AccountSlip);
    }
    let two = |word: &str| {
        let mut rest = word.chars().skip(front);
        Some((rest.next()?, rest.next()?))
    };
    let swapped = two(one)
        .zip(two(other))
        .is_some_and(|((a, b), (c, d))| a == d && b == c);
    (length == others && swapped && front.saturating_add(back).saturating_add(2) == length)
        .then_some(Why::AccountSwapped)
}

/// Returns a text as small words without accents and signs, a blank before and after each; empty for a text without any.
fn as_words(text: &str) -> String {
    let plain = without_accents(&normalised(text)).to_lowercase();
    let parts: Vec<&str> = plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(" {} ", parts.join(" "))
    }
}

/// Returns the last digits of a phone, if it has so many.
fn ending(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let from = digits.len().checked_sub(PHONE_ENDING_DIGITS)?;
    digits.get(from..).map(str::to_owned)
}
