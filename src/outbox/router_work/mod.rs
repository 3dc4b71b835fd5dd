//! How are access decisions applied to the routers and confirmed?
//!
//! A [`worker`] per router takes its stored work in a [`batch`], asks [`targets`] for the desired state, and closes a row by a
//! reading alone; [`backoff`] says when a refused object is tried again. [`reconcile`] compares router and ledger, [`drift`]
//! decides about one object that differs, and [`held_cuts`] whether a reconcile may cut off so many. [`single_try`] is for a
//! command that runs without the service.

pub mod worker;
pub mod batch;
pub mod reconcile;
pub mod drift;
pub mod held_cuts;
pub mod object_alerts;
pub mod backoff;
pub mod targets;
pub mod single_try;
