//! Whatever happens to a wallet, the laws of the ledger hold.

use proptest::prelude::*;
use weir::model::day::Day;
use weir::model::entry::EntryKind;
use weir::model::entry_chain::ChainHead;
use weir::model::money::Money;
use weir::rules::access::CutOffVerdict;
use weir::rules::chain;
use weir::rules::wallet::Resume;

use super::book::{Book, policy};

#[derive(Debug, Clone)]
enum Act {
    Pay(i64),
    Adjust(i64),
    Reverse,
    Promise(i32),
    Nothing,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        2 => (1_i64..4_000).prop_map(Act::Pay),
        1 => (-500_i64..500).prop_map(Act::Adjust),
        1 => Just(Act::Reverse),
        1 => (0_i32..6).prop_map(Act::Promise),
        12 => Just(Act::Nothing),
    ];
    proptest::collection::vec(act, 30..120)
}

fn check(book: &Book) -> Result<(), TestCaseError> {
    let mut head = ChainHead::START;
    let mut balance = Money::ZERO;
    let mut dues = std::collections::BTreeSet::new();
    for entry in &book.entries {
        prop_assert_eq!(entry.seq.0, head.seq.0 + 1, "numbers have no gap");
        prop_assert_eq!(
            entry.hash,
            chain::hash(entry, head.hash),
            "each hash covers the one before"
        );
        head = ChainHead {
            seq: entry.seq,
            hash: entry.hash,
        };
        balance = balance.plus(entry.kind.effect(entry.amount)).unwrap();
        prop_assert_eq!(entry.balance_after, balance, "the balance is the sum of the entries");
        if entry.kind == EntryKind::Debit {
            prop_assert!(dues.insert(entry.for_day), "one debit per due day");
        }
    }
    prop_assert_eq!(book.subscriber.balance, balance);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn the_laws_hold_over_random_nights(
        acts in acts(),
        cycle in prop_oneof![Just("monthly"), Just("1 day"), Just("7 days"), Just("quarterly")],
        from_due in any::<bool>(),
        grace in 0_u16..4,
    ) {
        let mut policy = policy("10.00", cycle);
        if from_due { policy.resume = Resume::FromDue; }
        let start = Day::parse("2027-01-28").unwrap();
        let mut book = Book::new(policy, "2027-01-28", "2027-01-31");
        book.grace_days = grace;
        for (at, act) in acts.iter().enumerate() {
            let today = start.plus_days(i32::try_from(at).unwrap());
            book.bill_on(today);
            // Twice is once.
            let (entries, before) = (book.entries.len(), book.subscriber.clone());
            book.bill_on(today);
            prop_assert_eq!((book.entries.len(), &book.subscriber), (entries, &before));
            // Enough for a new cycle and nothing outstanding: after billing nobody is suspended.
            if book.subscriber.state_word() == "suspended" && book.subscriber.outstanding.is_empty() {
                prop_assert!(book.subscriber.balance < Money::from_minor(1_000));
            }
            match act {
                Act::Pay(cents) => { book.pay_on(today, Money::from_minor(*cents)); }
                Act::Adjust(0) | Act::Nothing => {}
                Act::Adjust(cents) => {
                    let text = format!("{}{}.{:02}", if *cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100);
                    book.adjust(&today.to_string(), &text);
                }
                Act::Reverse => {
                    let reversible = book.entries.iter().rev().find(|entry| entry.reference.is_some());
                    if reversible.is_some_and(|entry| entry.kind == EntryKind::Credit) { book.reverse(&today.to_string()); }
                }
                Act::Promise(days) => {
                    // May be refused where it changes nothing.
                    let _refused = book.extend(&today.to_string(), &today.plus_days(*days).to_string()).is_err();
                }
            }
            check(&book)?;
            let end = book.subscriber.period.expires_on.unwrap();
            if book.disconnect_on(today) == CutOffVerdict::Suspend {
                prop_assert!(end <= today, "nobody is cut within the paid time");
            }
            // Nobody is served past the cut-off who is neither covered nor promised.
            if book.subscriber.state_word() == "active" {
                let served_through = weir::rules::access::cut_off_day(&book.subscriber, grace).unwrap();
                prop_assert!(
                    served_through > today
                        || weir::rules::access::is_covered(&book.subscriber, &book.policy, today)
                );
            }
        }
    }
}
