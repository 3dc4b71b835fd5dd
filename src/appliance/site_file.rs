//! Reads `site.toml` from the disk.
//!
//! The one reader of `site.toml`. A file that can be read but not parsed is still a [`SiteFile`]: it says where the
//! site's folder is, so that the last good configuration can be found. Must never know the store.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::config::places::{self, SitePlaces};
use crate::config::read::{self, Config, FILE_MAX};
use crate::model::failure::Failure;
use crate::model::finding::Finding;
use crate::model::io_words::in_words;

/// The file as it is on the disk.
#[derive(Debug, Clone)]
pub struct SiteFile {
    /// Its path as given.
    pub path: PathBuf,
    /// Its text; bytes that are not UTF-8 become U+FFFD, and are a finding.
    pub text: String,
}

impl SiteFile {
    /// Reads the file, at most a little more than [`FILE_MAX`] bytes of it.
    ///
    /// # Errors
    /// When it is missing or cannot be read.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the kinds of `io::Error` are not ours, and grow"
        )]
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => Failure::refused(
                format!("there is no configuration `{}`", path.display()),
                "name it with `--config FILE`, or start a site with `weir init FOLDER`",
            ),
            _ => Failure::refused(
                format!(
                    "cannot read the configuration `{}`: {}",
                    path.display(),
                    in_words(&error)
                ),
                "give a file that this user may read",
            ),
        };
        let limit = u64::try_from(FILE_MAX).unwrap_or(u64::MAX).saturating_add(1);
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(limit).read_to_end(&mut bytes))
            .map_err(|error| unreadable(error).at(path.display().to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            text: String::from_utf8(bytes)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        })
    }

    /// Returns the folder that its relative paths are relative to, in full: the service binds the same path that a
    /// command looks for from another folder.
    #[must_use]
    pub fn base(&self) -> PathBuf {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        std::path::absolute(parent).unwrap_or_else(|_| parent.to_owned())
    }

    /// Returns where the site's socket and folder are, however faulty the file is otherwise.
    #[must_use]
    pub fn places(&self) -> SitePlaces {
        places::places(&self.text, &self.base())
    }

    /// Returns the configuration that the file describes.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(&self) -> Result<Config, Vec<Finding>> {
        let shown = self.path.display().to_string();
        if let Some((good, _)) = self.text.split_once(char::REPLACEMENT_CHARACTER) {
            let lines = good.split('\n').count();
            return Err(vec![Finding {
                file: shown,
                line: u32::try_from(lines).unwrap_or(u32::MAX),
                column: 1,
                column_name: None,
                message: "this line is not UTF-8; save the file as UTF-8".to_owned(),
            }]);
        }
        read::read(&self.text, &shown, &self.base())
    }

    /// Returns the SHA-256 of the text, which tells whether it was read before.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }
}

/// Returns the failure that lists all findings.
#[must_use]
pub fn findings_failure(findings: &[Finding]) -> Failure {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let what = match findings.len() {
        0 => "the configuration cannot be used".to_owned(),
        _ => lines.join("\n"),
    };
    Failure::refused(what, "correct the file, then run `weir check`").at_first(findings)
}
