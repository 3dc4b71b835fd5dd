//! What was typed, and how is the answer shown?
