//! Which tables are there, and what may a row hold?
//!
//! One description per menu: its path, what its rows are called by, which attributes can be set and of what kind, what a
//! new row has. It must never hold a row.

/// A menu that is a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Menu {
    /// `/ppp/secret`
    Secret,
    /// `/ppp/profile`
    Profile,
    /// `/ppp/active`
    Active,
    /// `/queue/simple`
    Queue,
    /// `/ip/firewall/address-list`
    AddressList,
    /// `/ip/firewall/filter`
    Filter,
}

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// Any bytes; empty takes the attribute away.
    Text,
    /// Yes or no.
    Flag,
    /// Two rates.
    Rates,
    /// The name of a row in `/ppp/profile`.
    ProfileName,
    /// The router's own: can be read, never set.
    ReadOnly,
    /// The router's own, yes or no.
    ReadOnlyFlag,
}

/// An attribute of a row.
#[derive(Debug)]
pub(crate) struct Attribute {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What it must be.
    pub(crate) kind: ValueKind,
    /// What a new row has; `None` when it lacks it.
    pub(crate) default: Option<&'static str>,
}

/// What is known of a menu.
#[derive(Debug)]
pub(crate) struct Description {
    /// Where it is.
    pub(crate) path: &'static str,
    /// The attribute by which rows are found fast, and which names them.
    pub(crate) key: &'static str,
    /// Whether `key` names a row in `.id` and `numbers`.
    pub(crate) key_is_name: bool,
    /// In the order of replies.
    pub(crate) attributes: &'static [Attribute],
    /// What `add` must have.
    pub(crate) required: &'static [&'static str],
    /// Which attributes together are unique, and the refusal.
    pub(crate) unique: (&'static [&'static str], &'static str),
    /// What may be done besides `print`.
    pub(crate) verbs: &'static [&'static str],
}

const fn attribute(name: &'static str, kind: ValueKind, default: Option<&'static str>) -> Attribute {
    Attribute { name, kind, default }
}

const EVERYTHING: &[&str] = &["add", "set", "remove", "enable", "disable"];

static SECRET: Description = Description {
    path: "/ppp/secret",
    key: "name",
    key_is_name: true,
    attributes: &[
        attribute("name", ValueKind::Text, None),
        attribute("service", ValueKind::Text, Some("any")),
        attribute("caller-id", ValueKind::Text, None),
        attribute("password", ValueKind::Text, None),
        attribute("profile", ValueKind::ProfileName, Some("default")),
        attribute("local-address", ValueKind::Text, None),
        attribute("remote-address", ValueKind::Text, None),
        attribute("routes", ValueKind::Text, None),
        attribute("limit-bytes-in", ValueKind::Text, Some("0")),
        attribute("limit-bytes-out", ValueKind::Text, Some("0")),
        attribute("last-logged-out", ValueKind::ReadOnly, None),
        attribute("disabled", ValueKind::Flag, Some("false")),
        attribute("comment", ValueKind::Text, None),
    ],
    required: &["name"],
    unique: (&["name"], "failure: secret with the same name already exists"),
    verbs: EVERYTHING,
};

static PROFILE: Description = Description {
    path: "/ppp/profile",
    key: "name",
    key_is_name: true,
    attributes: &[
        attribute("name", ValueKind::Text, None),
        attribute("local-address", ValueKind::Text, None),
        attribute("remote-address", ValueKind::Text, None),
        attribute("rate-limit", ValueKind::Text, None),
        attribute("only-one", ValueKind::Text, Some("default")),
        attribute("address-list", ValueKind::Text, None),
        attribute("default", ValueKind::ReadOnlyFlag, Some("false")),
        attribute("comment", ValueKind::Text, None),
    ],
    required: &["name"],
    unique: (&["name"], "failure: profile with the same name already exists"),
    verbs: &["add", "set", "remove"],
};

