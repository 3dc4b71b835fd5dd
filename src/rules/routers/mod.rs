//! How do routers fare, and what can be said of their objects?

pub mod availability;
pub mod incidents;
pub mod readings;
