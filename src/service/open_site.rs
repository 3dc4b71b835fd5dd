//! Opens the site's store, for the service or for one command.
//!
//! Only the service and an import create a store; a dry run on a site without one, and a command that only looks, get a store in
//! memory and leave nothing behind. While no configuration is in force, a faulty file is refused before anything is created; otherwise
//! the last good configuration is used, and every answer says so.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::appliance::core::OpenedBy;
use crate::appliance::site_file::{SiteFile, findings_failure};
use crate::clock::{Clock, SystemClock};
use crate::commands::dispatch::Commands;
use crate::commands::imports::subscribers::ImportSubscribers;
use crate::commands::request::Request;
use crate::commands::request::{Call, Handler};
use crate::commands::{Progress, Reply};
use crate::control::{client, peer};
use crate::model::failure::Failure;
use crate::model::io_words::in_words;
use crate::service::panics;
use crate::store::error::StoreError;
use crate::store::in_memory;
use crate::store::open::{Create, STORE_FILE, Store};

/// Seconds that a command waits for another one that holds the store.
pub const COMMAND_WAIT_S: u64 = 5;

/// Milliseconds after which a waiting command checks whether the holder is a service that has started meanwhile.
const LOOK_FOR_SERVICE_MS: u64 = 100;

/// The mode of a data folder that is made: the service's user, and its group may look in.
pub const DATA_FOLDER_MODE: u32 = 0o750;

/// Opens the site for one command, when no service runs.
///
/// # Errors
/// When the file cannot be read, or is faulty and nothing is in force; when the store is missing and this command creates
/// none, is held by another process for longer than [`COMMAND_WAIT_S`], is damaged or cannot be read.
pub fn alone(config: &Path, request: &Request) -> Result<Arc<dyn Handler>, Failure> {
    alone_by(Arc::new(SystemClock), config, request)
}

/// Opens the site as [`alone`] does, with the given clock.
///
/// # Errors
/// As [`alone`].
pub fn alone_by(clock: Arc<dyn Clock>, config: &Path, request: &Request) -> Result<Arc<dyn Handler>, Failure> {
    let file = SiteFile::read(config)?;
    let import = if let Request::ImportSubscribers(ImportSubscribers { dry_run, .. }) = request {
        Some(*dry_run)
    } else {
        None
    };
    let looks = matches!(
        request,
        Request::RouterProbe(_) | Request::RouterDiff(_) | Request::ConfigShow(_)
    );
    if looks && !has_store(&file)? {
        return without_store(clock, &file);
    }
    let store = if import == Some(true) && !has_store(&file)? {
        file.parse().map_err(|findings| findings_failure(&findings))?;
        in_memory::store()?
    } else {
        let create = match import {
            Some(false) => Create::IfMissing,
            Some(true) | None => Create::No,
        };
        awaited(&file, create, request.name())?
    };
    let commands = Commands::start(store, clock, &file, OpenedBy::Alone, &peer::own_name())?;
    let refused = commands.in_force().record.refused.clone();
    Ok(match refused {
        None => Arc::new(commands),
        Some(why) => Arc::new(Noted {
            note: format!(
                "note: `{}` has errors, so the last good configuration is used:\n{why}",
                file.path.display()
            ),
            commands,
        }),
    })
}

/// Opens a site that has no store yet for a command that only looks: nothing is created, and nothing of it is kept.
fn without_store(clock: Arc<dyn Clock>, file: &SiteFile) -> Result<Arc<dyn Handler>, Failure> {
    file.parse().map_err(|findings| findings_failure(&findings))?;
    let store = in_memory::store()?;
    let commands = Commands::start(store, clock, file, OpenedBy::WithoutStore, &peer::own_name())?;
    Ok(Arc::new(Noted {
        note: format!(
            "note: there is no store yet at `{}`: no subscriber is known, and nothing of this is kept; `weir import \
            subscribers FILE.csv` or `weir run` creates it",
            file.places().data.join(STORE_FILE).display()
        ),
        commands,
    }))
}

