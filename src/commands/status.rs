//! How does the site stand?
