//! Which placeholders does a text have, and are they known?
//!
//! A placeholder is `{{name}}`. An unknown one is found here, when the file is checked, and not as a blank in a
//! message. Must never know: the values.

use crate::config::nearest::nearest;
use crate::config::notes::Notes;
use crate::config::walk::TomlText;

/// Notes each placeholder that is not among the known ones, and each `{{` that is not closed.
pub(crate) fn check(notes: &mut Notes<'_>, text: TomlText<'_>, known: &[&str]) {
    let mut at = 0;
    while let Some((before, rest)) = text.text.get(at..).and_then(|rest| rest.split_once("{{")) {
        let place = text.place(at + before.len());
        let Some((name, _)) = rest.split_once("}}") else {
            notes.note(place, "`{{` is not closed; add `}}` after the name of the placeholder");
            return;
        };
        if !known.contains(&name) {
            let hint = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{{{{{near}}}}}`?"),
                None => {
                    let all: Vec<String> = known.iter().map(|known| format!("`{{{{{known}}}}}`")).collect();
                    format!("the placeholders are {}", all.join(", "))
                }
            };
            notes.note(place, format!("placeholder `{{{{{name}}}}}` is not known; {hint}"));
        }
        at += before.len() + name.len() + 4;
    }
}
