//! What did the owner write, and what is wrong with it?
