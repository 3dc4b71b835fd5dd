//! Leaves out the days of service that a wrong clock has recorded and that have not come.
//!
//! A service that began on such a day goes on from now. Of one that ended on such a day nobody knows when it really did: the
//! days through which it was paid for count, and no later one.

use crate::model::subscriber::SubscriberId;
use crate::rules::service;
use crate::rules::terms::Terms;
use crate::rules::wallet::Wallet;
use crate::store::error::StoreError;
use crate::store::write::transaction::{AccessWork, Changed, Transaction};

/// How many subscribers are read at a time.
const BATCH: usize = 1_000;

/// Writes it for everybody whom it concerns.
pub(crate) fn leave_out(tx: &mut Transaction<'_>, terms: &Terms, actor: &str) -> Result<(), StoreError> {
    let moment = terms.moment(tx.now(), actor);
    let mut done = SubscriberId(0);
    loop {
        let batch = tx.subscribers_after(done, BATCH)?;
        let Some(last) = batch.last() else { return Ok(()) };
        done = last.id;
        for subscriber in batch {
            let changed = {
                let mut wallet = Wallet::new(subscriber.clone(), tx.state().head, &*tx);
                service::leave_out_days_to_come(&mut wallet, &moment)?;
                Changed::from(wallet)
            };
            tx.put(Some(&subscriber), changed, AccessWork::default())?;
        }
    }
}
