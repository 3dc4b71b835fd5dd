//! How long did it take, and how much of that did this thread compute?
//!
//! On a machine that others use, too, whoever waits for the disk more often waits longer for its turn afterwards: the time
//! that the thread itself was running does not count that.

use std::time::{Duration, Instant as Stopwatch};

use crate::Failed;

/// A watch that is running.
pub struct Watch {
    began: Stopwatch,
    computed: Duration,
}

/// What a watch shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Took {
    /// On the wall.
    pub wall: Duration,
    /// On the processor, in this thread and in the system for it.
    pub computed: Duration,
}

impl Watch {
    /// Starts one.
    pub fn start() -> Result<Self, Failed> {
        Ok(Self {
            computed: computed()?,
            began: Stopwatch::now(),
        })
    }

    /// What it shows now, on the thread that started it.
    pub fn read(&self) -> Result<Took, Failed> {
        let wall = self.began.elapsed();
        Ok(Took {
            wall,
            computed: computed()?.saturating_sub(self.computed),
        })
    }
}

fn computed() -> Result<Duration, Failed> {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = line.split_whitespace().next().ok_or("an empty schedstat")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}
