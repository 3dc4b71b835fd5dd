//! What do other systems call the columns of a list of subscribers?
//!
//! A name that can mean one thing alone is read as that column; a name that may mean it is proposed, because its values
//! would be lost without a word otherwise, and what is missing because of it would be told in its place.

use crate::import::subscriber_column::SubscriberColumn::{
    self, Account, Address, Balance, ExpiresOn, Login, Name, Package, Phone, Router, Service, Username,
};

/// What a name may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// This column and nothing else.
    Is(SubscriberColumn),
    /// The kind of connection, if its values are kinds of connections.
    IsServiceByItsValues,
    /// One of these columns, perhaps.
    MayBe(&'static [SubscriberColumn]),
    /// What is owed: the balance with the other sign.
    MayBeOwed,
    /// None of Weir's columns.
    Unknown,
}

/// Names that mean one column. *Source:* the headers that PHPNuxBill, IMSys, Splynx, MikroTik's User Manager and
/// spreadsheets of small providers use for it.
const CERTAIN: &[(SubscriberColumn, &[&str])] = &[
    (Username, &["user name", "subscriber username", "customer username"]),
    (
        Name,
        &[
            "full name",
            "fullname",
            "full names",
            "customer name",
            "client name",
            "subscriber name",
            "names",
            "official name",
            "officialname",
        ],
    ),
    (
        Phone,
        &[
            "mobile",
            "mobile no",
            "mobile number",
            "mobilenumber",
            "mobile phone",
            "phone no",
            "phone number",
            "phonenumber",
            "telephone",
            "telephone number",
            "tel",
            "tel no",
            "cell phone",
            "cellphone",
            "cell number",
            "contact number",
            "msisdn",
        ],
    ),
    (
        Account,
        &[
            "account no",
            "account number",
            "acc no",
            "acc number",
            "acct no",
            "a/c",
            "a/c no",
            "a/c number",
            "paybill account",
        ],
    ),
    (
        Package,
        &[
            "plan",
            "plan name",
            "package name",
            "service plan",
            "internet plan",
            "internet package",
            "subscription plan",
            "current plan",
            "tariff",
            "tariff plan",
            "bundle",
        ],
    ),
    (Router, &["router name", "mikrotik router"]),
    (Service, &["service type", "connection type", "access type"]),
    (
        Address,
        &[
            "ip",
            "ip address",
            "ip addr",
            "ipaddress",
            "static ip",
            "static ip address",
            "ipv4",
            "ipv4 address",
        ],
    ),
    (
        ExpiresOn,
        &[
            "expires on",
            "expires",
            "expiry",
            "expiry date",
            "expirydate",
            "expiration",
            "expiration date",
            "expire date",
            "valid until",
            "valid till",
            "valid to",
            "paid until",
            "paid till",
            "paid through",
            "due date",
            "due day",
        ],
    ),
    (
        Balance,
        &["wallet", "wallet balance", "account balance", "current balance"],
    ),
    (
        Login,
        &[
            "pppoe username",
            "pppoe user",
            "pppoe name",
            "pppoe login",
            "ppp username",
            "ppp secret",
            "hotspot username",
            "hotspot user",
            "router username",
        ],
    ),
];

/// Names that may mean one of some columns.
const POSSIBLE: &[(&str, &[SubscriberColumn])] = &[
    ("user", &[Username]),
    ("user id", &[Username]),
    ("userid", &[Username]),
    ("subscriber", &[Username, Name]),
    ("subscriber id", &[Account, Username]),
    ("customer", &[Name]),
    ("customer id", &[Account, Username]),
    ("customer no", &[Account]),
    ("customer number", &[Account]),
    ("client", &[Name]),
    ("client id", &[Account, Username]),
    ("account id", &[Account]),
    ("reference", &[Account]),
    ("contact", &[Phone]),
    ("contacts", &[Phone]),
    ("cell", &[Phone]),
    ("whatsapp", &[Phone]),
    ("profile", &[Package]),
    ("product", &[Package]),
    ("speed", &[Package]),
    ("nas", &[Router]),
    ("mikrotik", &[Router]),
    ("server", &[Router]),
    ("connection", &[Service]),
    ("remote address", &[Address]),
    ("framed ip address", &[Address]),
    ("due", &[ExpiresOn, Balance]),
    ("next due", &[ExpiresOn]),
    ("next due date", &[ExpiresOn]),
    ("next billing", &[ExpiresOn]),
    ("next billing date", &[ExpiresOn]),
    ("billing date", &[ExpiresOn]),
    ("renewal date", &[ExpiresOn]),
    ("end date", &[ExpiresOn]),
    ("credit", &[Balance]),
];

/// Names of what somebody owes.
const OWED: &[&str] = &[
    "amount due",
    "amount owed",
    "balance due",
    "arrears",
    "debt",
    "owed",
    "owes",
    "outstanding",
    "outstanding balance",
];

/// Returns a column's name as it is compared: small letters, one blank between words, no full stops.
pub(crate) fn folded(name: &str) -> String {
    let plain: String = name
        .to_lowercase()
        .chars()
        .filter(|c| *c != '.')
        .map(|c| if matches!(c, '_' | '-' | ':') { ' ' } else { c })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns what a column's name may mean in a list from another system.
pub(crate) fn meaning(name: &str) -> Meaning {
    let name = folded(name);
    if name == "type" {
        return Meaning::IsServiceByItsValues;
    }
    if OWED.contains(&name.as_str()) {
        return Meaning::MayBeOwed;
    }
    let certain = CERTAIN.iter().find(|(_, names)| names.contains(&name.as_str()));
    if let Some((column, _)) = certain {
        return Meaning::Is(*column);
    }
    let possible = POSSIBLE.iter().find(|(known, _)| *known == name);
    possible.map_or(Meaning::Unknown, |(_, columns)| Meaning::MayBe(columns))
}
