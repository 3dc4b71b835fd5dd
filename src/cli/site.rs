//! Which parts of the program carry out a command?
//!
//! The real [`Ground`]: the only place where the command line meets what lies below the commands.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::args::Local;
use crate::cli::ground::{Ground, Setting};
use crate::clock::{self, Clock, SystemClock};
use crate::commands::request::Request;
use crate::commands::site_file::SiteFile;
use crate::commands::{Handler, Reply, check, init};
use crate::model::failure::Failure;
use crate::service::{opening, startup};

/// The program as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Site;

impl Ground for Site {
    fn socket(&self, config: &Path) -> Result<PathBuf, Failure> {
        Ok(SiteFile::read(config)?.places().socket)
    }

    fn open(&self, config: &Path, request: &Request) -> Result<Arc<dyn Handler>, Failure> {
        opening::alone(config, request)
    }

    fn local(&self, local: &Local, setting: &mut Setting<'_>) -> Result<Reply, Failure> {
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
            Local::Demo => Err(Failure::refused(
                "`demo` is not part of this build",
                "use a build that has it",
            )),
        }
    }
}
