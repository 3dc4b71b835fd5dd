//! What stands in one wallet?
