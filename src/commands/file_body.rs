//! A file that a command carries to the service.
//!
//! The command reads it where it was typed, since the service may not be allowed to read there.

use std::convert::Infallible;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Bytes of a file that a command may carry: 64 MiB, some 300,000 rows of subscribers.
pub const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A file that the command read where it was typed, since the service may not be allowed to read there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileBody {
    /// The file as the person named it; findings repeat it.
    pub name: String,
    /// Its content as it is: statements are not always UTF-8. Follows the request on the socket as raw bytes, since
    /// JSON would make four bytes of each.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl FromStr for FileBody {
    type Err = Infallible;

    /// Takes the file's name as it was typed; the bytes are read later.
    fn from_str(name: &str) -> Result<Self, Infallible> {
        Ok(Self {
            name: name.to_owned(),
            bytes: Vec::new(),
        })
    }
}
