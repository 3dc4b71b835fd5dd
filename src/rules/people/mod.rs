//! Whom may a text name?
//!
//! What is near is only ever shown. Whether an account or a number is exactly the same, [`crate::rules::payer`] and
//! [`crate::rules::phone`] say.

pub mod find;
