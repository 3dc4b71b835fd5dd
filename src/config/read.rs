//! Is the whole file right, and what does it say?
//!
//! [`read`] goes through every section and does not stop at an error: all findings come at once, in order of their
//! places. A syntax error is reported alone, because what then seems missing would be a guess. Must never know: the
//! store, or whether what the file names exists outside it (`secrets` looks at password files).

use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::config::access::{self, AccessConfig};
use crate::config::alerts::{self, AlertsConfig};
use crate::config::billing::{self, BillingConfig};
use crate::config::clock::{self, ClockConfig};
use crate::config::gateways::{self, GatewayConfig};
use crate::config::import::{self, ImportConfig};
use crate::config::messages::{self, MessagesConfig};
use crate::config::metrics::{self, MetricsConfig};
use crate::config::notes::Notes;
use crate::config::reminders::{self, RemindersConfig, TextRoom};
use crate::config::retention::{self, RetentionConfig};
use crate::config::routers::{self, RouterConfig};
use crate::config::schedules::{self, JobConfig};
use crate::config::site::{self, SiteConfig};
use crate::config::walk::Section;
use crate::config::{packages, statements};
use crate::model::finding::Finding;
use crate::model::job::Job;
use crate::model::message::Channel;
use crate::model::name::{PackageName, RouterName};
use crate::model::package::Package;
use crate::model::statement_format::StatementFormat;
use crate::rules::messages::text::MessageTemplates;
use crate::rules::wallet::Policy;

/// The largest file that is read, in bytes.
pub const FILE_MAX: usize = 1024 * 1024;

/// Everything that `site.toml` says, with the defaults filled in. Relative paths are resolved.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[site]`
    pub site: SiteConfig,
    /// `[[routers]]`, in the file's order.
    pub routers: Vec<RouterConfig>,
    /// `[[packages]]`, in the file's order.
    pub packages: Vec<Package>,
    /// The five jobs, then the planned ones in the file's order.
    pub jobs: Vec<JobConfig>,
    /// `[billing]`
    pub billing: BillingConfig,
    /// `[access]`
    pub access: AccessConfig,
    /// `[clock]`
    pub clock: ClockConfig,
    /// `[reminders]`
    pub reminders: RemindersConfig,
    /// `[[statements]]`, in the file's order.
    pub statements: Vec<StatementFormat>,
    /// `[import]`
    pub import: ImportConfig,
    /// `[[gateways]]`, in the order in which they are tried.
    pub gateways: Vec<GatewayConfig>,
    /// `[alerts]`
    pub alerts: AlertsConfig,
    /// `[retention]`
    pub retention: RetentionConfig,
    /// `[messages]`
    pub messages: MessagesConfig,
    /// `[metrics]`
    pub metrics: MetricsConfig,
}

impl Config {
    /// Returns the package with this name.
    #[must_use]
    pub fn package(&self, name: &PackageName) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == *name)
    }

    /// Returns the router with this name.
    #[must_use]
    pub fn router(&self, name: &RouterName) -> Option<&RouterConfig> {
        self.routers.iter().find(|router| router.name == *name)
    }

    /// Returns the configuration of one of the five jobs, which is always there.
    #[must_use]
    pub fn job(&self, job: Job) -> Option<&JobConfig> {
        self.jobs.iter().find(|config| config.name.as_str() == job.as_str())
    }

    /// Returns what the rules of billing go by.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            credit_limit: self.billing.credit_limit,
            resume: self.billing.resume,
            packages: self.packages.clone(),
        }
    }

    /// Returns the texts of messages to subscribers other than reminders; none if no gateway could carry them.
    #[must_use]
    pub fn templates(&self) -> MessageTemplates {
        let has_gateway = self
            .gateways
            .iter()
            .any(|gateway| gateway.kind.channel() == Channel::Sms);
        let said = |text: &Option<String>| text.clone().filter(|_| has_gateway);
        MessageTemplates {
            currency: self.site.currency,
            days_before: self.reminders.days_before.clone(),
            reminder: self.reminders.text.clone(),
            reminders: self.reminders.texts.clone(),
            quiet: self.reminders.quiet_hours.map(|quiet| (quiet.from, quiet.to)),
            on_suspension: said(&self.messages.on_suspension),
            on_payment: said(&self.messages.on_payment),
            on_resume: said(&self.messages.on_resume),
            has_gateway,
        }
    }
}

