//! What do they bring from elsewhere?
//!
//! Readers of files that people bring: lists of subscribers and statements of payments. Bytes go in, values and findings
//! come out; a reader opens no file, asks no clock and never looks into the store. Whether a package exists, or whether a
//! payment is known already, is asked by whoever uses what was read.

pub mod subscribers;
pub mod subscriber_columns;
mod subscriber_cells;
mod subscriber_doubles;
pub mod statement;
mod statement_row;
pub mod statement_amount;
mod statement_date;
mod statement_header;
mod statement_text;
mod csv;
pub(crate) mod findings;
mod file_kind;
