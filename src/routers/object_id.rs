//! The internal id of a row of a RouterOS table.
//!
//! A router names its rows `*` and hexadecimal digits. Such a name comes from a reading on the same connection, never from
//! a store and never from a person: after a reboot it may be somebody else's. Must never hold anything but that form,
//! because RouterOS splits lists at commas and takes other texts for names or row numbers.
//!
//! *Source:* MikroTik documentation, Scripting, "internal numbers"; API, `.id`.

use crate::routers::reply::Attributes;
use crate::routers::router_error::RouterError;

/// The most digits of an id.
const DIGITS_MAX: usize = 16;

/// A row's id, as read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectId(Vec<u8>);

impl ObjectId {
    /// Returns the id of a row.
    ///
    /// # Errors
    /// [`RouterError::Garbage`] when the row has none, or one of another form.
    pub(crate) fn of(row: &Attributes) -> Result<Self, RouterError> {
        let bytes = row.get(".id").unwrap_or_default();
        match bytes.split_first() {
            Some((b'*', digits))
                if (1..=DIGITS_MAX).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit) =>
            {
                Ok(Self(bytes.to_vec()))
            }
            _ => Err(RouterError::Garbage {
                words: format!("a row whose id is `{}`", String::from_utf8_lossy(bytes)),
            }),
        }
    }

    /// Returns the ids as one value, joined by commas; `None` when there are none, since an empty list can mean all
    /// rows.
    pub(crate) fn list<'a>(ids: impl IntoIterator<Item = &'a Self>) -> Option<Vec<u8>> {
        let ids: Vec<&[u8]> = ids.into_iter().map(|id| id.0.as_slice()).collect();
        (!ids.is_empty()).then(|| ids.join(&b','))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> Result<ObjectId, RouterError> {
        ObjectId::of(&Attributes::of(&[(".id", text)]))
    }

    #[test]
    fn only_a_star_and_hexadecimal_digits_are_an_id() {
        for good in ["*1", "*1A", "*8000002A", "*ffffffffffffffff"] {
            assert!(id(good).is_ok(), "{good}");
        }
        for bad in ["", "*", "7", "1A", "*1,*2", "*G", "amina", "*1 ", "*00000000000000000"] {
            assert!(id(bad).is_err(), "{bad}");
        }
        assert!(ObjectId::of(&Attributes::of(&[("name", "x")])).is_err());
    }

    #[test]
    fn a_list_is_joined_by_commas_and_never_empty() {
        let ids = [id("*1").unwrap(), id("*2B").unwrap()];
        assert_eq!(ObjectId::list(&ids), Some(b"*1,*2B".to_vec()));
        assert_eq!(ObjectId::list(&[]), None);
    }
}
