//! What is said to a subscriber: which purpose, which template, which amount.

use weir::model::day::Day;
use weir::model::entry_chain::EntrySeq;
use weir::model::message::Purpose;
use weir::model::money::Currency;
use weir::model::name::PackageName;
use weir::model::subscriber::{Outstanding, State, Subscriber};
use weir::rules::messages::notices::{MoneyTold, after_money, reminder, text};
use weir::rules::messages::text::MessageTemplates;
use weir::rules::wallet::Policy;

use super::book::{Book, day, money, policy};

fn templates() -> MessageTemplates {
    let said = |word: &str| Some(format!("{word} {{{{amount}}}} {{{{expiryDate}}}}"));
    MessageTemplates {
        reminder: "due {{amount}} {{expiryDate}}".to_owned(),
        reminders: vec![(PackageName::new("other").unwrap(), "never".to_owned())],
        on_suspension: said("off"),
        on_payment: said("paid"),
        on_resume: said("on"),
        has_gateway: true,
        ..MessageTemplates::silent(Currency::from_code("KES").unwrap())
    }
}

fn site() -> (Policy, Subscriber, Day) {
    let policy = policy("1500.00", "monthly");
    let mut subscriber = Book::new(policy.clone(), "2027-02-10", "2027-03-10").subscriber;
    subscriber.balance = money("-1400.00");
    subscriber.outstanding.push(Outstanding {
        due: day("2027-03-10"),
        amount: money("1500.00"),
    });
    (policy, subscriber, day("2027-03-12"))
}

fn payment() -> Purpose {
    Purpose::Payment {
        entry: EntrySeq(7),
        amount: money("100.00"),
    }
}

fn resumed(entry: Option<u64>) -> Purpose {
    Purpose::Resumed {
        entry: entry.map(EntrySeq),
        amount: money("100.00"),
    }
}

#[test]
fn each_purpose_has_its_template_and_its_amount() {
    let (policy, mut subscriber, today) = site();
    subscriber.state = State::Suspended;
    let due = day("2027-03-08");
    for (purpose, says) in [
        (
            Purpose::Reminder { due, days_before: 3 },
            Some("due 1400.00 2027-03-08"),
        ),
        (Purpose::Suspension { due: Some(due) }, Some("off 1400.00 2027-03-10")),
        (payment(), Some("paid 100.00 2027-03-10")),
        (Purpose::Resumption, Some("on 1500.00 2027-03-10")),
        (resumed(Some(7)), Some("on 100.00 2027-03-10")),
        (resumed(None), Some("on 100.00 2027-03-10")),
        (Purpose::Alert, None),
        (Purpose::Report, None),
        (Purpose::Test, None),
    ] {
        let said = text(&purpose, &subscriber, &policy, &templates(), today);
        assert_eq!(said.as_deref(), says, "{}", purpose.as_str());
    }
    let said = reminder(due, &subscriber, &policy, &templates(), today);
    assert_eq!(said, "due 1400.00 2027-03-08");
}

#[test]
fn what_has_no_template_is_not_said_but_reminders_always_have_one() {
    let (policy, mut subscriber, today) = site();
    let silent = MessageTemplates::silent(Currency::from_code("KES").unwrap());
    for purpose in [
        Purpose::Suspension { due: None },
        payment(),
        Purpose::Resumption,
        resumed(Some(7)),
    ] {
        assert_eq!(text(&purpose, &subscriber, &policy, &silent, today), None);
    }
    let due = day("2027-03-10");
    let purpose = Purpose::Reminder { due, days_before: 3 };
    assert_eq!(
        text(&purpose, &subscriber, &policy, &silent, today),
        Some(String::new())
    );
    subscriber.profile.package = Some(PackageName::new("other").unwrap());
    assert_eq!(reminder(due, &subscriber, &policy, &templates(), today), "never");
}

#[test]
fn money_is_told_once_and_service_comes_before_the_payment() {
    let all = templates();
    let no_resume = MessageTemplates {
        on_resume: None,
        ..templates()
    };
    let no_payment = MessageTemplates {
        on_payment: None,
        ..templates()
    };
    let amount = money("100.00");
    let paid = MoneyTold::Payment(EntrySeq(7), amount);
    let given = MoneyTold::Adjustment(EntrySeq(7), amount);
    let found = MoneyTold::Wallet(amount);
    for (templates, payment, resumed, says) in [
        (&all, paid, true, Some(self::resumed(Some(7)))),
        (&all, paid, false, Some(self::payment())),
        (&all, given, true, Some(self::resumed(Some(7)))),
        (&all, given, false, None),
        (&all, found, true, Some(self::resumed(None))),
        (&all, found, false, None),
        (&no_resume, paid, true, Some(self::payment())),
        (&no_resume, found, true, None),
        (&no_payment, paid, true, Some(self::resumed(Some(7)))),
        (&no_payment, paid, false, None),
    ] {
        assert_eq!(after_money(templates, payment, resumed), says, "{payment:?} {resumed}");
    }
}
