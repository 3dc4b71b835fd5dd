//! What is a file of the archive called?

use std::fmt;

/// The index in the archive's folder.
pub const INDEX_FILE: &str = "index.jsonl";

/// What a name begins with.
const HEAD: &str = "weir-";

/// What a name ends with.
const TAIL: &str = ".jsonl.zst";

/// What a file that is not whole yet is called more.
const FRESH: &str = ".new";

/// Length of a month, `YYYY-MM`.
const MONTH_BYTES: usize = 7;

/// The name of a file: the month of its records, and which of the month's files it is. In order of time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName {
    /// `YYYY-MM`.
    pub month: String,
    /// From 1.
    pub number: u32,
}

impl FileName {
    /// Parses a file's name; `None` if it is no finished file of the archive.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (month, number) = name.strip_prefix(HEAD)?.strip_suffix(TAIL)?.split_once('.')?;
        let is_month = month.len() == MONTH_BYTES
            && month.bytes().enumerate().all(|(at, byte)| match at {
                4 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let number: u32 = number.parse().ok()?;
        let found = Self {
            month: month.to_owned(),
            number,
        };
        // `+1` and `01` are numbers too, and would be other files.
        (is_month && number > 0 && found.to_string() == name).then_some(found)
    }

    /// Returns the name that it has until it is whole.
    #[must_use]
    pub(crate) fn fresh(&self) -> String {
        format!("{self}{FRESH}")
    }

    /// Returns whether this is what a kill has left of a file that was never whole.
    #[must_use]
    pub(crate) fn is_fresh(name: &str) -> bool {
        name.strip_suffix(FRESH)
            .is_some_and(|rest| Self::parse(rest).is_some() || rest == INDEX_FILE)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HEAD}{}.{}{TAIL}", self.month, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written_and_nothing_else_is_one() {
        let name = FileName {
            month: "2027-03".to_owned(),
            number: 12,
        };
        assert_eq!(name.to_string(), "weir-2027-03.12.jsonl.zst");
        assert_eq!(FileName::parse(&name.to_string()), Some(name.clone()));
        for odd in [
            "weir-2027-03.0.jsonl.zst",
            "weir-2027-03.01.jsonl.zst",
            "weir-2027-03.jsonl.zst",
            "weir-2027-3.1.jsonl.zst",
            "weir-2027-03.+1.jsonl.zst",
            "weir-../../.1.jsonl.zst",
            "weir-2027-03.1.jsonl.zst.new",
            "index.jsonl",
        ] {
            assert_eq!(FileName::parse(odd), None, "{odd}");
        }
        assert!(FileName::is_fresh(&name.fresh()));
        assert!(FileName::is_fresh("index.jsonl.new"));
        assert!(!FileName::is_fresh("notes.new"));
    }
}
