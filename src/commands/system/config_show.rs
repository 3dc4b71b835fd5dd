//! `weir config show` shows the configuration in force, and where it came from.
//!
//! It shows the text in force as it was loaded, and its values with all defaults filled in. No secret can be in it: secrets are
//! in files of their own, and only their paths are shown; values of headers and bodies of gateways are left out all the same.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::appliance::core::{Appliance, OpenedBy};
use crate::appliance::in_force::InForce;
use crate::commands::reply::reply;
use crate::commands::time_words::civil;
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::config::gateways::GatewayKind;
use crate::config::read::Config;
use crate::config::routers::RouterConfig;
use crate::model::failure::Failure;
use crate::model::package::Package;
use crate::model::router::work::StaticMethod;
use crate::model::statement_format::StatementFormat;
use crate::rules::trust::Mode;
use crate::rules::wallet::Resume;

/// Show the configuration in force and where it came from
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
pub struct ConfigShow;

impl SiteCommand for ConfigShow {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller)
    }
}

/// Returns what is in force.
pub(crate) fn answer(appliance: &Appliance, call: &Caller) -> Result<Reply, Failure> {
    let in_force = appliance.in_force();
    let record = &in_force.record;
    let mut answer = Map::new();
    answer.insert("file".to_owned(), json!(record.file));
    let is_in_force = appliance.opened_by != OpenedBy::WithoutStore;
    let taken_at = is_in_force.then(|| record.taken_at.rfc3339());
    answer.insert("in_force".to_owned(), json!(is_in_force));
    answer.insert("taken_at".to_owned(), json!(taken_at));
    answer.insert("refused".to_owned(), json!(record.refused));
    answer.insert("text".to_owned(), json!(record.text));
    answer.extend(values(&in_force.config));
    reply(call, &answer, || text(&in_force, is_in_force))
}

fn text(in_force: &InForce, is_in_force: bool) -> String {
    let record = &in_force.record;
    let mut text = if is_in_force {
        format!(
            "# In force since {}, loaded from {}\n",
            civil(record.taken_at, &in_force.terms.zone),
            record.file
        )
    } else {
        format!("# Not in force yet, read from {}\n", record.file)
    };
    if let Some(why) = &record.refused {
        text.push_str("# The file has changed since and was refused:\n");
        for line in why.lines() {
            text.push_str(&format!("#   {line}\n"));
        }
    }
    text.push('\n');
    text.push_str(&record.text);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Returns the values under the names that they have in the file.
fn values(config: &Config) -> Map<String, Value> {
    let site = &config.site;
    let mut values = Map::new();
    let mut put = |name: &str, value: Value| values.insert(name.to_owned(), value);
    put(
        "site",
        json!({
            "name": site.name,
            "time_zone": site.zone_name,
            "currency": site.currency.code(),
            "data": site.data.display().to_string(),
            "socket": site.socket.display().to_string(),
        }),
    );
    put("routers", routers(config));
    put("packages", packages(config));
    put("jobs", jobs(config));
    put("billing", billing(config));
    put("access", access(config));
    put("clock", clock(config));
    put("reminders", reminders(config));
    put("statements", statements(config));
    put("gateways", gateways(config));
    put("alerts", alerts(config));
    put("retention", retention(config));
    values
}

fn routers(config: &Config) -> Value {
    let one = |router: &RouterConfig| {
        json!({
            "name": router.name.as_str(),
            "host": router.host,
            "port": router.port,
            "username": router.username,
            "password_file": router.password_file.display().to_string(),
            "ssh_port": router.ssh_port,
            "suspended_profile": router.suspended_profile.as_ref().map(|profile| profile.as_str()),
        })
    };
    config.routers.iter().map(one).collect()
}

fn packages(config: &Config) -> Value {
    let one = |package: &Package| {
        json!({
            "name": package.name.as_str(),
            "price": config.site.currency.format(package.price),
            "cycle": package.cycle.to_string(),
            "profile": package.profile.as_ref().map(|profile| profile.as_str()),
            "rate": package.rate.map(|rate| rate.to_string()),
        })
    };
    config.packages.iter().map(one).collect()
}

fn jobs(config: &Config) -> Value {
    let jobs: Map<String, Value> = config
        .jobs
        .iter()
        .map(|job| {
            let value = json!({
                "schedule": job.schedule.text(),
                "enabled": job.enabled,
                "purpose": job.purpose,
            });
            (job.name.to_string(), value)
        })
        .collect();
    Value::Object(jobs)
}

fn billing(config: &Config) -> Value {
    json!({
        "credit_limit": config.site.currency.format(config.billing.credit_limit),
        "resume": match config.billing.resume {
            Resume::FromPayment => "from-payment",
            Resume::FromDue => "from-due",
        },
        "payment_grace_days": config.billing.payment_grace_days,
    })
}

fn access(config: &Config) -> Value {
    json!({
        "grace_days": config.access.grace_days,
        "max_share": config.access.max_share,
        "static": match config.access.static_method {
            StaticMethod::Queue => "queue",
            StaticMethod::AddressList(_) => "address-list",
        },
        "address_list": config.access.address_list,
    })
}

fn clock(config: &Config) -> Value {
    json!({
        "trust": match config.clock.trust {
            Mode::Ntp => "ntp",
            Mode::Router => "router",
            Mode::Either => "either",
            Mode::Floor => "floor",
        },
        "max_jump_seconds": config.clock.max_jump_s,
    })
}

fn statements(config: &Config) -> Value {
    let one =
        |statement: &StatementFormat| json!({ "name": statement.name.as_str(), "date_format": statement.date_formats });
    config.statements.iter().map(one).collect()
}

fn alerts(config: &Config) -> Value {
    let phones: Vec<&str> = config.alerts.sms.iter().map(|phone| phone.as_str()).collect();
    json!({
        "sms": phones,
        "email": config.alerts.email,
        "after_failures": config.alerts.after_failures,
    })
}

fn retention(config: &Config) -> Value {
    let per_kind: Map<String, Value> = config
        .retention
        .per_kind
        .iter()
        .map(|(kind, days)| (kind.clone(), json!(days)))
        .collect();
    json!({
        "days": config.retention.days,
        "per_kind": per_kind,
        "archive": config.retention.archive,
    })
}

fn reminders(config: &Config) -> Value {
    let reminders = &config.reminders;
    let quiet = reminders.quiet_hours.map_or("none".to_owned(), |hours| {
        format!("{}-{}", hours.from.strftime("%H:%M"), hours.to.strftime("%H:%M"))
    });
    json!({
        "days_before": reminders.days_before,
        "text": reminders.text,
        "quiet_hours": quiet,
    })
}

fn gateways(config: &Config) -> Value {
    let all: Vec<Value> = config
        .gateways
        .iter()
        .map(|gateway| {
            json!({
                "name": gateway.name,
                "kind": match gateway.kind {
                    GatewayKind::Http(_) => "http",
                    GatewayKind::AfricasTalking { .. } => "africastalking",
                    GatewayKind::Twilio { .. } => "twilio",
                    GatewayKind::Modem { .. } => "modem",
                    GatewayKind::Smtp { .. } => "smtp",
                },
                "secret_file": gateway.secret_file.as_ref().map(|path| path.display().to_string()),
            })
        })
        .collect();
    json!(all)
}
