//! What the store of a test's site holds, read without a command.

use weir::model::failure::Failure;
use weir::model::message::Message;
#[cfg(feature = "sim")]
use weir::model::record::{LogKind, LogRecord};
use weir::model::router::work::{ObjectKey, RouterWork};
use weir::model::subscriber::Subscriber;
use weir::store::error::StoreError;
use weir::store::verify::{touched_by_no_job, verify};
use weir::store::write::transaction::Transaction;

use super::site::Site;

impl Site {
    /// Every law holds.
    pub fn verify(&self) {
        let reader = self.appliance.store.read().unwrap();
        let verified = verify(&reader, |_, _| {}).unwrap();
        assert_eq!(verified.problems, Vec::<String>::new());
        let policy = self.appliance.in_force().terms.policy.clone();
        assert_eq!(touched_by_no_job(&reader, &policy).unwrap(), Vec::<String>::new());
    }

    /// Returns all that the store holds of subscribers, money and router work, as text.
    pub fn content(&self) -> String {
        let reader = self.appliance.store.read().unwrap();
        let mut all = format!("{:?}\n", reader.state().unwrap());
        reader
            .each_subscriber(|one| -> Result<(), StoreError> {
                all.push_str(&format!("{one:?}\n"));
                Ok(())
            })
            .unwrap();
        reader
            .each_entry(|seq, entry| -> Result<(), StoreError> {
                all.push_str(&format!("{seq} {entry:?}\n"));
                Ok(())
            })
            .unwrap();
        reader
            .each_debit(|day, id, debit| -> Result<(), StoreError> {
                all.push_str(&format!("{day} {id:?} {debit:?}\n"));
                Ok(())
            })
            .unwrap();
        reader
            .each_reference(|name, holder| -> Result<(), StoreError> {
                all.push_str(&format!("{name} {holder:?}\n"));
                Ok(())
            })
            .unwrap();
        reader
            .each_unmatched(|row| -> Result<(), StoreError> {
                all.push_str(&format!("{row:?}\n"));
                Ok(())
            })
            .unwrap();
        for (key, work) in self.router_work() {
            all.push_str(&format!("{key:?} {work:?}\n"));
        }
        all
    }

    /// Returns the router work that waits, in order of router and object.
    pub fn router_work(&self) -> Vec<(ObjectKey, RouterWork)> {
        let mut rows = Vec::new();
        let reader = self.appliance.store.read().unwrap();
        reader
            .each_work(None, |key, work| -> Result<(), StoreError> {
                rows.push((key, work));
                Ok(())
            })
            .unwrap();
        rows
    }

    /// Closes all router work, as when the routers have confirmed it.
    ///
    /// # Errors
    /// The store's own, and that the clock may not be recorded.
    pub fn confirm_router_work(&self) -> Result<(), Failure> {
        let rows = self.router_work();
        let now = self.appliance.recorded()?.at;
        Ok(self.appliance.store.write(now, |tx| -> Result<(), StoreError> {
            for (key, work) in &rows {
                tx.close_work(key, work.generation)?;
            }
            Ok(())
        })?)
    }

    pub fn subscriber(&self, username: &str) -> Subscriber {
        let reader = self.appliance.store.read().unwrap();
        reader.subscriber_named(username).unwrap().unwrap()
    }

    /// Returns the log records of a kind, newest first.
    #[cfg(feature = "sim")]
    pub fn log_records(&self, kind: LogKind) -> Vec<LogRecord> {
        let mut told = Vec::new();
        let reader = self.appliance.store.read().unwrap();
        reader
            .each_log(Some(kind), |record| -> Result<bool, StoreError> {
                told.push(record);
                Ok(true)
            })
            .unwrap();
        told
    }

    /// Returns all messages, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        let mut found = Vec::new();
        let reader = self.appliance.store.read().unwrap();
        reader
            .each_message_back(|message| -> Result<bool, StoreError> {
                found.push(message);
                Ok(true)
            })
            .unwrap();
        found.reverse();
        found
    }

    /// Writes to the store what no command writes.
    pub fn write<R>(&self, work: impl FnOnce(&mut Transaction<'_>) -> Result<R, StoreError>) -> R {
        let now = self.appliance.recorded().unwrap().at;
        self.appliance.store.write(now, work).unwrap()
    }
}
