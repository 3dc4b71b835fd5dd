//! What are the site's name, place, time zone and currency?
//!
//! Must never know: whether the folders exist.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use crate::config::nearest::nearest;
use crate::config::notes::Notes;
use crate::config::walk::{Section, TomlText, made};
use crate::model::money::Currency;
use crate::model::name::FullName;

/// The longest path of a Unix socket, in bytes. *Source:* unix(7): `sun_path` has 108 bytes, the last of them zero.
pub const SOCKET_PATH_MAX: usize = 107;
/// The longest path that the kernel takes, in bytes. *Source:* Linux, `PATH_MAX`, with its closing zero.
const PATH_MAX: usize = 4095;
/// Where the data lies unless the file says otherwise.
pub(crate) const DATA: &str = "/var/lib/weir";
/// Where the service is asked unless the file says otherwise.
pub(crate) const SOCKET: &str = "/run/weir/control.sock";

/// `[site]`
#[derive(Debug, Clone)]
pub struct SiteConfig {
    /// What the site is called.
    pub name: String,
    /// Its time zone by its IANA name.
    pub zone_name: String,
    /// Its time zone.
    pub zone: TimeZone,
    /// The money of all amounts.
    pub currency: Currency,
    /// The folder of the database, inbox, archive and backups.
    pub data: PathBuf,
    /// Where the running service is asked.
    pub socket: PathBuf,
}

/// `[site]` as far as it could be read.
pub(crate) struct SiteSection {
    name: Option<FullName>,
    zone: Option<(String, TimeZone)>,
    pub(crate) currency: Option<Currency>,
    data: Option<PathBuf>,
    socket: Option<PathBuf>,
}

impl SiteSection {
    /// Returns the site, if all of it could be read.
    pub(crate) fn whole(self) -> Option<SiteConfig> {
        let (zone_name, zone) = self.zone?;
        Some(SiteConfig {
            name: self.name?.as_str().to_owned(),
            zone_name,
            zone,
            currency: self.currency?,
            data: self.data?,
            socket: self.socket?,
        })
    }
}

/// Reads `[site]`, and notes what is wrong in it.
pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>, base: &Path) -> SiteSection {
    let mut found = SiteSection {
        name: None,
        zone: None,
        currency: None,
        data: None,
        socket: None,
    };
    if root.is_absent("site") {
        notes.note(
            0,
            "[site] is missing; add `[site]` with `name`, `time_zone` and `currency`",
        );
        return found;
    }
    let Some(site) = root.section(notes, "site", "[site]") else {
        return found;
    };
    site.only(notes, &["name", "time_zone", "currency", "data", "socket"]);
    let name = site.required(notes, "name", "hilltop");
    found.name = name.and_then(|name| made(notes, name, FullName::new));
    let zone = site.required(notes, "time_zone", "Africa/Nairobi");
    found.zone = zone.and_then(|zone| made(notes, zone, time_zone));
    let money = site.required(notes, "currency", "KES");
    found.currency = money.and_then(|money| made(notes, money, currency));
    found.data = path(notes, site, "data", DATA, base);
    found.socket = path(notes, site, "socket", SOCKET, base);
    if let Some(bytes) = found.socket.as_ref().map(|socket| socket.as_os_str().len())
        && bytes > SOCKET_PATH_MAX
    {
        let message = format!(
            "the path of the socket has {bytes} bytes with its folder, and at most {SOCKET_PATH_MAX} are allowed; use a \
             shorter one, such as `socket = \"{SOCKET}\"`"
        );
        notes.note(site.place("socket"), message);
    }
    found
}

/// Reads a path, resolved against the file's folder.
fn path(notes: &mut Notes<'_>, section: Section<'_>, key: &str, default: &str, base: &Path) -> Option<PathBuf> {
    if section.is_absent(key) {
        return Some(base.join(default));
    }
    let text = section.text(notes, key)?;
    file(notes, text, key, base)
}

/// Returns the path that a text names, resolved against the file's folder.
pub(crate) fn file(notes: &mut Notes<'_>, text: TomlText<'_>, key: &str, base: &Path) -> Option<PathBuf> {
    made(notes, text, |text| {
        let path = base.join(text);
        if text.is_empty() {
            Err(format!("`{key}` is empty; write a path, or remove the key"))
        } else if text.chars().any(char::is_control) {
            Err(format!("`{key}` contains a control character; remove it"))
        } else if path.as_os_str().len() > PATH_MAX {
            Err(format!(
                "`{key}` is too long for a path (at most {PATH_MAX} bytes); use a shorter one"
            ))
        } else {
            Ok(path)
        }
    })
}

fn time_zone(text: &str) -> Result<(String, TimeZone), String> {
    let known = TimeZone::get(text).ok().filter(|zone| !zone.is_unknown());
    if let Some(zone) = known
        && let Some(name) = zone.iana_name()
    {
        return Ok((name.to_owned(), zone.clone()));
    }
    let names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .collect();
    let whole = nearest(text, names.iter().map(String::as_str));
    // `Nairobi` is meant as the city of `Africa/Nairobi`.
    let city = || {
        names.iter().map(String::as_str).find(|name| {
            name.rsplit('/')
                .next()
                .is_some_and(|city| city.eq_ignore_ascii_case(text.trim()))
        })
    };
    Err(match whole.or_else(city) {
        Some(near) => format!("time zone `{text}` is not known; did you mean `{near}`?"),
        None => format!("time zone `{text}` is not known; write continent and city, such as `Africa/Nairobi`"),
    })
}

fn currency(text: &str) -> Result<Currency, String> {
    let capitals = text.trim().to_ascii_uppercase();
    Currency::from_code(text).ok_or_else(|| match Currency::from_code(&capitals) {
        Some(meant) => format!("currency `{text}` is not known; did you mean `{meant}`?"),
        None => format!("currency `{text}` is not known; write its three-letter code of ISO 4217, such as `KES`"),
    })
}
