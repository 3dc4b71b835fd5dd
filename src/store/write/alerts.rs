//! Raises and ends alerts, and records to whom they were sent.
//!
//! The part of a [`Transaction`] that raises and ends alerts. One is open per cause: raised again it changes nothing but its
//! text, so that a lasting cause is announced once. Both beginning and end are written to the log.

use redb::ReadableTable;

use crate::model::alert::{Alert, AlertKind, Cause};
use crate::model::name::Username;
use crate::model::record::{LogKind, LogRecord};
use crate::store::codec;
use crate::store::error::{StoreError, reading, record, writing};
use crate::store::rows::get;
use crate::store::write::transaction::Transaction;

/// An alert to be raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// Its cause.
    pub cause: Cause,
    /// Its text: what has happened, and what to do.
    pub text: String,
    /// The subscriber, where it is about one.
    pub username: Option<Username>,
    /// The same as figures, for the log.
    pub fields: Vec<(String, String)>,
}

impl Raised {
    /// Creates an alert about the site as a whole.
    #[must_use]
    pub const fn new(cause: Cause, text: String) -> Self {
        Self {
            cause,
            text,
            username: None,
            fields: Vec::new(),
        }
    }
}

impl Transaction<'_> {
    /// Returns the open alert of a cause.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alert(&self, cause: &Cause) -> Result<Option<Alert>, StoreError> {
        get(&self.alerts, row(cause), "alerts")
    }

    /// Returns the causes of a kind for which an alert is open.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn causes(&self, kind: AlertKind) -> Result<Vec<Cause>, StoreError> {
        let mut found = Vec::new();
        for row in self.alerts.range((kind.as_str(), "")..).map_err(reading)? {
            let (key, _) = row.map_err(reading)?;
            let (of, subject) = key.value();
            if of != kind.as_str() {
                break;
            }
            found.push(Cause::of(kind, subject));
        }
        Ok(found)
    }

    /// Raises an alert; returns whether it is new. One that is open already keeps its beginning and takes the new text, which
    /// is not announced again.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn raise(&mut self, raised: &Raised) -> Result<bool, StoreError> {
        if let Some(standing) = self.alert(&raised.cause)? {
            if standing.text != raised.text {
                self.put_alert(&Alert {
                    text: raised.text.clone(),
                    ..standing
                })?;
            }
            return Ok(false);
        }
        self.put_alert(&Alert {
            cause: raised.cause.clone(),
            since: self.now(),
            text: raised.text.clone(),
            username: raised.username.clone(),
            seen: None,
        })?;
        self.log(
            &LogRecord::new(self.now(), LogKind::Alert, raised.text.as_str())
                .about(raised.username.as_ref())
                .fields(told_fields(&raised.cause))
                .fields(raised.fields.iter().cloned()),
        )?;
        self.announce(&raised.cause, self.now(), false, raised.text.clone())?;
        Ok(true)
    }

    /// Ends the alert of a cause, if one is open, and records how; returns whether one was.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn end_alert(&mut self, cause: &Cause, how: &str) -> Result<bool, StoreError> {
        let Some(standing) = self.alert(cause)? else {
            return Ok(false);
        };
        self.alerts.remove(row(cause)).map_err(writing)?;
        self.log(
            &LogRecord::new(self.now(), LogKind::Alert, how)
                .about(standing.username.as_ref())
                .fields(told_fields(cause))
                .field("ended", "yes")
                .field("since", standing.since.rfc3339()),
        )?;
        if cause.kind.tells_its_end() {
            self.announce(cause, standing.since, true, how.to_owned())?;
        }
        Ok(true)
    }

    /// Notes that the owner was shown an alert; one that nothing else would end is deleted.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn saw_alert(&mut self, cause: &Cause) -> Result<(), StoreError> {
        let Some(standing) = self.alert(cause)? else {
            return Ok(());
        };
        if cause.kind.ends_when_seen() {
            self.alerts.remove(row(cause)).map_err(writing)?;
            self.note_change();
        } else if standing.seen.is_none() {
            let seen = Some(self.now());
            self.put_alert(&Alert { seen, ..standing })?;
        }
        Ok(())
    }

    fn put_alert(&mut self, alert: &Alert) -> Result<(), StoreError> {
        let bytes = codec::encode(alert).map_err(record("alerts"))?;
        self.alerts
            .insert(row(&alert.cause), bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }
}

fn told_fields(cause: &Cause) -> Vec<(String, String)> {
    let mut fields = vec![("alert".to_owned(), cause.kind.as_str().to_owned())];
    if !cause.subject.is_empty() {
        fields.push(("subject".to_owned(), cause.subject.clone()));
    }
    fields
}

fn row(cause: &Cause) -> (&str, &str) {
    (cause.kind.as_str(), cause.subject.as_str())
}
