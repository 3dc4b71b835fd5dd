//! What does a new `site.toml` lack that the store still needs?
//!
//! A package or a router that subscribers have cannot go, nor can the money in which the wallets are kept. The file is refused with
//! the line where each would stand, by the service when it is loaded and by `weir check` before.

use std::collections::BTreeSet;

use crate::appliance::site_file::SiteFile;
use crate::config::places;
use crate::config::read::{self, Config};
use crate::model::failure::Failure;
use crate::model::finding::Finding;
use crate::model::money::Currency;
use crate::model::name::{PackageName, RouterName};
use crate::model::site_state::ConfigInForce;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::read::reader::Reader;

/// What a new file no longer has.
#[derive(Debug, Default, PartialEq, Eq)]
struct RemovedFromFile {
    packages: BTreeSet<PackageName>,
    routers: BTreeSet<RouterName>,
    /// The money until now, where the new file names another.
    currency: Option<Currency>,
}

impl RemovedFromFile {
    fn note_package(&mut self, config: &Config, package: Option<&PackageName>) {
        let missing = package.filter(|package| config.package(package).is_none());
        self.packages.extend(missing.cloned());
    }

    fn note_router(&mut self, config: &Config, router: Option<&RouterName>) {
        let missing = router.filter(|router| config.router(router).is_none());
        self.routers.extend(missing.cloned());
    }
}

/// Returns what `config` lacks of what `before` had.
fn gone_from(before: &Config, config: &Config) -> RemovedFromFile {
    let mut gone = RemovedFromFile {
        currency: Some(before.site.currency).filter(|before| *before != config.site.currency),
        ..RemovedFromFile::default()
    };
    for package in &before.packages {
        gone.note_package(config, Some(&package.name));
    }
    for router in &before.routers {
        gone.note_router(config, Some(&router.name));
    }
    gone
}

/// Returns what the new file has no more of what was in force: `before`, or where that cannot be read any more (the folder was moved),
/// of what is in use.
fn removed(
    reader: &Reader<'_>,
    stored: &ConfigInForce,
    before: Option<&Config>,
    config: &Config,
) -> Result<RemovedFromFile, StoreError> {
    if let Some(before) = before {
        return Ok(gone_from(before, config));
    }
    let mut gone = RemovedFromFile {
        currency: places::currency(&stored.text).filter(|before| *before != config.site.currency),
        ..RemovedFromFile::default()
    };
    reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
        gone.note_router(config, subscriber.profile.router.as_ref());
        gone.note_package(config, subscriber.profile.package.as_ref());
        Ok(())
    })?;
    Ok(gone)
}

/// Returns the same for a file that is to replace what the store has in force.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn of_store(store: &Store, file: &SiteFile, config: &Config) -> Result<Vec<Finding>, Failure> {
    let Some(stored) = store.read()?.config()? else {
        return Ok(Vec::new());
    };
    let before = read::read(&stored.text, &stored.file, &file.base()).ok();
    findings(store, &stored, before.as_ref(), file, config)
}

/// Returns what the new file lacks though subscribers still need it, each at the line where it would stand. `stored` was in force;
/// `before` is what it says, where that can still be read.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn findings(
    store: &Store,
    stored: &ConfigInForce,
    before: Option<&Config>,
    file: &SiteFile,
    config: &Config,
) -> Result<Vec<Finding>, Failure> {
    let reader = store.read()?;
    let gone = removed(&reader, stored, before, config)?;
    let mut found = Vec::new();
    if gone == RemovedFromFile::default() {
        return Ok(found);
    }
    let mut note = |line: u32, message: String| {
        found.push(Finding {
            file: file.path.display().to_string(),
            line,
            column: 1,
            column_name: None,
            message,
        });
    };
    if let Some(before) = gone.currency
        && reader.state()?.tallies.total() > 0
    {
        note(
            places::line_of(&file.text, "site", "currency"),
            format!(
                "`currency` changes from {before} to {}, but the wallets are kept in {before}; put it back",
                config.site.currency
            ),
        );
    }
    let mut package_users = vec![0_u64; gone.packages.len()];
    let mut router_users = vec![0_u64; gone.routers.len()];
    reader.each_subscriber(|subscriber| -> Result<(), StoreError> {
        for (count, package) in package_users.iter_mut().zip(&gone.packages) {
            *count = count.saturating_add(u64::from(subscriber.profile.package.as_ref() == Some(package)));
        }
        for (count, router) in router_users.iter_mut().zip(&gone.routers) {
            *count = count.saturating_add(u64::from(subscriber.profile.router.as_ref() == Some(router)));
        }
        Ok(())
    })?;
    let packages = package_users.iter().zip(&gone.packages);
    for (count, package) in packages.filter(|(count, _)| **count > 0) {
        note(
            places::end_of(&file.text, "packages"),
            format!(
                "package `{package}` is missing from the file, but subscribers still have it ({count}); put it back, \
                or give them another one first"
            ),
        );
    }
    let routers = router_users.iter().zip(&gone.routers);
    for (count, router) in routers.filter(|(count, _)| **count > 0) {
        note(
            places::end_of(&file.text, "routers"),
            format!(
                "router `{router}` is missing from the file, but subscribers still need it ({count}); put it back, \
                or move them first"
            ),
        );
    }
    Ok(found)
}
