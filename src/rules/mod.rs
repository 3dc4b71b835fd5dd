//! What follows from what?
//!
//! Pure rules: data and `now` in, a decision out. Knows nothing of the clock, of files, sockets or the store.
