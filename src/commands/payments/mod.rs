//! How does money come in, and how is it corrected, reversed or moved?
//!
//! Payments by hand and by statement, those that matched nobody, reversals, moves, corrections, and a wallet's ledger.
//! [`credit`] is the one way into a wallet; [`row_match`] finds the subscriber of a statement's row.

pub mod pay;
pub mod statement;
pub mod answer;
pub mod credit;
pub(crate) mod slips;
pub mod receipt;
pub(crate) mod statement_fate;
pub mod row_match;
pub(crate) mod known_payment;
pub(crate) mod numbered_reference;
pub(crate) mod taken_row;
pub mod unmatched;
pub(crate) mod suggestions;
pub mod adjust;
pub mod ledger;
pub mod reverse;
pub mod move_payment;
pub(crate) mod reversal;
pub mod assign;
