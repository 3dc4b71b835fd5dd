//! Is the clock trusted, what waits for it, and what does confirming it change?
//!
//! [`show`] answers `weir clock`; [`confirm`] carries out `weir clock confirm`, which first shows what would run at once
//! ([`overdue_runs`]), whom a wrong clock cut off ([`wrongly_suspended`]) and which entries lie ahead ([`future_entries`]); days of service that
//! have not come are left out (`future_service`).

pub mod show;
pub mod overdue_runs;
pub mod confirm;
pub mod confirm_text;
pub mod future_entries;
pub(crate) mod future_service;
pub mod wrongly_suspended;
pub mod backlog;
