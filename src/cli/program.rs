//! Which parts of the program carry out a command?
//!
//! The real [`Backend`]: the only place where the command line meets the layers below the commands.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::appliance::site_file::SiteFile;
use crate::cli::args;
use crate::cli::backend::{Backend, LocalContext};
use crate::cli::words::Local;
use crate::clock::{self, Clock, SystemClock};
use crate::commands::Reply;
use crate::commands::request::Handler;
use crate::commands::request::Request;
use crate::commands::system::{check, init};
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
            Local::Check => check::check(setting.config, setting.json),
            Local::Run => startup::run(setting.config),
            Local::Demo => told(setting),
            // Printed by the command line itself, which alone knows its words.
            Local::Completions { shell } => Ok(Reply::done(args::completions(*shell))),
        }
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
