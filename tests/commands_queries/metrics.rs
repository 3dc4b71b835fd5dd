//! `weir metrics`: what a collector reads.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::site::{Site, at, hilltop};

/// Reads the format as strictly as it is written down: help and type before the values of a name, each series once.
///
/// *Source:* Prometheus documentation, "Exposition formats", text format 0.0.4.
fn read(text: &str) -> BTreeMap<String, f64> {
    let mut series = BTreeMap::new();
    let mut helped = BTreeSet::new();
    let mut types: BTreeMap<String, String> = BTreeMap::new();
    let mut current = String::new();
    assert!(text.ends_with('\n'), "the last line must end");
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(helped.insert(name.to_owned()), "two helps of {name}");
            assert!(!help.trim().is_empty(), "{line}");
            name.clone_into(&mut current);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, current, "the type of another name");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            assert!(["counter", "gauge"].contains(&kind), "{line}");
            types.insert(name.to_owned(), kind.to_owned());
        } else {
            let (what, value) = line.rsplit_once(' ').unwrap();
            let name = what.split('{').next().unwrap();
            assert_eq!(name, current, "a value outside of its name: {line}");
            assert!(types.contains_key(name), "a value before its type: {line}");
            assert!(name.starts_with("weir_"), "{line}");
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
                "{line}"
            );
            let before = series.insert(what.to_owned(), value.parse().unwrap());
            assert!(before.is_none(), "twice: {what}");
        }
    }
    series
}

fn busy_site() -> Site {
    let site = hilltop("2027-03-01 12:00");
    for number in 0..30 {
        site.ask(format!(
            "subscriber add amina{number:02} --package home-10 --router core --service pppoe --expires-on 2027-03-10"
        ));
    }
    site.ask("subscriber add wanjiru --router core --service pppoe");
    site.live_through(at("2027-03-11 12:00"));
    site
}

#[test]
fn the_figures_are_those_of_status_and_name_nobody() {
    let site = busy_site();
    let text = site.ask("metrics").payload;
    let read = read(&text);
    let status = site.ask_json("status");
    let value = |name: &str| {
        read.get(name)
            .copied()
            .unwrap_or_else(|| panic!("{name} is missing in {text}"))
    };
    assert_eq!(
        Some(value("weir_subscribers{state=\"active\"}")),
        status["subscribers"]["active"].as_f64()
    );
    assert_eq!(
        Some(value("weir_subscribers_outstanding")),
        status["subscribers"]["outstanding"].as_f64()
    );
    assert_eq!(
        Some(value("weir_ledger_entries_total")),
        status["database"]["entries"].as_f64()
    );
    assert_eq!(value("weir_alerts{kind=\"guard\"}"), 1.0);
    assert_eq!(value("weir_held{kind=\"disconnect\"}"), 1.0);
    assert_eq!(value("weir_held_cuts{kind=\"disconnect\"}"), 30.0);
    assert_eq!(value("weir_clock_trusted"), 1.0);
    assert_eq!(value("weir_job_enabled{job=\"billing\"}"), 1.0);
    assert_eq!(
        value("weir_job_last_run_outcome{job=\"billing\",outcome=\"done\"}"),
        1.0
    );
    assert_eq!(
        value("weir_job_last_run_outcome{job=\"disconnect\",outcome=\"waiting\"}"),
        1.0
    );
    assert_eq!(value("weir_router_up{router=\"core\"}"), 0.0);
    assert_eq!(value("weir_router_state{router=\"core\",state=\"unknown\"}"), 1.0);
    assert_eq!(value("weir_outbox_messages{state=\"sent\"}"), 0.0);
    let next = at("2027-03-12 00:05").millis() / 1000;
    assert_eq!(
        value("weir_job_next_run_timestamp_seconds{job=\"billing\"}").to_string(),
        next.to_string()
    );
    for personal in ["amina", "wanjiru", "+254", "secrets"] {
        assert!(!text.contains(personal), "{personal} is nobody's business: {text}");
    }
}

#[test]
fn as_json_they_have_the_same_names_and_values() {
    let site = busy_site();
    let read = read(&site.ask("metrics").payload);
    let figures = site.ask_json("metrics");
    let mut count = 0;
    for figure in figures.as_array().unwrap() {
        for sample in figure["samples"].as_array().unwrap() {
            let labels: Vec<String> = sample["labels"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let labels = if labels.is_empty() {
                String::new()
            } else {
                format!("{{{}}}", labels.join(","))
            };
            let name = format!("{}{labels}", figure["name"].as_str().unwrap());
            assert_eq!(read.get(&name).copied(), sample["value"].as_f64(), "{name}");
            count += 1;
        }
    }
    assert_eq!(count, read.len());
}

/// Where Prometheus is installed its own checker has the last word.
#[test]
fn promtool_finds_no_fault_where_it_is_installed() {
    let text = busy_site().ask("metrics").payload;
    let started = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut promtool) = started else { return };
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let ended = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout) + String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && said.trim().is_empty(), "{said}");
}
