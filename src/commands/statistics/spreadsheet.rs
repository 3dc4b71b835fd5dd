//! Writes statistics as CSV.
//!
//! A line per subscriber with the same figures, so that a spreadsheet can sum them. Fields are quoted as RFC 4180 has it;
//! text that a spreadsheet would take for a formula gets an apostrophe in front.

use std::collections::HashMap;

use crate::appliance::core::Appliance;
use crate::commands::statistics::ledger_walk;
use crate::commands::statistics::stats::delay_text;
use crate::model::money::{Currency, Money};
use crate::model::name::PackageName;
use crate::model::subscriber::{Subscriber, SubscriberId};
use crate::rules::statistics::{LedgerEvent, Period, Scope, Tally, sum_of};
use crate::store::error::StoreError;

const HEAD: &str = "username,name,package,state,from,to,billed,collected,outstanding,on_time,late,average_delay_days,\
    lifetime_value\r\n";

/// Returns the line of one subscriber under the head.
pub(crate) fn of_one(
    subscriber: &Subscriber,
    tally: &Tally,
    lifetime: Money,
    period: &Period,
    currency: &Currency,
) -> String {
    format!("{HEAD}{}", line(subscriber, tally, lifetime, period, currency))
}

/// Returns a line for everybody, or for those with one package, in order of number.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn of_all(
    appliance: &Appliance,
    package: Option<&PackageName>,
    scope: &Scope,
) -> Result<String, StoreError> {
    let in_force = appliance.in_force();
    let reader = appliance.store.read()?;
    let mut tallies: HashMap<SubscriberId, (Tally, Money)> = HashMap::new();
    ledger_walk::each_event(
        &reader,
        |_| true,
        |entry, event| {
            let (tally, lifetime) = tallies.entry(entry.subscriber).or_default();
            tally.hear(event, scope);
            if let LedgerEvent::Collected { amount, .. } = event {
                *lifetime = sum_of(*lifetime, *amount);
            }
        },
    )?;
    let mut text = HEAD.to_owned();
    reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
        if package.is_none() || subscriber.profile.package.as_ref() == package {
            let (tally, lifetime) = tallies.get(&subscriber.id).copied().unwrap_or_default();
            text.push_str(&line(
                &subscriber,
                &tally,
                lifetime,
                &scope.period,
                &in_force.config.site.currency,
            ));
        }
        Ok(())
    })?;
    Ok(text)
}

fn line(subscriber: &Subscriber, tally: &Tally, lifetime: Money, period: &Period, currency: &Currency) -> String {
    let name = subscriber.profile.name.as_ref().map(ToString::to_string);
    let package = subscriber.profile.package.as_ref().map(ToString::to_string);
    let texts = [
        subscriber.username.to_string(),
        name.unwrap_or_default(),
        package.unwrap_or_default(),
        subscriber.state_word().to_owned(),
    ];
    let figures = [
        period.from.to_string(),
        period.to.to_string(),
        currency.format(tally.billed),
        currency.format(tally.collected),
        currency.format(tally.outstanding),
        tally.on_time.to_string(),
        tally.late.to_string(),
        delay_text(tally),
        currency.format(lifetime),
    ];
    let fields: Vec<String> = texts.iter().map(|text| field(text)).chain(figures).collect();
    fields.join(",") + "\r\n"
}

/// Returns a text as a field. *Source:* RFC 4180, 2.5 to 2.7; OWASP, CSV Injection, for the leading characters.
fn field(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if guarded.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_field_is_quoted_where_it_must_be_and_never_begins_a_formula() {
        let cases = [
            ("Amina", "Amina"),
            ("", ""),
            ("Otieno, Amina", "\"Otieno, Amina\""),
            ("the \"boss\"", "\"the \"\"boss\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+254", "'+254"),
            ("-x", "'-x"),
            ("@sum", "'@sum"),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
        ];
        for (text, wanted) in cases {
            assert_eq!(field(text), wanted);
        }
    }
}
