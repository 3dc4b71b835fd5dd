//! A secret that is never printed.

use std::fmt;

/// A password or key. Cannot be serialised, prints as nothing, and its bytes are overwritten when it is dropped.
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes the bytes as a secret.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Returns the bytes, for the one place that sends them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl Clone for Secret {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.fill(0);
        // Keeps the compiler from leaving the overwrite out because nobody reads it.
        std::hint::black_box(&self.0);
    }
}
