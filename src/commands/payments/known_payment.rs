//! What is known of the payment that holds a reference?

use crate::model::failure::Failure;
use crate::model::name::Reference;
use crate::model::unmatched::{Holder, PaymentOrigin, UnmatchedState};
use crate::rules::payer::same_payment::PaymentRecord;
use crate::store::error::StoreError;
use crate::store::write::transaction::Transaction;

/// Returns day and origin of the payment that holds a reference; `None` for one that was reversed.
///
/// A payment of format 3 or older has no origin of its own. One that was among the unmatched came with a statement. Any other counts
/// as typed: its row may still stand in tomorrow's statement, and must not be credited again.
///
/// A typed payment whose row has come is known to rows (`asked_by` a statement) by that row: the next one is another payment. To
/// who types it again it is still of its own day, so that days do not add up.
pub(crate) fn known_payment(
    tx: &Transaction<'_>,
    reference: &Reference,
    holder: &Holder,
    asked_by: PaymentOrigin,
) -> Result<Option<PaymentRecord>, Failure> {
    let day = match holder {
        Holder::Credit { entry, .. } => {
            let entry = tx
                .entry(entry.0)?
                .ok_or_else(|| StoreError::Contradiction(format!("entry {entry} is missing")))?;
            entry.for_day
        }
        Holder::Unmatched { .. } => {
            let row = tx
                .unmatched(reference)?
                .ok_or_else(|| StoreError::Contradiction(format!("the unmatched payment `{reference}` is missing")))?;
            row.date
        }
        Holder::Reversed => return Ok(None),
    };
    Ok(Some(match (origin(tx, reference)?, asked_by) {
        (PaymentOrigin::TypedAndTold(told), PaymentOrigin::Statement) => PaymentRecord {
            day: told,
            origin: PaymentOrigin::Statement,
        },
        (PaymentOrigin::TypedAndTold(_), PaymentOrigin::Typed | PaymentOrigin::TypedAndTold(_)) => PaymentRecord {
            day,
            origin: PaymentOrigin::Typed,
        },
        (origin @ (PaymentOrigin::Typed | PaymentOrigin::Statement), _) => PaymentRecord { day, origin },
    }))
}

/// Returns how the payment that holds a reference came to be known.
fn origin(tx: &Transaction<'_>, reference: &Reference) -> Result<PaymentOrigin, StoreError> {
    if let Some(origin) = tx.origin(reference)? {
        return Ok(origin);
    }
    Ok(match tx.unmatched(reference)? {
        Some(row) if row.state != UnmatchedState::Reversed => PaymentOrigin::Statement,
        Some(_) | None => PaymentOrigin::Typed,
    })
}
