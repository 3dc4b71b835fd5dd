//! How do many subscribers come in at once?
