//! Wakes the scheduler's thread.
//!
//! A bell carries no data: it says "look", and whoever hears it looks at the store. One that rings while nobody listens is
//! heard at the next listening; a lost one would cost time only, since the scheduler looks anyway.

use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// A bell with one listener.
#[derive(Debug, Default)]
pub struct Waker {
    rung: Mutex<bool>,
    heard: Condvar,
}

impl Waker {
    /// Rings.
    pub fn ring(&self) {
        *self.rung.lock() = true;
        self.heard.notify_one();
    }

    /// Listens for at most `wait`; tells whether it rang since the last listening.
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
