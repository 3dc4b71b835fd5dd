//! How does one subscriber stand, and what is decided about them by hand?
