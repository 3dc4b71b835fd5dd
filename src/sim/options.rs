//! Which router is it?
//!
//! Everything that can be chosen before the simulated router starts. It must never hold what changes while it runs.

use std::str::FromStr;
use std::time::Duration;

use jiff::civil::DateTime;

/// A release of RouterOS; replies differ by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 6 or 7.
    pub major: u16,
    /// The number after the first point.
    pub minor: u16,
    /// The number after the second point, 0 when there is none.
    pub patch: u16,
}

impl Version {
    /// Returns the release with these numbers.
    #[must_use]
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// Returns whether it takes name and password in one login; before that, only a challenge. *Source:* MikroTik
    /// documentation, API, "Initial login".
    pub(crate) fn takes_passwords(self) -> bool {
        self >= Self::new(6, 43, 0)
    }

    /// Returns whether it answers a bare `/login` with a challenge. *Source:* seen in practice: up to 6.45.1.
    pub(crate) fn gives_challenges(self) -> bool {
        self <= Self::new(6, 45, 1)
    }

    /// Returns whether its traps carry a category. *Source:* seen in practice; older replies have the message alone.
    pub(crate) fn names_categories(self) -> bool {
        self.takes_passwords()
    }

    /// Returns whether a print that finds nothing answers `!empty`. *Source:* MikroTik changelog, 7.18.
    pub(crate) fn says_empty(self) -> bool {
        self >= Self::new(7, 18, 0)
    }

    /// Returns whether it writes dates as `2027-01-10`; before that, `jan/10/2027`. *Source:* MikroTik changelog, 7.10.
    pub(crate) fn writes_iso_dates(self) -> bool {
        self >= Self::new(7, 10, 0)
    }

    /// Returns whether it is RouterOS 7, where health has a row per sensor, and NTP a status.
    pub(crate) const fn is_seven(self) -> bool {
        self.major >= 7
    }

    /// Formats it as `/system/resource` has it.
    pub(crate) fn text(self) -> String {
        let Self { major, minor, patch } = self;
        let channel = if self.is_seven() { "stable" } else { "long-term" };
        if patch == 0 {
            format!("{major}.{minor} ({channel})")
        } else {
            format!("{major}.{minor}.{patch} ({channel})")
        }
    }
}

/// A text that is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no RouterOS version; write it like `6.49` or `7.18.2`")]
pub struct NoVersion(String);

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let wrong = || NoVersion(text.to_owned());
        let mut numbers = [None, None, Some(0)];
        let mut parts = text.split('.');
        for (number, part) in numbers.iter_mut().zip(parts.by_ref()) {
            *number = Some(part.parse::<u16>().map_err(|_| wrong())?);
        }
        match (numbers, parts.next()) {
            ([Some(major), Some(minor), Some(patch)], None) => Ok(Self::new(major, minor, patch)),
            _ => Err(wrong()),
        }
    }
}

/// Someone who may log in over the API.
#[derive(Clone)]
pub struct Account {
    /// The user's name.
    pub name: String,
    /// The password in clear: an invented one.
    pub password: String,
    /// Whether the user's group has the right to write.
    pub writes: bool,
}

impl Account {
    /// Returns a user who may read and write.
    #[must_use]
    pub fn new(name: &str, password: &str) -> Self {
        Self {
            name: name.to_owned(),
            password: password.to_owned(),
            writes: true,
        }
    }
}

/// What a simulated router is when it starts. Take the default and change what counts.
#[derive(Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 chooses one.
    pub port: u16,
    /// The release of RouterOS.
    pub version: Version,
    /// Who may log in. Default: `weir` with `sim-password`, who may write.
    pub accounts: Vec<Account>,
    /// The name in `/system/identity`.
    pub identity: String,
    /// The serial number of the board; `None` for a virtual router, which has no routerboard.
    pub serial: Option<String>,
    /// The router's own civil time when it starts; it goes on from there.
    pub clock: DateTime,
    /// What the router says is its distance from UTC.
    pub gmt_offset: String,
    /// What the router calls its zone.
    pub time_zone: String,
    /// Whether its NTP client says that it is synchronised when the router starts.
    pub ntp_synchronised: bool,
    /// Whether there is a menu of the NTP client.
    pub ntp_menu: bool,
    /// Whether the NTP client is on.
    pub ntp_enabled: bool,
    /// Whether the cloud sets the clock, and was reached, when the router starts.
    pub cloud_time: bool,
    /// What its LTE modem is called; `None` for a router without one.
    pub modem: Option<String>,
    /// How long it has been up when it starts.
    pub uptime: Duration,
    /// After which time a client whose session ended dials in again.
    pub redial: Duration,
    /// How long the ports stay closed when it reboots.
    pub reboot: Duration,
    /// How long answers take on the way.
    pub latency: Duration,
    /// Flags in replies are `yes` and `no` instead of `true` and `false`.
    pub yes_no: bool,
    /// From how many rows on an unqueried print counts as one of a full table.
    pub full_print_rows: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            version: Version::new(7, 16, 1),
            accounts: vec![Account::new("weir", "sim-password")],
            identity: "MikroTik".to_owned(),
            serial: Some("HG309K8ZZ41".to_owned()),
            clock: jiff::civil::date(2027, 1, 10).at(12, 0, 0, 0),
            gmt_offset: "+03:00".to_owned(),
            time_zone: "Africa/Nairobi".to_owned(),
            ntp_synchronised: true,
            ntp_menu: true,
            ntp_enabled: true,
            cloud_time: false,
            modem: Some("lte1".to_owned()),
            uptime: Duration::from_secs(9 * 86_400 + 3 * 3_600 + 4 * 60 + 5),
            redial: Duration::from_millis(200),
            reboot: Duration::from_millis(500),
            latency: Duration::ZERO,
            yes_no: false,
            full_print_rows: 20,
        }
    }
}
