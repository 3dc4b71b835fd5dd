//! Carries out commands of the simulated API.
//!
//! Commands after the login: print, add, set, enable, disable, remove, and the few commands of a kind of their own. One
//! command, one step, one outcome. It must never know sockets, logins or faults.

use std::borrow::Cow;
use std::time::Instant;

use super::device::{CheckedValues, Device, id_text};
use super::facts;
use super::menus::Menu;
use super::modem;
use super::query::Query;
use super::refusal::Refusal;
use super::sentence::{SimCommand, SimReply, WordList, attribute};
use super::table::TableItem;
use super::values;

/// Words that `print` takes and that change nothing here.
const PRINT_FLAGS: &[&str] = &[
    "detail",
    "stats",
    "terse",
    "brief",
    "without-paging",
    "value-list",
    "show-ids",
];

/// What a command did besides its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    Read,
    /// Read a table without asking for anything in it.
    ReadAll,
    /// Was to write, and wrote something, or found all as it was.
    Wrote {
        /// Something is another than before.
        changed: bool,
    },
    /// Was to write, was refused before anything was changed.
    Refused,
    /// The router reboots.
    Reboot,
    /// The client wants to go.
    Quit,
}

/// Returns whether a command writes.
pub(crate) fn is_write(command: &SimCommand) -> bool {
    matches!(
        command.menu_and_verb().1,
        "add" | "set" | "enable" | "disable" | "remove" | "reboot"
    ) || command.path == modem::SEND
}

/// Does a command.
pub(crate) fn execute(device: &mut Device, command: &SimCommand, may_write: bool, now: Instant) -> (SimReply, Effect) {
    device.advance(now);
    let (path, verb) = command.menu_and_verb();
    let refused = |refusal: Refusal, effect: Effect| {
        (
            SimReply {
                refusal: Some(refusal),
                ..SimReply::default()
            },
            effect,
        )
    };
    if command.path == "/quit" {
        return (SimReply::default(), Effect::Quit);
    }
    let writes = is_write(command);
    if writes && !may_write {
        return refused(Refusal::plain("not enough permissions (9)"), Effect::Refused);
    }
    if command.path == "/system/reboot" {
        return (SimReply::default(), Effect::Reboot);
    }
    if command.path == modem::SEND {
        return match modem::send(device, command) {
            Ok(()) => (SimReply::default(), Effect::Wrote { changed: true }),
            Err(refusal) => refused(refusal, Effect::Refused),
        };
    }
    let menu = Menu::at(path);
    match (menu, verb) {
        (Some(menu), "print" | "getall") => match print(device, menu, command, now) {
            Ok((answer, effect)) => (answer, effect),
            Err(refusal) => refused(refusal, Effect::Read),
        },
        (Some(menu), _) if menu.description().verbs.contains(&verb) => write(device, menu, verb, command, now),
        (None, "print" | "getall") => match facts::rows(device, path, now) {
            Some(rows) => match print_facts(&rows, command) {
                Ok(answer) => (answer, Effect::Read),
                Err(refusal) => refused(refusal, Effect::Read),
            },
            None => refused(device.no_such_menu(path), Effect::Read),
        },
        _ => {
            let known = menu.is_some() || facts::rows(device, path, now).is_some();
            let refusal = if known {
                Refusal::of(0, "no such command")
            } else {
                device.no_such_menu(path)
            };
            refused(refusal, if writes { Effect::Refused } else { Effect::Read })
        }
    }
}

fn read_query(command: &SimCommand) -> Result<Query, Refusal> {
    Query::read(&command.queries).ok_or_else(|| Refusal::of(1, "invalid query"))
}

/// Returns the names in `.proplist`; `None` if all are wanted.
fn wanted(command: &SimCommand) -> Option<Vec<&[u8]>> {
    let list = command.value(".proplist")?;
    Some(
        list.split(|byte| *byte == b',')
            .filter(|name| !name.is_empty())
            .collect(),
    )
}

fn print(device: &Device, menu: Menu, command: &SimCommand, now: Instant) -> Result<(SimReply, Effect), Refusal> {
    for (name, _) in &command.attributes {
        let known = matches!(
            name.as_slice(),
            b".proplist" | b"count-only" | b".id" | b"numbers" | b"from"
        ) || PRINT_FLAGS.iter().any(|flag| flag.as_bytes() == name);
        if !known {
            return Err(device.unknown_parameter(name));
        }
    }
    let query = read_query(command)?;
    let named = command
        .value(".id")
        .or_else(|| command.value("numbers"))
        .or_else(|| command.value("from"));
    let table = device.table(menu);
    let passes = |item: &&TableItem| query.passes(|name| device.value(item, name, now));
    let rows: Vec<&TableItem> = if let Some(named) = named {
        let mut rows = Vec::new();
        for text in named.split(|byte| *byte == b',') {
            let id = device.find(menu, text).ok_or_else(|| device.missing(text))?;
            rows.extend(table.get(id));
        }
        rows.into_iter().filter(passes).collect()
    } else if let Some(keys) = query.keys(menu.description().key) {
        let mut ids: Vec<u32> = keys.iter().flat_map(|key| table.ids_of(key)).copied().collect();
        ids.sort_unstable();
        ids.into_iter().filter_map(|id| table.get(id)).filter(passes).collect()
    } else {
        table.iter().filter(passes).collect()
    };
    if command.value("count-only").is_some() {
        let ret = Some(rows.len().to_string().into_bytes());
        return Ok((
            SimReply {
                ret,
                ..SimReply::default()
            },
            Effect::Read,
        ));
    }
    let full = query.is_empty() && named.is_none() && rows.len() > device.options.full_print_rows;
    let wanted = wanted(command);
    let rows = rows
        .into_iter()
        .map(|item| row(device, menu, item, wanted.as_deref(), now))
        .collect();
    let answer = SimReply {
        rows,
        is_print: true,
        ..SimReply::default()
    };
    Ok((answer, if full { Effect::ReadAll } else { Effect::Read }))
}

