//! What is on the card, and how does it change?
