//! Who is served, and what is decided about them by hand?
//!
//! A file for each command of `weir subscriber`; [`profile`] turns typed fields and cells into a profile, [`onboarding`]
//! adds one newcomer, [`answer`] is how one subscriber is shown.

pub mod answer;
pub mod list;
pub mod set;
pub mod profile;
pub mod onboarding;
pub(crate) mod show;
pub(crate) mod manual;
pub(crate) mod extend;
pub(crate) mod hold;
pub(crate) mod release;
pub(crate) mod close;
pub(crate) mod reopen;
pub(crate) mod add;
pub(crate) mod profile_change;
