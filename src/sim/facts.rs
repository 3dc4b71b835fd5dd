//! What does the router say of itself?
//!
//! The menus that only report: resource, identity, clock, board, licence, NTP, cloud, health. It must never change anything.

use std::time::Instant;

use jiff::civil::{DateTime, date};

use super::device::Device;
use super::values;

/// What a router has where a moment was never set.
const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// A row that is made when asked for.
pub(crate) type Fact = Vec<(&'static str, String)>;

/// Returns the rows of a reporting menu; `None` if there is no such menu.
///
/// *Source:* MikroTik documentation, System, "Resource", "Clock", "NTP", "Health"; fields as seen in replies.
pub(crate) fn rows(device: &Device, path: &str, now: Instant) -> Option<Vec<Fact>> {
    let version = device.options.version;
    let seven = version.is_seven();
    let row = match path {
        "/system/resource" => resource(device, now),
        "/system/identity" => vec![("name", device.options.identity.clone())],
        "/system/clock" => {
            let at = device.clock_at(now);
            vec![
                ("time", values::time(at)),
                ("date", values::date(at, version.writes_iso_dates())),
                ("time-zone-autodetect", flag(device, true)),
                ("time-zone-name", device.options.time_zone.clone()),
                ("gmt-offset", device.options.gmt_offset.clone()),
                ("dst-active", flag(device, false)),
            ]
        }
        "/system/routerboard" => match &device.options.serial {
            Some(serial) => vec![
                ("routerboard", flag(device, true)),
                ("model", "RBD52G-5HacD2HnD".to_owned()),
                ("serial-number", serial.clone()),
                ("current-firmware", format!("{}.{}", version.major, version.minor)),
            ],
            None => vec![("routerboard", flag(device, false))],
        },
        "/system/license" => match &device.options.serial {
            Some(_) => vec![("software-id", "7MXB-Q1H4".to_owned()), ("nlevel", "4".to_owned())],
            None => vec![("system-id", "rVTk3y9Jp2E".to_owned()), ("level", "p1".to_owned())],
        },
        // A zone by name leaves these as they are from the factory.
        "/system/clock/manual" => vec![
            ("time-zone", "+00:00".to_owned()),
            ("dst-delta", "+00:00".to_owned()),
            (
                "dst-start",
                format!("{} 00:00:00", values::date(EPOCH, version.writes_iso_dates())),
            ),
            (
                "dst-end",
                format!("{} 00:00:00", values::date(EPOCH, version.writes_iso_dates())),
            ),
        ],
        "/system/ntp/client" if device.options.ntp_menu => ntp(device),
        "/ip/cloud" => cloud(device),
        "/system/health" if seven => {
            return Some(vec![
                vec![
                    ("name", "voltage".to_owned()),
                    ("value", "24.1".to_owned()),
                    ("type", "V".to_owned()),
                ],
                vec![
                    ("name", "temperature".to_owned()),
                    ("value", "38".to_owned()),
                    ("type", "C".to_owned()),
                ],
            ]);
        }
        "/system/health" => vec![("voltage", "24.1".to_owned()), ("temperature", "38".to_owned())],
        _ => return None,
    };
    Some(vec![row])
}

/// *Source:* MikroTik documentation, System, "Resource".
fn resource(device: &Device, now: Instant) -> Fact {
    vec![
        (
            "uptime",
            values::uptime(device.uptime(now), device.options.version.is_seven()),
        ),
        ("version", device.options.version.text()),
        ("free-memory", "187695104".to_owned()),
        ("total-memory", "268435456".to_owned()),
        ("cpu-count", "4".to_owned()),
        ("cpu-load", "3".to_owned()),
        ("free-hdd-space", "90001408".to_owned()),
        ("total-hdd-space", "134217728".to_owned()),
        ("architecture-name", "arm".to_owned()),
        ("board-name", "hAP ac^2".to_owned()),
        ("platform", "MikroTik".to_owned()),
    ]
}

/// *Source:* MikroTik documentation, System, "NTP": the printed examples of 6 and 7. The values of the last answer are there
/// only while there was one.
fn ntp(device: &Device) -> Fact {
    let enabled = device.options.ntp_enabled;
    let synchronised = enabled && device.ntp_synchronised;
    let server = || "192.0.2.123".to_owned();
    let mut row = vec![("enabled", flag(device, enabled)), ("mode", "unicast".to_owned())];
    if device.options.version.is_seven() {
        let status = match (enabled, synchronised) {
            (false, _) => "stopped",
            (true, false) => "waiting",
            (true, true) => "synchronized",
        };
        row.push(("servers", server()));
        row.push(("status", status.to_owned()));
        if synchronised {
            row.push(("synced-server", server()));
            row.push(("synced-stratum", "2".to_owned()));
        }
        return row;
    }
    row.push(("primary-ntp", server()));
    row.push(("secondary-ntp", "0.0.0.0".to_owned()));
    if enabled {
        row.push(("poll-interval", "15m".to_owned()));
        row.push(("active-server", server()));
    }
    if synchronised {
        row.push(("last-update-from", server()));
        row.push(("last-update-before", "4m12s".to_owned()));
        row.push(("last-adjustment", "1ms786us".to_owned()));
    }
    row
}

/// *Source:* MikroTik documentation, IP, "Cloud": `public-address` is there once the cloud has answered.
fn cloud(device: &Device) -> Fact {
    let on = device.cloud_time;
    let mut row = vec![("ddns-enabled", flag(device, on)), ("update-time", flag(device, on))];
    if on {
        row.push(("public-address", "192.0.2.7".to_owned()));
        row.push(("status", "updated".to_owned()));
    }
    row
}

fn flag(device: &Device, on: bool) -> String {
    String::from_utf8_lossy(values::flag_text(on, device.options.yes_no)).into_owned()
}
