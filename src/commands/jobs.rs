//! What is automated, and what became of it?
