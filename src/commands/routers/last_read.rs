//! What the books want on the routers and, apart from it, what was last read there and when.
//!
//! For `subscriber explain`, `show` and `list`, `status` and the report. No router is asked.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::appliance::core::Appliance;
use crate::model::day::Instant;
use crate::model::name::RouterName;
use crate::model::router::readings::{FoundObject, RouterLastSeen};
use crate::model::router::work::{ObjectKey, RouterWork, WorkState};
use crate::model::subscriber::{Access, Subscriber};
use crate::outbox::router_work::targets::{access_words, is_needed};
use crate::rules::routers::readings;
use crate::store::error::StoreError;
use crate::store::keys::object_key;
use crate::store::read::reader::Reader;
use crate::store::read::readings::ObjectReadings;

/// How a subscriber's object on the router stands to what the books want, as far as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RouterAccess {
    /// They are on no router.
    None,
    /// This version does not switch their service.
    NotManaged,
    /// Work on it is under way.
    Pending,
    /// The router has no such object, and they should be served or may be again.
    Absent,
    /// It was otherwise.
    Differs,
    /// It was not read yet.
    NotRead,
    /// It was as wanted.
    Confirmed,
}

impl RouterAccess {
    /// Returns the word for it, as `--json` prints it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::NotManaged => "not_managed",
            Self::Pending => "pending",
            Self::Absent => "absent",
            Self::Differs => "differs",
            Self::NotRead => "not_read",
            Self::Confirmed => "confirmed",
        }
    }

    /// Returns it in a word or two, for a column.
    pub(crate) const fn column(self) -> &'static str {
        match self {
            Self::None => "-",
            Self::NotManaged => "not managed",
            Self::Pending => "pending",
            Self::Absent => "missing",
            Self::Differs => "differs",
            Self::NotRead => "not read yet",
            Self::Confirmed => "as wanted",
        }
    }
}

/// What is known of a subscriber's object.
#[derive(Debug)]
pub(crate) struct OnRouter {
    /// The object; `None` for one without a router.
    pub(crate) key: Option<ObjectKey>,
    /// How it stands to what the books want.
    pub(crate) standing: RouterAccess,
    /// When it was last read, and what was found, in words.
    pub(crate) read: Option<(Instant, String)>,
    /// The work on it.
    pub(crate) work: Option<RouterWork>,
}

/// The same, as `--json` prints it beside a subscriber.
#[derive(Debug, Serialize)]
pub(crate) struct OnRouterAnswer {
    /// How the object on the router stood to what the books want, when it was last read.
    router_access: &'static str,
    /// When it was last read; `null` where it was not read yet.
    router_read_at: Option<String>,
    /// What was found then.
    router_found: Option<String>,
}

impl From<&OnRouter> for OnRouterAnswer {
    fn from(known: &OnRouter) -> Self {
        Self {
            router_access: known.standing.as_str(),
            router_read_at: known.read.as_ref().map(|(at, _)| at.rfc3339()),
            router_found: known.read.as_ref().map(|(_, found)| found.clone()),
        }
    }
}

/// What was last read on all routers.
pub(crate) struct LastReadings<'r> {
    reader: &'r Reader<'r>,
    objects: ObjectReadings,
    routers: BTreeMap<RouterName, RouterLastSeen>,
}

impl<'r> LastReadings<'r> {
    /// Opens them.
    pub(crate) fn open(appliance: &Appliance, reader: &'r Reader<'r>) -> Result<Self, StoreError> {
        let mut routers = BTreeMap::new();
        for router in &appliance.in_force().config.routers {
            routers.insert(router.name.clone(), of_router(appliance, reader, &router.name)?);
        }
        Ok(Self {
            reader,
            objects: reader.object_readings()?,
            routers,
        })
    }

    /// Returns what is known of a subscriber's object.
    pub(crate) fn of(&self, subscriber: &Subscriber) -> Result<OnRouter, StoreError> {
        let Some(key) = object_key(subscriber) else {
            return Ok(OnRouter {
                key: None,
                standing: RouterAccess::None,
                read: None,
                work: None,
            });
        };
        if !key.service.is_managed() {
            return Ok(OnRouter {
                key: Some(key),
                standing: RouterAccess::NotManaged,
                read: None,
                work: None,
            });
        }
        let work = self.reader.work(&key)?;
        let own = self.objects.of(&key)?;
        let whole = self.routers.get(&key.router).and_then(|reading| reading.whole.as_ref());
        let last = readings::last(own.as_ref(), whole, subscriber.added_at);
        let wanted = subscriber.access();
        let state = work.as_ref().map(|work| work.state);
        let standing = match (state, &last) {
            (Some(WorkState::Pending), _) => RouterAccess::Pending,
            (Some(WorkState::Absent), _) if is_needed(&key, Some(subscriber)) => RouterAccess::Absent,
            (Some(WorkState::Absent), _) => RouterAccess::Confirmed,
            (Some(WorkState::NotManaged), _) => RouterAccess::NotManaged,
            (None, None) => RouterAccess::NotRead,
            (None, Some(last)) => match last.found {
                None => RouterAccess::Confirmed,
                Some(FoundObject::Access(found)) if *found == wanted => RouterAccess::Confirmed,
                Some(FoundObject::Absent) if wanted == Access::Off => RouterAccess::Confirmed,
                Some(
                    FoundObject::Access(_)
                    | FoundObject::Absent
                    | FoundObject::Otherwise(_)
                    | FoundObject::NotOurs(_)
                    | FoundObject::NotRead,
                ) => RouterAccess::Differs,
            },
        };
        let read = last.map(|last| {
            let found = match last.found {
                // What changes an object has made work of it since; without any it still is what is wanted now.
                None if state.is_none() => access_words(wanted).to_owned(),
                None => "as the books wanted it then".to_owned(),
                Some(FoundObject::Access(access)) => access_words(*access).to_owned(),
                Some(FoundObject::Absent) => "not there".to_owned(),
                Some(FoundObject::Otherwise(words) | FoundObject::NotOurs(words)) => words.clone(),
                Some(FoundObject::NotRead) => "not read".to_owned(),
            };
            (last.at, found)
        });
        Ok(OnRouter {
            key: Some(key),
            standing,
            read,
            work,
        })
    }
}

/// Returns the last contact with a router and the last reading of all its objects: this process's own, else those that the store has.
pub(crate) fn of_router(
    appliance: &Appliance,
    reader: &Reader<'_>,
    router: &RouterName,
) -> Result<RouterLastSeen, StoreError> {
    let own = appliance.routers.reading_of(router);
    let stored = reader.router_reading(router)?.unwrap_or_default();
    Ok(RouterLastSeen {
        contact: own.contact.or(stored.contact),
        whole: own.whole.or(stored.whole),
    })
}
