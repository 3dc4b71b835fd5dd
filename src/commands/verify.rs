//! Do the books hold?
