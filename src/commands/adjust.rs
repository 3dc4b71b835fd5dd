//! How is a wallet corrected by hand?
