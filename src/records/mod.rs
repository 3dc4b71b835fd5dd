//! What remains, and what does it tell?
