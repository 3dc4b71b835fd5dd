//! Posts the opposite entry of a payment and frees its reference, for `pay reverse` and `pay move`.

use crate::commands::context::{CommandContext, Decided, change};
use crate::model::entry::Entry;
use crate::model::failure::Failure;
use crate::model::money::Money;
use crate::model::name::{Comment, Reference};
use crate::model::record::LogKind;
use crate::model::subscriber::{Subscriber, SubscriberId};
use crate::model::unmatched::Holder;
use crate::rules::reversal;
use crate::store::error::StoreError;
use crate::store::write::transaction::{AccessWork, Transaction};

/// Posts the opposite entry and frees the reference; returns how many settlements were undone.
pub(crate) fn take_back(
    deciding: &CommandContext<'_>,
    tx: &mut Transaction<'_>,
    whose: &Subscriber,
    reference: &Reference,
    amount: Money,
    comment: Option<Comment>,
) -> Result<Decided<u32>, Failure> {
    let decided = change(tx, whose, AccessWork::default(), |wallet| -> Result<u32, Failure> {
        let moment = deciding.moment();
        Ok(reversal::reverse(
            wallet,
            deciding.policy(),
            &moment,
            amount,
            reference,
            comment,
        )?)
    })?;
    tx.put_holder(reference, &Holder::Reversed)?;
    deciding.log(
        tx,
        LogKind::Payment,
        Some(whose),
        format!("payment of {} reversed", deciding.amount(amount)),
        &[
            ("reference", reference.to_string()),
            ("amount", deciding.currency().format(amount)),
            ("settlements_undone", decided.value.to_string()),
        ],
    )?;
    Ok(decided)
}

/// Returns the refusal of a reference that holds no payment to reverse.
pub(crate) fn not_there(reference: &Reference, holder: Option<Holder>) -> Failure {
    if holder == Some(Holder::Reversed) {
        return Failure::refused(
            format!("payment `{reference}` was already reversed; nothing was changed"),
            "`weir ledger USERNAME` shows its entries",
        );
    }
    Failure::refused(
        format!("there is no payment with reference `{reference}`"),
        "find references in `weir ledger USERNAME` and `weir pay --unmatched`; the spelling must match exactly",
    )
}

pub(crate) fn stored_entry(tx: &Transaction<'_>, seq: u64) -> Result<Entry, StoreError> {
    tx.entry(seq)?
        .ok_or_else(|| StoreError::Contradiction(format!("entry {seq} is missing")))
}

pub(crate) fn whose(tx: &Transaction<'_>, id: SubscriberId) -> Result<Subscriber, StoreError> {
    tx.subscriber(id)?
        .ok_or_else(|| StoreError::Contradiction(format!("subscriber {} is missing", id.0)))
}
