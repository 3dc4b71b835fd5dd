//! What is decided and must still leave the box?
