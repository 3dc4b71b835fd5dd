//! How do the routers and the box itself fare?
//!
//! Must never know: subscribers, money.
