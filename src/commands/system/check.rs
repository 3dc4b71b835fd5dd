//! `weir check` checks the configuration.
//!
//! It names everything that is wrong with `site.toml`, with the secret files that it names, with whom `[alerts]` names, and what of
//! the file the service would refuse for what the store has. Must never know how the store is reached.

use std::path::Path;

use serde::Serialize;

use crate::appliance::site_file::{SiteFile, findings_failure};
use crate::commands::Reply;
use crate::commands::system::store_check::Compared;
use crate::config::alerts;
use crate::config::read::Config;
use crate::config::{placeholders, secrets};
use crate::model::counted::counted;
use crate::model::failure::Failure;
use crate::model::finding::Finding;
use crate::model::job::Job;
use crate::notices::addressees::{self, UnreachedRecipient};

/// The answer of `check` with `--json`.
#[derive(Serialize)]
struct CheckAnswer<'a> {
    ok: bool,
    findings: &'a [Finding],
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<&'a str>,
    routers: usize,
    packages: usize,
    /// What is valid, and hardly meant.
    warnings: &'a [Finding],
}

/// Answers `weir check`: the file, the secret files that it names, the phones that get alerts, and what the store says about it: `ask` compares the two where
/// there is a store, or says why that could not be done.
///
/// # Errors
/// When the file cannot be read, or anything is wrong with it.
pub fn check(
    path: &Path,
    json: bool,
    ask: impl FnOnce(&SiteFile, &Config) -> Result<Option<Compared>, Failure>,
) -> Result<Reply, Failure> {
    let file = SiteFile::read(path)?;
    let config = file.parse().map_err(|findings| refusal(path, &findings))?;
    let name = path.display().to_string();
    let mut findings = secrets::findings(&config, &name);
    findings.extend(alerts::findings(&config.alerts, config.messages.numbering(), &name));
    let mut notes = notes(&config);
    match ask(&file, &config) {
        Ok(Some(compared)) => {
            findings.extend(compared.findings);
            notes.extend(compared.notes);
        }
        Ok(None) => {}
        Err(failure) => notes.push(format!(
            "the file was not compared with the store: {}; {}",
            failure.what, failure.way_out
        )),
    }
    if !findings.is_empty() {
        return Err(refusal(path, &findings));
    }
    let warnings = placeholders::findings(&config, &file.text, &path.display().to_string());
    let checked = CheckAnswer {
        ok: true,
        findings: &[],
        site: Some(&config.site.name),
        routers: config.routers.len(),
        packages: config.packages.len(),
        warnings: &warnings,
    };
    let payload = if json {
        serde_json::to_string_pretty(&checked).unwrap_or_default()
    } else {
        format!(
            "`{}` is valid: site `{}`, {}, {}",
            path.display(),
            config.site.name,
            counted(checked.routers, "router", "routers"),
            counted(checked.packages, "package", "packages")
        )
    };
    let mut told: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    told.extend(notes);
    Ok(Reply {
        notes: told,
        ..Reply::done(payload)
    })
}

/// Returns warnings about settings that are valid but perhaps not meant.
fn notes(config: &Config) -> Vec<String> {
    let templates = config.templates();
    let messages = &config.messages;
    let said = [&messages.on_suspension, &messages.on_payment, &messages.on_resume];
    let reminds = config.job(Job::Reminders).is_some_and(|job| job.enabled) && !templates.days_before.is_empty();
    let mut told: Vec<String> = addressees::named(config)
        .into_iter()
        .filter_map(|recipient| match addressees::can_be_reached(config, recipient) {
            Err(UnreachedRecipient::NoGateway(why)) => Some(format!("alerts cannot reach `{}`: {why}", recipient.to)),
            Err(UnreachedRecipient::NoNumber(_)) | Ok(()) => None,
        })
        .collect();
    if templates.has_gateway || !(reminds || said.iter().any(|text| text.is_some())) {
        return told;
    }
    told.push(
        "no gateway carries messages to phones, so subscribers will get no messages; add one under [[gateways]], or \
        write `enabled = false` under [jobs.reminders]"
            .to_owned(),
    );
    told
}

fn refusal(path: &Path, findings: &[Finding]) -> Failure {
    let told = findings_failure(findings).what;
    let heading = format!(
        "`{}` has {}:",
        path.display(),
        counted(findings.len(), "error", "errors")
    );
    let mut failure = Failure::refused(
        format!("{heading}\n{told}"),
        "correct the file and run `weir check` again",
    )
    .at_first(findings);
    let checked = CheckAnswer {
        ok: false,
        findings,
        site: None,
        routers: 0,
        packages: 0,
        warnings: &[],
    };
    failure.json = serde_json::to_string_pretty(&checked).ok();
    failure
}
