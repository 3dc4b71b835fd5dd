//! Entries, debits, and what stands behind a reference.

use weir::model::day::{Day, Instant};
use weir::model::entry::{Debit, Entry, EntryKind, Settled};
use weir::model::entry_chain::{ChainHead, EntryHash, EntrySeq};
use weir::model::money::Money;
use weir::model::name::{Comment, Reference, Source};
use weir::model::subscriber::SubscriberId;
use weir::model::unmatched::{Holder, PaymentOrigin, StatementWords, Unmatched, UnmatchedState};

use super::people::period;

#[test]
fn entries() {
    record!(Entry {
        seq: EntrySeq(300) => "fb 2c 01",
        subscriber: SubscriberId(7) => "07",
        previous: Some(EntrySeq(299)) => "01 fb 2b 01",
        kind: EntryKind::Credit => "00",
        amount: Money::from_minor(150_000) => "fc e0 93 04 00",
        source: Source::new("M-Pesa").unwrap() => "06 4d 2d 50 65 73 61",
        reference: Some(Reference::new("QK1").unwrap()) => "01 03 51 4b 31",
        balance_after: Money::from_minor(-2) => "03",
        for_day: Day::from_number(20_787) => "fb 66 a2",
        recorded_at: Instant::from_millis(1_796_000_000_000) => "fd 00 50 e2 53 44 03 00 00",
        actor: "amina".to_owned() => "05 61 6d 69 6e 61",
        comment: Some(Comment::new("late").unwrap()) => "01 04 6c 61 74 65",
        hash: EntryHash([0xab; 32]) => "ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab",
    });
    record!(Entry {
        seq: EntrySeq(1) => "01",
        subscriber: SubscriberId(70_000) => "fc 70 11 01 00",
        previous: None => "00",
        kind: EntryKind::Debit => "01",
        amount: Money::from_minor(1) => "02",
        source: Source::new("Monthly Bill").unwrap() => "0c 4d 6f 6e 74 68 6c 79 20 42 69 6c 6c",
        reference: None => "00",
        balance_after: Money::from_minor(-1) => "01",
        for_day: Day::from_number(-1) => "01",
        recorded_at: Instant::from_millis(0) => "00",
        actor: String::new() => "00",
        comment: None => "00",
        hash: EntryHash::default() => "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
    });
    kinds!(EntryKind {
        Credit => "00",
        Debit => "01",
        Adjustment => "02",
    });
}

#[test]
fn debits() {
    record!(Debit {
        entry: EntrySeq(5) => "05",
        amount: Money::from_minor(35_000) => "fc 70 11 01 00",
        settled: Some(Settled {
            before: period(1),
            after: period(9),
            previous: Some(Day::from_number(3)),
            resumed_on: Some(Day::from_number(4)),
        }) => "01 01 02 01 03 06 01 08 01 12 01 0b 16 01 18 01 06 01 08",
        undone: Some(period(6)) => "01 01 0c 01 08 10 01 12",
    });
    record!(Debit {
        entry: EntrySeq(6) => "06",
        amount: Money::ZERO => "00",
        settled: None => "00",
        undone: None => "00",
    });
    record!(Settled {
        before: period(1) => "01 02 01 03 06 01 08",
        after: period(9) => "01 12 01 0b 16 01 18",
        previous: Some(Day::from_number(3)) => "01 06",
        resumed_on: Some(Day::from_number(4)) => "01 08",
    });
    record!(Settled {
        before: period(1) => "01 02 01 03 06 01 08",
        after: period(9) => "01 12 01 0b 16 01 18",
        previous: None => "00",
        resumed_on: None => "00",
    });
}

#[test]
fn holders_of_references() {
    kinds!(Holder {
        Holder::Credit { .. } = Holder::Credit {
            entry: EntrySeq(8),
            subscriber: SubscriberId(9),
            amount: Money::from_minor(10),
        } => "00 08 09 14",
        Holder::Unmatched { .. } = Holder::Unmatched { amount: Money::from_minor(11) } => "01 16",
        Holder::Reversed = Holder::Reversed => "02",
    });
}

#[test]
fn unmatched_payments() {
    record!(Unmatched {
        reference: Reference::new("QK2").unwrap() => "03 51 4b 32",
        date: Day::from_number(20_000) => "fb 40 9c",
        amount: Money::from_minor(250_000) => "fc 20 a1 07 00",
        account: Some("ac 1".to_owned()) => "01 04 61 63 20 31",
        phone: Some("07".to_owned()) => "01 02 30 37",
        source: Source::new("bank").unwrap() => "04 62 61 6e 6b",
        conflict: Some("two".to_owned()) => "01 03 74 77 6f",
        taken_at: Instant::from_millis(5_000) => "fb 10 27",
        state: UnmatchedState::Waiting => "00",
    });
    record!(Unmatched {
        reference: Reference::new("x").unwrap() => "01 78",
        date: Day::from_number(1) => "02",
        amount: Money::from_minor(2) => "04",
        account: None => "00",
        phone: None => "00",
        source: Source::new("y").unwrap() => "01 79",
        conflict: None => "00",
        taken_at: Instant::from_millis(3) => "06",
        state: UnmatchedState::Reversed => "02",
    });
    kinds!(UnmatchedState {
        UnmatchedState::Waiting = UnmatchedState::Waiting => "00",
        UnmatchedState::Assigned(_) = UnmatchedState::Assigned(SubscriberId(12)) => "01 0c",
        UnmatchedState::Reversed = UnmatchedState::Reversed => "02",
    });
}

#[test]
fn where_a_payment_came_from_and_what_a_statement_says_besides() {
    kinds!(PaymentOrigin {
        PaymentOrigin::Typed = PaymentOrigin::Typed => "00",
        PaymentOrigin::Statement = PaymentOrigin::Statement => "01",
        PaymentOrigin::TypedAndTold(_) = PaymentOrigin::TypedAndTold(Day::from_number(20_000)) => "02 fb 40 9c",
    });
    record!(StatementWords {
        payer: Some("Ada".to_owned()) => "01 03 41 64 61",
        details: Some("rent".to_owned()) => "01 04 72 65 6e 74",
    });
    record!(StatementWords {
        payer: None => "00",
        details: None => "00",
    });
}

#[test]
fn the_head_of_the_chain() {
    record!(ChainHead {
        seq: EntrySeq(2) => "02",
        hash: EntryHash([0x0c; 32]) => "0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c 0c",
    });
}
