//! What is in force, and where did it come from?