static ACTIVE: Description = Description {
    path: "/ppp/active",
    key: "name",
    // A session is removed by its id, or its place in the list, as by its name.
    key_is_name: true,
    attributes: &[
        attribute("name", ValueKind::ReadOnly, None),
        attribute("service", ValueKind::ReadOnly, Some("pppoe")),
        attribute("caller-id", ValueKind::ReadOnly, None),
        attribute("address", ValueKind::ReadOnly, None),
        attribute("uptime", ValueKind::ReadOnly, None),
        attribute("encoding", ValueKind::ReadOnly, None),
        attribute("session-id", ValueKind::ReadOnly, None),
        attribute("radius", ValueKind::ReadOnlyFlag, Some("false")),
    ],
    required: &[],
    unique: (&[], ""),
    verbs: &["remove"],
};

static QUEUE: Description = Description {
    path: "/queue/simple",
    key: "name",
    key_is_name: true,
    attributes: &[
        attribute("name", ValueKind::Text, None),
        attribute("target", ValueKind::Text, None),
        attribute("parent", ValueKind::Text, Some("none")),
        attribute("priority", ValueKind::Text, Some("8/8")),
        attribute("queue", ValueKind::Text, Some("default-small/default-small")),
        attribute("limit-at", ValueKind::Rates, Some("0/0")),
        attribute("max-limit", ValueKind::Rates, Some("0/0")),
        attribute("burst-limit", ValueKind::Rates, Some("0/0")),
        attribute("invalid", ValueKind::ReadOnlyFlag, Some("false")),
        attribute("dynamic", ValueKind::ReadOnlyFlag, Some("false")),
        attribute("disabled", ValueKind::Flag, Some("false")),
        attribute("comment", ValueKind::Text, None),
    ],
    required: &["name"],
    unique: (&["name"], "failure: already have such name"),
    verbs: EVERYTHING,
};

static ADDRESS_LIST: Description = Description {
    path: "/ip/firewall/address-list",
    key: "address",
    key_is_name: false,
    attributes: &[
        attribute("list", ValueKind::Text, None),
        attribute("address", ValueKind::Text, None),
        attribute("timeout", ValueKind::Text, None),
        attribute("creation-time", ValueKind::ReadOnly, None),
        attribute("dynamic", ValueKind::ReadOnlyFlag, Some("false")),
        attribute("disabled", ValueKind::Flag, Some("false")),
        attribute("comment", ValueKind::Text, None),
    ],
    required: &["list", "address"],
    unique: (&["list", "address"], "failure: already have such entry"),
    verbs: EVERYTHING,
};

static FILTER: Description = Description {
    path: "/ip/firewall/filter",
    key: "chain",
    key_is_name: false,
    attributes: &[
        attribute("chain", ValueKind::Text, None),
        attribute("action", ValueKind::Text, Some("accept")),
        attribute("src-address-list", ValueKind::Text, None),
        attribute("dst-address-list", ValueKind::Text, None),
        attribute("connection-state", ValueKind::Text, None),
        attribute("invalid", ValueKind::ReadOnlyFlag, Some("false")),
        attribute("dynamic", ValueKind::ReadOnlyFlag, Some("false")),
        attribute("disabled", ValueKind::Flag, Some("false")),
        attribute("comment", ValueKind::Text, None),
    ],
    required: &["chain"],
    unique: (&[], ""),
    verbs: EVERYTHING,
};

impl Menu {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::Secret,
        Self::Profile,
        Self::Active,
        Self::Queue,
        Self::AddressList,
        Self::Filter,
    ];

    /// Returns what is known of it.
    pub(crate) fn description(self) -> &'static Description {
        match self {
            Self::Secret => &SECRET,
            Self::Profile => &PROFILE,
            Self::Active => &ACTIVE,
            Self::Queue => &QUEUE,
            Self::AddressList => &ADDRESS_LIST,
            Self::Filter => &FILTER,
        }
    }

    /// Returns the menu at this path.
    pub(crate) fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|menu| menu.description().path == path)
    }

    /// Returns the attribute with this name.
    pub(crate) fn attribute(self, name: &[u8]) -> Option<&'static Attribute> {
        self.description()
            .attributes
            .iter()
            .find(|known| known.name.as_bytes() == name)
    }
}

impl ValueKind {
    /// Returns whether its values are yes or no.
    pub(crate) fn is_flag(self) -> bool {
        matches!(self, Self::Flag | Self::ReadOnlyFlag)
    }
}
