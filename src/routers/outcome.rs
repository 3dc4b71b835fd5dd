//! How does an object on a router stand to what is wanted of it, and what became of a change?

/// What became of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplyOutcome {
    /// A reading shows that it is so.
    Equal {
        /// Whether something had to be changed for it.
        changed: bool,
        /// What was read, in words.
        said: String,
    },
    /// There is no such object.
    Absent {
        /// Whether the table has any rows; a router that has just booted shows none.
        table_has_rows: bool,
    },
    /// The router refuses it, or it is not Weir's to change.
    Refused {
        /// The router's words, or why.
        said: String,
    },
    /// Nothing was refused, and yet the reading differs.
    Unsettled {
        /// What was read, in words.
        said: String,
    },
}

/// How an object stands to what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drift {
    /// As wanted.
    Equal,
    /// Otherwise.
    Different,
    /// Not there.
    Absent,
    /// There, and not Weir's to change: why.
    NotOurs(String),
}

/// What a reading found, beside what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedState {
    /// How the two stand to each other.
    pub standing: Drift,
    /// What is wanted, in words.
    pub wanted: String,
    /// What is there, in words.
    pub found: String,
}
