//! The simulated router, spoken to with bare words by a peer that shares nothing with Weir.

mod peer;
mod words;
mod logging_in;
mod tables;
mod sessions;
mod faults;
mod limits;
mod clock;
mod modem;
