//! How are many subscribers imported from a file, and whom would that cut off?
//!
//! [`subscribers`] answers `weir import subscribers`; [`checks`] finds what only the site can tell, [`cut_offs`] whom the
//! list would cut off, [`held`] keeps a list that needs approval, `preview` shows what approving it would do now.

pub mod subscribers;
pub mod checks;
pub mod cut_offs;
pub mod held;
pub(crate) mod preview;
pub mod report;
