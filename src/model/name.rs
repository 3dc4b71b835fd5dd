//! Is this text a valid name?
//!
//! Names that come from people: of subscribers, packages, routers, payments. Each becomes a type of its own where it
//! enters, so that a phone number cannot take the place of an account, and nothing inside has to check a length again.
//! Each is normalised first, so that no two names differ in what nobody sees. Names are compared byte for byte; `amina` and
//! `Amina` are two subscribers.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::characters::normalised;

/// Why a text is not a name of its kind. The `Display` text says what is wrong and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing there.
    #[error("the {what} is empty")]
    Empty {
        /// The kind of name.
        what: &'static str,
    },
    /// Too many bytes.
    #[error("the {what} has {bytes} bytes; at most {max} are allowed")]
    TooLong {
        /// The kind of name.
        what: &'static str,
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        max: usize,
    },
    /// A control character.
    #[error("the {what} contains a control character (a tab, a line end or the like); remove it")]
    Control {
        /// The kind of name.
        what: &'static str,
    },
    /// Blanks at the ends, which nobody sees and which never match.
    #[error("the {what} `{text}` begins or ends with a space; remove it")]
    Blanks {
        /// The kind of name.
        what: &'static str,
        /// The text that was read.
        text: String,
    },
    /// A word with a meaning of its own on the command line.
    #[error("`{text}` cannot be a username, because it is a word of the command line; choose another")]
    Reserved {
        /// The text that was read.
        text: String,
    },
    /// Not a phone number.
    #[error("`{text}` is not a phone number; write 7 to 15 digits, such as `+254700000001`")]
    NotAPhone {
        /// The text that was read.
        text: String,
    },
}

fn checked<'t>(what: &'static str, text: &'t str, max: usize) -> Result<Cow<'t, str>, NameError> {
    let text = normalised(text);
    if text.is_empty() {
        return Err(NameError::Empty { what });
    }
    if text.len() > max {
        return Err(NameError::TooLong {
            what,
            bytes: text.len(),
            max,
        });
    }
    if text.chars().any(char::is_control) {
        return Err(NameError::Control { what });
    }
    if text.trim() != text {
        return Err(NameError::Blanks {
            what,
            text: text.into_owned(),
        });
    }
    Ok(text)
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, $max:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(String);

        impl $type {
            /// Takes the text as a name of this kind, normalised.
            ///
            /// # Errors
            /// When it is empty, too long, holds control characters, or has blanks at its ends.
            pub fn new(text: &str) -> Result<Self, NameError> {
                Ok(Self(checked($what, text, $max)?.into_owned()))
            }

            /// Returns the name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// What a customer is called in bills and messages.
    FullName, "name", 200
);
name!(
    /// The account number a customer states when paying.
    Account, "account", 64
);
/// The longest payment's reference, in bytes.
pub(crate) const REFERENCE_BYTES_MAX: usize = 100;

name!(
    /// A payment's reference, such as a receipt number.
    Reference, "reference", REFERENCE_BYTES_MAX
);
name!(
    /// What a payment or an entry came from, such as `M-Pesa` or `Cash`.
    Source, "source", 64
);

impl Source {
    /// Returns the source of entries that Weir makes by itself. The words are constants, which a test holds to the rules of
    /// [`Source::new`].
    pub(crate) fn own(word: &'static str) -> Self {
        Self(word.to_owned())
    }
}
name!(
    /// The name of a package (the plan).
    PackageName, "package name", 64
);
name!(
    /// The name by which the site knows a router.
    RouterName, "router name", 64
);
name!(
    /// The name of a profile on a router.
    ProfileName, "profile", 128
);
name!(
    /// The name of a subscriber's secret, user or queue on the router.
    Login, "login", 128
);
name!(
    /// The free text of an adjustment or another decision by hand.
    Comment, "comment", 500
);

/// Words that follow `pay` on the command line and so cannot name a subscriber.
const RESERVED: &[&str] = &["assign", "reverse", "move"];

/// A subscriber's name: unique per site, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

impl Username {
    /// Takes the text as a username, normalised.
    ///
    /// # Errors
    /// When it is empty, over 128 bytes, holds control characters, has blanks at its ends, or is a word of the command
    /// line (`assign`, `reverse`, `move`).
    pub fn new(text: &str) -> Result<Self, NameError> {
        let text = checked("username", text, 128)?;
        if RESERVED.contains(&text.as_ref()) {
            return Err(NameError::Reserved {
                text: text.into_owned(),
            });
        }
        Ok(Self(text.into_owned()))
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many digits at the end of a phone number candidates are looked up by.
const ENDING_DIGITS: usize = 6;

/// A phone number: an optional `+` and 7 to 15 digits (ITU-T E.164 allows 15). Blanks, dashes and brackets are dropped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Takes the text as a phone number.
    ///
    /// # Errors
    /// When it has other characters, or too few or too many digits.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let kept: String = normalised(text)
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '(' | ')'))
            .collect();
        let digits = kept.strip_prefix('+').unwrap_or(&kept);
        if digits.bytes().all(|byte| byte.is_ascii_digit()) && (7..=15).contains(&digits.len()) {
            Ok(Self(kept))
        } else {
            Err(NameError::NotAPhone { text: text.to_owned() })
        }
    }

    /// Returns the number as it was given, without blanks.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the last six digits, which two spellings of one number (`0712…`, `+254712…`) have in common, and many numbers
    /// besides: by them candidates are looked up, and nobody is recognised.
    #[must_use]
    pub fn ending(&self) -> &str {
        let from = self.0.len().saturating_sub(ENDING_DIGITS);
        self.0.get(from..).unwrap_or(&self.0)
    }
}

impl Reference {
    /// Returns it as it is typed on a command line: in quotes where it holds more than letters, digits and plain signs.
    #[must_use]
    pub fn as_argument(&self) -> String {
        let text = self.as_str();
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '+');
        if text.chars().all(plain) && !text.starts_with('-') {
            return text.to_owned();
        }
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a job: small letters, digits and dashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobName(String);

impl JobName {
    /// Takes the text as a job's name, or `None` when it is not small letters, digits and dashes, at most 64.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        ((1..=64).contains(&text.len()) && text.bytes().all(fits)).then(|| Self(text.to_owned()))
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
