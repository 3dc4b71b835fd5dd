//! Which parts of the program carry out a command?
//!
//! The real [`Backend`]: the only place where the command line meets the layers below the commands.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::appliance::site_file::SiteFile;
use crate::cli::args;
use crate::cli::backend::{Backend, LocalContext};
use crate::cli::words::Local;
use crate::clock::{self, Clock, SystemClock};
use crate::commands::file_body::FileBody;
use crate::commands::request::{Call, Handler, Request};
use crate::commands::system::store_check::{self, Compared, StoreCheck};
use crate::commands::system::{check, init};
use crate::commands::{Reply, Silent};
use crate::config::read::Config;
use crate::control::{client, peer};
#[cfg(feature = "sim")]
use crate::demo;
#[cfg(feature = "sim")]
use crate::model::day::Instant;
use crate::model::failure::Failure;
use crate::service::{open_site, startup};

/// The program as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Program;

impl Backend for Program {
    fn socket(&self, config: &Path) -> Result<PathBuf, Failure> {
        Ok(SiteFile::read(config)?.places().socket)
    }

    fn open(&self, config: &Path, request: &Request) -> Result<Arc<dyn Handler>, Failure> {
        open_site::alone(config, request)
    }

    fn local(&self, local: &Local, setting: &mut LocalContext<'_>) -> Result<Reply, Failure> {
        match local {
            Local::Init { folder } => {
                // A box that has woken up in 1970 gets a list whose days are not over.
                let today = SystemClock
                    .now()
                    .day_in(&jiff::tz::TimeZone::UTC)
                    .max(clock::build_day());
                init::init(folder, today, setting.json)
            }
            Local::Check => check::check(setting.config, setting.json, compared),
            Local::Run => startup::run(setting.config),
            Local::Demo => told(setting),
            // Printed by the command line itself, which alone knows its words.
            Local::Completions { shell } => Ok(Reply::done(args::completions(*shell))),
        }
    }
}

/// Compares a file with the store, where there is one: in the service, where it runs, else here, where nothing is written: who checks
/// has not decided yet to migrate a store of an older version.
fn compared(file: &SiteFile, config: &Config) -> Result<Option<Compared>, Failure> {
    let call = Call {
        request: Request::StoreCheck(StoreCheck {
            file: FileBody {
                name: file.path.display().to_string(),
                bytes: file.text.clone().into_bytes(),
            },
        }),
        actor: peer::own_name(),
        json: true,
        width: 0,
    };
    match client::connect(&file.places().socket) {
        Ok(service) => {
            let reply = service.ask(&call, &mut Silent)?;
            serde_json::from_str(&reply.payload)
                .map(Some)
                .map_err(|error| Failure::refused(format!("its answer is no JSON: {error}"), "restart the service"))
        }
        Err(_) if open_site::has_store(file)? => {
            let wait = Duration::from_secs(open_site::COMMAND_WAIT_S);
            let store = open_site::store_unchanged(file, "check", wait)?;
            store_check::compare(&store, file, config).map(Some)
        }
        Err(_) => Ok(None),
    }
}

#[cfg(feature = "sim")]
fn told(setting: &mut LocalContext<'_>) -> Result<Reply, Failure> {
    demo::run(demo::DemoStage {
        // The month ends now; on a box that has woken up in 1970, on the day it was built.
        now: SystemClock.now().max(built_at()),
        folder: None,
        subscribers: demo::SUBSCRIBERS,
        program: &demo::program(),
        json: setting.json,
        width: setting.width,
        out: setting.out,
    })
}

/// Returns the first instant of the day on which this binary was built.
#[cfg(feature = "sim")]
fn built_at() -> Instant {
    const DAY_MS: i64 = 86_400_000;
    Instant::from_millis(i64::from(clock::build_day().number()).saturating_mul(DAY_MS))
}

#[cfg(not(feature = "sim"))]
fn told(_setting: &mut LocalContext<'_>) -> Result<Reply, Failure> {
    Err(Failure::refused(
        "`demo` is not part of this build",
        "use a build with the feature `sim`",
    ))
}
