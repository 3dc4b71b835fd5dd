//! The way in: arguments, the socket, tables, and what is printed.

mod args;
mod bad_lines;
mod binary;
mod double;
mod printed;
mod socket;
mod tables;
