//! What does a month look like on paper?
//!
//! Figures in, one page of HTML out. Must never know: where the figures come from.
