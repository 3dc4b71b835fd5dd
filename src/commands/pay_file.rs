//! How does a statement come in?
