//! What can the owner ask?
