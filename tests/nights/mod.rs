//! The whole appliance under the manual clock, for many nights.

mod interrupted;
mod year;
