//! Where is the service asked, even when the file is faulty?
//!
//! A service runs on with its last good configuration when the file has been spoilt, and then above all the owner asks
//! what is wrong. So the one key that leads to it is read from whatever of the file can be read. Must never know: whether
//! anybody listens there.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::config::site::SOCKET;

/// The `socket` of `[site]`, resolved against the file's folder `base`; the usual place where the file does not say, or
/// cannot be understood there.
#[must_use]
pub fn of(text: &str, base: &Path) -> PathBuf {
    let (document, _) = DeTable::parse_recoverable(text);
    let named = document
        .get_ref()
        .get("site")
        .and_then(|site| site.get_ref().get("socket"))
        .and_then(|socket| match socket.get_ref() {
            DeValue::String(path) if !path.is_empty() => Some(base.join(path.as_ref())),
            _ => None,
        });
    named.unwrap_or_else(|| base.join(SOCKET))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_is_found_in_a_faulty_file() {
        let base = Path::new("/srv/hilltop");
        for (text, socket) in [
            ("[site]\nsocket = \"control.sock\"\n", "/srv/hilltop/control.sock"),
            ("[site]\nsocket = \"/run/x.sock\"\nnonsense = 5\n", "/run/x.sock"),
            (
                "[site]\nsocket = \"control.sock\"\n[[routers]\nname = = 3\n",
                "/srv/hilltop/control.sock",
            ),
            ("[site]\nname = \"x\"\n", SOCKET),
            ("[site]\nsocket = 5\n", SOCKET),
            ("", SOCKET),
            ("][", SOCKET),
        ] {
            assert_eq!(of(text, base), Path::new(socket), "{text}");
        }
    }
}
