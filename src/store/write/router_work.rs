//! Writes the desired state of each object on a router, and its generation.
//!
//! The part of a [`Transaction`] that writes router work. A newer decision replaces the older one; only work that is still of the
//! generation which was done can be closed.

use crate::model::name::RouterName;
use crate::model::record::{LogKind, LogRecord};
use crate::model::router::work::{Generation, Healed, ObjectKey, RouterWork, WorkState};
use crate::model::subscriber::{Access, Subscriber};
use crate::store::codec;
use crate::store::error::{StoreError, record, writing};
use crate::store::keys::object_row;
use crate::store::rows::get;
use crate::store::write::transaction::{AccessWork, Transaction};

impl Transaction<'_> {
    /// Writes the desired state of an object; a newer decision replaces the older one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn want(
        &mut self,
        key: &ObjectKey,
        subscriber: &Subscriber,
        access: Access,
        work: AccessWork,
    ) -> Result<(), StoreError> {
        self.state.last_generation = self.state.last_generation.saturating_add(1);
        let before = self.work(key)?;
        let row = RouterWork {
            username: subscriber.username.clone(),
            subscriber: subscriber.id,
            address: subscriber.profile.address,
            access,
            end_session: work.end_session || before.is_some_and(|before| before.end_session),
            generation: Generation(self.state.last_generation),
            decided_at: self.now(),
            run: work.run,
            state: if key.service.is_managed() {
                WorkState::Pending
            } else {
                WorkState::NotManaged
            },
            last_error: None,
        };
        if row.state == WorkState::NotManaged {
            self.tell_not_managed(key, &row)?;
        }
        self.put_work(key, &row)
    }

    /// Records what the owner has to do by hand on a router.
    fn tell_not_managed(&mut self, key: &ObjectKey, row: &RouterWork) -> Result<(), StoreError> {
        let wanted = match row.access {
            Access::On => "served",
            Access::Off => "cut off",
        };
        let text = format!(
            "`{}` on router `{}` is to be {wanted}; this version of Weir does not manage the service `{}`: switch it \
            by hand",
            key.object, key.router, key.service
        );
        let record = LogRecord::new(self.now(), LogKind::Access, text)
            .about(&row.username)
            .field("router", &key.router)
            .field("object", &key.object);
        self.log(&record)
    }

    /// Returns the work on an object.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn work(&self, key: &ObjectKey) -> Result<Option<RouterWork>, StoreError> {
        get(&self.router_work, object_row(key), "router_work")
    }

    /// Writes the work on an object as it is.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_work(&mut self, key: &ObjectKey, row: &RouterWork) -> Result<(), StoreError> {
        let bytes = codec::encode(row).map_err(record("router_work"))?;
        self.router_work
            .insert(object_row(key), bytes.as_slice())
            .map_err(writing)?;
        self.note_change();
        Ok(())
    }

    /// Closes the work on an object, if it is still of this generation; returns whether it was.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn close_work(&mut self, key: &ObjectKey, generation: Generation) -> Result<bool, StoreError> {
        let current = self.work(key)?.is_some_and(|row| row.generation == generation);
        if current {
            self.router_work.remove(object_row(key)).map_err(writing)?;
            self.note_change();
        }
        Ok(current)
    }

    /// Deletes the work on all routers but those that `stay`; returns how many objects that were. For routers that are gone
    /// from the configuration, and have no subscribers left.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn drop_work_except(&mut self, stay: impl Fn(&RouterName) -> bool) -> Result<u64, StoreError> {
        let mut dropped = 0_u64;
        self.router_work
            .retain(|(router, _, _), _| {
                let stays = RouterName::new(router).is_ok_and(|router| stay(&router));
                dropped = dropped.saturating_add(u64::from(!stays));
                stays
            })
            .map_err(writing)?;
        if dropped > 0 {
            self.note_change();
        }
        Ok(dropped)
    }

    /// Returns when drift was last repaired on an object.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn healed(&self, key: &ObjectKey) -> Result<Option<Healed>, StoreError> {
        get(&self.healed, object_row(key), "healed")
    }

    /// Writes when drift was repaired on an object, or deletes that.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_healed(&mut self, key: &ObjectKey, healed: Option<Healed>) -> Result<(), StoreError> {
        match healed {
            Some(healed) => {
                let bytes = codec::encode(&healed).map_err(record("healed"))?;
                self.healed.insert(object_row(key), bytes.as_slice()).map_err(writing)?;
            }
            None => {
                self.healed.remove(object_row(key)).map_err(writing)?;
            }
        }
        self.note_change();
        Ok(())
    }
}
