//! The terms by which the site charges and cuts off.

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::model::day::{Day, Instant};
use crate::rules::access;
use crate::rules::messages::text::MessageTemplates;
use crate::rules::wallet::{Moment, Policy};

/// What the rules need of the configuration in force.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The rules of billing and the packages.
    pub policy: Policy,
    /// Days of service after the due day before anybody is cut.
    pub grace_days: u16,
    /// A run that would cut more than this share of those served, in percent, waits for approval.
    pub max_share: u8,
    /// The site's time zone.
    pub zone: TimeZone,
    /// The templates of messages to subscribers. Shared: a site may have a long text for every package.
    pub templates: Arc<MessageTemplates>,
}

impl Terms {
    /// Returns the civil day of an instant.
    #[must_use]
    pub fn day(&self, at: Instant) -> Day {
        at.day_in(&self.zone)
    }

    /// Returns the moment at which somebody decides something.
    #[must_use]
    pub fn moment<'a>(&self, now: Instant, actor: &'a str) -> Moment<'a> {
        Moment {
            today: self.day(now),
            last_cut_day: access::last_cut_day(now, &self.zone),
            recorded_at: now,
            actor,
        }
    }
}
