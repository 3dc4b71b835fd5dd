//! What is reported when a command cannot be carried out?

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::finding::Finding;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// Refused or failed: 1.
    Refused,
    /// The command itself was wrong: 2.
    Usage,
}

impl Exit {
    /// Returns the process's exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Usage => 2,
        }
    }
}

/// A refusal or failure as the owner reads it: what, where, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What cannot be done, and why: lower case, no full stop.
    pub what: String,
    /// Where it is: a file with line and column, a path, a command; `None` where `what` says it all.
    #[serde(default)]
    pub place: Option<String>,
    /// What to do next.
    pub way_out: String,
    /// How the command ends.
    pub exit: Exit,
    /// An answer for `--json` that some refusals have beside their text.
    pub json: Option<String>,
    /// What a person at a terminal is asked instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Box<Question>>,
}

/// A question to which a yes means the same command again, with an option more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What is asked, with its question mark.
    pub text: String,
    /// What a yes agrees to.
    pub consent: Consent,
}

/// What somebody agrees to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Consent {
    /// That it is really so much: `--yes`.
    Amount,
    /// That it is another payment and not the same once more: `--again`.
    Again,
}

impl Failure {
    /// Returns a refusal with its way out.
    #[must_use]
    pub fn refused(what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            place: None,
            way_out: way_out.into(),
            exit: Exit::Refused,
            json: None,
            question: None,
        }
    }

    /// Returns a refusal that a person at a terminal is asked about instead.
    #[must_use]
    pub fn asking(what: impl Into<String>, way_out: impl Into<String>, text: &str, consent: Consent) -> Self {
        Self {
            question: Some(Box::new(Question {
                text: text.to_owned(),
                consent,
            })),
            ..Self::refused(what, way_out)
        }
    }

    /// Returns the failure of a command that was used wrongly.
    #[must_use]
    pub fn usage(what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            place: None,
            way_out: way_out.into(),
            exit: Exit::Usage,
            json: None,
            question: None,
        }
    }

    /// Returns the same with its place.
    #[must_use]
    pub fn at(self, place: impl Into<String>) -> Self {
        Self {
            place: Some(place.into()),
            ..self
        }
    }

    /// Returns the same, at the place of the first of these findings.
    #[must_use]
    pub fn at_first(self, findings: &[Finding]) -> Self {
        match findings.first() {
            Some(first) => self.at(first.place()),
            None => self,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if !self.way_out.is_empty() {
            write!(f, "; {}", self.way_out)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
