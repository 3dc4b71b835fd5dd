//! `weir init` writes the files of a new site.
//!
//! The files come from `config::starter`; the answer says what to do next.

use std::path::Path;

use serde::Serialize;

use crate::commands::Reply;
use crate::commands::refusals::shell_word;
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
    // In full: what is printed is copied into another shell, which stands in another folder.
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let paths = starter::write(&folder, today)
        .map_err(|error| Failure::refused(error.to_string(), "existing files are unchanged"))?;
    let written: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let payload = if json {
        serde_json::to_string_pretty(&InitAnswer { written }).unwrap_or_default()
    } else {
        let typed = |name: &str| shell_word(&folder.join(name).display().to_string());
        format!(
            "Written:\n  {}\n\nNext: edit {}, write the router's password into\n{}, then\n  \
             export WEIR_CONFIG={}\n  weir check\n  weir router probe\n  weir import subscribers {} --dry-run\n  \
             weir run\n",
            written.join("\n  "),
            folder.join("site.toml").display(),
            folder.join("secrets/core").display(),
            typed("site.toml"),
            typed("subscribers.csv"),
        )
    };
    Ok(Reply::done(payload))
}
