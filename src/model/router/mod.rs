//! What is wanted on a router, what was read there, and when was it in trouble?

pub mod readings;
pub mod work;
pub mod incident;
