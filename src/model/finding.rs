//! What is wrong with a file, and where?

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that is wrong with a file that a person wrote. Readers of files collect all of them and refuse once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The file as the person named it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1: of the character in a configuration, of the field in a table; 1 for a whole line.
    pub column: u32,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Finding {
    /// Returns where it is: `site.toml:3:7`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.message)
    }
}
