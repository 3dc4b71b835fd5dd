//! Which columns does a list of subscribers have, and where?
//!
//! Reads the header line: known names in any order and case. A name that is almost a known one is an error, because its
//! values would be dropped silently; any other unknown name is skipped with a warning.

use crate::import::csv::{Record, number, trimmed};
use crate::import::findings::Findings;

/// How many characters of a name are compared, since the effort grows with the square.
const COMPARED_MAX: usize = 32;

/// A column of the list of subscribers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriberColumn {
    /// The subscriber's name, unique in the site.
    Username,
    /// What the customer is called.
    Name,
    /// The phone.
    Phone,
    /// The account stated when paying.
    Account,
    /// The plan.
    Package,
    /// The router.
    Router,
    /// How they are connected.
    Service,
    /// The fixed IP address.
    Address,
    /// The last day paid for.
    ExpiresOn,
    /// The opening balance.
    Balance,
    /// The name on the router, where it is another.
    Login,
    /// Whether the old system has charged the due day.
    Debited,
}

impl SubscriberColumn {
    /// All of them, in the order in which they are documented.
    pub const ALL: [Self; 12] = [
        Self::Username,
        Self::Name,
        Self::Phone,
        Self::Account,
        Self::Package,
        Self::Router,
        Self::Service,
        Self::Address,
        Self::ExpiresOn,
        Self::Balance,
        Self::Login,
        Self::Debited,
    ];

    /// Returns its name in the header line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Account => "account",
            Self::Package => "package",
            Self::Router => "router",
            Self::Service => "service",
            Self::Address => "address",
            Self::ExpiresOn => "expires_on",
            Self::Balance => "balance",
            Self::Login => "login",
            Self::Debited => "debited",
        }
    }
}

/// Where a file has the known columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    places: Vec<(SubscriberColumn, usize)>,
    width: usize,
}

impl Columns {
    /// Returns the index of a column from 0, if the file has it.
    pub(crate) fn index(&self, column: SubscriberColumn) -> Option<usize> {
        let place = self.places.iter().find(|(known, _)| *known == column);
        place.map(|(_, index)| *index)
    }

    /// Returns the number of a column from 1, as findings name it; 1, for the whole line, if the file does not have it.
    #[must_use]
    pub fn number(&self, column: SubscriberColumn) -> u32 {
        self.index(column).map_or(1, |index| number(index.saturating_add(1)))
    }

    /// Returns how many fields each line must have.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// Reads the header line. What makes the file unusable goes to `errors`, what is passed over to `warnings`.
    pub(crate) fn read(header: &Record, errors: &mut Findings, warnings: &mut Findings) -> Self {
        let names: Vec<String> = header.fields().map(str::to_lowercase).collect();
        let mut columns = Self {
            places: Vec::new(),
            width: header.len(),
        };
        for (index, name) in names.iter().enumerate() {
            let column = number(index.saturating_add(1));
            if let Some(known) = SubscriberColumn::ALL.into_iter().find(|known| known.as_str() == name) {
                if let Some(first) = columns.index(known) {
                    let message = format!(
                        "column `{name}` appears twice, here and as column {}; remove one of them",
                        first.saturating_add(1)
                    );
                    errors.add(header.line, column, message);
                } else {
                    columns.places.push((known, index));
                }
            } else if let Some(near) = nearest(name, &names) {
                let message = format!("unknown column `{name}`; did you mean `{}`?", near.as_str());
                errors.add(header.line, column, message);
            } else if !name.is_empty() {
                warnings.add(header.line, column, format!("unknown column `{name}` is ignored"));
            }
        }
        if columns.index(SubscriberColumn::Username).is_none() && errors.is_empty() {
            errors.add(header.line, 1, missing_username(header));
        }
        columns
    }
}

fn missing_username(header: &Record) -> String {
    let other = [(';', "`;`"), ('\t', "tabs")];
    let only = header.field(0);
    if let (1, Some((_, sign))) = (header.len(), other.iter().find(|(sign, _)| only.contains(*sign))) {
        return format!("the fields are separated by {sign}; save the file as CSV with `,` between the fields");
    }
    let known: Vec<&str> = SubscriberColumn::ALL
        .into_iter()
        .map(SubscriberColumn::as_str)
        .collect();
    format!(
        "the header has no column `username`; the first line must name the columns: {}",
        known.join(",")
    )
}

/// The known column that this name almost is, unless the header has that one as well (`phone` beside `phone2`).
fn nearest(name: &str, names: &[String]) -> Option<SubscriberColumn> {
    let letters: String = trimmed(name)
        .chars()
        .map(|c| if matches!(c, ' ' | '-') { '_' } else { c })
        .collect();
    let absent = |column: &SubscriberColumn| names.iter().all(|name| name != column.as_str());
    let near = |column: &SubscriberColumn| {
        let known = column.as_str();
        // Two slips only in a long name: `surname` is not `username`.
        let slips = if known.len() > 8 { 2 } else { 1 };
        distance(&letters, known) <= slips
    };
    SubscriberColumn::ALL.into_iter().filter(absent).find(near)
}

/// How many letters must be put in, left out, replaced or swapped with their neighbour to make one word of the other
/// (the optimal string alignment distance).
fn distance(left: &str, right: &str) -> usize {
    let start = |word: &str| word.chars().take(COMPARED_MAX).collect::<String>();
    strsim::osa_distance(&start(left), &start(right))
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn a_slip_of_any_kind_counts_once() {
        for (left, right, slips) in [
            ("package", "package", 0),
            ("pakage", "package", 1),
            ("packagee", "package", 1),
            ("packege", "package", 1),
            ("pcakage", "package", 1),
            ("surname", "username", 2),
            ("", "name", 4),
        ] {
            assert_eq!(distance(left, right), slips, "{left} and {right}");
        }
    }
}
