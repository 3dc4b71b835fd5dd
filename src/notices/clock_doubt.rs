//! Raises an alert while the clock is not trusted.
//!
//! One alert is open while the clock of the running service is not trusted: one write when the doubt begins, one when it ends,
//! none between. Its text therefore names no instant; `weir clock` tells the present reason.

use crate::clock::keeper::Keeper;
use crate::model::alert::{AlertKind, Cause};
use crate::model::day::Instant;
use crate::rules::trust::Trust;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::write::alerts::Raised;

/// The alert's text.
const IN_DOUBT: &str = "the clock is not trusted: nobody is charged or cut off until it is; payments are still \
    accepted; `weir clock` shows why, what is waiting, and what to do";

/// The text of its end.
const OVER: &str = "the clock is trusted again: everything that was waiting runs now, in order";

/// Returns the cause of the alert.
pub(crate) const fn cause() -> Cause {
    Cause::only(AlertKind::Clock)
}

/// Raises the alert while the clock is not trusted, and ends it afterwards.
pub(crate) fn keep(store: &Store, keeper: &Keeper) -> Result<(), StoreError> {
    let look = keeper.look()?;
    let stands = store.read()?.alert(&cause())?.is_some();
    match (look.trust.is_trusted(), stands) {
        (true, false) | (false, true) => Ok(()),
        (false, false) => raise(store, look.recorded(), &look.trust),
        (true, true) => store.write(look.recorded(), |tx| tx.end_alert(&cause(), OVER).map(drop)),
    }
}

fn raise(store: &Store, recorded: Instant, trust: &Trust) -> Result<(), StoreError> {
    let reason = trust.reason();
    tracing::warn!(%reason, "the clock is not trusted");
    let raised = Raised {
        fields: vec![("reason".to_owned(), reason)],
        ..Raised::new(cause(), IN_DOUBT.to_owned())
    };
    store.write(recorded, |tx| tx.raise(&raised).map(drop))
}
