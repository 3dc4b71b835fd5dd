//! What is wrong with a file, and where?

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that is wrong with a file that a person wrote. Readers of files collect all of them and refuse once. A place
/// is told to people as `FILE:LINE, column NAME` in a table whose columns have names, and as `FILE:LINE:COLUMN` elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The file as the person named it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1: of the character in a configuration, of the field in a table; 1 for a whole line.
    pub column: u32,
    /// The name of that column in the header line of a table; `None` for a whole line, and in a configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column_name: Option<String>,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Finding {
    /// Returns where it is: `site.toml:3:7`, or `list.csv:3, column phone`.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.column_name {
            // Nobody counts the columns of a table.
            Some(name) => format!("{}:{}, column {name}", self.file, self.line),
            None => format!("{}:{}:{}", self.file, self.line, self.column),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.message)
    }
}
