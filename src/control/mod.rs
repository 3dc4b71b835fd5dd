//! How does a command reach the service, or the file?
