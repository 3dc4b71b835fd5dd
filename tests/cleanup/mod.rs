//! What is past its time goes to the archive, and `weir logs` still tells it; nothing is lost on the way.

mod cuts;
mod kills;
mod reading;
mod site;
mod whole;
