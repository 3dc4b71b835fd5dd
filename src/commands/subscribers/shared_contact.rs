//! Who else has this account or phone?
//!
//! Payments are matched by them: what two subscribers share matches neither. It is allowed, since a family may have one phone, and
//! said.

use crate::commands::context::CommandContext;
use crate::commands::person::person;
use crate::model::subscriber::{Profile, SubscriberId};
use crate::rules::payer::contact::{has_account, has_number};
use crate::rules::phone::complete::same_number;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// Returns a sentence for the account, and one for the phone, that `before` had not, and that others have.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn notes(
    deciding: &CommandContext<'_>,
    tx: &Transaction<'_>,
    whose: Option<SubscriberId>,
    before: Option<&Profile>,
    profile: &Profile,
) -> Result<String, StoreError> {
    let mut told = String::new();
    if let Some(account) = &profile.account
        && before.and_then(|before| before.account.as_ref()) != Some(account)
    {
        let others = tx.with_account(account.as_str(), |other| {
            Some(other.id) != whose && has_account(other, account.as_str())
        })?;
        if let Some(other) = others.first() {
            told.push_str(&note("account", account.as_str(), &person(other)));
        }
    }
    let plan = deciding.in_force.config.messages.numbering();
    if let Some(phone) = &profile.phone
        && before.and_then(|before| before.phone.as_ref()) != Some(phone)
        && let Some(number) = same_number(phone.as_str(), plan)
    {
        let others = tx.with_phone(phone, |other| {
            Some(other.id) != whose && has_number(other, &number, plan)
        })?;
        if let Some(other) = others.first() {
            told.push_str(&note("phone", phone.as_str(), &person(other)));
        }
    }
    Ok(told)
}

fn note(field: &str, value: &str, other: &str) -> String {
    format!(
        " Note: {other} has the {field} `{value}`, too; a statement's payment that names only the {field} waits among the unmatched."
    )
}
