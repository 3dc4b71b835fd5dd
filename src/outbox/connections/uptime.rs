//! Notices that a router has rebooted since it was last contacted.
//!
//! A router that has been up for a shorter time than it should be by now has rebooted, however long ago the last contact was.
//! Must never trust a clock that can be set: only elapsed time is compared.

use tokio::time::Instant as Stopwatch;

/// How much the two clocks may differ, in seconds, apart from what they drift.
const SLACK_S: u64 = 5;
/// One second in this many may be drift. *Source:* a cheap quartz is off by some 100 ppm; this is ten times as much.
const DRIFT_ONE_IN: u64 = 1_000;

/// The uptime at the last conversation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Uptime(Option<(u64, Stopwatch)>);

impl Uptime {
    /// Returns whether an uptime, in seconds, means a reboot since the last one; the first never does. It is kept for
    /// the next time.
    pub fn is_reboot(&mut self, uptime_s: Option<u64>, now: Stopwatch) -> bool {
        let Some(uptime_s) = uptime_s else {
            return false;
        };
        let before = self.0.replace((uptime_s, now));
        before.is_some_and(|(before_s, at)| {
            let passed_s = now.saturating_duration_since(at).as_secs();
            let expected_s = before_s.saturating_add(passed_s);
            let slack_s = SLACK_S.saturating_add(passed_s / DRIFT_ONE_IN);
            uptime_s.saturating_add(slack_s) < expected_s
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_shorter_uptime_than_it_should_be_is_a_reboot_also_when_it_is_longer_than_last_time() {
        let start = Stopwatch::now();
        let mut uptime = Uptime::default();
        let mut at = |seconds, up| uptime.is_reboot(up, start + Duration::from_secs(seconds));
        assert!(!at(0, Some(60)));
        assert!(!at(100, Some(158)));
        assert!(!at(200, None));
        assert!(at(3_700, Some(1_800)), "half an hour, an hour later");
        assert!(!at(90_000, Some(88_030)), "drift");
        assert!(at(90_010, Some(20)));
    }
}
