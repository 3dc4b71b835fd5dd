//! Reads a router's clock, and judges whether it can be trusted.
//!
//! A router's clock is a witness only while somebody else's clock keeps it: its NTP client is synchronised, or there is no
//! NTP client and the cloud's time is taken over. What it shows is read all the same, and its whole seconds are all there
//! is. A menu that a router lacks says no. Must never compare it with another clock, nor ask the time itself.
//!
//! *Source:* MikroTik documentation, System, "Clock" and "NTP" (6: the `last-update-*` values; 7: `status`); IP, "Cloud"
//! (`update-time` sets the clock only where no NTP client is enabled, whatever `ddns-enabled` is; `public-address` shows
//! only after the cloud has answered once; `status` tells errors).

use crate::model::day::Instant;
use crate::routers::local_time;
use crate::routers::reply::{Attributes, CommandReply};
use crate::routers::router_error::RouterError;
use crate::routers::sentence::Command;
use crate::routers::session::Session;
use crate::routers::values;

/// The oldest answer of a time server that still counts, in milliseconds: a day. RouterOS 6 asks every 15 minutes.
const UPDATE_AGE_MAX_MS: u64 = 86_400_000;
/// A clock that shows less was never set, in milliseconds since 1970: 2020-01-01T00:00:00Z. Boards without a battery start
/// in 1970.
const NEVER_SET_MS: i64 = 1_577_836_800_000;
/// The most characters of a router's value in words for the owner.
const TOLD_MAX_CHARS: usize = 40;

/// What a router says about the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouterClock {
    /// The instant it shows, in whole seconds; `None` where its date or zone cannot be read ([`Self::told`] is what was there).
    pub shows: Option<Instant>,
    /// Whether another clock keeps this one.
    pub keeping: Keeping,
    /// What was read: date, time, offset and zone as the router wrote them, fit for a terminal.
    pub told: String,
}

/// Whether another clock keeps a router's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeping {
    /// Its NTP client is synchronised, or the cloud sets its clock.
    Synchronised,
    /// Nobody keeps it; why, in words that follow the router's name.
    Not(String),
}

/// Reads it: one batch on an open session. What it shows is of a moment between the call and the return.
///
/// # Errors
/// Why the conversation ended. A refused command is none.
pub async fn read(session: &mut Session) -> Result<RouterClock, RouterError> {
    let prints = [
        "/system/clock/print",
        "/system/clock/manual/print",
        "/system/ntp/client/print",
        "/ip/cloud/print",
    ];
    let mut replies = session.run(prints.map(Command::new).to_vec()).await?.into_iter();
    let mut next = || Answered::of(replies.next().unwrap_or_default());
    let [clock, manual, ntp, cloud] = [next(), next(), next(), next()];
    Ok(understand(&clock, &manual, &ntp, &cloud))
}

/// What one menu of a single row answered.
#[derive(Debug, Default)]
struct Answered {
    row: Option<Attributes>,
    refusal: Option<String>,
}

impl Answered {
    fn of(reply: CommandReply) -> Self {
        Self {
            refusal: reply.refusal(),
            row: reply.rows.into_iter().next(),
        }
    }
}

fn understand(clock: &Answered, manual: &Answered, ntp: &Answered, cloud: &Answered) -> RouterClock {
    let none = Attributes::default();
    let shows = clock
        .row
        .as_ref()
        .and_then(|row| local_time::instant(row, manual.row.as_ref().unwrap_or(&none)));
    let keeping = match by_ntp(ntp) {
        Ntp::Keeps => Keeping::Synchronised,
        Ntp::Fails(why) => Keeping::Not(why),
        Ntp::Off(_) if by_cloud(cloud, shows) => Keeping::Synchronised,
        Ntp::Off(why) => Keeping::Not(why),
    };
    RouterClock {
        shows,
        keeping,
        told: told(clock),
    }
}

/// What the NTP client does for the clock.
enum Ntp {
    Keeps,
    /// It runs, so that nothing else may set the clock, and does not keep it.
    Fails(String),
    /// It does not run: the cloud may set the clock.
    Off(String),
}

