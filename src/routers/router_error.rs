//! The reasons for which a conversation with a router ends.
//!
//! Each reason carries the router's own words where it said any. A refused command is no reason: it is an answer, and the
//! conversation goes on. Must never know what was being done for whom.

/// What a router that fails is to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// It cannot be talked to.
    Down,
    /// It answers and refuses the login.
    LoginRefused,
}

/// Why a conversation ended. The session is of no use afterwards.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouterError {
    /// No connection.
    #[error("`{address}` cannot be reached ({words}); check the address, and that its `api` service is enabled")]
    Unreachable {
        /// Host and port.
        address: String,
        /// The words of the operating system.
        words: String,
        /// Something answers at the address, and refuses the connection.
        port_closed: bool,
    },
    /// The router refused name or password, or this user may not use the API.
    #[error(
        "the router refuses the login: `{said}`; check the username and password, and that the user's group has \
        `api`"
    )]
    LoginRefused {
        /// The router's words.
        said: String,
    },
    /// A wait ended.
    #[error("no answer to `{waiting_for}` within {ms} ms")]
    TimedOut {
        /// What was waited for: a command's path, never its values.
        waiting_for: String,
        /// How long it was waited for, in milliseconds.
        ms: u128,
    },
    /// The connection ended.
    #[error("the router closed the connection ({words})")]
    Closed {
        /// What is known about it.
        words: String,
    },
    /// The router ended the conversation and said why.
    #[error("the router ended the conversation: `{said}`")]
    Fatal {
        /// The router's words.
        said: String,
    },
    /// The router refuses to be read, so that nothing can be said about what is there.
    #[error("the router refuses `{path}`: `{said}`; check that the user's group has `api` and `read`")]
    Unreadable {
        /// The command.
        path: &'static str,
        /// The router's words.
        said: String,
    },
    /// What came cannot be understood.
    #[error("the router's answer cannot be understood: {words}")]
    Garbage {
        /// What is wrong with it.
        words: String,
    },
}

impl RouterError {
    /// Returns what this makes of the router's state.
    #[must_use]
    pub const fn kind(&self) -> FailureKind {
        match self {
            Self::LoginRefused { .. } => FailureKind::LoginRefused,
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Closed { .. }
            | Self::Fatal { .. }
            | Self::Unreadable { .. }
            | Self::Garbage { .. } => FailureKind::Down,
        }
    }
}
