//! Tables of cases and laws, a file for each of src/rules.

pub mod cron;

mod book;
mod due;
mod guard;
mod retention;
mod settlement;
mod billing;
mod ledger_laws;
mod access;
mod service;
mod period_correction;
mod incidents;
mod readings;

pub mod catch_up;
mod trust;
mod gsm;
mod characters;
mod payer;
mod phone;
mod delivery;
mod statistics;
mod people;
mod reminder;
mod notices;
mod decision;
