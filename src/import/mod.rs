//! What do they bring from elsewhere?
