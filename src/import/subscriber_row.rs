//! What does a file state about one subscriber?

use std::net::Ipv4Addr;

use crate::model::day::Day;
use crate::model::money::{Currency, Money};
use crate::model::name::{Account, FullName, Login, PackageName, Phone, RouterName, Username};
use crate::model::subscriber::Service;

/// By what a list is read.
#[derive(Debug, Clone, Copy)]
pub struct ListTerms<'a> {
    /// The money of its balances.
    pub currency: &'a Currency,
    /// How its days may be written beside `YYYY-MM-DD`, in strftime's signs; tried in order.
    pub date_formats: &'a [String],
}

/// One subscriber as a file states them; an empty cell is `None` and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriberRow {
    /// The line on which the row begins, from 1.
    pub line: u32,
    /// The name, unique in the file.
    pub username: Username,
    /// What the customer is called.
    pub name: Option<FullName>,
    /// The phone.
    pub phone: Option<Phone>,
    /// The account stated when paying.
    pub account: Option<Account>,
    /// The plan, by its name.
    pub package: Option<PackageName>,
    /// The router, by its name.
    pub router: Option<RouterName>,
    /// How they are connected.
    pub service: Option<Service>,
    /// The fixed address; there is one wherever the service is stated as static or dhcp.
    pub address: Option<Ipv4Addr>,
    /// The name on the router, where it is not the username.
    pub login: Option<Login>,
    /// The last day paid for.
    pub expires_on: Option<Day>,
    /// The opening balance.
    pub balance: Option<Money>,
    /// Whether the old system has charged the due day already.
    pub debited: Option<bool>,
    /// Whether a cell of the row cannot be read: then the list is refused, and what seems to lack may be in that cell.
    pub is_faulty: bool,
}

/// What a row without a valid username names, so that all that is wrong in a list can be told at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowNames {
    /// The line on which the row begins, from 1.
    pub line: u32,
    /// The plan, by its name.
    pub package: Option<PackageName>,
    /// The router, by its name.
    pub router: Option<RouterName>,
}
