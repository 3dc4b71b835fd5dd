//! Checks a list of subscribers against what the site has already.
//!
//! Checks whether its packages and routers exist, who is known already, and who has which object on the routers once
//! all rows are imported: two rows may exchange their addresses. Everything that is wrong is found before anything is
//! written, and told together with what could not be read in the list.

use std::collections::{HashMap, HashSet};

use crate::commands::context::CommandContext;
use crate::commands::subscribers::onboarding::holds_debit;
use crate::commands::subscribers::profile::{
    blank, is_switched, lacks_address, looks_like, not_switched, other_owner, taken_by, unknown_package, unknown_router,
};
use crate::import::findings::Findings;
use crate::import::subscriber_column::SubscriberColumn;
use crate::import::subscriber_row::SubscriberRow;
use crate::import::subscribers::Subscribers;
use crate::model::characters::look;
use crate::model::failure::Failure;
use crate::model::finding::Finding;
use crate::model::money::Money;
use crate::model::name::{PackageName, RouterName};
use crate::model::router::work::ObjectKey;
use crate::model::subscriber::{Profile, Service, State, Subscriber, SubscriberId};
use crate::rules::onboarding::Newcomer;
use crate::rules::phone::complete::{complete, has_mobile_length, unfit};
use crate::rules::wallet::{RuleError, WalletRows};
use crate::store::error::StoreError;
use crate::store::keys::{object_key, object_of};
use crate::store::write::transaction::Transaction;

/// Subscribers that are read together to find names that look alike.
const WALK_BATCH: usize = 1_000;

/// Returns the profile that results from a row: what it states, over what was there.
pub(crate) fn merged(before: &Profile, row: &SubscriberRow) -> Profile {
    fn or<T: Clone>(stated: Option<&T>, before: Option<&T>) -> Option<T> {
        stated.or(before).cloned()
    }
    Profile {
        name: or(row.name.as_ref(), before.name.as_ref()),
        phone: or(row.phone.as_ref(), before.phone.as_ref()),
        account: or(row.account.as_ref(), before.account.as_ref()),
        package: or(row.package.as_ref(), before.package.as_ref()),
        router: or(row.router.as_ref(), before.router.as_ref()),
        service: row.service.unwrap_or(before.service),
        address: row.address.or(before.address),
        login: or(row.login.as_ref(), before.login.as_ref()),
        own_profile: before.own_profile.clone(),
        own_rate: before.own_rate,
    }
}

/// Returns the profile that a row makes of somebody who is known; a closed account keeps its package.
pub(crate) fn merged_known(known: &Subscriber, row: &SubscriberRow) -> Profile {
    let mut profile = merged(&known.profile, row);
    if known.state == State::Closed {
        profile.package = known.profile.package.clone();
    }
    profile
}

/// Returns the newcomer that a row states.
pub(crate) fn newcomer(row: &SubscriberRow) -> Newcomer {
    Newcomer {
        username: row.username.clone(),
        profile: merged(&blank(row.service.unwrap_or(Service::Pppoe)), row),
        expires_on: row.expires_on,
        balance: row.balance.unwrap_or(Money::ZERO),
        debited: row.debited,
    }
}

/// The findings of one list.
pub(crate) struct Checks<'a> {
    deciding: &'a CommandContext<'a>,
    list: &'a Subscribers,
    errors: Findings,
    warnings: Findings,
    /// Those who leave the object they have.
    leaving: HashSet<SubscriberId>,
    /// The objects that rows ask for, with the row and who asks.
    claims: HashMap<ObjectKey, (&'a SubscriberRow, Option<SubscriberId>)>,
}

