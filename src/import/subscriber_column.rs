//! Which columns can a list of subscribers have?

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
