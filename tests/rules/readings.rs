//! Nothing is said of an object that was not read.

use proptest::prelude::*;
use weir::model::day::Instant;
use weir::model::router::readings::{FoundObject, ObjectReading, WholeReading};
use weir::model::subscriber::Access;
use weir::rules::routers::readings::{LastRead, last, news};

fn at(minutes: i64) -> Instant {
    Instant::from_millis(minutes * 60_000)
}

fn own(minutes: i64, found: FoundObject) -> ObjectReading {
    ObjectReading { at: at(minutes), found }
}

fn whole(minutes: i64) -> WholeReading {
    WholeReading {
        at: at(minutes),
        objects: 10,
        differ: 0,
    }
}

#[test]
fn of_an_object_is_said_what_was_found_when_it_was_last_read_and_before_that_nothing() {
    let off = FoundObject::Access(Access::Off);
    for (of_it, of_all, since, says) in [
        (None, None, 0, None),
        (None, Some(5), 0, Some((5, None))),
        (None, Some(5), 6, None),
        (Some(own(3, off.clone())), None, 0, Some((3, Some(&off)))),
        (Some(own(3, off.clone())), Some(2), 0, Some((3, Some(&off)))),
        (Some(own(3, off.clone())), Some(9), 0, Some((9, Some(&off)))),
        (Some(own(3, FoundObject::NotRead)), Some(2), 0, None),
        (Some(own(3, FoundObject::NotRead)), Some(4), 0, Some((4, None))),
    ] {
        let whole = of_all.map(whole);
        let said = last(of_it.as_ref(), whole.as_ref(), at(since));
        let says = says.map(|(minute, found)| LastRead { at: at(minute), found });
        assert_eq!(said, says, "{of_it:?} {of_all:?} {since}");
    }
}

fn found() -> impl Strategy<Value = FoundObject> {
    prop_oneof![
        Just(FoundObject::Access(Access::On)),
        Just(FoundObject::Access(Access::Off)),
        Just(FoundObject::Otherwise("disabled".to_owned())),
        Just(FoundObject::Absent),
        Just(FoundObject::NotOurs("another target".to_owned())),
    ]
}

proptest! {
    /// After any readings of all objects, what is said of one is what the newest of them found there; and the same found again
    /// writes nothing.
    #[test]
    fn what_is_said_is_what_was_found_last(readings in prop::collection::vec((prop::option::of(found()), any::<bool>()), 1..12)) {
        let mut own: Option<ObjectReading> = None;
        for (minute, (found, on)) in (1..).zip(&readings) {
            let wanted = FoundObject::Access(if *on { Access::On } else { Access::Off });
            let new = news(own.as_ref(), found.clone(), wanted.clone(), at(minute));
            let is_same = own.as_ref().map(|own| &own.found) == Some(found.as_ref().unwrap_or(&wanted));
            prop_assert!(!(is_same && new.is_some()), "written again");
            own = new.or(own);
            let said = last(own.as_ref(), Some(&whole(minute)), at(0)).unwrap();
            prop_assert_eq!(said.at, at(minute));
            match (found, said.found) {
                (Some(found), said) => prop_assert_eq!(said, Some(found)),
                // As wanted, in so many words where something else was written down before.
                (None, None) => {}
                (None, Some(said)) => prop_assert_eq!(said, &wanted),
            }
        }
    }

    /// A reading that was taken before another one never replaces it.
    #[test]
    fn an_older_reading_replaces_no_newer_one(newer in found(), older in prop::option::of(found())) {
        let kept = own(9, newer);
        prop_assert_eq!(news(Some(&kept), older, FoundObject::Access(Access::On), at(8)), None);
    }
}
