//! The real binary: a site from its first hour to a damaged card, with and without the service.

pub mod house;
mod clock;
mod damage;
mod first_hour;
mod service;
mod signals;
