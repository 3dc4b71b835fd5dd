//! Would a run cut off too many at once: a table of cases, and what follows from more or fewer.

use proptest::prelude::*;
use weir::rules::guard::{Guard, HANDFUL, judge, reason};

/// Cuts, of how many, the share in percent, and what the guard says.
const CASES: &[(u64, u64, u8, Guard)] = &[
    (0, 0, 20, Guard::Passes),
    (1, 1, 20, Guard::Passes),
    (10, 10, 20, Guard::Passes),
    (10, 20, 20, Guard::Passes),
    (10, 100, 20, Guard::Passes),
    // A share of exactly 20 % is allowed.
    (11, 55, 20, Guard::Passes),
    (11, 54, 20, Guard::Holds),
    (12, 60, 20, Guard::Passes),
    (12, 59, 20, Guard::Holds),
    (20, 100, 20, Guard::Passes),
    (21, 100, 20, Guard::Holds),
    (40, 100, 20, Guard::Holds),
    (40, 100, 40, Guard::Passes),
    (41, 100, 40, Guard::Holds),
    (11, 11, 100, Guard::Passes),
    (100_000, 100_000, 100, Guard::Passes),
    (11, 1_100, 1, Guard::Passes),
    (11, 1_099, 1, Guard::Holds),
    (11, 0, 20, Guard::Holds),
    // Nothing wraps around.
    (u64::MAX, u64::MAX, 100, Guard::Passes),
    (u64::MAX, u64::MAX, 99, Guard::Holds),
    (u64::MAX, 1, 255, Guard::Holds),
    (11, u64::MAX, 1, Guard::Passes),
];

#[test]
fn more_than_the_share_and_more_than_ten_wait() {
    for (cuts, of, share, says) in CASES {
        assert_eq!(judge(*cuts, *of, *share), *says, "{cuts} of {of} at {share} %");
    }
}

#[test]
fn the_reason_tells_the_figures() {
    assert_eq!(
        reason(40, 100, "active subscribers", 20),
        "40 of 100 active subscribers would be cut off, 40 %, but `max_share` allows 20 % at once"
    );
    assert!(reason(11, 0, "active subscribers", 20).contains("11 of 0 active subscribers would be cut off, 100 %"));
    assert!(reason(u64::MAX, u64::MAX, "x", 20).contains(", 100 %,"));
}

proptest! {
    #[test]
    fn a_handful_never_waits(cuts in 0..=HANDFUL, of in any::<u64>(), share in any::<u8>()) {
        prop_assert_eq!(judge(cuts, of, share), Guard::Passes);
    }

    #[test]
    fn fewer_cuts_more_served_or_a_larger_share_never_hold_what_passes(
        cuts in 0_u64..10_000, of in 0_u64..10_000, share in 1_u8..=100, less in 0_u64..10_000, more in 0_u64..10_000,
    ) {
        if judge(cuts, of, share) == Guard::Passes {
            prop_assert_eq!(judge(cuts.saturating_sub(less), of, share), Guard::Passes);
            prop_assert_eq!(judge(cuts, of + more, share), Guard::Passes);
            prop_assert_eq!(judge(cuts, of, share.saturating_add(u8::try_from(less % 100).unwrap())), Guard::Passes);
        }
    }

    #[test]
    fn what_passes_beyond_a_handful_is_within_the_share(cuts in 11_u64..10_000, of in 1_u64..10_000, share in 1_u8..=100) {
        let within = cuts * 100 <= of * u64::from(share);
        prop_assert_eq!(judge(cuts, of, share) == Guard::Passes, within);
    }
}