/// Returns a row's words; what it lacks is left out.
fn row(device: &Device, menu: Menu, item: &TableItem, wanted: Option<&[&[u8]]>, now: Instant) -> WordList {
    let word = |name: &[u8]| -> Option<Vec<u8>> {
        let value = device.value(item, name, now)?;
        let known = menu.attribute(name);
        let value = match (known.is_some_and(|known| known.kind.is_flag()), values::flag(&value)) {
            (true, Some(on)) => Cow::Borrowed(values::flag_text(on, device.options.yes_no)),
            _ => value,
        };
        Some(attribute(std::str::from_utf8(name).ok()?, &value))
    };
    match wanted {
        Some(names) => names.iter().filter_map(|name| word(name)).collect(),
        None => std::iter::once(".id")
            .chain(menu.description().attributes.iter().map(|known| known.name))
            .filter_map(|name| word(name.as_bytes()))
            .collect(),
    }
}

fn print_facts(rows: &[facts::Fact], command: &SimCommand) -> Result<SimReply, Refusal> {
    let query = read_query(command)?;
    let wanted = wanted(command);
    let is_wanted = |name: &str| wanted.as_ref().is_none_or(|names| names.contains(&name.as_bytes()));
    let rows = rows
        .iter()
        .filter(|row| {
            query.passes(|name| {
                let value = row.iter().find(|(known, _)| known.as_bytes() == name);
                value.map(|(_, value)| Cow::Borrowed(value.as_bytes()))
            })
        })
        .map(|row| {
            let words = row.iter().filter(|(name, _)| is_wanted(name));
            words.map(|(name, value)| attribute(name, value.as_bytes())).collect()
        })
        .collect();
    Ok(SimReply {
        rows,
        is_print: true,
        ..SimReply::default()
    })
}

fn write(device: &mut Device, menu: Menu, verb: &str, command: &SimCommand, now: Instant) -> (SimReply, Effect) {
    let mut changed = false;
    let (ret, refusal) = match try_write(device, menu, verb, command, now, &mut changed) {
        Ok(ret) => (ret, None),
        Err(refusal) => (None, Some(refusal)),
    };
    let effect = if refusal.is_some() && !changed {
        Effect::Refused
    } else {
        Effect::Wrote { changed }
    };
    (
        SimReply {
            ret,
            refusal,
            ..SimReply::default()
        },
        effect,
    )
}

/// Writes row by row, in the order named: when one is refused, those before it stay changed.
fn try_write(
    device: &mut Device,
    menu: Menu,
    verb: &str,
    command: &SimCommand,
    now: Instant,
    changed: &mut bool,
) -> Result<Option<Vec<u8>>, Refusal> {
    let is_name = |name: &[u8]| name == b".id" || name == b"numbers";
    let given: Vec<&(Vec<u8>, Vec<u8>)> = command.attributes.iter().filter(|(name, _)| !is_name(name)).collect();
    let pairs: Vec<(&[u8], &[u8])> = given
        .iter()
        .map(|(name, value)| (name.as_slice(), value.as_slice()))
        .collect();
    if verb == "add" {
        let values = device.check(menu, &pairs, false)?;
        let id = device.add(menu, values, false, now)?;
        device.table_mut(menu).note_change(id);
        *changed = true;
        return Ok(Some(id_text(id).into_bytes()));
    }
    let values: Option<CheckedValues> = match verb {
        "remove" => None,
        "enable" => Some(vec![("disabled", Some(b"false".to_vec()))]),
        "disable" => Some(vec![("disabled", Some(b"true".to_vec()))]),
        _ => Some(device.check(menu, &pairs, false)?),
    };
    // Real routers do nothing here, or in scripts everything; here it is refused, so that nobody gets away with it.
    let named = command
        .value(".id")
        .or_else(|| command.value("numbers"))
        .filter(|named| !named.is_empty());
    let named = named.ok_or_else(Refusal::no_such_item)?;
    for text in named.split(|byte| *byte == b',') {
        let id = device.find(menu, text).ok_or_else(|| device.missing(text))?;
        match &values {
            Some(values) => {
                if device.change(menu, id, values, now)? {
                    *changed = true;
                    device.table_mut(menu).note_change(id);
                }
            }
            None => {
                device.remove(menu, id, now)?;
                *changed = true;
            }
        }
    }
    Ok(None)
}
