//! Wakes the scheduler's thread.
//!
//! A wake-up carries no data: the scheduler then reads the store. One that comes while nobody listens is kept for the next
//! listening; a lost one would only cost time, since the scheduler checks once a minute anyway.

use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// A waker with one listener.
#[derive(Debug, Default)]
pub struct Waker {
    rung: Mutex<bool>,
    heard: Condvar,
}

impl Waker {
    /// Wakes the listener.
    pub fn ring(&self) {
        *self.rung.lock() = true;
        self.heard.notify_one();
    }

    /// Waits for at most `wait`; returns whether there was a wake-up since the last call.
    pub fn listen(&self, wait: Duration) -> bool {
        let mut rung = self.rung.lock();
        if !*rung {
            self.heard.wait_for(&mut rung, wait);
        }
        std::mem::take(&mut rung)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_heard_once_even_when_nobody_listened() {
        let waker = Waker::default();
        assert!(!waker.listen(Duration::from_millis(1)));
        waker.ring();
        waker.ring();
        assert!(waker.listen(Duration::from_secs(10)));
        assert!(!waker.listen(Duration::from_millis(1)));
    }
}