fn by_ntp(ntp: &Answered) -> Ntp {
    let row = match (&ntp.row, &ntp.refusal) {
        (Some(row), _) => row,
        (None, Some(said)) if !said.contains("no such command") => {
            return Ntp::Fails(format!("its NTP client cannot be read (`{}`)", clean(said)));
        }
        (None, _) => return Ntp::Off("it has no NTP client".to_owned()),
    };
    match values::flag(row.get("enabled")) {
        Some(true) => {}
        Some(false) => return Ntp::Off("its NTP client is off".to_owned()),
        None => return Ntp::Fails("it does not report whether its NTP client is on".to_owned()),
    }
    // Version 7, and version 6 with the package `ntp`.
    if let Some(status) = row.text("status") {
        return if status == "synchronized" {
            Ntp::Keeps
        } else {
            Ntp::Fails(format!("its NTP client is not synchronised (`{}`)", clean(&status)))
        };
    }
    // The client of version 6 by itself: these values go when it stops or cannot reach its server.
    let has = |name: &str| {
        row.get(name)
            .is_some_and(|value| !value.is_empty() && value != b"0.0.0.0")
    };
    if !has("last-update-from") {
        return Ntp::Fails("its NTP client is not synchronised".to_owned());
    }
    match row.get("last-update-before").and_then(values::duration_ms) {
        Some(age) if age <= UPDATE_AGE_MAX_MS => Ntp::Keeps,
        Some(_) => Ntp::Fails("its NTP client last had an answer more than a day ago".to_owned()),
        None => Ntp::Fails("its NTP client does not report when it last had an answer".to_owned()),
    }
}

/// Returns whether the cloud sets the clock, and has been reached: only an address that the cloud saw shows that.
fn by_cloud(cloud: &Answered, shows: Option<Instant>) -> bool {
    let Some(row) = &cloud.row else { return false };
    let has = |name: &str| row.get(name).is_some_and(|value| !value.is_empty());
    let failed = row
        .text("status")
        .is_some_and(|status| status.to_ascii_lowercase().starts_with("error"));
    // The documentation writes the second name both ways.
    let reached = ["public-address", "public-address-ipv6", "public-address-ivp6"]
        .into_iter()
        .any(has);
    values::flag(row.get("update-time")) == Some(true)
        && reached
        && !failed
        && shows.is_some_and(|instant| instant.millis() >= NEVER_SET_MS)
}

fn told(clock: &Answered) -> String {
    let Some(row) = &clock.row else {
        return match &clock.refusal {
            Some(said) => format!("no clock: `{}`", clean(said)),
            None => "no clock".to_owned(),
        };
    };
    let values: Vec<String> = ["date", "time", "gmt-offset", "time-zone-name"]
        .into_iter()
        .filter_map(|name| row.text(name))
        .filter(|value| !value.is_empty())
        .map(|value| clean(&value))
        .collect();
    if values.is_empty() {
        "neither date nor time".to_owned()
    } else {
        values.join(" ")
    }
}

