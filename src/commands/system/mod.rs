//! Is the site set up right, do the books balance, and what does the log say?
//!
//! The configuration (`check`, `config show`, `init`), the laws of the ledger (`verify`), and the log.

pub mod check;
pub mod store_check;
pub mod config_show;
pub mod init;
pub mod verify;
pub mod logs;
pub(crate) mod log_search;
