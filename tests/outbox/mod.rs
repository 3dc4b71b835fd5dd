//! Router work, from the stored decision to the reading that closes it: an appliance and simulated routers on loopback.

mod site;
mod faults;
mod payments;
mod readings;
mod absent;
mod alone;
mod drift;
mod counts;
mod names;
mod commands;
mod guard;
mod identity;
