//! What a run decides for one subscriber, what it counts, and what a held run leaves. The laws of the book go through the
//! same function: `book.rs` compares what each decision says with what it has changed.

use std::sync::Arc;

use weir::model::day::Day;
use weir::model::entry_chain::ChainHead;
use weir::model::job::{BillingCounts, DisconnectCounts, Job, RemindersCounts};
use weir::model::name::Phone;
use weir::model::subscriber::{State, Subscriber};
use weir::rules::decision::{self, Bill, BillEffect, Decision, DecisionCounts, NotReminded, PaidUntil, RunMoment};
use weir::rules::messages::reminder::DueReminder;
use weir::rules::messages::text::MessageTemplates;
use weir::rules::terms::Terms;
use weir::rules::wallet::Wallet;

use super::book::{Book, day, money, policy};

fn terms() -> Terms {
    let mut templates = MessageTemplates::silent(weir::model::money::Currency::from_code("KES").unwrap());
    templates.days_before = vec![3];
    templates.has_gateway = true;
    Terms {
        policy: policy("1500.00", "monthly"),
        grace_days: 0,
        max_share: 20,
        zone: jiff::tz::TimeZone::UTC,
        templates: Arc::new(templates),
    }
}

/// Active, paid through 10 March, with a phone.
fn amina() -> Book {
    let mut book = Book::new(policy("1500.00", "monthly"), "2027-02-10", "2027-03-10");
    book.subscriber.profile.phone = Some(Phone::new("0700000001").unwrap());
    book
}

fn on(job: Job, on: &str) -> RunMoment {
    let on = day(on);
    RunMoment {
        job,
        day: on,
        now: weir::model::day::Instant::from_millis(i64::from(on.number()) * 86_400_000),
        today: on,
        last_cut_day: on.plus_days(-1),
        held: false,
    }
}

/// The decision, and the subscriber as they are then.
fn decided(book: &Book, terms: &Terms, run: &RunMoment) -> (Decision, Subscriber) {
    let mut wallet = Wallet::new(book.subscriber.clone(), ChainHead::START, book);
    let decided = decision::decide(&mut wallet, terms, run).unwrap();
    if !decision::concerns(&book.subscriber, run) {
        assert_eq!(decided, Decision::Leave, "who is no concern of it is left");
    }
    (decided, wallet.subscriber)
}

#[test]
fn a_cut_says_what_ended_and_a_held_run_leaves_them() {
    let (terms, mut book) = (terms(), amina());
    let run = on(Job::Disconnect, "2027-03-10");
    assert_eq!(
        decided(&book, &terms, &on(Job::Disconnect, "2027-03-09")).0,
        Decision::Leave
    );
    let (cut, after) = decided(&book, &terms, &run);
    assert_eq!(cut, Decision::Suspend(PaidUntil::Period(day("2027-03-10"))));
    assert_eq!(after.state, State::Suspended);
    let held = RunMoment { held: true, ..run };
    assert_eq!(
        decided(&book, &terms, &held),
        (Decision::WouldSuspend, book.subscriber.clone())
    );
    book.subscriber.extended_to = Some(day("2027-03-12"));
    assert_eq!(decided(&book, &terms, &run).0, Decision::Leave);
    let (cut, _) = decided(&book, &terms, &on(Job::Disconnect, "2027-03-12"));
    assert_eq!(cut, Decision::Suspend(PaidUntil::Promise(day("2027-03-12"))));
    book.subscriber.balance = money("1500.00");
    let covered = decided(&book, &terms, &on(Job::Disconnect, "2027-03-12"));
    assert_eq!(covered, (Decision::Spare, book.subscriber.clone()));
}

#[test]
fn billing_says_what_it_charges_and_what_that_changes() {
    let (terms, mut book) = (terms(), amina());
    let bill = |charges: &[&str], effect: BillEffect, counts: BillingCounts| {
        Decision::Bill(Bill {
            counts,
            charges: charges.iter().map(|amount| money(amount)).collect(),
            effect,
        })
    };
    let one = BillingCounts {
        charged: 1,
        ..BillingCounts::default()
    };
    let run = on(Job::Billing, "2027-03-10");
    assert_eq!(
        decided(&book, &terms, &on(Job::Billing, "2027-03-09")).0,
        Decision::Leave
    );
    assert_eq!(
        decided(&book, &terms, &run).0,
        bill(&["1500.00"], BillEffect::Unchanged, one)
    );
    book.subscriber.balance = money("3000.00");
    let (twice, after) = decided(&book, &terms, &on(Job::Billing, "2027-04-10"));
    let counts = BillingCounts {
        charged: 2,
        settled: 2,
        ..BillingCounts::default()
    };
    assert_eq!(twice, bill(&["1500.00", "1500.00"], BillEffect::Renewed, counts));
    assert_eq!(after.period.expires_on, Some(day("2027-05-10")));
    book.subscriber.state = State::Suspended;
    let counts = BillingCounts {
        charged: 1,
        settled: 1,
        resumed: 1,
        ..BillingCounts::default()
    };
    let (back, after) = decided(&book, &terms, &run);
    assert_eq!(back, bill(&["1500.00"], BillEffect::Resumed, counts));
    assert_eq!(after.state, State::Active);
}

