//! The power fails at every write, the disk is full, the card is damaged: what is left of the books?
//!
//! A disk in memory keeps every write, length and sync in order, so that each of them can be the last.

mod codec;
mod cuts;
mod damage;
pub mod disk;
mod full;
mod life;
mod lock;
mod older;
mod reads;
