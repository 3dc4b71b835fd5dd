//! What would a router say?
