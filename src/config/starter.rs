//! What does a new site start with?
//!
//! `weir init FOLDER` writes a commented `site.toml`, a folder for secrets with a placeholder, and a few subscribers.
//! All of it passes `check` and `import --dry-run` as it is. Nothing is ever overwritten. Must never know: the time
//! (the day is an argument).

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::config::placeholders::PASSWORD;
use crate::model::day::Day;
use crate::model::io_words::in_words;

/// The `site.toml` of a new site, which shows every key.
pub const SITE: &str = include_str!("../../cross/site.toml");
/// Only the owner.
const PRIVATE_FOLDER: u32 = 0o700;
/// Only the owner.
const PRIVATE_FILE: u32 = 0o600;
/// The owner, and the group may look in.
const DATA_FOLDER: u32 = 0o750;
/// Everybody may read.
const PLAIN_FILE: u32 = 0o644;

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum StarterError {
    /// Something is there already; nothing was written.
    #[error("`{path}` already exists and is never overwritten; choose another folder", path = .path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// The system refused.
    #[error("`{path}` cannot be written ({}); choose a folder that you may write to", in_words(.source), path = .path.display())]
    Refused {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Writes the beginning of a site into a folder, which may exist. Returns what was written.
///
/// # Errors
/// When any of it exists already (nothing is written then), or when the system refuses.
pub fn write(folder: &Path, today: Day) -> Result<Vec<PathBuf>, StarterError> {
    let subscribers = subscribers(today);
    let site = folder.join("site.toml");
    let secrets = folder.join("secrets");
    let password = secrets.join("core");
    let list = folder.join("subscribers.csv");
    let data = folder.join("data");
    for path in [&site, &secrets, &list, &data] {
        if fs::symlink_metadata(path).is_ok() {
            return Err(StarterError::Exists { path: path.clone() });
        }
    }
    fs::create_dir_all(folder).map_err(|source| refused(folder, source))?;
    make_folder(&secrets, PRIVATE_FOLDER)?;
    make_file(&password, &format!("{PASSWORD}\n"), PRIVATE_FILE)?;
    make_folder(&data, DATA_FOLDER)?;
    make_file(&list, &subscribers, PRIVATE_FILE)?;
    // Last, so that a folder with a site.toml has all the rest.
    make_file(&site, SITE, PLAIN_FILE)?;
    Ok(vec![site, secrets, password, list, data])
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds of `io::Error` are not ours, and grow"
)]
fn refused(path: &Path, source: io::Error) -> StarterError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::AlreadyExists => StarterError::Exists { path },
        _ => StarterError::Refused { path, source },
    }
}

fn make_folder(path: &Path, mode: u32) -> Result<(), StarterError> {
    let made = DirBuilder::new().mode(mode).create(path);
    made.map_err(|source| refused(path, source))
}

fn make_file(path: &Path, content: &str, mode: u32) -> Result<(), StarterError> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    opened
        .and_then(|mut file| {
            file.write_all(content.as_bytes())?;
            file.sync_all()
        })
        .map_err(|source| refused(path, source))
}

/// Returns a list of a few subscribers in different states, as seen from this day.
fn subscribers(today: Day) -> String {
    let day = |days: i32| today.plus_days(days);
    format!(
        "username,name,phone,account,package,router,service,address,expires_on,balance\n\
         amina,Amina Example,+254700000001,A001,home-10,core,pppoe,,{},0.00\n\
         brian,Brian Example,+254700000002,A002,home-10,core,pppoe,,{},1500.00\n\
         chebet,Chebet Example,+254700000003,A003,office-20,core,static,192.168.88.20,{},0.00\n",
        day(12),
        day(3),
        day(20),
    )
}
