//! Where are the site's socket and data folder, even if its file is faulty?
//!
//! When the file has been spoilt, the service runs on with its last good configuration, and the owner needs to ask it
//! what is wrong. So the two keys that lead to it, socket and data folder, are read from whatever part of the file can
//! be read. Must never know: whether anything is there.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::model::money::Currency;

use crate::config::site::{DATA, SOCKET};

/// Where a site lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitePlaces {
    /// The folder of the store.
    pub data: PathBuf,
    /// Where the running service is asked.
    pub socket: PathBuf,
}

/// Returns the `data` and `socket` of `[site]`, resolved against the file's folder `base`; the usual places if the file
/// does not say, or cannot be understood there.
#[must_use]
pub fn places(text: &str, base: &Path) -> SitePlaces {
    let (document, _) = DeTable::parse_recoverable(text);
    let site = document.get_ref().get("site").map(toml::Spanned::get_ref);
    let named = |key: &str| match site.and_then(|site| site.get(key)).map(toml::Spanned::get_ref) {
        Some(DeValue::String(path)) if !path.is_empty() => Some(base.join(path.as_ref())),
        _ => None,
    };
    SitePlaces {
        data: named("data").unwrap_or_else(|| base.join(DATA)),
        socket: named("socket").unwrap_or_else(|| base.join(SOCKET)),
    }
}

/// Returns the `currency` of `[site]`, if it can be understood.
#[must_use]
#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds of TOML values are not ours")]
pub fn currency(text: &str) -> Option<Currency> {
    let (document, _) = DeTable::parse_recoverable(text);
    match document.get_ref().get("site")?.get_ref().get("currency")?.get_ref() {
        DeValue::String(code) => Currency::from_code(code),
        _ => None,
    }
}

/// Returns the line of a key of a table, from 1; where it cannot be found, the first.
#[must_use]
pub fn line_of(text: &str, table: &str, key: &str) -> u32 {
    let (document, _) = DeTable::parse_recoverable(text);
    let at = document
        .get_ref()
        .get(table)
        .and_then(|table| table.get_ref().get(key))
        .map_or(0, |value| value.span().start);
    let before = text.get(..at).unwrap_or("");
    line_number(before.matches('\n').count())
}

/// Returns the line behind the last table of an array of tables, from 1, where a further one would stand; without one, the line behind
/// the last.
#[must_use]
pub fn end_of(text: &str, array: &str) -> u32 {
    let header = format!("[[{array}]]");
    let mut within = false;
    let (mut end, mut last) = (None, 0_usize);
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            within = line.starts_with(&header);
        }
        if !line.is_empty() && !line.starts_with('#') {
            last = at.saturating_add(1);
            if within {
                end = Some(last);
            }
        }
    }
    line_number(end.unwrap_or(last))
}

/// Returns the number of the line that so many are before.
fn line_number(before: usize) -> u32 {
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_stands_where_the_thing_would() {
        let text = "[site]\nname = \"x\"\ncurrency = \"KES\"\n\n[[packages]]\nname = \"a\"\n\n# more\n[[routers]]\nname = \"r\"\n";
        assert_eq!(line_of(text, "site", "currency"), 3);
        assert_eq!(line_of(text, "site", "zone"), 1);
        assert_eq!(end_of(text, "packages"), 7);
        assert_eq!(end_of(text, "routers"), 11);
        assert_eq!(end_of(text, "gateways"), 11);
    }

    #[test]
    fn the_places_are_found_in_a_faulty_file() {
        let base = Path::new("/srv/hilltop");
        for (text, data, socket) in [
            ("[site]\nsocket = \"control.sock\"\n", DATA, "/srv/hilltop/control.sock"),
            (
                "[site]\nsocket = \"/run/x.sock\"\ndata = \"data\"\nnonsense = 5\n",
                "/srv/hilltop/data",
                "/run/x.sock",
            ),
            (
                "[site]\nsocket = \"control.sock\"\ndata = \"/mnt/usb\"\n[[routers]\nname = = 3\n",
                "/mnt/usb",
                "/srv/hilltop/control.sock",
            ),
            ("[site]\nname = \"x\"\n", DATA, SOCKET),
            ("[site]\nsocket = 5\ndata = \"\"\n", DATA, SOCKET),
            ("site = 3\n", DATA, SOCKET),
            ("", DATA, SOCKET),
            ("][", DATA, SOCKET),
        ] {
            let found = places(text, base);
            assert_eq!(
                (found.data.as_path(), found.socket.as_path()),
                (Path::new(data), Path::new(socket)),
                "{text}"
            );
        }
    }
}
