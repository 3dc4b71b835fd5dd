//! The page of a month, and the statistics of a site.

mod page;
mod site;
