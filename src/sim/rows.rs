//! The router's rows as the tests and the demo see them.
//!
//! Rows as the tests and the demo see them, secrets as they seed them, and why something could not be done by hand. It must
//! never hold a reference into the device.

use std::time::Instant;

use super::device::{Device, id_text};
use super::menus::Menu;
use super::refusal::Refusal;
use super::table::TableItem;

/// Why something could not be done by hand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ByHand {
    /// The router refuses it.
    #[error("the simulated router refuses: {0}")]
    Refused(String),
    /// There is no such table.
    #[error("`{0}` is no table of the simulated router; `/ppp/secret` would be one")]
    NoTable(String),
    /// There is no such row.
    #[error("`{menu}` has no row `{row}`")]
    NoRow {
        /// The table.
        menu: String,
        /// What was looked for.
        row: String,
    },
}

impl From<Refusal> for ByHand {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.message)
    }
}

/// A row as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowView {
    /// `*1A`
    pub id: String,
    /// Attributes in the menu's order, flags as `true` and `false`; what it lacks is not there. Text with replacement
    /// where it is not UTF-8.
    pub values: Vec<(&'static str, String)>,
    /// How often commands over the API changed it.
    pub changes: u32,
    /// For a session: the profile it was started with.
    pub session_profile: Option<String>,
}

impl RowView {
    /// Returns the value of an attribute.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns whether a flag is set.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.value(name) == Some("true")
    }
}

/// A PPP secret to begin with.
#[derive(Debug, Clone)]
pub struct NewSecret<'a> {
    /// Its name; bytes, for names that are not UTF-8.
    pub name: &'a [u8],
    /// A profile, made when there is none of that name.
    pub profile: &'a str,
    /// Its password.
    pub password: &'a str,
    /// Its service.
    pub service: &'a str,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Its comment.
    pub comment: &'a [u8],
    /// There is a modem that dials in whenever it may. It does not dial by itself before `connect`.
    pub has_client: bool,
}

impl<'a> NewSecret<'a> {
    /// Returns an enabled secret with the profile `default`.
    #[must_use]
    pub const fn named(name: &'a str) -> Self {
        Self {
            name: name.as_bytes(),
            profile: "default",
            password: "secret",
            service: "pppoe",
            disabled: false,
            comment: b"",
            has_client: true,
        }
    }
}

/// Returns the row as it is at this moment.
pub(crate) fn view(device: &Device, menu: Menu, item: &TableItem, now: Instant) -> RowView {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let values = menu.description().attributes.iter().filter_map(|known| {
        let value = device.value(item, known.name.as_bytes(), now)?;
        Some((known.name, text(&value)))
    });
    RowView {
        id: id_text(item.id),
        values: values.collect(),
        changes: item.changes,
        session_profile: item.session.as_ref().map(|session| text(&session.profile)),
    }
}
