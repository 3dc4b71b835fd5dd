//! `weir subscriber list` lists the subscribers.
//!
//! The order is by username. The JSON is written subscriber by subscriber, so that a hundred thousand need no tree in memory.

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::routers::last_read::{LastReadings, OnRouterAnswer};
use crate::commands::subscribers::answer::SubscriberAnswer;
use crate::commands::subscribers::list_filter::{ListFilter, Shown};
use crate::commands::subscribers::show::ShownSubscriber;
use crate::commands::table::{Column, Table};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;
use crate::model::money::Currency;
use crate::store::error::StoreError;
use crate::store::read::reader::Reader;

/// List the subscribers, all or those that fit every option
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Examples:\n  weir subscriber list --state suspended --owes\n  weir subscriber list --due-before 2027-03-15 --json"
)]
pub struct SubscriberList {
    /// Who is listed.
    #[command(flatten)]
    pub filter: ListFilter,
}

impl SiteCommand for SubscriberList {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller, &self.filter)
    }

    fn has_long_answer(&self) -> bool {
        true
    }
}

/// Answers `weir subscriber list`.
pub(crate) fn answer(appliance: &Appliance, call: &Caller, filter: &ListFilter) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let shown = filter.read(&in_force.config)?;
    let currency = &in_force.config.site.currency;
    let reader = appliance.store.read()?;
    let on_routers = LastReadings::open(appliance, &reader)?;
    let payload = if call.json {
        json(&reader, &on_routers, &shown, currency)?
    } else {
        text(&reader, &on_routers, (filter, &shown), currency, call.width)?
    };
    Ok(Reply::done(payload))
}

fn json(
    reader: &Reader<'_>,
    on_routers: &LastReadings<'_>,
    shown: &Shown,
    currency: &Currency,
) -> Result<String, Failure> {
    let mut bytes = vec![b'['];
    let any_uncertain = reader.has_uncertain_periods()?;
    reader.each_subscriber_by_name(|subscriber| -> Result<(), StoreError> {
        if !shown.has(&subscriber) {
            return Ok(());
        }
        if bytes.len() > 1 {
            bytes.push(b',');
        }
        let line = ShownSubscriber {
            set_anew: any_uncertain && reader.has_uncertain_period(subscriber.id)?,
            subscriber: SubscriberAnswer::of(&subscriber, currency),
            on_router: OnRouterAnswer::from(&on_routers.of(&subscriber)?),
        };
        serde_json::to_writer(&mut bytes, &line)
            .map_err(|error| StoreError::Contradiction(format!("`{}`: {error}", subscriber.username)))
    })?;
    bytes.push(b']');
    String::from_utf8(bytes).map_err(|error| {
        Failure::refused(
            format!("the answer is not UTF-8: {error}"),
            "report this as a bug in Weir",
        )
    })
}

fn text(
    reader: &Reader<'_>,
    on_routers: &LastReadings<'_>,
    (filter, shown): (&ListFilter, &Shown),
    currency: &Currency,
    width: u16,
) -> Result<String, StoreError> {
    let mut table = Table::new(&[
        Column::name("username"),
        Column::text("name"),
        Column::name("package"),
        Column::whole("state"),
        Column::whole("expires on"),
        Column::amount("balance"),
        Column::text("last read"),
    ]);
    reader.each_subscriber_by_name(|subscriber| -> Result<(), StoreError> {
        if !shown.has(&subscriber) {
            return Ok(());
        }
        let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        table.row([
            subscriber.username.to_string(),
            or_dash(subscriber.profile.name.as_ref().map(ToString::to_string)),
            or_dash(subscriber.profile.package.as_ref().map(ToString::to_string)),
            subscriber.state_word().to_owned(),
            or_dash(subscriber.period.expires_on.map(|day| day.to_string())),
            currency.format(subscriber.balance),
            on_routers.of(&subscriber)?.standing.column().to_owned(),
        ]);
        Ok(())
    })?;
    if table.is_empty() && *filter != ListFilter::default() {
        return Ok("No subscriber fits all of these options.".to_owned());
    }
    if table.is_empty() {
        return Ok(
            "There are no subscribers yet. Import some with `weir import subscribers FILE.csv --dry-run`.".to_owned(),
        );
    }
    Ok(table.render(width))
}
