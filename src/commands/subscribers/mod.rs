//! Who is served, and what has the owner decided about them by hand?
//!
//! A file for each command of `weir subscriber`; [`profile`] turns typed fields and cells into a profile, [`onboarding`] adds
//! one newcomer, [`answer`] shows one subscriber.

pub mod answer;
pub mod list;
pub mod set;
pub mod profile;
pub mod onboarding;
pub mod show;
pub(crate) mod shared_contact;
pub(crate) mod manual;
pub(crate) mod package_cost;
pub mod extend;
pub mod hold;
pub mod release;
pub mod close;
pub mod reopen;
pub mod add;
pub(crate) mod profile_change;
pub mod fields;
pub(crate) mod whom;
pub mod find;
pub(crate) mod list_filter;
