//! Reads a router's identity, uptime and sensors.
//!
//! Read at each login: which box it is. Read at each probe besides: what its sensors say. A menu that a router lacks leaves
//! its fields empty. Must never judge what it reads.
//!
//! *Source:* MikroTik documentation, System: `/system/resource`, `/system/identity`, `/system/routerboard`,
//! `/system/license` (a virtual router has no board, and tells a `system-id`; `software-id` on x86), `/system/health` (6: one
//! row; 7: a row for each sensor; nothing on many boards).

use crate::model::characters::visible_line;
use crate::routers::reply::{Attributes, CommandReply};
use crate::routers::router_error::RouterError;
use crate::routers::sentence::Command;
use crate::routers::session::Session;
use crate::routers::values;

/// How many rows of sensors are looked at.
const SENSORS_MAX: usize = 64;
/// The most characters of a text that is kept.
const TEXT_MAX_CHARS: usize = 100;

/// What a router says about itself; `None` is what it does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouterFacts {
    /// Its name.
    pub identity: Option<String>,
    /// Its version, such as `7.16.1 (stable)`.
    pub version: Option<String>,
    /// For how many seconds it has been up; a smaller number than before is a reboot.
    pub uptime_s: Option<u64>,
    /// The board's name.
    pub board: Option<String>,
    /// The processor's architecture.
    pub architecture: Option<String>,
    /// The board's serial number, or the number of its licence where it has no board.
    pub serial: Option<String>,
    /// How busy its processor is, in percent.
    pub cpu_load: Option<u64>,
    /// Free memory, in bytes.
    pub free_memory: Option<u64>,
    /// All memory, in bytes.
    pub total_memory: Option<u64>,
    /// Free room on its disk, in bytes.
    pub free_disk: Option<u64>,
}

/// What a router's sensors say, as it writes it; `None` where it has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sensors {
    /// Volts, such as `24.1`.
    pub voltage: Option<String>,
    /// Degrees Celsius, such as `38`.
    pub temperature: Option<String>,
}

/// Reads which router it is.
///
/// # Errors
/// Why the conversation ended.
pub async fn read(session: &mut Session) -> Result<RouterFacts, RouterError> {
    let prints = [
        "/system/resource/print",
        "/system/identity/print",
        "/system/routerboard/print",
        "/system/license/print",
    ];
    let replies = session.run(prints.map(Command::new).to_vec()).await?;
    let mut rows = replies
        .into_iter()
        .map(|reply| reply.rows.into_iter().next().unwrap_or_default());
    let mut next = || rows.next().unwrap_or_default();
    let [resource, identity, board, license] = [next(), next(), next(), next()];
    let number = |name: &str| resource.text(name).and_then(|text| text.parse().ok());
    Ok(RouterFacts {
        identity: text(&identity, "name"),
        version: text(&resource, "version"),
        uptime_s: resource
            .get("uptime")
            .and_then(values::duration_ms)
            .map(|ms| ms / 1_000),
        board: text(&resource, "board-name"),
        architecture: text(&resource, "architecture-name"),
        serial: text(&board, "serial-number")
            .or_else(|| text(&license, "system-id"))
            .or_else(|| text(&license, "software-id")),
        cpu_load: number("cpu-load"),
        free_memory: number("free-memory"),
        total_memory: number("total-memory"),
        free_disk: number("free-hdd-space"),
    })
}

/// Reads what its sensors say.
///
/// # Errors
/// Why the conversation ended.
pub async fn sensors(session: &mut Session) -> Result<Sensors, RouterError> {
    let replies = session.run(vec![Command::new("/system/health/print")]).await?;
    Ok(sensors_of(&replies.into_iter().next().unwrap_or_default()))
}

fn sensors_of(reply: &CommandReply) -> Sensors {
    let mut found = Sensors::default();
    for row in reply.rows.iter().take(SENSORS_MAX) {
        if let Some(name) = row.text("name") {
            let value = text(row, "value");
            match name.as_ref() {
                "voltage" => found.voltage = found.voltage.or(value),
                "temperature" => found.temperature = found.temperature.or(value),
                // Boards without a sensor of their own tell the processor's.
                "cpu-temperature" if found.temperature.is_none() => found.temperature = value,
                _ => {}
            }
        } else {
            found.voltage = found.voltage.or_else(|| text(row, "voltage"));
            found.temperature = found
                .temperature
                .or_else(|| text(row, "temperature"))
                .or_else(|| text(row, "cpu-temperature"));
        }
    }
    found
}

/// Returns a value that is not empty, fit for a terminal and of a length that can be shown.
fn text(row: &Attributes, name: &str) -> Option<String> {
    let value = row.text(name)?;
    let short: String = value
        .chars()
        .take(TEXT_MAX_CHARS)
        .filter(|letter| !letter.is_control())
        .collect();
    let clean = visible_line(&short);
    (!clean.is_empty()).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(rows: &[&[(&str, &str)]]) -> CommandReply {
        CommandReply {
            rows: rows.iter().map(|row| Attributes::of(row)).collect(),
            ..CommandReply::default()
        }
    }

    #[test]
    fn sensors_are_read_from_one_row_and_from_a_row_each_and_from_none() {
        let six = sensors_of(&reply(&[&[("voltage", "24.1"), ("temperature", "38")]]));
        let seven = sensors_of(&reply(&[
            &[("name", "cpu-temperature"), ("value", "51"), ("type", "C")],
            &[("name", "voltage"), ("value", "24.1"), ("type", "V")],
        ]));
        assert_eq!(
            (six.voltage.as_deref(), six.temperature.as_deref()),
            (Some("24.1"), Some("38"))
        );
        assert_eq!(
            (seven.voltage.as_deref(), seven.temperature.as_deref()),
            (Some("24.1"), Some("51"))
        );
        assert_eq!(sensors_of(&reply(&[])), Sensors::default());
    }
}
