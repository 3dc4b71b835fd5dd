//! What time is it, and who says so?
