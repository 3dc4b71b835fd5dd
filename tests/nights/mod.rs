//! The whole appliance under the manual clock, for many nights; and nights by the rules alone.

mod doubt;
mod doubt_box;
mod doubt_people;
mod doubt_sky;
mod interrupted;
mod year;
