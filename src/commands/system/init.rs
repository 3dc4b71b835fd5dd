//! `weir init` writes the files of a new site.
//!
//! The files come from `config::starter`; the answer says what to do next.

use std::path::Path;

use serde::Serialize;

use crate::commands::Reply;
use crate::config::starter;
use crate::model::day::Day;
use crate::model::failure::Failure;

/// The answer with `--json`.
#[derive(Serialize)]
struct InitAnswer {
    written: Vec<String>,
}

/// Writes a new site into `folder`, with subscribers whose due days are around `today`.
///
/// # Errors
/// When the folder is not empty, or the system refuses.
pub fn init(folder: &Path, today: Day, json: bool) -> Result<Reply, Failure> {
    let paths = starter::write(folder, today)
        .map_err(|error| Failure::refused(error.to_string(), "existing files are unchanged"))?;
    let written: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let payload = if json {
        serde_json::to_string_pretty(&InitAnswer { written }).unwrap_or_default()
    } else {
        let site = folder.join("site.toml");
        let site = site.display();
        format!(
            "Written:\n  {}\n\nNext: edit site.toml, write the router's password into secrets/core, then\n  \
             export WEIR_CONFIG={site}\n  weir check\n  weir import subscribers {} --dry-run\n  weir run\n",
            written.join("\n  "),
            folder.join("subscribers.csv").display(),
        )
    };
    Ok(Reply::done(payload))
}
