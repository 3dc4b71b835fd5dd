//! Whom does a list of subscribers cut off?
//!
//! A newcomer who begins suspended on a router, one who is served and whose object is left to nobody who is served, and one
//! who was suspended without a router and now gets an object on one. Whoever is on hold or closed was decided by hand; whoever
//! is suspended on a router already loses nothing. Must never know how many are too many.

use crate::model::name::Username;
use crate::model::router_work::ObjectKey;
use crate::model::subscriber::{Access, State, Subscriber, SubscriberId};
use crate::store::desk::Desk;
use crate::store::error::StoreError;
use crate::store::keys::object_key;

/// Stands for the number of somebody who is not taken in yet.
const NOT_YET: SubscriberId = SubscriberId(0);

/// The cuts of one list, gathered while its rows are taken in.
pub(crate) struct ImportCuts {
    /// Whoever has a higher number came with this list.
    last_known: SubscriberId,
    cuts: Vec<(Username, SubscriberId)>,
    /// Objects of those served that were left, with whose they were.
    left: Vec<(Username, SubscriberId, ObjectKey)>,
}

impl ImportCuts {
    /// None yet.
    pub(crate) const fn begin(desk: &Desk<'_>) -> Self {
        Self {
            last_known: SubscriberId(desk.state().last_subscriber),
            cuts: Vec::new(),
            left: Vec::new(),
        }
    }

    /// Somebody new was taken in.
    pub(crate) fn added(&mut self, newcomer: &Subscriber) {
        if newcomer.access() == Access::Off && object_key(newcomer).is_some() {
            self.cuts.push((newcomer.username.clone(), NOT_YET));
        }
    }

    /// Somebody known was changed.
    pub(crate) fn updated(&mut self, before: &Subscriber, after: &Subscriber) {
        let old = object_key(before);
        if before.hold.is_some() || old == object_key(after) {
            return;
        }
        match old {
            Some(old) if before.access() == Access::On => {
                self.left.push((before.username.clone(), before.id, old));
            }
            // Until now the cut had no object: the router is told of it for the first time.
            None if after.state == State::Suspended => self.cuts.push((before.username.clone(), before.id)),
            Some(_) | None => {}
        }
    }

    /// All of them, in order of username, once every row is taken in: only then is it known who has the objects that
    /// were left.
    pub(crate) fn all(self, desk: &Desk<'_>) -> Result<Vec<(Username, SubscriberId)>, StoreError> {
        let mut cuts = self.cuts;
        for (username, id, object) in self.left {
            let is_cut = match desk.owner_of(&object)? {
                // A newcomer counts as a cut by themselves where they begin suspended.
                Some(owner) if owner > self.last_known => false,
                Some(owner) => desk
                    .subscriber(owner)?
                    .is_none_or(|owner| owner.access() == Access::Off),
                None => true,
            };
            if is_cut {
                cuts.push((username, id));
            }
        }
        cuts.sort_unstable();
        Ok(cuts)
    }
}
