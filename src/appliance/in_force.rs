//! Loads a changed `site.toml`, or keeps the last good configuration in force.
//!
//! The store keeps the text in force. The file is loaded when it differs from the one last read: a good one replaces
//! it, a bad one is refused and the last good one stays in force. What is still in use cannot be removed.

use std::sync::Arc;

use crate::appliance::package_prices;
use crate::appliance::site_file::{SiteFile, findings_failure};
use crate::appliance::{in_use, package_changes};
use crate::clock::keeper::Keeper;
use crate::config::read::{self, Config};
use crate::model::alert::{AlertKind, Cause};
use crate::model::failure::Failure;
use crate::model::job::Job;
use crate::model::record::{LogKind, LogRecord};
use crate::model::site_state::ConfigInForce;
use crate::outbox::router_work::held_cuts;
use crate::rules::catch_up;
use crate::rules::terms::Terms;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::write::alerts::Raised;
use crate::store::write::transaction::Transaction;

/// The configuration in force, with what follows from it.
#[derive(Debug, Clone)]
pub struct InForce {
    /// What the file says.
    pub config: Arc<Config>,
    /// What the rules need of it.
    pub terms: Terms,
    /// Where it came from, and whether a newer file was refused.
    pub record: ConfigInForce,
}

impl InForce {
    /// Passes the settings in force to the clock's keeper.
    pub(crate) fn tell(&self, keeper: &Keeper) {
        let routers = self.config.routers.iter().map(|router| router.name.clone());
        keeper.adopt(self.config.clock.settings(), routers);
    }
}

/// Loads the file where it differs from the one last read, and returns what is in force then.
///
/// # Errors
/// When nothing is in force yet and the file is faulty, or when the store fails.
pub fn load(store: &Store, keeper: &Keeper, file: &SiteFile, actor: &str) -> Result<InForce, Failure> {
    let stored = store.read()?.config()?;
    // A refused file is checked again: what it lacks may have gone out of use since.
    let taken_in = |record: &ConfigInForce| record.last_seen == file.digest() && record.refused.is_none();
    if let Some(record) = stored.as_ref().filter(|record| taken_in(record)) {
        let in_force = in_force(record.clone(), file)?;
        ensure_jobs(store, keeper, &in_force.config)?;
        return Ok(in_force);
    }
    match (file.parse(), stored) {
        (Ok(config), stored) => {
            let before = stored
                .as_ref()
                .map(|record| in_force(record.clone(), file).ok().map(|before| before.config));
            let removed = match (&stored, &before) {
                (Some(record), Some(before)) => in_use::findings(store, record, before.as_deref(), file, &config)?,
                _ => Vec::new(),
            };
            let told: Vec<String> = removed.iter().map(ToString::to_string).collect();
            match stored {
                Some(record) if !told.is_empty() => refuse(store, keeper, file, record, &told.join("\n")),
                stored => {
                    let before = before.flatten();
                    replace(
                        store,
                        keeper,
                        file,
                        config,
                        (stored.is_some(), before.as_deref()),
                        actor,
                    )
                }
            }
        }
        (Err(findings), Some(record)) => refuse(store, keeper, file, record, &findings_failure(&findings).what),
        (Err(findings), None) => Err(findings_failure(&findings)),
    }
}

/// Returns the terms that follow from a configuration.
#[must_use]
pub fn terms_of(config: &Config) -> Terms {
    Terms {
        policy: config.policy(),
        grace_days: config.access.grace_days,
        max_share: config.access.max_share,
        zone: config.site.zone.clone(),
        templates: Arc::new(config.templates()),
    }
}

/// Returns the configuration that was in force last, where it can still be read.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn last_good(store: &Store, file: &SiteFile) -> Result<Option<Config>, StoreError> {
    let stored = store.read()?.config()?;
    Ok(stored.and_then(|record| read::read(&record.text, &record.file, &file.base()).ok()))
}

fn in_force(record: ConfigInForce, file: &SiteFile) -> Result<InForce, Failure> {
    let config =
        read::read(&record.text, &record.file, &file.base()).map_err(|findings| findings_failure(&findings))?;
    Ok(InForce {
        terms: terms_of(&config),
        config: Arc::new(config),
        record,
    })
}

