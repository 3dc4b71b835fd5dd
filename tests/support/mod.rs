//! What several rooms of tests need: the site that a test builds, its storage and its day, what is typed there, and children
//! of the real binary that never outlive their test.

#[cfg(feature = "sim")]
pub mod child;
pub mod memory;
pub mod moment;
#[cfg(feature = "sim")]
pub mod moved;
pub mod site;
pub mod stored;
pub mod typed;
