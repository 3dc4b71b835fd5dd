//! `weir metrics` prints figures for a monitoring system.
//!
//! They are what `status` knows, in the text format of Prometheus, or as JSON with the same names. No name, phone or text of a
//! person is in it. Waits for no run and changes nothing. Must never know where the figures come from.

use std::collections::HashMap;

use prometheus::{CounterVec, GaugeVec, Opts, Registry, TextEncoder};
use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::reply::reply;
use crate::commands::status::metrics_figures::{self, Figure, MetricKind};
use crate::commands::{Asked, Caller, Reply, SiteCommand};
use crate::model::failure::Failure;

/// Print figures in the text format of Prometheus
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
pub struct Metrics;

impl SiteCommand for Metrics {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        answer(site, asked.caller)
    }
}

/// Answers `weir metrics`.
pub(crate) fn answer(appliance: &Appliance, call: &Caller) -> Result<Reply, Failure> {
    let figures = metrics_figures::gather(appliance)?;
    if call.json {
        return reply(call, &figures, String::new);
    }
    Ok(Reply::done(encoded(&figures)?))
}

/// Returns the figures as the textfile collector reads them.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn text(appliance: &Appliance) -> Result<String, Failure> {
    encoded(&metrics_figures::gather(appliance)?)
}

fn encoded(figures: &[Figure]) -> Result<String, Failure> {
    written(figures).map_err(|error| {
        Failure::refused(
            format!("the figures cannot be written: {error}"),
            "report this as a bug in Weir",
        )
    })
}

fn written(figures: &[Figure]) -> Result<String, prometheus::Error> {
    let registry = Registry::new();
    for figure in figures {
        let options = Opts::new(figure.name, figure.help);
        let names: Vec<&str> = figure
            .samples
            .first()
            .map(|sample| sample.labels.iter().map(|(name, _)| *name).collect())
            .unwrap_or_default();
        match figure.kind {
            MetricKind::Gauge => {
                let gauge = GaugeVec::new(options, &names)?;
                for sample in &figure.samples {
                    gauge.get_metric_with(&labels(&sample.labels))?.set(sample.value);
                }
                registry.register(Box::new(gauge))?;
            }
            MetricKind::Counter => {
                let counter = CounterVec::new(options, &names)?;
                for sample in &figure.samples {
                    counter.get_metric_with(&labels(&sample.labels))?.inc_by(sample.value);
                }
                registry.register(Box::new(counter))?;
            }
        }
    }
    TextEncoder::new().encode_to_string(&registry.gather())
}

fn labels<'l>(pairs: &'l [(&'static str, String)]) -> HashMap<&'l str, &'l str> {
    pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