fn replace(
    store: &Store,
    keeper: &Keeper,
    file: &SiteFile,
    config: Config,
    (changed, before): (bool, Option<&Config>),
    actor: &str,
) -> Result<InForce, Failure> {
    let now = keeper.recorded()?;
    let record = ConfigInForce {
        text: file.text.clone(),
        file: file.path.display().to_string(),
        taken_at: now,
        last_seen: file.digest(),
        refused: None,
    };
    store.write(now, |tx| -> Result<(), StoreError> {
        tx.put_config(&record)?;
        // No subscriber is left on a router that goes; cut-offs still pending there for former subscribers are dropped
        // with it.
        let left = tx.drop_work_except(|router| config.router(router).is_some())?;
        if left > 0 {
            let words = "work on objects of removed routers was dropped";
            log(
                tx,
                LogKind::Access,
                words,
                vec![("objects".to_owned(), left.to_string())],
            )?;
        }
        if let Some(before) = before {
            let terms = terms_of(&config);
            package_prices::carry_out(tx, before, &config, &terms.policy, &terms.moment(now, actor))?;
            package_changes::carry_out(tx, before, &config)?;
        }
        tx.drop_readings_except(|router| config.router(router).is_some())?;
        held_cuts::forget_routers_but(tx, |router| config.router(router).is_some())?;
        tx.end_alert(
            &Cause::only(AlertKind::Config),
            "the configuration file is valid again and in force",
        )?;
        let words = if changed {
            "the changed configuration was loaded"
        } else {
            "the configuration was loaded"
        };
        log(
            tx,
            LogKind::Config,
            words,
            vec![
                ("file".to_owned(), record.file.clone()),
                ("actor".to_owned(), actor.to_owned()),
            ],
        )
    })?;
    ensure_jobs(store, keeper, &config)?;
    Ok(InForce {
        terms: terms_of(&config),
        config: Arc::new(config),
        record,
    })
}

fn refuse(
    store: &Store,
    keeper: &Keeper,
    file: &SiteFile,
    record: ConfigInForce,
    why: &str,
) -> Result<InForce, Failure> {
    if in_force(record.clone(), file).is_err() {
        // There is no last good configuration to fall back on.
        return Err(Failure::refused(why, "correct the file, then run `weir check`"));
    }
    let told = record.refused.is_some() && record.last_seen == file.digest();
    if told && record.refused.as_deref() == Some(why) {
        let in_force = in_force(record, file)?;
        ensure_jobs(store, keeper, &in_force.config)?;
        return Ok(in_force);
    }
    tracing::warn!(file = %file.path.display(), why, "changed configuration refused; the last good one stays in force");
    let record = ConfigInForce {
        last_seen: file.digest(),
        refused: Some(why.to_owned()),
        ..record
    };
    store.write(keeper.recorded()?, |tx| -> Result<(), StoreError> {
        tx.put_config(&record)?;
        if told {
            return Ok(());
        }
        let words = format!(
            "the changed file `{}` is faulty; the last good one stays in force",
            file.path.display()
        );
        tx.raise(&Raised {
            fields: vec![("why".to_owned(), why.to_owned())],
            ..Raised::new(Cause::only(AlertKind::Config), words)
        })?;
        Ok(())
    })?;
    in_force(record, file)
}

fn log(
    tx: &mut Transaction<'_>,
    kind: LogKind,
    message: &str,
    fields: Vec<(String, String)>,
) -> Result<(), StoreError> {
    tx.log(&LogRecord::new(tx.now(), kind, message).fields(fields))
}

/// Updates the state of each automated job to the configuration; a job's schedule starts at the first trusted moment.
///
/// # Errors
/// When the store cannot be read or written.
pub fn ensure_jobs(store: &Store, keeper: &Keeper, config: &Config) -> Result<(), StoreError> {
    let Ok(now) = keeper.trusted()? else {
        return Ok(());
    };
    let reader = store.read()?;
    let mut changed = Vec::new();
    for job in Job::ALL {
        let Some(planned) = config.job(job) else {
            continue;
        };
        let before = reader.job(job)?;
        let zone = config.site.zone_name.as_str();
        let after = catch_up::adopt(
            before.as_ref(),
            job,
            planned.schedule.text(),
            zone,
            planned.enabled,
            now,
        );
        if before.as_ref() != Some(&after) {
            changed.push(after);
        }
    }
    drop(reader);
    if changed.is_empty() {
        return Ok(());
    }
    store.write(now, |tx| changed.iter().try_for_each(|state| tx.put_job(state)))
}
