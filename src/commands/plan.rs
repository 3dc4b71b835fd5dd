//! What will the coming days do?
