//! Which packages are there, and what do they cost?
//!
//! Must never know: who has which package.

use crate::config::notes::Notes;
use crate::config::routers::unique;
use crate::config::walk::{Section, made};
use crate::model::money::{Currency, Money};
use crate::model::name::{PackageName, ProfileName};
use crate::model::package::{Cycle, Package, Rate};

/// Reads every `[[packages]]`, and notes what is wrong in them.
pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>, currency: Option<Currency>) -> Vec<Package> {
    let mut packages: Vec<Package> = Vec::new();
    let mut names: Vec<(PackageName, u32)> = Vec::new();
    for section in root.sections(notes, "packages", "[[packages]]") {
        section.only(notes, &["name", "price", "cycle", "profile", "rate"]);
        let name = section.required(notes, "name", "home-10");
        let name = name.and_then(|name| made(notes, name, PackageName::new));
        if let Some(name) = name.clone() {
            unique(notes, section, &mut names, "package", name);
        }
        let price = section.required(notes, "price", "1500.00");
        let price = price.and_then(|text| made(notes, text, |text| amount(currency, "price", text)));
        let cycle = section.made(notes, "cycle", |text| {
            Cycle::parse(text).ok_or_else(|| {
                format!(
                    "cycle `{text}` is not known; write `monthly`, `quarterly`, `annual`, or a number of days (1 to 3660) \
                     such as `30 days`"
                )
            })
        });
        let profile = section.made(notes, "profile", ProfileName::new);
        let rate = section.made(notes, "rate", |text| {
            Rate::parse(text).ok_or_else(|| {
                format!("rate `{text}` is not known; write upload/download, such as `10M/10M` or `512k/2M`")
            })
        });
        if let (Some(name), Some(price)) = (name, price) {
            packages.push(Package {
                name,
                price,
                cycle: cycle.unwrap_or(Cycle::Months(1)),
                profile,
                rate,
            });
        }
    }
    packages
}

/// Parses an amount of zero or more. Without a known currency (which is noted already), its digits are not checked.
pub(crate) fn amount(currency: Option<Currency>, key: &str, text: &str) -> Result<Money, String> {
    let Some(currency) = currency else {
        return Ok(Money::ZERO);
    };
    let amount = currency.parse(text).map_err(|error| format!("{key} {error}"))?;
    if amount.is_negative() {
        return Err(format!("{key} `{text}` is below zero; write zero or more"));
    }
    Ok(amount)
}
