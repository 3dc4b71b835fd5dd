//! Who is found by a text, whatever is known of them; and how instants are written.

use proptest::prelude::*;
use weir::model::day::Instant;
use weir::model::name::{Account, FullName, Phone, Username};
use weir::model::subscriber::Subscriber;
use weir::rules::payer::account::same_account;
use weir::rules::people::find::{NearestFound, Nearness, Sought};
use weir::rules::phone::complete::{NumberingPlan, same_number};

use super::book::{Book, policy};

fn somebody(username: &str) -> Subscriber {
    let mut found = Book::new(policy("1500.00", "monthly"), "2027-03-01", "2027-03-05").subscriber;
    found.username = Username::new(username).unwrap();
    found
}

fn phone(text: &str) -> Phone {
    Phone::new(text).unwrap()
}

#[test]
fn an_account_is_the_same_as_written_but_for_case_and_spaces() {
    for (one, other, same) in [
        ("A 100", "a100", true),
        (" a100 ", "A1 00", true),
        ("ÄB-1", "äb-1", true),
        ("A-100", "A100", false),
        ("A1OO", "A100", false),
        ("100", "0100", false),
        ("100", "1001", false),
    ] {
        assert_eq!(same_account(one, other), same, "{one} and {other}");
    }
}

#[test]
fn a_phone_is_the_same_once_both_are_complete() {
    for (one, other, country, same) in [
        ("0712345678", "+254712345678", Some("254"), true),
        ("254712345678", "+254712345678", None, true),
        ("0712 345 678", "0712345678", None, true),
        ("0712345678", "+254712345678", None, false),
        ("0712345678", "+255712345678", Some("254"), false),
        ("712345678", "+254712345678", Some("254"), true),
        ("712345679", "+254712345678", Some("254"), false),
    ] {
        let plan = NumberingPlan {
            country_code: country,
            trunk_prefix: None,
        };
        let number = |text: &str| same_number(phone(text).as_str(), plan).unwrap();
        assert_eq!(number(one) == number(other), same, "{one} and {other}");
    }
}

#[test]
fn a_name_is_found_without_its_accents() {
    let mut one = somebody("zhassan");
    one.profile.name = Some(FullName::new("Zoë Hassan").unwrap());
    for (text, nearness) in [
        ("zoe", Nearness::Begins),
        ("zoë", Nearness::Begins),
        ("hassan zoe", Nearness::Alike),
        ("ZOE HASSAN", Nearness::Alike),
    ] {
        let plan = NumberingPlan::default();
        let reason = Sought::new(text, plan).unwrap().reason(&one).unwrap();
        assert_eq!(reason.nearness, nearness, "{text}");
    }
}

proptest! {
    #[test]
    fn whoever_has_the_text_is_found_by_it(
        username in "[a-z]{2,12}",
        name in "[A-Z][a-z]{2,8} [A-Z][a-z]{2,8}",
        account in "[A-Z0-9]{3,8}",
        digits in "07[0-9]{8}",
    ) {
        let mut one = somebody(&username);
        one.profile.name = Some(FullName::new(&name).unwrap());
        one.profile.account = Some(Account::new(&account).unwrap());
        one.profile.phone = Some(phone(&digits));
        for text in [username.clone(), username.to_uppercase(), name.clone(), name.to_lowercase(), account.to_lowercase(), digits.clone()] {
            let reason = Sought::new(&text, NumberingPlan::default()).unwrap().reason(&one);
            prop_assert_eq!(reason.map(|reason| reason.nearness), Some(Nearness::Same), "{}", text);
        }
        let (family, given) = name.split_once(' ').unwrap();
        let swapped = Sought::new(&format!("{given} {family}"), NumberingPlan::default()).unwrap().reason(&one);
        prop_assert!(swapped.is_some_and(|reason| reason.nearness <= Nearness::Alike));
    }

    #[test]
    fn one_wrong_sign_in_a_longer_text_is_forgiven(username in "[a-z]{5,12}", at in 0_usize..5) {
        let mut wrong: Vec<char> = username.chars().collect();
        wrong[at] = if wrong[at] == 'q' { 'z' } else { 'q' };
        let wrong: String = wrong.into_iter().collect();
        prop_assert!(Sought::new(&wrong, NumberingPlan::default()).unwrap().reason(&somebody(&username)).is_some(), "{} for {}", wrong, username);
    }

    #[test]
    fn the_nearest_are_kept_in_order_and_the_rest_is_counted(names in proptest::collection::btree_set("[a-c]{1,6}", 1..60), most in 1_usize..20) {
        let sought = Sought::new("abc", NumberingPlan::default()).unwrap();
        let mut nearest = NearestFound::new(most);
        let mut reasons = Vec::new();
        for name in &names {
            let one = somebody(name);
            if let Some(reason) = sought.reason(&one) {
                reasons.push((reason, name.clone()));
                nearest.take(reason, one);
            }
        }
        reasons.sort();
        let (kept, more) = nearest.into_parts();
        let kept: Vec<_> = kept.into_iter().map(|(reason, one)| (reason, one.username.to_string())).collect();
        prop_assert_eq!(kept.len() + usize::try_from(more).unwrap(), reasons.len());
        reasons.truncate(most);
        prop_assert_eq!(kept, reasons);
    }

    #[test]
    fn instants_sort_as_text(one in 0_i64..7_258_118_400_000, other in 0_i64..7_258_118_400_000, near in 0_i64..2_000) {
        for (one, other) in [(one, other), (one, one.saturating_add(near))] {
            let (one, other) = (Instant::from_millis(one), Instant::from_millis(other));
            prop_assert_eq!(one.cmp(&other), one.rfc3339().cmp(&other.rfc3339()));
            prop_assert_eq!(one.rfc3339().len(), "2027-03-01T09:00:00.000Z".len());
        }
    }
}
