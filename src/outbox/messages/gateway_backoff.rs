//! Remembers which gateways refuse everything at the moment, and until when they rest.
//!
//! Kept while the service runs: a gateway that has refused several messages in a row is not tried for messages to subscribers
//! for a while, so that ten thousand of them do not each find out for themselves. Messages to administrators try it all the
//! same. Must never know: which messages those were.

use std::collections::BTreeMap;
use std::time::Duration;

/// After how many refusals in a row a gateway is not tried for a while, and an alert is raised.
pub const REFUSALS_IN_A_ROW: u32 = 5;
/// The first wait, in seconds; it doubles with every message refused after that.
const REST_FIRST_S: u64 = 30;
/// The longest wait, in seconds.
const REST_MOST_S: u64 = 900;

/// The refusals in a row of each gateway, and its wait.
#[derive(Debug, Default)]
pub struct GatewaysSeen {
    seen: BTreeMap<String, Refusals>,
}

#[derive(Debug, Default)]
struct Refusals {
    in_a_row: u32,
    rests: u32,
    rests_until: Duration,
}

impl GatewaysSeen {
    /// Notes a refusal at this reading of the stopwatch; returns how many there were in a row.
    pub fn refused(&mut self, gateway: &str, elapsed: Duration) -> u32 {
        let seen = self.seen.entry(gateway.to_owned()).or_default();
        seen.in_a_row = seen.in_a_row.saturating_add(1);
        // The refusals of one batch are one finding.
        if seen.in_a_row >= REFUSALS_IN_A_ROW && elapsed >= seen.rests_until {
            let doubled = REST_FIRST_S.saturating_mul(1_u64.checked_shl(seen.rests.min(16)).unwrap_or(u64::MAX));
            seen.rests_until = elapsed.saturating_add(Duration::from_secs(doubled.min(REST_MOST_S)));
            seen.rests = seen.rests.saturating_add(1);
        }
        seen.in_a_row
    }

    /// Notes that it has taken a message.
    pub fn took(&mut self, gateway: &str) {
        self.seen.remove(gateway);
    }

    /// Returns whether it must not be tried now.
    #[must_use]
    pub fn rests(&self, gateway: &str, elapsed: Duration) -> bool {
        self.seen.get(gateway).is_some_and(|seen| elapsed < seen.rests_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_gateway_that_refuses_rests_longer_each_time_and_works_again_after_one_success() {
        let mut gateways = GatewaysSeen::default();
        for _ in 1..REFUSALS_IN_A_ROW {
            gateways.refused("a", s(0));
        }
        assert!(!gateways.rests("a", s(0)), "not yet");
        assert_eq!(gateways.refused("a", s(0)), REFUSALS_IN_A_ROW);
        assert!(gateways.rests("a", s(29)) && !gateways.rests("a", s(30)));
        gateways.refused("a", s(30));
        gateways.refused("a", s(31));
        assert!(
            gateways.rests("a", s(89)) && !gateways.rests("a", s(90)),
            "doubled once"
        );
        for round in 0..20 {
            gateways.refused("a", s(1_000 + round * 1_000));
        }
        assert!(
            gateways.rests("a", s(20_899)) && !gateways.rests("a", s(20_900)),
            "bounded"
        );
        gateways.took("a");
        assert!(!gateways.rests("a", s(20_000)));
        assert_eq!(gateways.refused("a", s(20_000)), 1);
    }
}
