//! Whose money is it, and was it counted already?
//!
//! [`account`] says which spellings are one account, [`contact`] whose account or phone it is, [`same_payment`] when two records tell of one payment,
//! [`mod@reference`] what a payment is known by whose number repeats, and [`suggestion`] who
//! may have paid what matches nobody. What credits is exact; what is merely near suggests.

pub mod account;
pub mod contact;
pub mod same_payment;
pub mod reference;
pub mod suggestion;
