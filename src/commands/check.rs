//! Is the configuration right?
//!
//! `weir check` names everything that is wrong with `site.toml`, and with the secret files that it names. [`load`] is how
//! everything else comes to the configuration in the file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::commands::Reply;
use crate::config::read::{self, Config, FILE_MAX};
use crate::config::{secrets, socket};
use crate::model::failure::Failure;
use crate::model::finding::Finding;

/// The answer of `check` with `--json`.
#[derive(Serialize)]
struct Checked {
    ok: bool,
    site: String,
    routers: usize,
    packages: usize,
}

/// The answer of a refusal with `--json`.
#[derive(Serialize)]
struct Errors<'a> {
    errors: &'a [Finding],
}

/// `weir check`: the file, and the secret files that it names.
///
/// # Errors
/// When the file cannot be read, or anything is wrong with it.
pub fn check(path: &Path, json: bool) -> Result<Reply, Failure> {
    let config = load(path)?;
    let findings = secrets::findings(&config, &path.display().to_string());
    if !findings.is_empty() {
        return Err(refusal(path, &findings));
    }
    let checked = Checked {
        ok: true,
        site: config.site.name.clone(),
        routers: config.routers.len(),
        packages: config.packages.len(),
    };
    let payload = if json {
        serde_json::to_string_pretty(&checked).unwrap_or_default()
    } else {
        format!(
            "`{}` is right: site `{}`, {}, {}",
            path.display(),
            checked.site,
            counted(checked.routers, "router"),
            counted(checked.packages, "package")
        )
    };
    Ok(Reply::done(payload))
}

/// What the file says.
///
/// # Errors
/// When it cannot be read, or anything but the secret files is wrong with it; the failure has all findings.
pub fn load(path: &Path) -> Result<Config, Failure> {
    let text = text(path)?;
    read::read(&text, &path.display().to_string(), base(path)).map_err(|findings| refusal(path, &findings))
}

/// Where the service of this site is asked, however faulty the file is otherwise.
///
/// # Errors
/// When the file cannot be read.
pub fn socket(path: &Path) -> Result<PathBuf, Failure> {
    let bytes = bytes(path)?;
    Ok(socket::of(&String::from_utf8_lossy(&bytes), base(path)))
}

/// The folder that relative paths in the file are relative to.
#[must_use]
pub fn base(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(bytes(path)?).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..good).unwrap_or_default();
        let lines = before.split(|byte| *byte == b'\n').count();
        let finding = Finding {
            file: path.display().to_string(),
            line: u32::try_from(lines).unwrap_or(u32::MAX),
            column: 1,
            message: "this line is not UTF-8; save the file as UTF-8".to_owned(),
        };
        refusal(path, &[finding])
    })
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Failure::refused(
            format!("there is no configuration `{}`", path.display()),
            "name it with `--config FILE`, or begin a site with `weir init FOLDER`",
        ),
        _ => Failure::refused(
            format!("cannot read the configuration `{}`: {error}", path.display()),
            "name a file that this user may read",
        ),
    };
    let limit = u64::try_from(FILE_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    Ok(bytes)
}

fn refusal(path: &Path, findings: &[Finding]) -> Failure {
    let mut what = format!("`{}` has {}:", path.display(), counted(findings.len(), "error"));
    for finding in findings {
        what.push('\n');
        what.push_str(&finding.to_string());
    }
    let mut failure = Failure::refused(what, "mend the file, and try `weir check` until it is right");
    failure.json = serde_json::to_string_pretty(&Errors { errors: findings }).ok();
    failure
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
