//! The state of the simulated router.
//!
//! All state of one device, and what changes it: the tables with their checks, the clock, the reboot. Times come in as
//! arguments, so that nothing here waits. It must never know sockets, sentences or faults.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::clients::Clients;
use super::menus::{Menu, ValueKind};
use super::options::Options;
use super::refusal::Refusal;
use super::sent_sms::SentSms;
use super::table::{MenuTable, TableItem};
use super::values;

/// Checked values: an attribute and what it becomes, `None` to take it away.
pub(crate) type CheckedValues = Vec<(&'static str, Option<Vec<u8>>)>;

/// The device.
pub(crate) struct Device {
    pub(crate) options: Options,
    secrets: MenuTable,
    profiles: MenuTable,
    active: MenuTable,
    queues: MenuTable,
    lists: MenuTable,
    filter: MenuTable,
    pub(crate) clients: Clients,
    /// What its modem has sent, oldest first.
    pub(crate) messages: Vec<SentSms>,
    booted: Instant,
    clock: (DateTime, Instant),
    wrong_clock: Option<(DateTime, Instant)>,
    /// Whether the NTP client is synchronised at this moment.
    pub(crate) ntp_synchronised: bool,
    /// Whether the cloud sets the clock at this moment.
    pub(crate) cloud_time: bool,
}

impl Device {
    /// Returns a device with the two profiles that every router has, and nothing else.
    pub(crate) fn new(options: Options, now: Instant) -> Self {
        let table = |menu: Menu| MenuTable::new(menu.description().key);
        let clock = (options.clock, now);
        let booted = now.checked_sub(options.uptime).unwrap_or(now);
        let (ntp_synchronised, cloud_time) = (options.ntp_synchronised, options.cloud_time);
        let mut device = Self {
            options,
            ntp_synchronised,
            cloud_time,
            secrets: table(Menu::Secret),
            profiles: table(Menu::Profile),
            active: table(Menu::Active),
            queues: table(Menu::Queue),
            lists: table(Menu::AddressList),
            filter: table(Menu::Filter),
            clients: Clients::default(),
            messages: Vec::new(),
            booted,
            clock,
            wrong_clock: None,
        };
        for name in ["default", "default-encryption"] {
            let values = vec![("name", name.as_bytes().to_vec()), ("default", b"true".to_vec())];
            device
                .profiles
                .insert(TableItem::new(with_defaults(Menu::Profile, values)), false);
        }
        device
    }

    /// Returns the table of a menu.
    pub(crate) const fn table(&self, menu: Menu) -> &MenuTable {
        match menu {
            Menu::Secret => &self.secrets,
            Menu::Profile => &self.profiles,
            Menu::Active => &self.active,
            Menu::Queue => &self.queues,
            Menu::AddressList => &self.lists,
            Menu::Filter => &self.filter,
        }
    }

    /// Returns the table of a menu, to be changed.
    pub(crate) const fn table_mut(&mut self, menu: Menu) -> &mut MenuTable {
        match menu {
            Menu::Secret => &mut self.secrets,
            Menu::Profile => &mut self.profiles,
            Menu::Active => &mut self.active,
            Menu::Queue => &mut self.queues,
            Menu::AddressList => &mut self.lists,
            Menu::Filter => &mut self.filter,
        }
    }

    /// Returns the value of a row under a name, including its id and its running values, flags as `true` and `false`.
    pub(crate) fn value<'a>(&self, item: &'a TableItem, name: &[u8], now: Instant) -> Option<Cow<'a, [u8]>> {
        match (name, &item.session) {
            (b".id", _) => Some(Cow::Owned(id_text(item.id).into_bytes())),
            (b"uptime", Some(session)) => {
                let up = now.saturating_duration_since(session.since);
                Some(Cow::Owned(
                    values::uptime(up, self.options.version.is_seven()).into_bytes(),
                ))
            }
            _ => item.value(std::str::from_utf8(name).ok()?).map(Cow::Borrowed),
        }
    }

    /// Finds the row that a text in `.id` or `numbers` means: an id, else a name, else a place in the list.
    ///
    /// *Source:* MikroTik documentation, Scripting, "print"; that a name goes before a place is a guess.
    pub(crate) fn find(&self, menu: Menu, text: &[u8]) -> Option<u32> {
        let table = self.table(menu);
        if let Some(digits) = text.strip_prefix(b"*") {
            let id = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
            return table.get(id).map(|item| item.id);
        }
        if menu.description().key_is_name
            && let Some(item) = table.first(text)
        {
            return Some(item.id);
        }
        if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
            return None;
        }
        table.nth(std::str::from_utf8(text).ok()?.parse().ok()?)
    }

    /// Returns why a text in `.id` or `numbers` finds nothing.
    ///
    /// *Source:* seen in public transcripts; version 7 adds a number when an id was given.
    pub(crate) fn missing(&self, text: &[u8]) -> Refusal {
        if text.starts_with(b"*") && self.options.version.is_seven() {
            return Refusal::of(0, "no such item (4)");
        }
        Refusal::no_such_item()
    }

    /// Returns why a path leads nowhere.
    ///
    /// *Source:* seen in public transcripts; version 7 sends two traps.
    pub(crate) fn no_such_menu(&self, path: &str) -> Refusal {
        let words = "no such command prefix";
        if !self.options.version.is_seven() {
            return Refusal::of(0, words);
        }
        let last = path.rsplit('/').next().unwrap_or(path);
        Refusal {
            second: Some(words.to_owned()),
            ..Refusal::of(0, format!("no such command or directory ({last})"))
        }
    }

    /// Returns why an attribute means nothing here.
    pub(crate) fn unknown_parameter(&self, name: &[u8]) -> Refusal {
        if self.options.version.is_seven() {
            return Refusal::of(1, format!("unknown parameter {}", String::from_utf8_lossy(name)));
        }
        Refusal::of(1, "unknown parameter")
    }

    /// Reads attributes as values of this menu; `by_router` lets what only the router itself writes pass.
    pub(crate) fn check<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        &self,
        menu: Menu,
        attributes: &[(N, V)],
        by_router: bool,
    ) -> Result<CheckedValues, Refusal> {
        let mut checked = CheckedValues::new();
        for (name, value) in attributes {
            let (name, value) = (name.as_ref(), value.as_ref());
            let known = menu
                .attribute(name)
                .filter(|known| by_router || !matches!(known.kind, ValueKind::ReadOnly | ValueKind::ReadOnlyFlag));
            let Some(known) = known else {
                return Err(self.unknown_parameter(name));
            };
            let value = match known.kind {
                ValueKind::Text | ValueKind::ReadOnly => (!value.is_empty()).then(|| value.to_vec()),
                ValueKind::Flag | ValueKind::ReadOnlyFlag => {
                    let on = values::flag(value).ok_or_else(|| Refusal::invalid(known.name))?;
                    Some(values::flag_text(on, false).to_vec())
                }
                ValueKind::Rates => Some(values::rate_pair(value).ok_or_else(|| Refusal::invalid(known.name))?),
                ValueKind::ProfileName => {
                    if self.profiles.first(value).is_none() {
                        return Err(Refusal::no_such_value(known.name));
                    }
                    Some(value.to_vec())
                }
            };
            if value.is_none() && menu.description().required.contains(&known.name) {
                return Err(Refusal::invalid(known.name));
            }
            checked.push((known.name, value));
        }
        Ok(checked)
    }

    /// Adds a row with the menu's defaults, and says its id.
    pub(crate) fn add(
        &mut self,
        menu: Menu,
        values: CheckedValues,
        dynamic: bool,
        now: Instant,
    ) -> Result<u32, Refusal> {
        let mut has: Vec<(&'static str, Vec<u8>)> = Vec::new();
        for (name, value) in values {
            has.retain(|(known, _)| *known != name);
            has.extend(value.map(|value| (name, value)));
        }
        let description = menu.description();
        let lacks = |name: &&&str| !has.iter().any(|(known, _)| known == *name);
        let missing: Vec<&str> = description.required.iter().filter(lacks).copied().collect();
        if !missing.is_empty() {
            return Err(Refusal::plain(format!(
                "missing value(s) of argument(s) {}",
                missing.join(" ")
            )));
        }
        let item = TableItem::new(with_defaults(menu, has));
        self.refuse_twin(menu, |name| item.value(name).map(<[u8]>::to_vec), None)?;
        let dynamic = dynamic || item.value("timeout").is_some();
        let id = self.table_mut(menu).insert(item, dynamic);
        if dynamic && menu.attribute(b"dynamic").is_some() {
            self.table_mut(menu).put(id, "dynamic", Some(b"true".to_vec()));
        }
        if menu == Menu::AddressList {
            let at = self.clock_at(now);
            let iso = self.options.version.writes_iso_dates();
            let text = format!("{} {}", values::date(at, iso), values::time(at));
            self.table_mut(menu).put(id, "creation-time", Some(text.into_bytes()));
        }
        if menu == Menu::Secret {
            // A modem may have dialled in vain since a secret of this name was removed.
            self.let_dial(id, now);
        }
        Ok(id)
    }

    /// Changes a row. Says whether anything became another than it was.
    pub(crate) fn change(
        &mut self,
        menu: Menu,
        id: u32,
        values: &CheckedValues,
        now: Instant,
    ) -> Result<bool, Refusal> {
        let item = self.table(menu).get(id).ok_or_else(Refusal::no_such_item)?;
        if item.is("dynamic") {
            return Err(Refusal::plain("failure: can not change dynamic item"));
        }
        let becomes = |name: &str| match values.iter().rev().find(|(known, _)| *known == name) {
            Some((_, value)) => value.clone(),
            None => item.value(name).map(<[u8]>::to_vec),
        };
        self.refuse_twin(menu, becomes, Some(id))?;
        let was_disabled = item.is("disabled");
        let mut changed = false;
        for (name, value) in values {
            changed |= self.table_mut(menu).put(id, name, value.clone());
        }
        if menu == Menu::Secret && was_disabled {
            self.let_dial(id, now);
        }
        Ok(changed)
    }

    /// Takes a row out; a session ends, and its client dials again after a while.
    pub(crate) fn remove(&mut self, menu: Menu, id: u32, now: Instant) -> Result<(), Refusal> {
        let item = self.table(menu).get(id).ok_or_else(Refusal::no_such_item)?;
        if menu == Menu::Active {
            self.end_session(id, now);
        } else if menu == Menu::Queue && item.is("dynamic") {
            return Err(Refusal::plain("failure: can not remove dynamic item"));
        } else if item.is("default") {
            return Err(Refusal::plain("failure: cannot remove default profile"));
        } else {
            self.table_mut(menu).remove(id);
        }
        Ok(())
    }

    fn refuse_twin(
        &self,
        menu: Menu,
        becomes: impl Fn(&str) -> Option<Vec<u8>>,
        itself: Option<u32>,
    ) -> Result<(), Refusal> {
        let description = menu.description();
        let (names, words) = description.unique;
        let Some(key) = becomes(description.key) else {
            return Ok(());
        };
        if names.is_empty() {
            return Ok(());
        }
        let wanted: Vec<(&str, Option<Vec<u8>>)> = names.iter().map(|name| (*name, becomes(name))).collect();
        let table = self.table(menu);
        let twin = table
            .ids_of(&key)
            .iter()
            .filter(|id| Some(**id) != itself)
            .filter_map(|id| table.get(*id))
            .any(|other| wanted.iter().all(|(name, value)| other.value(name) == value.as_deref()));
        if twin { Err(Refusal::plain(words)) } else { Ok(()) }
    }

    /// Returns the router's civil time.
    pub(crate) fn clock_at(&self, now: Instant) -> DateTime {
        let (start, since) = self.wrong_clock.unwrap_or(self.clock);
        SignedDuration::try_from(now.saturating_duration_since(since))
            .ok()
            .and_then(|passed| start.checked_add(passed).ok())
            .unwrap_or(start)
    }

    /// Sets the clock; it goes on from there.
    pub(crate) const fn set_clock(&mut self, to: DateTime, now: Instant) {
        self.clock = (to, now);
    }

    /// Sets the clock to an instant, which the router shows at its distance from UTC; it goes on from there.
    pub(crate) fn set_instant(&mut self, to: Timestamp, now: Instant) {
        let offset = values::offset(&self.options.gmt_offset).unwrap_or(Offset::UTC);
        self.set_clock(offset.to_datetime(to), now);
    }

    /// Makes the clock tell another time, or again the right one.
    pub(crate) fn set_wrong_clock(&mut self, to: Option<DateTime>, now: Instant) {
        self.wrong_clock = to.map(|to| (to, now));
    }

    /// Returns how long it has been up.
    pub(crate) fn uptime(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.booted)
    }

    /// Reboots: sessions end, dynamic rows go, their ids start over, clients dial in again once it is back.
    pub(crate) fn reboot(&mut self, now: Instant) {
        let back = now.checked_add(self.options.reboot).unwrap_or(now);
        self.booted = back;
        for menu in [Menu::Active, Menu::Queue, Menu::AddressList] {
            self.table_mut(menu).forget_dynamic();
        }
        self.dial_all(back);
    }
}

fn with_defaults(menu: Menu, given: Vec<(&'static str, Vec<u8>)>) -> Vec<(&'static str, Vec<u8>)> {
    let mut given = given;
    for attribute in menu.description().attributes {
        if let Some(default) = attribute.default
            && !given.iter().any(|(name, _)| *name == attribute.name)
        {
            given.push((attribute.name, default.as_bytes().to_vec()));
        }
    }
    given
}

/// Formats an id as replies have it: `*1A`.
pub(crate) fn id_text(id: u32) -> String {
    format!("*{id:X}")
}
