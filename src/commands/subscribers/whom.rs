//! Finds the one subscriber whom a typed text names: by username, account or phone.
//!
//! Asked in one place for all commands, before any of them begins, so that a command knows usernames alone. What matches is exact:
//! the username byte for byte, else the account as written but for letter case and spaces, else the complete phone number. A text
//! that fits several is refused.

use crate::appliance::core::Appliance;
use crate::commands::person::person;
use crate::model::failure::Failure;
use crate::model::name::Phone;
use crate::model::subscriber::Subscriber;
use crate::rules::payer::contact::{has_account, has_number};
use crate::rules::phone::complete::{NumberingPlan, same_number};
use crate::store::read::reader::Reader;

/// Somebody whom a text names otherwise than by the username.
pub(crate) struct Named {
    /// The username.
    pub(crate) username: String,
    /// Who that is, in words.
    pub(crate) note: String,
}

/// Returns whom a text names by account or phone, or by a username with what nobody sees in it; `None` for a username as it is,
/// and where it names nobody.
///
/// # Errors
/// When several are named, or the store cannot be read.
pub(crate) fn named_otherwise(appliance: &Appliance, text: &str) -> Result<Option<Named>, Failure> {
    let reader = appliance.store.read()?;
    if let Some(one) = reader.subscriber_named(text)? {
        // Typed with a character that nobody sees: the answer names the subscriber as they are.
        let is_plain = one.username.as_str() == text;
        return Ok((!is_plain).then(|| Named {
            username: one.username.to_string(),
            note: format!("`{text}` is read as {}", person(&one)),
        }));
    }
    let in_force = appliance.in_force();
    let found = fitting(&reader, text, in_force.config.messages.numbering())?;
    match found.as_slice() {
        [] => Ok(None),
        [(one, by)] => Ok(Some(Named {
            username: one.username.to_string(),
            note: format!("`{text}` is the {by} of {}", person(one)),
        })),
        several => {
            let all: Vec<String> = several
                .iter()
                .map(|(one, by)| format!("{} ({by}, {})", person(one), one.state_word()))
                .collect();
            Err(Failure::refused(
                format!("`{text}` fits {} subscribers: {}", several.len(), all.join("; ")),
                "give the username of the one you mean; nothing was changed",
            ))
        }
    }
}

/// Returns those whose account or phone it is, with the word for which of them.
fn fitting(
    reader: &Reader<'_>,
    text: &str,
    plan: NumberingPlan<'_>,
) -> Result<Vec<(Subscriber, &'static str)>, Failure> {
    let by_account = reader.with_account(text, |one| has_account(one, text))?;
    let mut found: Vec<(Subscriber, &'static str)> = by_account.into_iter().map(|one| (one, "account")).collect();
    let Ok(phone) = Phone::new(text.trim()) else {
        return Ok(found);
    };
    let Some(sought) = same_number(phone.as_str(), plan) else {
        return Ok(found);
    };
    for one in reader.with_phone(&phone, |one| has_number(one, &sought, plan))? {
        if found.iter().all(|(other, _)| other.id != one.id) {
            found.push((one, "phone"));
        }
    }
    Ok(found)
}
