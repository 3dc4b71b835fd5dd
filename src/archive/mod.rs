//! What was taken out of the store and is kept in files?
//!
//! Log records of old, by month, compressed, each file with a checksum and all of them in an index. Must never know: the
//! store, or when anything is old.
