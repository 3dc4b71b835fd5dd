//! Compares a `site.toml` with what the store has, for `weir check`.
//!
//! The service is asked where it runs, and answers from a snapshot, beside its work; else the file is compared here. What the service
//! would refuse is found before it is asked to load the file. Changes nothing.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::appliance::in_use;
use crate::appliance::site_file::{SiteFile, findings_failure};
use crate::commands::file_body::FileBody;
use crate::commands::reply::reply;
use crate::commands::{Asked, Reply, SiteCommand};
use crate::config::read::Config;
use crate::model::failure::Failure;
use crate::model::finding::Finding;
use crate::rules::phone::complete::complete;
use crate::store::error::StoreError;
use crate::store::open::Store;

/// How many subscribers whose phones cannot be texted are named.
const NAMED_MAX: usize = 5;

/// Compare a file with the store, for `weir check`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreCheck {
    /// The file.
    pub file: FileBody,
}

impl SiteCommand for StoreCheck {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        let file = SiteFile {
            path: PathBuf::from(&self.file.name),
            text: String::from_utf8_lossy(&self.file.bytes).into_owned(),
        };
        let config = file.parse().map_err(|findings| findings_failure(&findings))?;
        let compared = compare(&site.store, &file, &config)?;
        // The program asks for JSON; nobody types this.
        reply(asked.caller, &compared, String::new)
    }

    fn file(&self) -> Option<&FileBody> {
        Some(&self.file)
    }

    fn file_mut(&mut self) -> Option<&mut FileBody> {
        Some(&mut self.file)
    }
}

/// What the store says about a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Why the service would refuse it.
    pub findings: Vec<Finding>,
    /// What would not work, although the file is valid.
    pub notes: Vec<String>,
}

/// Compares a file with the store.
///
/// # Errors
/// When the store cannot be read.
pub fn compare(store: &Store, file: &SiteFile, config: &Config) -> Result<Compared, Failure> {
    Ok(Compared {
        findings: in_use::of_store(store, file, config)?,
        notes: untexted(store, config)?.into_iter().collect(),
    })
}

/// Returns whose phones no gateway could reach by the file's `country_code`.
fn untexted(store: &Store, config: &Config) -> Result<Option<String>, StoreError> {
    let code = config.messages.numbering();
    let (mut count, mut named, mut first) = (0_u64, Vec::new(), None);
    store.read()?.each_subscriber(|subscriber| -> Result<(), StoreError> {
        let Some(phone) = &subscriber.profile.phone else {
            return Ok(());
        };
        if let Err(why) = complete(phone.as_str(), code) {
            count = count.saturating_add(1);
            first.get_or_insert(why);
            if named.len() < NAMED_MAX {
                named.push(subscriber.username.to_string());
            }
        }
        Ok(())
    })?;
    let Some(why) = first else {
        return Ok(None);
    };
    let more = if u64::try_from(named.len()).unwrap_or(u64::MAX) < count {
        ", ..."
    } else {
        ""
    };
    Ok(Some(format!(
        "subscribers whose phone cannot be texted: {count} ({}{more}); the first: {why}",
        named.join(", ")
    )))
}
