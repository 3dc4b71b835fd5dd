//! What does a month at a small ISP look like?