#[test]
fn a_second_decision_on_the_same_wallet_tells_its_own_charges_alone() {
    let (terms, mut book) = (terms(), amina());
    book.subscriber.state = State::Suspended;
    book.subscriber.balance = money("3000.00");
    let mut wallet = Wallet::new(book.subscriber.clone(), ChainHead::START, &book);
    for (run, charged) in [("2027-03-15", 1), ("2027-04-15", 1), ("2027-04-16", 0)] {
        let decided = decision::decide(&mut wallet, &terms, &on(Job::Billing, run)).unwrap();
        let (charges, counted) = match decided {
            Decision::Bill(bill) => (bill.charges.len(), bill.counts.charged),
            _ => (0, 0),
        };
        assert_eq!((charges, counted), (charged, charged as u64), "{run}");
    }
    assert_eq!(wallet.entries.len(), 2);
}

#[test]
fn a_reminder_says_what_is_asked_or_why_nobody_is() {
    let (mut terms, mut book) = (terms(), amina());
    let run = on(Job::Reminders, "2027-03-07");
    let due = DueReminder {
        day: day("2027-03-10"),
        days_before: 3,
        amount: money("1500.00"),
    };
    let not = Decision::NotReminded;
    assert_eq!(
        decided(&book, &terms, &run),
        (Decision::Remind(due), book.subscriber.clone())
    );
    assert_eq!(
        decided(&book, &terms, &on(Job::Reminders, "2027-03-08")).0,
        Decision::Leave
    );
    Arc::make_mut(&mut terms.templates).has_gateway = false;
    assert_eq!(decided(&book, &terms, &run).0, not(NotReminded::NoGateway));
    book.subscriber.profile.phone = None;
    assert_eq!(decided(&book, &terms, &run).0, not(NotReminded::NoPhone));
    book.subscriber.balance = money("1500.00");
    assert_eq!(decided(&book, &terms, &run).0, not(NotReminded::Covered));
    let asked = |queued: bool| Decision::Remind(due).unless_queued(|_| Ok::<_, ()>(queued)).unwrap();
    assert_eq!(asked(false), Decision::Remind(due));
    assert_eq!(asked(true), not(NotReminded::Repeated));
    let left = Decision::Leave.unless_queued(|_| -> Result<bool, ()> { panic!("nobody would be reminded") });
    assert_eq!(left, Ok(Decision::Leave));
}

#[test]
fn health_and_cleanup_decide_nothing_about_anybody() {
    for job in [Job::Health, Job::Cleanup] {
        let book = amina();
        let left = decided(&book, &terms(), &on(job, "2027-05-01"));
        assert_eq!(left, (Decision::Leave, book.subscriber.clone()));
    }
}

#[test]
fn each_decision_counts_once_and_with_its_own_job() {
    let due = DueReminder {
        day: Day::from_number(0),
        days_before: 0,
        amount: money("1.00"),
    };
    let billed = BillingCounts {
        charged: 1,
        settled: 2,
        skipped: 3,
        free: 4,
        without_package: 5,
        resumed: 6,
    };
    let bill = Decision::Bill(Bill {
        counts: billed,
        ..Bill::default()
    });
    let mut counts = DecisionCounts::default();
    for decision in [
        Decision::Leave,
        Decision::WouldSuspend,
        bill.clone(),
        bill,
        Decision::Spare,
        Decision::Suspend(PaidUntil::Unknown),
        Decision::Remind(due),
        Decision::NotReminded(NotReminded::Covered),
        Decision::NotReminded(NotReminded::NoPhone),
        Decision::NotReminded(NotReminded::NoGateway),
        Decision::NotReminded(NotReminded::Repeated),
    ] {
        counts.add(&decision);
    }
    let expected = DecisionCounts {
        billing: BillingCounts {
            charged: 2,
            settled: 4,
            skipped: 6,
            free: 8,
            without_package: 10,
            resumed: 12,
        },
        disconnect: DisconnectCounts {
            suspended: 1,
            covered: 1,
        },
        reminders: RemindersCounts {
            queued: 1,
            skipped: 4,
            covered: 1,
            without_phone: 1,
            repeated: 1,
            without_gateway: 1,
        },
    };
    assert_eq!(counts, expected);
}
