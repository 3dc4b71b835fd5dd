//! What does `[access]` say about cutting off?
//!
//! Must never know: how a router is told.

use crate::config::billing::GRACE_DAYS_MAX;
use crate::config::notes::Notes;
use crate::config::walk::Section;
use crate::model::router::work::StaticMethod;

/// The longest name of an address list, in bytes.
const LIST_NAME_MAX: usize = 128;

/// `[access]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessConfig {
    /// Days of service after the due day before the cut.
    pub grace_days: u16,
    /// A run that would cut more than this share of the active, in percent, waits for approval.
    pub max_share: u8,
    /// How a static subscriber is cut off.
    pub static_method: StaticMethod,
    /// The address list, named even when queues are used: whom an earlier method put there is taken off at resume.
    pub address_list: Option<String>,
}

/// Reads `[access]`, and notes what is wrong in it.
pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>) -> AccessConfig {
    let mut config = AccessConfig {
        grace_days: 0,
        max_share: 20,
        static_method: StaticMethod::Queue,
        address_list: None,
    };
    let Some(section) = root.section(notes, "access", "[access]") else {
        return config;
    };
    section.only(notes, &["grace_days", "max_share", "static", "address_list"]);
    if let Some(days) = section.whole(notes, "grace_days", 0, GRACE_DAYS_MAX) {
        config.grace_days = days;
    }
    if let Some(share) = section.whole(notes, "max_share", 1, 100) {
        config.max_share = share;
    }
    config.address_list = section.made(notes, "address_list", |text| {
        if text.is_empty() || text.len() > LIST_NAME_MAX || text.chars().any(char::is_control) || text.trim() != text {
            Err(format!(
                "`address_list` must have 1 to {LIST_NAME_MAX} bytes and no space at its start or end; write it like \
                 `weir-suspended`"
            ))
        } else {
            Ok(text.to_owned())
        }
    });
    let by_list = section.word(notes, "static", &[("queue", false), ("address-list", true)]) == Some(true);
    if by_list && section.is_absent("address_list") {
        let message = "`static = \"address-list\"` needs the name of the list; add `address_list = \"weir-suspended\"`";
        notes.note(section.place("static"), message);
    }
    if by_list && let Some(list) = config.address_list.clone() {
        config.static_method = StaticMethod::AddressList(list);
    }
    config
}
