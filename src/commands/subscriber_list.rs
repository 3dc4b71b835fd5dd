//! Who is there?