impl<'a> Checks<'a> {
    /// Checks every row; returns the warnings, or the errors instead where there are any.
    pub(crate) fn all(
        deciding: &'a CommandContext<'a>,
        tx: &Transaction<'_>,
        list: &'a Subscribers,
        mut step: impl FnMut(u64),
    ) -> Result<Result<Vec<Finding>, Vec<Finding>>, Failure> {
        let mut checks = Self {
            deciding,
            list,
            errors: list.errors.clone(),
            warnings: Findings::new(&list.file),
            leaving: HashSet::new(),
            claims: HashMap::new(),
        };
        checks.warnings.name_columns(list.columns.names());
        for row in &list.nameless {
            checks.known_names(row.line, row.package.as_ref(), row.router.as_ref());
        }
        let mut new: HashMap<String, &SubscriberRow> = HashMap::new();
        for (row, done) in list.rows.iter().zip(1_u64..) {
            match tx.subscriber_named(row.username.as_str())? {
                // What else seems wrong with it may be because of the cell that cannot be read.
                _ if row.is_faulty => checks.known_names(row.line, row.package.as_ref(), row.router.as_ref()),
                Some(known) => checks.known(tx, row, &known)?,
                None => {
                    checks.unknown(row);
                    new.insert(look(row.username.as_str()), row);
                }
            }
            step(done);
        }
        checks.objects(tx)?;
        checks.looks(tx, &new)?;
        checks.phones();
        if checks.errors.is_empty() {
            let mut warnings = list.warnings.clone();
            warnings.extend(checks.warnings.into_vec());
            Ok(Ok(warnings))
        } else {
            Ok(Err(checks.errors.into_vec()))
        }
    }

    fn error(&mut self, row: &SubscriberRow, column: SubscriberColumn, message: impl Into<String>) {
        self.list.columns.note(&mut self.errors, row.line, column, message);
    }

    fn warn(&mut self, row: &SubscriberRow, column: SubscriberColumn, message: impl Into<String>) {
        self.list.columns.note(&mut self.warnings, row.line, column, message);
    }

    /// Checks that a package and a router exist.
    fn known_names(&mut self, line: u32, package: Option<&PackageName>, router: Option<&RouterName>) {
        let (config, columns) = (&self.deciding.in_force.config, &self.list.columns);
        if let Some(message) = package.and_then(|name| unknown_package(config, name)) {
            columns.note(&mut self.errors, line, SubscriberColumn::Package, message);
        }
        if let Some(message) = router.and_then(|name| unknown_router(config, name)) {
            columns.note(&mut self.errors, line, SubscriberColumn::Router, message);
        }
    }

    fn names(&mut self, row: &SubscriberRow, profile: &Profile) {
        self.known_names(row.line, row.package.as_ref(), row.router.as_ref());
        if let Some(message) = lacks_address(profile)
            && !self.list.columns.is_proposed(SubscriberColumn::Address)
        {
            self.error(row, SubscriberColumn::Address, message);
        }
    }

    fn unknown(&mut self, row: &'a SubscriberRow) {
        let newcomer = newcomer(row);
        self.names(row, &newcomer.profile);
        match row.service {
            None if self.list.columns.is_proposed(SubscriberColumn::Service) => {}
            None => {
                let known = Service::ALL.map(|service| format!("`{service}`")).join(", ");
                let message = format!("`{}` is new and needs a service; write one of {known}", row.username);
                self.error(row, SubscriberColumn::Service, message);
            }
            Some(service) if !is_switched(service) && row.router.is_some() => {
                self.warn(row, SubscriberColumn::Service, not_switched(service));
            }
            Some(_) => {}
        }
        if let Err(error) = holds_debit(self.deciding, &newcomer) {
            self.error(row, SubscriberColumn::Debited, error.to_string());
        }
        self.claim(row, object_of(&row.username, &newcomer.profile), None);
    }

    fn known(&mut self, tx: &Transaction<'_>, row: &'a SubscriberRow, known: &Subscriber) -> Result<(), Failure> {
        let profile = merged_known(known, row);
        self.names(row, &profile);
        if profile.service != known.profile.service && !is_switched(profile.service) && profile.router.is_some() {
            self.warn(row, SubscriberColumn::Service, not_switched(profile.service));
        }
        if known.state == State::Closed && row.package.is_some() && row.package != known.profile.package {
            let message = format!("`{}` is closed, so the package was not changed", known.username);
            self.warn(row, SubscriberColumn::Package, message);
        }
        self.differences(tx, row, known)?;
        let (old, new) = (object_key(known), object_of(&known.username, &profile));
        if old != new {
            self.leaving.insert(known.id);
            self.claim(row, new, Some(known.id));
        }
        Ok(())
    }

