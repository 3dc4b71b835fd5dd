//! What do a month and a payment look like on paper?
//!
//! Figures in, one page of HTML out: no network, no script, charts as inline SVG. Must never know: where the figures come
//! from.

pub mod figures;
pub mod page;
pub mod receipt;
mod charts;
mod numbers;
pub(crate) mod people;
mod sections;
mod style;
