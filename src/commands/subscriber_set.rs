//! What is stated about a subscriber?
