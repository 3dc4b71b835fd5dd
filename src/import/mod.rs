//! What does a file from elsewhere say?
//!
//! Readers of the files that people bring: lists of subscribers and statements of payments. Bytes go in, values and
//! findings come out. A reader opens no file, asks no clock and never looks into the store. The caller checks whether a
//! package exists, or whether a payment is already known.

pub mod subscribers;
pub mod subscriber_column;
pub mod subscriber_columns;
pub mod subscriber_row;
mod subscriber_cells;
mod subscriber_doubles;
pub mod statement;
pub mod statement_row;
pub mod statement_amount;
mod statement_date;
mod statement_payer;
mod statement_header;
mod statement_text;
mod csv;
mod currency_words;
mod column_words;
mod spreadsheet;
mod date_shape;
pub(crate) mod findings;
mod file_kind;
