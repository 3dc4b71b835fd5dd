//! Whom does a text name, exactly or nearly?
//!
//! What is exact may move money and cut people off; what is near is only ever shown.

pub mod exact;
pub mod find;