    /// Finds what a list states about a known subscriber but never changes.
    fn differences(&mut self, tx: &Transaction<'_>, row: &SubscriberRow, known: &Subscriber) -> Result<(), RuleError> {
        let currency = self.deciding.currency();
        let kept = "an import never changes it";
        if let Some(stated) = row.expires_on.filter(|day| Some(*day) != known.period.expires_on) {
            let is = known
                .period
                .expires_on
                .map_or_else(|| "none".to_owned(), |day| day.to_string());
            let message = format!(
                "expires_on is {is} here, but {stated} in the file; {kept} (see `weir subscriber set {} \
                --expires-on`)",
                known.username
            );
            self.warn(row, SubscriberColumn::ExpiresOn, message);
        }
        if let Some(stated) = row.balance.filter(|balance| *balance != known.balance) {
            let message = format!(
                "balance is {} here, but {} in the file; {kept} (see `weir adjust {}`)",
                currency.format(known.balance),
                currency.format(stated),
                known.username
            );
            self.warn(row, SubscriberColumn::Balance, message);
        }
        if row.debited == Some(true)
            && let Some(due) = row.expires_on.or(known.period.expires_on)
            && tx.debit(known, due)?.is_none()
        {
            let message = format!("debited is `yes`, but {due} was not charged here; {kept}");
            self.warn(row, SubscriberColumn::Debited, message);
        }
        Ok(())
    }

    fn claim(&mut self, row: &'a SubscriberRow, key: Option<ObjectKey>, who: Option<SubscriberId>) {
        let Some(key) = key else { return };
        if let Some((first, _)) = self.claims.get(&key) {
            let message = format!(
                "`{}` as {} on router `{}` is also used by `{}` in line {}; two subscribers cannot share it",
                key.object, key.service, key.router, first.username, first.line
            );
            self.error(row, column_of(row, &key), message);
        } else {
            self.claims.insert(key, (row, who));
        }
    }

    /// Checks that every object asked for is free, or is left by the one who has it.
    fn objects(&mut self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        let claims = std::mem::take(&mut self.claims);
        for (key, (row, who)) in claims {
            let Some(owner) = other_owner(tx, Some(&key), None)? else {
                continue;
            };
            if Some(owner.id) != who && !self.leaving.contains(&owner.id) {
                self.error(row, column_of(row, &key), taken_by(&key, &owner));
            }
        }
        Ok(())
    }

    /// Finds phones that could not be texted, and by which no payment could be matched.
    fn phones(&mut self) {
        let in_force = self.deciding.in_force.clone();
        let plan = in_force.config.messages.numbering();
        let mut without_code: Option<(&SubscriberRow, u32)> = None;
        for row in &self.list.rows {
            let Some(phone) = &row.phone else { continue };
            if let Some(why) = unfit(phone.as_str(), plan) {
                let message = format!(
                    "{why}; `{}` would get no texts, and no payment is matched by it",
                    row.username
                );
                self.warn(row, SubscriberColumn::Phone, message);
                continue;
            }
            match complete(phone.as_str(), plan) {
                Err(_) => {
                    let (_, phones) = without_code.get_or_insert((row, 0));
                    *phones = phones.saturating_add(1);
                }
                Ok(whole) if !has_mobile_length(&whole) => {
                    let message = format!("`{phone}` has the length of a fixed line; texts would not reach it");
                    self.warn(row, SubscriberColumn::Phone, message);
                }
                Ok(_) => {}
            }
        }
        if let Some((row, phones)) = without_code {
            let message = format!(
                "{} no country code: no texts reach them, and a payment is matched by such a phone only in the same spelling; set \
                `country_code` under [messages]",
                match phones {
                    1 => "this phone has".to_owned(),
                    more => format!("{more} phones, this one first, have"),
                }
            );
            self.warn(row, SubscriberColumn::Phone, message);
        }
    }

    /// Finds new names that look like known ones.
    fn looks(&mut self, tx: &Transaction<'_>, new: &HashMap<String, &SubscriberRow>) -> Result<(), StoreError> {
        let mut after = SubscriberId(0);
        while !new.is_empty() {
            let batch = tx.subscribers_after(after, WALK_BATCH)?;
            let Some(last) = batch.last() else { break };
            after = last.id;
            for known in &batch {
                if let Some(row) = new.get(&look(known.username.as_str())) {
                    let message = looks_like(&row.username, &known.username);
                    self.warn(row, SubscriberColumn::Username, message);
                }
            }
        }
        Ok(())
    }
}

/// Returns the column that an object's name came from.
fn column_of(row: &SubscriberRow, key: &ObjectKey) -> SubscriberColumn {
    if row.address.is_some_and(|address| address.to_string() == key.object) {
        SubscriberColumn::Address
    } else if row.login.is_some() {
        SubscriberColumn::Login
    } else {
        SubscriberColumn::Username
    }
}
