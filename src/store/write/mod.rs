//! How does the store change?
//!
//! [`transaction`] writes a decision with all the work that it causes; the other files add what it writes of one family of
//! tables each. Every change goes through one transaction, and nothing here deletes money.

pub mod transaction;
pub mod commit;
pub mod alerts;
pub(crate) mod incidents;
pub(crate) mod readings;
pub(crate) mod approvals;
pub(crate) mod messages;
pub(crate) mod aging;
pub(crate) mod payments;
pub(crate) mod records;
pub(crate) mod clock;
pub(crate) mod router_work;
