//! Who keeps the time of a site: witnesses, jumps, the owner's word.

mod keeper;
mod start;