/// Opens the store for a command. A holder that listens on the socket is a service that has just started: it can be asked
/// instead of waited for.
fn awaited(file: &SiteFile, create: Create, command: &str) -> Result<Store, Failure> {
    let slices = COMMAND_WAIT_S.saturating_mul(1000) / LOOK_FOR_SERVICE_MS;
    for _ in 1..slices {
        match taken(file, create, command, Duration::from_millis(LOOK_FOR_SERVICE_MS))? {
            Err(held @ StoreError::Held { .. }) if client::connect(&file.places().socket).is_ok() => {
                return Err(held.into());
            }
            Err(StoreError::Held { .. }) => {}
            opened => return Ok(opened?),
        }
    }
    store(file, create, command, Duration::from_millis(LOOK_FOR_SERVICE_MS))
}

/// Opens the store of a site.
///
/// # Errors
/// When it is missing and not to be created, or the file is faulty then; when it is held, damaged or cannot be read.
pub(crate) fn store(file: &SiteFile, create: Create, command: &str, wait: Duration) -> Result<Store, Failure> {
    Ok(taken(file, create, command, wait)??)
}

/// Opens the store as [`store`] does, with the store's refusal apart from the file's.
fn taken(file: &SiteFile, create: Create, command: &str, wait: Duration) -> Result<Result<Store, StoreError>, Failure> {
    let data = file.places().data;
    if !has_store(file)? {
        file.parse().map_err(|findings| findings_failure(&findings))?;
        if create == Create::IfMissing {
            make_folder(&data)?;
        }
    }
    Ok(opened(&data, || Store::open(&data, create, command, wait)))
}

/// Opens the store of a site to look at it alone: nothing is written.
///
/// # Errors
/// When it is missing, held, damaged, of another version's format, or cannot be read.
pub(crate) fn store_unchanged(file: &SiteFile, command: &str, wait: Duration) -> Result<Store, Failure> {
    let data = file.places().data;
    Ok(opened(&data, || Store::open_unchanged(&data, command, wait))?)
}

/// Opens a store; a panic is damage that nobody foresaw.
fn opened(data: &Path, open: impl FnOnce() -> Result<Store, StoreError>) -> Result<Store, StoreError> {
    panics::caught_quietly(open).unwrap_or_else(|| {
        Err(StoreError::Damaged {
            path: data.join(STORE_FILE),
            detail: "its pages contradict each other".to_owned(),
        })
    })
}

/// Returns whether there is a file where the store belongs.
pub(crate) fn has_store(file: &SiteFile) -> Result<bool, Failure> {
    let path = file.places().data.join(STORE_FILE);
    path.try_exists().map_err(|error| {
        Failure::refused(
            format!("cannot look for the store `{}`: {}", path.display(), in_words(&error)),
            "run the command as root or as the user of the service, or check `data` under `[site]`",
        )
    })
}

fn make_folder(data: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(DATA_FOLDER_MODE).create(data);
    made.map_err(|error| {
        Failure::refused(
            format!(
                "the data folder `{}` cannot be created: {}",
                data.display(),
                in_words(&error)
            ),
            "check `data` under `[site]`, and that this user may write there",
        )
    })
}

/// Answers as the site does, and says each time what is special about it.
struct Noted {
    commands: Commands,
    note: String,
}

impl Handler for Noted {
    fn handle(&self, call: &Call, progress: &mut dyn Progress) -> Result<Reply, Failure> {
        match self.commands.handle(call, progress) {
            Ok(mut reply) => {
                reply.notes.insert(0, self.note.clone());
                Ok(reply)
            }
            // The refusal may come from it.
            Err(mut failure) => {
                failure.what = format!("{}\n{}", failure.what, self.note);
                Err(failure)
            }
        }
    }
}