/// Returns a router's words that go to a terminal.
fn clean(text: &str) -> String {
    let mut clean: String = text.chars().take(TOLD_MAX_CHARS).flat_map(char::escape_debug).collect();
    if text.chars().nth(TOLD_MAX_CHARS).is_some() {
        clean.push('…');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: &str = "date=2027-03-01 time=12:00:00 gmt-offset=+03:00 time-zone-name=Africa/Nairobi";
    const REACHED: &str = "ddns-enabled=true update-time=true public-address=192.0.2.7 status=updated";

    /// Reads attributes parted by blanks; `_` in a value is a blank; `!` begins a refusal.
    fn answered(text: &str) -> Answered {
        if let Some(said) = text.strip_prefix('!') {
            return Answered {
                row: None,
                refusal: Some(said.to_owned()),
            };
        }
        let pairs: Vec<(&str, String)> = text
            .split(' ')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name, value.replace('_', " ")))
            .collect();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Answered {
            row: Some(Attributes::of(&pairs)),
            refusal: None,
        }
    }

    fn keeping(clock: &str, ntp: &str, cloud: &str) -> String {
        let manual = Answered::default();
        match understand(&answered(clock), &manual, &answered(ntp), &answered(cloud)).keeping {
            Keeping::Synchronised => "synchronised".to_owned(),
            Keeping::Not(why) => why,
        }
    }

    #[test]
    fn an_ntp_client_keeps_the_clock_only_while_it_is_synchronised() {
        let not = "its NTP client is not synchronised";
        let six = "enabled=yes mode=unicast dynamic-servers=192.0.2.1 poll-interval=15m active-server=192.0.2.1";
        let six = |more: &str| format!("{six} {more}");
        for (ntp, expected) in [
            (
                "enabled=true status=synchronized synced-server=192.0.2.1 synced-stratum=2",
                "synchronised",
            ),
            ("enabled=yes status=synchronized", "synchronised"),
            (
                "enabled=true status=waiting last-update-from=192.0.2.1 last-update-before=4s",
                "its NTP client is not synchronised (`waiting`)",
            ),
            ("enabled=false status=synchronized", "its NTP client is off"),
            ("status=synchronized", "its NTP client is off"),
            (
                "enabled=perhaps status=synchronized",
                "it does not report whether its NTP client is on",
            ),
            ("enabled=true servers=192.0.2.1", not),
            (&six(""), not),
            (
                &six("last-update-from=192.0.2.1 last-update-before=6s570ms last-adjustment=-1ms786us"),
                "synchronised",
            ),
            (&six("last-update-from=192.0.2.1 last-update-before=1d"), "synchronised"),
            (
                &six("last-update-from=192.0.2.1 last-update-before=1d1ms"),
                "its NTP client last had an answer more than a day ago",
            ),
            (
                &six("last-update-from=192.0.2.1 last-update-before=2w3d"),
                "its NTP client last had an answer more than a day ago",
            ),
            (
                &six("last-update-from=192.0.2.1 last-update-before=soon"),
                "its NTP client does not report when it last had an answer",
            ),
            (
                &six("last-update-from=192.0.2.1 last-adjustment=2ms"),
                "its NTP client does not report when it last had an answer",
            ),
            (&six("last-update-from=0.0.0.0 last-update-before=4s"), not),
            (&six("last-update-before=4s last-bad-packet-from=192.0.2.1"), not),
            ("!no such command prefix", "it has no NTP client"),
            (
                "!no such command or directory (ntp); no such command prefix",
                "it has no NTP client",
            ),
            (
                "!not enough permissions (9)",
                "its NTP client cannot be read (`not enough permissions (9)`)",
            ),
        ] {
            assert_eq!(keeping(CLOCK, ntp, ""), expected, "{ntp}");
        }
        for status in [
            "waiting",
            "stopped",
            "started",
            "failed",
            "using-local-clock",
            "Synchronized!",
            "",
        ] {
            let ntp = format!("enabled=true status={status}");
            assert_eq!(keeping(CLOCK, &ntp, REACHED), format!("{not} (`{status}`)"));
        }
        let silent = understand(
            &answered(CLOCK),
            &Answered::default(),
            &Answered::default(),
            &answered(REACHED),
        );
        assert_eq!(silent.keeping, Keeping::Synchronised, "a menu without a row is none");
    }

    #[test]
    fn the_cloud_keeps_the_clock_only_without_an_ntp_client_and_where_it_was_reached() {
        let off = "its NTP client is off";
        for (clock, ntp, cloud, expected) in [
            (CLOCK, "enabled=false", REACHED, "synchronised"),
            (CLOCK, "!no such command prefix", REACHED, "synchronised"),
            (
                CLOCK,
                "enabled=false",
                "ddns-enabled=no update-time=yes public-address=192.0.2.7",
                "synchronised",
            ),
            (
                CLOCK,
                "enabled=false",
                "ddns-enabled=auto update-time=yes public-address-ipv6=2001:db8::7",
                "synchronised",
            ),
            (
                CLOCK,
                "enabled=true status=waiting",
                REACHED,
                "its NTP client is not synchronised (`waiting`)",
            ),
            (
                CLOCK,
                "enabled=false",
                "ddns-enabled=true update-time=false public-address=192.0.2.7",
                off,
            ),
            (CLOCK, "enabled=false", "ddns-enabled=true update-time=true", off),
            (
                CLOCK,
                "enabled=false",
                "ddns-enabled=true update-time=true public-address=",
                off,
            ),
            (
                CLOCK,
                "enabled=false",
                "update-time=perhaps public-address=192.0.2.7",
                off,
            ),
            (
                CLOCK,
                "enabled=false",
                "update-time=true public-address=192.0.2.7 status=Error:_request_timed_out",
                off,
            ),
            (CLOCK, "enabled=false", "!no such command prefix", off),
            (
                "date=jan/02/1970 time=00:01:00 gmt-offset=+00:00",
                "enabled=false",
                REACHED,
                off,
            ),
            (
                "date=garbage time=00:01:00 gmt-offset=+00:00",
                "enabled=false",
                REACHED,
                off,
            ),
        ] {
            assert_eq!(keeping(clock, ntp, cloud), expected, "{clock} | {ntp} | {cloud}");
        }
    }

    #[test]
    fn what_stood_there_is_told_and_fit_for_a_terminal() {
        let long = "9".repeat(200);
        let cases = [
            (CLOCK.to_owned(), "2027-03-01 12:00:00 +03:00 Africa/Nairobi".to_owned()),
            (
                "date=jan/02/1970 time=00:00:07".to_owned(),
                "jan/02/1970 00:00:07".to_owned(),
            ),
            ("date=\u{1b}[2J time=".to_owned(), "\\u{1b}[2J".to_owned()),
            (format!("date={long}"), format!("{}…", "9".repeat(40))),
            (String::new(), "neither date nor time".to_owned()),
            (
                "!not enough permissions (9)".to_owned(),
                "no clock: `not enough permissions (9)`".to_owned(),
            ),
        ];
        let none = Answered::default();
        for (clock, expected) in cases {
            let read = understand(&answered(&clock), &none, &none, &none);
            assert_eq!(read.told, expected, "{clock}");
            assert_eq!(read.shows.is_some(), clock == CLOCK, "{clock}");
        }
        assert_eq!(understand(&none, &none, &none, &none).told, "no clock");
    }
}
