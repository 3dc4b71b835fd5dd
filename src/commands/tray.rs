//! Whose payments are these?
