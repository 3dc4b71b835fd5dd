//! Raises and ends the alerts about single objects on a router.
//!
//! Two kinds of alert are about a single object: it is not there although its subscriber should be served, or it is changed by
//! hand again and again. Each is raised once, and ends as soon as a reading or a decision has resolved it.

use crate::model::alert::{AlertKind, Cause};
use crate::model::name::Username;
use crate::model::router::work::ObjectKey;
use crate::store::error::StoreError;
use crate::store::write::alerts::Raised;
use crate::store::write::transaction::Transaction;

/// Raises an alert of a kind about an object; one that is open already is not sent again.
pub(crate) fn raise(
    tx: &mut Transaction<'_>,
    kind: AlertKind,
    key: &ObjectKey,
    username: &Username,
    text: String,
) -> Result<bool, StoreError> {
    tx.raise(&Raised {
        cause: cause(kind, key),
        text,
        username: Some(username.clone()),
        fields: vec![
            ("router".to_owned(), key.router.to_string()),
            ("object".to_owned(), key.object.clone()),
        ],
    })
}

/// Ends the alert of a kind about an object, if one is open; `how` completes "`core/amina` …".
pub(crate) fn end(tx: &mut Transaction<'_>, kind: AlertKind, key: &ObjectKey, how: &str) -> Result<bool, StoreError> {
    let cause = cause(kind, key);
    let how = format!("`{}` on router `{}` {how}", key.object, key.router);
    tx.end_alert(&cause, &how)
}

fn cause(kind: AlertKind, key: &ObjectKey) -> Cause {
    Cause::of(kind, format!("{}/{}", key.router, key.object))
}
