//! Tables of cases and laws, a file for each of src/rules.

pub mod cron;
pub mod catch_up;
