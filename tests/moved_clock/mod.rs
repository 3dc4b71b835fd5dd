//! The real binary on a clock that is moved to another night.

mod site;
mod whole;
mod kills;
mod darkness;
mod wrong;
mod midway;
mod peers;
mod reminders;
mod outage;
mod sunday;
