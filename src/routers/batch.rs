//! Changes many rows with few commands.
//!
//! One command takes a list of ids, so that rows which get the same values go together. Where a router refuses a list, rows
//! before the faulty one may have been changed: the caller reads again and sends what is left one by one. Must never send an
//! empty list, and never judge a refusal beyond the two texts below.
//!
//! *Source:* RouterOS, API, `set` and `remove` with `.id=*1,*2`; the texts as RouterOS 6 and 7 send them.

use std::collections::BTreeMap;

use crate::routers::object_id::ObjectId;
use crate::routers::reply::CommandReply;
use crate::routers::router_error::RouterError;
use crate::routers::sentence::Command;
use crate::routers::session::Session;

/// How many objects are asked for, or changed, with one command. Keeps words short and the loss of a refused list small.
pub(crate) const CHUNK: usize = 200;

/// Attributes and their values, in the order they are sent.
pub(crate) type AttributeValues = Vec<(&'static str, String)>;

/// A row to change or remove, and for whose sake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    /// The place of the wish among those of the chunk.
    pub(crate) desired: usize,
    pub(crate) id: ObjectId,
    /// What to set; empty for a removal.
    pub(crate) values: AttributeValues,
}

/// How rows are put into commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Rows with the same values in one command.
    Lists,
    /// One command a row: after a list was refused.
    OneByOne,
}

/// What was refused.
#[derive(Debug, Default)]
pub(crate) struct BatchRefusals {
    /// Wishes whose row was refused, with the router's words.
    pub(crate) refused: Vec<(usize, String)>,
    /// A list was refused, so that nobody knows which of its rows are done: read again, then send the rest one by one.
    pub(crate) unclear: bool,
}

/// Sends the changes.
pub(crate) async fn send(
    session: &mut Session,
    path: &'static str,
    edits: Vec<Edit>,
    packing: Packing,
) -> Result<BatchRefusals, RouterError> {
    let mut groups: Vec<(AttributeValues, Vec<(usize, ObjectId)>)> = Vec::new();
    match packing {
        Packing::OneByOne => groups.extend(
            edits
                .into_iter()
                .map(|edit| (edit.values, vec![(edit.desired, edit.id)])),
        ),
        Packing::Lists => {
            let mut alike: BTreeMap<AttributeValues, Vec<(usize, ObjectId)>> = BTreeMap::new();
            for edit in edits {
                alike.entry(edit.values).or_default().push((edit.desired, edit.id));
            }
            for (values, rows) in alike {
                groups.extend(rows.chunks(CHUNK).map(|rows| (values.clone(), rows.to_vec())));
            }
        }
    }
    let mut commands = Vec::new();
    for (values, rows) in &groups {
        let Some(list) = ObjectId::list(rows.iter().map(|(_, id)| id)) else {
            continue;
        };
        let command = Command::new(path).with(".id", list);
        commands.push(
            values
                .iter()
                .fold(command, |command, (name, value)| command.with(name, value)),
        );
    }
    let replies = session.run(commands).await?;
    let mut verdict = BatchRefusals::default();
    for ((_, rows), reply) in groups.into_iter().zip(replies) {
        let Some(said) = reply.refusal() else { continue };
        if rows.len() > 1 && !is_permission(&said) {
            verdict.unclear = true;
        } else if !is_gone(&said) {
            verdict
                .refused
                .extend(rows.into_iter().map(|(desired, _)| (desired, said.clone())));
        }
    }
    Ok(verdict)
}

/// Returns the row is no longer there: after a removal that is success, after a change a reason to look again.
fn is_gone(said: &str) -> bool {
    said.contains("no such item")
}

/// Returns the user's group lacks a right: no row of the list will be changed, one by one neither.
fn is_permission(said: &str) -> bool {
    said.contains("not enough permissions")
}

/// Reads: the reply to each print, an empty one where there is nothing to ask. A refused print is an error, since it would
/// look like an empty table.
pub(crate) async fn read<const N: usize>(
    session: &mut Session,
    prints: [Option<Command>; N],
) -> Result<[CommandReply; N], RouterError> {
    let asked = prints.each_ref().map(Option::is_some);
    let prints: Vec<Command> = prints.into_iter().flatten().collect();
    let paths: Vec<&'static str> = prints.iter().map(Command::path).collect();
    let replies = session.run(prints).await?;
    for (path, reply) in paths.into_iter().zip(&replies) {
        if let Some(said) = reply.refusal() {
            return Err(RouterError::Unreadable { path, said });
        }
    }
    let mut replies = replies.into_iter();
    Ok(asked.map(|asked| {
        if asked {
            replies.next().unwrap_or_default()
        } else {
            CommandReply::default()
        }
    }))
}

/// Returns whether a table has any rows: one that has just booted may show none, which says nothing about a missing
/// one.
pub(crate) async fn has_rows(session: &mut Session, path: &'static str) -> Result<bool, RouterError> {
    let count = Command::new(path).with("count-only", "").with(".proplist", ".id");
    let [reply] = read(session, [Some(count)]).await?;
    Ok(match reply.end.text("ret") {
        Some(count) => count != "0",
        None => !reply.rows.is_empty(),
    })
}
