//! What links the entries of the ledger?

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of an entry in the site's ledger: 1, 2, 3 … without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntrySeq(pub u64);

impl fmt::Display for EntrySeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A SHA-256 over an entry and the hash of the entry before it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryHash(pub [u8; 32]);

impl fmt::Debug for EntryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// The head of the chain: the newest entry's number and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// The newest entry's number; 0 before the first.
    pub seq: EntrySeq,
    /// The newest entry's hash; zeros before the first.
    pub hash: EntryHash,
}

impl ChainHead {
    /// Where a site starts, before its first entry.
    pub const START: Self = Self {
        seq: EntrySeq(0),
        hash: EntryHash([0; 32]),
    };
}
