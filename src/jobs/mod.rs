//! What is due now, and what did it do?
