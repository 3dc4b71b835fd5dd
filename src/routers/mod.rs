//! How does one talk to RouterOS?
