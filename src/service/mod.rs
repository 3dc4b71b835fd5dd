//! What runs while `weir run` runs, and how does it stop?
