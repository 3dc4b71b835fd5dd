//! Which number is this, and whose may a hidden one be?
//!
//! [`complete`] makes a whole number of what people write, [`countries`] holds what is known of the numbers of each country, and
//! [`masked`] reads numbers of which a provider shows a part. Numbers are compared whole; a part of one only suggests.

pub mod countries;
pub mod complete;
pub mod masked;