/// The tables of the file.
const TABLES: &[&str] = &[
    "site",
    "routers",
    "packages",
    "jobs",
    "billing",
    "access",
    "clock",
    "reminders",
    "statements",
    "import",
    "gateways",
    "alerts",
    "retention",
    "messages",
    "metrics",
];

/// Reads a `site.toml`. `file` is its name as the person gave it, for the findings; `base` the folder that relative paths
/// are relative to.
///
/// # Errors
/// Everything that is wrong with it, in order of the places; broken syntax alone.
pub fn read(text: &str, file: &str, base: &Path) -> Result<Config, Vec<Finding>> {
    let mut notes = Notes::new(text, file);
    if text.len() > FILE_MAX {
        notes.note(
            0,
            format!("the file has {} bytes; at most {FILE_MAX} are allowed", text.len()),
        );
        return Err(notes.into_findings());
    }
    let (document, broken) = DeTable::parse_recoverable(text);
    if !broken.is_empty() {
        for error in broken {
            let at = error.span().map_or(0, |span| span.start);
            notes.note(at, syntax(text, error.message(), error.span()));
        }
        let mut findings = notes.into_findings();
        // What the parser says further on in a broken line follows from the first.
        findings.dedup_by_key(|finding| finding.line);
        return Err(findings);
    }
    let document = DeValue::Table(document.into_inner());
    let Some(table) = document.as_table() else {
        return Err(Vec::new());
    };
    let config = parts(&mut notes, Section::root(table, text), base);
    match config {
        Some(config) if notes.is_empty() => Ok(config),
        Some(_) | None => {
            if notes.is_empty() {
                notes.note(0, "the file cannot be used");
            }
            Err(notes.into_findings())
        }
    }
}

/// Reads every section, whatever is wrong with the others.
fn parts(notes: &mut Notes<'_>, root: Section<'_>, base: &Path) -> Option<Config> {
    root.only(notes, TABLES);
    let site = site::read(notes, root, base);
    let currency = site.currency;
    let routers = routers::read(notes, root, base);
    let packages = packages::read(notes, root, currency);
    let jobs = schedules::read(notes, root);
    let billing = billing::read(notes, root, currency);
    let access = access::read(notes, root);
    let clock = clock::read(notes, root);
    let messages = messages::read(notes, root, currency);
    let room = TextRoom {
        max_parts: messages.max_parts,
        currency,
    };
    let reminders = reminders::read(notes, root, &packages, room);
    let statements = statements::read(notes, root);
    let import = import::read(notes, root);
    let gateways = gateways::read(notes, root, base, &routers, currency);
    let alerts = alerts::read(notes, root);
    let retention = retention::read(notes, root);
    let metrics = metrics::read(notes, root, base);
    Some(Config {
        site: site.whole()?,
        routers,
        packages,
        jobs: jobs?,
        billing,
        access,
        clock,
        reminders,
        statements,
        import,
        gateways,
        alerts,
        retention,
        messages,
        metrics,
    })
}

/// Returns in words what is wrong with the syntax.
fn syntax(text: &str, message: &str, span: Option<std::ops::Range<usize>>) -> String {
    if message == "duplicate key" {
        let key = span.and_then(|span| text.get(span)).unwrap_or("");
        return format!("`{key}` appears twice; remove one of the two");
    }
    format!("this is not valid TOML: {message}")
}
