//! The month of `weir demo`: it holds, it fits a terminal, and what it leaves behind can be asked.

mod month;
