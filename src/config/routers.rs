//! Which routers does the site have, and how are they reached?
//!
//! Must never know: what is on a router, or what is in its password file.

use std::path::{Path, PathBuf};

use crate::config::notes::Notes;
use crate::config::site::file;
use crate::config::walk::{Section, made};
use crate::model::name::{ProfileName, RouterName};

/// The port of the plain API. *Source:* RouterOS documentation, IP/Services.
const API_PORT: u16 = 8728;
/// The port of SSH.
const SSH_PORT: u16 = 22;
/// The longest host name, in bytes. *Source:* RFC 1035, 2.3.4.
const HOST_MAX: usize = 253;
/// The longest user name, in bytes.
const USER_MAX: usize = 128;
/// The highest port.
const PORT_MAX: i64 = 65_535;

/// One of `[[routers]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouterConfig {
    /// The name by which the site knows it.
    pub name: RouterName,
    /// Its address or host name.
    pub host: String,
    /// The port of its API.
    pub port: u16,
    /// Whom to log in as.
    pub username: String,
    /// The file that holds the password.
    pub password_file: PathBuf,
    /// Where the key is in the file, for findings about it.
    pub line: u32,
    /// The port of SSH.
    pub ssh_port: u16,
    /// Cut-off pppoe subscribers are moved to this profile; without one their secret is disabled.
    pub suspended_profile: Option<ProfileName>,
}

/// Reads every `[[routers]]`, and notes what is wrong in them.
pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>, base: &Path) -> Vec<RouterConfig> {
    let mut routers: Vec<RouterConfig> = Vec::new();
    let mut names: Vec<(RouterName, u32)> = Vec::new();
    for section in root.sections(notes, "routers", "[[routers]]") {
        let name = section.required(notes, "name", "core");
        if let Some(name) = name.and_then(|name| made(notes, name, RouterName::new)) {
            unique(notes, section, &mut names, "router", name);
        }
        routers.extend(router(notes, section, base));
    }
    routers
}

/// Notes a name that was there before.
pub(crate) fn unique<T: PartialEq + std::fmt::Display>(
    notes: &mut Notes<'_>,
    section: Section<'_>,
    names: &mut Vec<(T, u32)>,
    what: &str,
    name: T,
) {
    let at = section.place("name");
    match names.iter().find(|(other, _)| *other == name) {
        Some((_, line)) => {
            let message = format!("{what} `{name}` is already defined on line {line}; give each its own name");
            notes.note(at, message);
        }
        None => names.push((name, notes.line(at))),
    }
}

fn router(notes: &mut Notes<'_>, section: Section<'_>, base: &Path) -> Option<RouterConfig> {
    section.only(
        notes,
        &[
            "name",
            "host",
            "port",
            "username",
            "password_file",
            "tls",
            "ssh_port",
            "suspended_profile",
        ],
    );
    let name = section.text_quietly("name").and_then(|name| RouterName::new(name).ok());
    let host = section.required(notes, "host", "192.168.88.1");
    let host = host.and_then(|text| made(notes, text, host_of));
    let port = port(notes, section, "port", API_PORT);
    let username = section.required(notes, "username", "weir");
    let username = username.and_then(|text| made(notes, text, user_of));
    let password = section.required(notes, "password_file", "secrets/core");
    let password_file = password.and_then(|text| file(notes, text, "password_file", base));
    if section.truth(notes, "tls") == Some(true) {
        let message = "this version supports only the plain API; set `tls = false` and `port = 8728`";
        notes.note(section.place("tls"), message);
    }
    let ssh_port = self::port(notes, section, "ssh_port", SSH_PORT);
    let suspended_profile = section.made(notes, "suspended_profile", ProfileName::new);
    Some(RouterConfig {
        name: name?,
        host: host?,
        port,
        username: username?,
        password_file: password_file?,
        line: notes.line(section.place("password_file")),
        ssh_port,
        suspended_profile,
    })
}

/// Reads a port, or returns the default.
pub(crate) fn port(notes: &mut Notes<'_>, section: Section<'_>, key: &str, default: u16) -> u16 {
    section.whole(notes, key, 1, PORT_MAX).unwrap_or(default)
}

/// Parses an address or a host name.
pub(crate) fn host_of(text: &str) -> Result<String, String> {
    let is_v6 = text.parse::<std::net::Ipv6Addr>().is_ok();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    if !is_v6
        && let Some((host, port)) = text.split_once(':')
        && host.chars().all(fits)
        && port.parse::<u16>().is_ok()
    {
        return Err(format!(
            "host `{text}` contains a port; write `host = \"{host}\"` and `port = {port}`"
        ));
    }
    let numbers_only = text.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    if numbers_only && text.parse::<std::net::Ipv4Addr>().is_err() {
        return Err(format!(
            "host `{text}` is not an IP address; write four numbers from 0 to 255, such as `192.168.88.1`"
        ));
    }
    if (is_v6 || text.chars().all(fits)) && text.len() <= HOST_MAX {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "host `{text}` is neither an IP address nor a host name; write it like `192.168.88.1`"
        ))
    }
}

/// Parses the name of a user on a router.
pub(crate) fn user_of(text: &str) -> Result<String, String> {
    if text.len() > USER_MAX {
        Err(format!(
            "username has {} bytes; at most {USER_MAX} are allowed",
            text.len()
        ))
    } else if text.chars().any(char::is_control) || text.trim() != text {
        Err("username contains a control character, or a space at its start or end; remove it".to_owned())
    } else {
        Ok(text.to_owned())
    }
}
