//! Which rows of a list of subscribers contradict each other?
//!
//! Two rows with one name, or two that would switch the same object on a router, are errors. Names that look
//! alike, and an account that two subscribers share, are warnings. Must never know: who is in the store.

use std::collections::HashMap;

use crate::import::findings::Findings;
use crate::import::subscriber_column::SubscriberColumn;
use crate::import::subscriber_columns::Columns;
use crate::import::subscriber_row::SubscriberRow;
use crate::model::characters::look;
use crate::model::subscriber::Service;
use crate::rules::payer::account::spelling;

/// Looks for rows that contradict each other.
pub(crate) fn find(rows: &[SubscriberRow], columns: &Columns, errors: &mut Findings, warnings: &mut Findings) {
    usernames(rows, columns, errors, warnings);
    accounts(rows, columns, warnings);
    objects(rows, columns, errors);
}

fn usernames(rows: &[SubscriberRow], columns: &Columns, errors: &mut Findings, warnings: &mut Findings) {
    let mut exact: HashMap<&str, u32> = HashMap::with_capacity(rows.len());
    let mut alike: HashMap<String, &SubscriberRow> = HashMap::with_capacity(rows.len());
    for row in rows {
        let name = row.username.as_str();
        if let Some(first) = exact.get(name) {
            let message = format!("username `{name}` appears here and in line {first}; each may appear once");
            columns.note(errors, row.line, SubscriberColumn::Username, message);
            continue;
        }
        exact.insert(name, row.line);
        if let Some(first) = alike.get(&look(name)) {
            let how = if first.username.as_str().to_lowercase() == name.to_lowercase() {
                "only in capital and small letters"
            } else {
                "only in characters that look alike"
            };
            let message = format!(
                "username `{name}` differs from `{}` in line {} {how}; they are imported as two subscribers",
                first.username, first.line
            );
            columns.note(warnings, row.line, SubscriberColumn::Username, message);
        } else {
            alike.insert(look(name), row);
        }
    }
}

fn accounts(rows: &[SubscriberRow], columns: &Columns, warnings: &mut Findings) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for row in rows {
        let Some(account) = &row.account else { continue };
        let same = spelling(account.as_str());
        if let Some(first) = seen.get(&same) {
            let message = format!(
                "account `{account}` is also in line {first}; a payment to it goes to the unmatched payments until someone \
                 assigns it"
            );
            columns.note(warnings, row.line, SubscriberColumn::Account, message);
        } else {
            seen.insert(same, row.line);
        }
    }
}

/// Finds rows that would switch the same object on a router: an object by its name, and for a fixed service one by its
/// address.
fn objects(rows: &[SubscriberRow], columns: &Columns, errors: &mut Findings) {
    let mut seen: HashMap<(&str, Service, String), &SubscriberRow> = HashMap::with_capacity(rows.len());
    for row in rows {
        let (Some(router), Some(service)) = (&row.router, row.service) else {
            continue;
        };
        let login = row.login.as_ref().map_or(row.username.as_str(), |login| login.as_str());
        let column = if row.login.is_some() {
            SubscriberColumn::Login
        } else {
            SubscriberColumn::Username
        };
        let fixed = matches!(service, Service::Static | Service::Dhcp);
        let address = row
            .address
            .filter(|_| fixed)
            .map(|address| (address.to_string(), SubscriberColumn::Address));
        for (object, column) in [Some((login.to_owned(), column)), address].into_iter().flatten() {
            match seen.get(&(router.as_str(), service, object.clone())) {
                // Named already as a username that occurs twice.
                Some(first) if first.username == row.username => {}
                Some(first) => {
                    let message = format!(
                        "`{object}` as {service} on router `{router}` belongs to `{}` in line {}; two subscribers cannot \
                         share it",
                        first.username, first.line
                    );
                    columns.note(errors, row.line, column, message);
                }
                None => {
                    seen.insert((router.as_str(), service, object), row);
                }
            }
        }
    }
}
