//! Who receives alerts, and when?
//!
//! Must never know: what is wrong.

use crate::config::notes::Notes;
use crate::config::walk::{Section, made};
use crate::model::finding::Finding;
use crate::model::name::Phone;
use crate::rules::phone::complete::{NumberingPlan, complete};

/// The longest address of e-mail, in bytes. *Source:* RFC 5321, 4.5.3.1.
const EMAIL_MAX: usize = 254;

/// `[alerts]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertsConfig {
    /// Phones that get alerts.
    pub sms: Vec<Phone>,
    /// The line of each of them in the file.
    pub sms_lines: Vec<u32>,
    /// Addresses that get alerts.
    pub email: Vec<String>,
    /// After how many failed tries in a row a router counts as down.
    pub after_failures: u8,
    /// Whether the report of each month goes to the addresses.
    pub monthly_report: bool,
}

/// Reads `[alerts]`, and notes what is wrong in it.
pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>) -> AlertsConfig {
    let mut config = AlertsConfig {
        sms: Vec::new(),
        sms_lines: Vec::new(),
        email: Vec::new(),
        after_failures: 3,
        monthly_report: false,
    };
    let Some(section) = root.section(notes, "alerts", "[alerts]") else {
        return config;
    };
    section.only(notes, &["sms", "email", "after_failures", "monthly_report"]);
    for text in section.texts(notes, "sms").unwrap_or_default() {
        let line = notes.line(text.at);
        if let Some(phone) = made(notes, text, Phone::new) {
            config.sms.push(phone);
            config.sms_lines.push(line);
        }
    }
    for text in section.texts(notes, "email").unwrap_or_default() {
        config.email.extend(made(notes, text, email_of));
    }
    if let Some(count) = section.whole(notes, "after_failures", 1, 100) {
        config.after_failures = count;
    }
    if let Some(monthly) = section.truth(notes, "monthly_report") {
        config.monthly_report = monthly;
    }
    config
}

/// Returns what is wrong with phones that get alerts, by the rule by which they are sent; `file` is the file's name as the person
/// gave it. Not asked when the file is loaded: a site goes on with a wrong number, and says so.
#[must_use]
pub fn findings(config: &AlertsConfig, plan: NumberingPlan<'_>, file: &str) -> Vec<Finding> {
    let phones = config.sms.iter().zip(&config.sms_lines);
    phones
        .filter_map(|(phone, line)| {
            let why = complete(phone.as_str(), plan).err()?;
            Some(Finding {
                file: file.to_owned(),
                line: *line,
                column: 1,
                column_name: None,
                message: format!("no alert can be sent: {why}"),
            })
        })
        .collect()
}

/// Parses an e-mail address, judging by its form alone.
pub(crate) fn email_of(text: &str) -> Result<String, String> {
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic() && c != '@' && c != ',');
    let fits = text.len() <= EMAIL_MAX
        && text.split_once('@').is_some_and(|(user, host)| {
            plain(user) && plain(host) && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
        });
    if fits {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "`{text}` is not an e-mail address; write it like `owner@example.org`"
        ))
    }
}
