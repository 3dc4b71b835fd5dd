//! Sets up the maintainer's log on standard error.
//!
//! To standard error, which systemd keeps. `RUST_LOG` sets the level, by default `info`; no colours, since the feature is not
//! built in. The owner's records are elsewhere, in the store.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Starts logging. An existing logger, as in a test, stays.
pub(crate) fn begin() {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy();
    let set = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .try_init();
    if let Err(error) = set {
        tracing::debug!(%error, "another logger is already set");
    }
}
