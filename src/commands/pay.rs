//! How does money come in by hand, and how is it taken back or moved?
