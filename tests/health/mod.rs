//! The routers are probed, and what has changed is told once: real conversations with simulated routers.

mod box_itself;
mod idle;
mod many;
mod outages;
pub mod site;
