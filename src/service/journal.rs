//! Sets up the maintainer's log on standard error.
//!
//! To standard error, which systemd keeps. `RUST_LOG` sets the level, by default `info`; no colours, since the feature is not
//! built in. What a router or a gateway said is shown as everywhere. The owner's records are elsewhere, in the store.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::model::characters::visible;

/// Standard error, on which nothing hides and nothing steers a terminal.
struct VisibleStderr;

impl Write for VisibleStderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // An event comes as a whole.
        let text = String::from_utf8_lossy(bytes);
        io::stderr().write_all(visible(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Starts logging. An existing logger, as in a test, stays.
pub(crate) fn begin() {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy();
    let set = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| VisibleStderr)
        .with_ansi(false)
        .try_init();
    if let Err(error) = set {
        tracing::debug!(%error, "another logger is already set");
    }
}
