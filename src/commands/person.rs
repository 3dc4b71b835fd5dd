//! Names a person in a sentence.
//!
//! A username alone tells the owner little: `A1034` is taken for `A1043` easily, and Amina Otieno for Brian Mwangi never.

use crate::model::subscriber::Subscriber;

/// Returns a subscriber's name with the username, as in "Amina Otieno (`amina`)"; the username alone where no name is known.
pub(crate) fn person(subscriber: &Subscriber) -> String {
    match &subscriber.profile.name {
        Some(name) if name.as_str() != subscriber.username.as_str() => format!("{name} (`{}`)", subscriber.username),
        Some(_) | None => format!("`{}`", subscriber.username),
    }
}
