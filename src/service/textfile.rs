//! Keeps the file of figures for node_exporter.
//!
//! The service keeps them in the file that `[metrics]` names: written when something has changed, at most once a minute, and at
//! least every fifteen minutes, so that a file without change means a service that hangs. It is written beside and renamed into
//! place: the collector never reads half a file. A graceful stop removes the file, since old figures mislead. A file that
//! cannot be written stops nothing.
//!
//! *Source:* node_exporter, textfile collector: it reads `*.prom` in its folder, and asks writers to rename into place.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::appliance::core::Appliance;
use crate::commands::status::metrics;
use crate::model::io_words::in_words;

/// Seconds between two looks at whether something has changed.
const LOOK_S: u64 = 60;

/// Seconds after which the file is written although nothing has changed.
const ANYWAY_S: u64 = 15 * 60;

/// Who may read the file: everybody, since the collector runs as another user and nothing personal is in it.
const MODE: u32 = 0o644;

/// What the service remembers of the file.
#[derive(Debug, Default)]
pub(crate) struct Textfile {
    /// Where it was written last.
    path: Option<PathBuf>,
    /// Its text.
    text: String,
    /// The stopwatch's reading at the last look.
    looked: Option<Duration>,
    /// The same when it was written last.
    written: Option<Duration>,
}

impl Textfile {
    /// Writes the figures when it is time to; the stopwatch shows `elapsed`.
    pub(crate) fn keep(&mut self, appliance: &Appliance, elapsed: Duration) {
        let since = |then: Option<Duration>| then.map(|then| elapsed.saturating_sub(then));
        if since(self.looked).is_some_and(|rest| rest < Duration::from_secs(LOOK_S)) {
            return;
        }
        self.looked = Some(elapsed);
        let path = appliance.in_force().config.metrics.file.clone();
        if path != self.path {
            self.end();
            self.path = path;
        }
        let Some(path) = self.path.clone() else {
            appliance.metrics_fault.lock().take();
            return;
        };
        let text = match metrics::text(appliance) {
            Ok(text) => text,
            Err(failure) => {
                tracing::warn!(%failure, "the figures could not be gathered");
                return;
            }
        };
        let long_ago = since(self.written).is_none_or(|rest| rest >= Duration::from_secs(ANYWAY_S));
        if text == self.text && !long_ago {
            return;
        }
        match put(&path, &text) {
            Ok(()) => {
                (self.text, self.written) = (text, Some(elapsed));
                if appliance.metrics_fault.lock().take().is_some() {
                    tracing::info!(file = %path.display(), "the metrics file can be written again");
                }
            }
            Err(error) => {
                let words = format!("`{}` cannot be written: {}", path.display(), in_words(&error));
                let before = appliance.metrics_fault.lock().replace(words.clone());
                if before.as_ref() != Some(&words) {
                    tracing::warn!("{words}; it is tried again every minute");
                }
            }
        }
    }

    /// Removes the file.
    pub(crate) fn end(&mut self) {
        if self.written.take().is_some()
            && let Some(path) = &self.path
            && let Err(error) = fs::remove_file(path)
        {
            tracing::warn!(error = in_words(&error), file = %path.display(), "the metrics file cannot be removed");
        }
        self.text.clear();
    }
}

/// Replaces the file. Not synced: after a power cut it is written again anyway, and the card wears less.
fn put(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let written = write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // No unfinished file is left behind; whether removing it works changes nothing.
        drop(fs::remove_file(&beside));
    }
    written
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(MODE)
        .open(path)?;
    // Regardless of the service's umask.
    file.set_permissions(Permissions::from_mode(MODE))?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_replaced_as_a_whole_and_everybody_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weir.prom");
        put(&path, "long long long\n").unwrap();
        put(&path, "short\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "short\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(put(&folder.path().join("none/weir.prom"), "text").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
