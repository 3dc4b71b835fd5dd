//! What do the cells of one subscriber say?
//!
//! Each cell becomes a value of its type, or a finding that says what would be right. Looks at one row alone;
//! `subscriber_doubles` compares rows.

use std::net::Ipv4Addr;

use crate::import::csv::{Record, trimmed};
use crate::import::findings::Findings;
use crate::import::subscriber_columns::{Columns, SubscriberColumn};
use crate::import::subscriber_row::SubscriberRow;
use crate::model::characters::normalised;
use crate::model::day::Day;
use crate::model::money::Currency;
use crate::model::name::{Account, FullName, Login, NameError, PackageName, Phone, RouterName, Username};
use crate::model::subscriber::Service;

/// The cells of one record, and where to tell what is wrong with them.
struct Cells<'a> {
    record: &'a Record,
    columns: &'a Columns,
    errors: &'a mut Findings,
}

impl Cells<'_> {
    /// Returns the value of a cell that is not empty, if it is one.
    fn value<T>(&mut self, column: SubscriberColumn, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.columns.index(column).map_or("", |index| self.record.field(index));
        if trimmed(&normalised(text)).is_empty() {
            return None;
        }
        match read(text) {
            Ok(value) => Some(value),
            Err(message) => {
                self.errors.add(self.record.line, self.columns.number(column), message);
                None
            }
        }
    }

    fn name<T>(&mut self, column: SubscriberColumn, new: fn(&str) -> Result<T, NameError>) -> Option<T> {
        self.value(column, |text| new(text).map_err(|error| error.to_string()))
    }
}

/// Reads one record; `None` where it has no valid username.
pub(crate) fn row(
    record: &Record,
    columns: &Columns,
    currency: &Currency,
    errors: &mut Findings,
) -> Option<SubscriberRow> {
    if record.len() != columns.width() {
        let message = format!(
            "the line has {} fields, the header has {}; put quotes around a value that contains a `,`",
            record.len(),
            columns.width()
        );
        errors.add(record.line, 1, message);
        return None;
    }
    let mut cells = Cells {
        record,
        columns,
        errors,
    };
    let username = cells.name(SubscriberColumn::Username, Username::new);
    let at_username = columns
        .index(SubscriberColumn::Username)
        .map_or("", |index| record.field(index));
    if at_username.is_empty() {
        let message = "the username is empty; each line needs one";
        cells
            .errors
            .add(record.line, columns.number(SubscriberColumn::Username), message);
    }
    let service = cells.value(SubscriberColumn::Service, service);
    let written = columns
        .index(SubscriberColumn::Address)
        .map_or("", |index| record.field(index));
    if let (Some(service @ (Service::Static | Service::Dhcp)), "") = (service, written) {
        let message = format!("service `{service}` needs an address; add one, such as `10.20.0.15`");
        cells
            .errors
            .add(record.line, columns.number(SubscriberColumn::Address), message);
    }
    let row = SubscriberRow {
        line: record.line,
        name: cells.name(SubscriberColumn::Name, FullName::new),
        phone: cells.name(SubscriberColumn::Phone, Phone::new),
        account: cells.name(SubscriberColumn::Account, Account::new),
        package: cells.name(SubscriberColumn::Package, PackageName::new),
        router: cells.name(SubscriberColumn::Router, RouterName::new),
        service,
        address: cells.value(SubscriberColumn::Address, address),
        login: cells.name(SubscriberColumn::Login, Login::new),
        expires_on: cells.value(SubscriberColumn::ExpiresOn, day),
        balance: cells.value(SubscriberColumn::Balance, |text| {
            currency.parse(text).map_err(|error| error.to_string())
        }),
        debited: cells.value(SubscriberColumn::Debited, yes_or_no),
        // Asked last, so that a line with a bad username has its other cells read as well.
        username: username?,
    };
    Some(row)
}

fn service(text: &str) -> Result<Service, String> {
    Service::parse(text).ok_or_else(|| {
        let known = Service::ALL.map(|service| format!("`{service}`")).join(", ");
        format!("`{text}` is not a service; write one of {known}")
    })
}

fn address(text: &str) -> Result<Ipv4Addr, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not an IPv4 address; write one such as `10.20.0.15`, without a mask"))
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| format!("`{text}` is not a day; write `YYYY-MM-DD`, such as `2026-03-09`"))
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(format!(
            "`{text}` is neither `yes` nor `no`; write one of them, or leave the cell empty"
        )),
    }
}
