//! How do the routers stand?
