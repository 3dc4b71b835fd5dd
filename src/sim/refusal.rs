//! Why does the simulated router refuse a command?

/// Why a command is refused, in the router's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The kind, where routers name one. *Source:* MikroTik documentation, API, "Command response" (0 missing item or
    /// command, 1 argument value, 2 interrupted).
    pub(crate) category: Option<u8>,
    /// The words.
    pub(crate) message: String,
    /// Words of a second trap that follows the first.
    pub(crate) second: Option<String>,
}

impl Refusal {
    /// Returns a refusal of a category.
    pub(crate) fn of(category: u8, message: impl Into<String>) -> Self {
        Self {
            category: Some(category),
            message: message.into(),
            second: None,
        }
    }

    /// Returns a refusal without a category.
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self {
            category: None,
            message: message.into(),
            second: None,
        }
    }

    /// Returns the refusal `no such item`.
    pub(crate) fn no_such_item() -> Self {
        Self::of(0, "no such item")
    }

    /// Returns the refusal `input does not match any value of …`.
    pub(crate) fn no_such_value(name: &str) -> Self {
        Self::of(1, format!("input does not match any value of {name}"))
    }

    /// Returns the refusal `invalid value for argument …`.
    pub(crate) fn invalid(name: &str) -> Self {
        Self::of(1, format!("invalid value for argument {name}"))
    }
}
