//! How is the site doing, for a person and for a collector of figures?
//!
//! [`answer`] gathers it for `weir status` and [`text`] puts it on one page; [`metrics`] gives the same figures to a
//! monitoring system.

pub mod answer;
pub(crate) mod alert_recipients;
pub mod text;
pub mod metrics;
pub(crate) mod metrics_figures;
