//! The table of clocks: what each shows, who says what, and the verdict with its words.

use proptest::prelude::*;

use weir::model::day::{Day, Instant};
use weir::model::name::RouterName;
use weir::rules::trust::{
    AWAY_MS, Mode, NOTHING_RECORDED, Settings, Source, Trust, TrustBasis, TrustInput, Witness, WitnessReport, span,
    verdict,
};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What the newest record says in every case that does not name another.
fn newest() -> Instant {
    instant("2027-03-10T09:00:00Z")
}

fn build() -> Day {
    Day::parse("2026-11-25").unwrap()
}

fn instant(text: &str) -> Instant {
    Instant::from_timestamp(text.parse().unwrap())
}

fn router(name: &str) -> Source {
    Source::Router(RouterName::new(name).unwrap())
}

fn says(source: Source, at: Instant) -> Witness {
    Witness {
        source,
        said: WitnessReport::Time(at),
        asked_at: Some(at),
    }
}

fn free(source: Source) -> Witness {
    Witness {
        source,
        said: WitnessReport::Unsynchronised("its NTP client is off".to_owned()),
        asked_at: None,
    }
}

fn silent(source: Source) -> Witness {
    Witness {
        source,
        said: WitnessReport::Silent("it does not answer".to_owned()),
        asked_at: None,
    }
}

/// Judged with `max_jump` as by default.
fn judged(mode: Mode, now: Instant, newest: Instant, witnesses: &[Witness], confirmed: bool) -> Trust {
    judged_while(false, mode, now, newest, witnesses, confirmed)
}

/// The same while the routers' first answers are still to come.
fn judged_while(
    awaited: bool,
    mode: Mode,
    now: Instant,
    newest: Instant,
    witnesses: &[Witness],
    confirmed: bool,
) -> Trust {
    verdict(&TrustInput {
        now,
        build: build(),
        newest,
        settings: Settings {
            mode,
            max_jump_ms: 3 * DAY,
        },
        witnesses,
        confirmed,
        awaited,
    })
}

#[test]
fn what_only_the_records_speak_for_waits_for_the_first_answers_of_the_routers() {
    let now = after(HOUR);
    let unknown = [free(Source::Kernel)];
    let known = [says(Source::Kernel, now)];
    let near = newest();
    let far = after(-30 * DAY);
    let case = |awaited, mode, newest, witnesses: &[Witness], confirmed| {
        judged_while(awaited, mode, now, newest, witnesses, confirmed)
    };
    assert_eq!(case(true, Mode::Either, near, &unknown, false), Trust::Awaited);
    assert_eq!(
        case(false, Mode::Either, near, &unknown, false),
        Trust::Trusted(TrustBasis::NearRecords)
    );
    // Whatever else decides needs no answer.
    for (mode, newest, witnesses, confirmed) in [
        (Mode::Either, near, &known, false),
        (Mode::Either, near, &unknown, true),
        (Mode::Either, NOTHING_RECORDED, &unknown, false),
        (Mode::Either, far, &unknown, false),
        (Mode::Floor, near, &unknown, false),
        (Mode::Ntp, near, &unknown, false),
        (Mode::Router, near, &unknown, false),
    ] {
        assert_eq!(
            case(true, mode, newest, witnesses, confirmed),
            case(false, mode, newest, witnesses, confirmed),
            "{mode:?} {newest:?} {witnesses:?} {confirmed}"
        );
    }
}

struct Case {
    name: &'static str,
    mode: Mode,
    now: Instant,
    witnesses: Vec<Witness>,
    confirmed: bool,
    /// What the reason has in it; of a trusted clock why.
    words: &'static str,
    trusted: bool,
}

fn case(
    name: &'static str,
    mode: Mode,
    now: Instant,
    witnesses: Vec<Witness>,
    trusted: bool,
    words: &'static str,
) -> Case {
    Case {
        name,
        mode,
        now,
        witnesses,
        confirmed: false,
        words,
        trusted,
    }
}

fn after(ms: i64) -> Instant {
    newest().plus_millis(ms)
}

fn cases() -> Vec<Case> {
    use Mode::{Either, Floor, Ntp, Router};
    let core = || router("core");
    let year = instant("2028-03-10T09:00:00Z");
    let dead_battery = instant("1970-01-01T00:00:20Z");
    let early = instant("2020-01-01T00:00:00Z");
    let none = Vec::new;
    let mut cases = Vec::new();
    for mode in [Either, Ntp, Router, Floor] {
        for (name, now) in [("in 1970", dead_battery), ("in 2020", early)] {
            cases.push(case(
                name,
                mode,
                now,
                none(),
                false,
                "before this version was built (2026-11-25)",
            ));
            // Nobody can vouch for what cannot be.
            let vouched = vec![says(Source::Kernel, now), says(core(), now)];
            cases.push(case(name, mode, now, vouched, false, "before this version was built"));
        }
        let behind = after(-2 * MINUTE - 1);
        cases.push(case(
            "two minutes behind",
            mode,
            behind,
            none(),
            false,
            "2027-03-10T08:57:59.000Z, 2 minutes behind the newest record",
        ));
        let vouched = vec![says(Source::Kernel, behind), says(core(), behind)];
        cases.push(case(
            "behind, vouched for",
            mode,
            behind,
            vouched,
            false,
            "behind the newest record (2027-03-10T09:00:00.000Z)",
        ));
        cases.push(case(
            "an hour back during a run",
            mode,
            after(-HOUR),
            none(),
            false,
            "60 minutes behind the newest record",
        ));
    }
    cases.extend([
        case(
            "just not two minutes behind",
            Either,
            after(-2 * MINUTE),
            none(),
            true,
            "close to the newest record",
        ),
        case(
            "no witness at all, a night on",
            Either,
            after(12 * HOUR),
            none(),
            true,
            "no time source contradicts it",
        ),
        case(
            "no witness, at the end of max_jump",
            Either,
            after(3 * DAY),
            none(),
            true,
            "close to the newest record",
        ),
        case(
            "no witness, past max_jump",
            Either,
            after(3 * DAY + 1),
            none(),
            false,
            "3 days ahead of the newest record",
        ),
        case(
            "a year ahead",
            Either,
            year,
            none(),
            false,
            "366 days ahead of the newest record (2027-03-10T09:00:00.000Z); `max_jump` allows 3 days",
        ),
        case(
            "a year ahead in 2038",
            Either,
            instant("2038-01-19T03:14:07Z"),
            none(),
            false,
            "unless a time source confirms it",
        ),
        case(
            "a year ahead, the kernel says so",
            Either,
            year,
            vec![says(Source::Kernel, year)],
            true,
            "the kernel shows the same time",
        ),
        case(
            "a year ahead, a router says so",
            Either,
            year,
            vec![free(Source::Kernel), says(core(), year)],
            true,
            "router `core` shows the same time",
        ),
        case(
            "a year ahead, nobody who can know",
            Either,
            year,
            vec![free(Source::Kernel), free(core()), silent(router("r2"))],
            false,
            "366 days ahead",
        ),
        case(
            "a router without NTP",
            Either,
            after(HOUR),
            vec![free(Source::Kernel), free(core())],
            true,
            "close to the newest record",
        ),
        case(
            "a router that is down",
            Either,
            after(HOUR),
            vec![silent(core())],
            true,
            "close to the newest record",
        ),
        case(
            "a router's clock is wrong, the kernel's right",
            Either,
            after(HOUR),
            vec![says(Source::Kernel, after(HOUR)), says(core(), after(3 * HOUR))],
            false,
            "2 hours behind what router `core` says (2027-03-10T12:00:00.000Z)",
        ),
        case(
            "the kernel's clock is wrong, a router's right",
            Either,
            after(HOUR),
            vec![says(Source::Kernel, after(5 * HOUR)), says(core(), after(HOUR))],
            false,
            "4 hours behind what the kernel says",
        ),
        case(
            "a router without NTP whose clock is wrong",
            Either,
            after(HOUR),
            vec![says(Source::Kernel, after(HOUR)), free(core())],
            true,
            "the kernel shows the same time",
        ),
        case(
            "two minutes away",
            Either,
            after(HOUR),
            vec![says(core(), after(HOUR + 2 * MINUTE))],
            true,
            "router `core` shows the same time",
        ),
        case(
            "a little more than two minutes away",
            Either,
            after(HOUR),
            vec![says(core(), after(HOUR + 2 * MINUTE + 1))],
            false,
            "2 minutes behind what router `core` says",
        ),
        case(
            "ahead of what a router says",
            Either,
            after(2 * DAY),
            vec![says(core(), after(HOUR))],
            false,
            "47 hours ahead of what router `core` says",
        ),
        case(
            "one router of two says otherwise",
            Either,
            after(HOUR),
            vec![says(core(), after(HOUR)), says(router("r2"), after(0))],
            false,
            "ahead of what router `r2` says",
        ),
        case(
            "ntp, with it",
            Ntp,
            after(HOUR),
            vec![says(Source::Kernel, after(HOUR))],
            true,
            "the kernel shows the same time",
        ),
        case(
            "ntp, without it",
            Ntp,
            after(HOUR),
            vec![free(Source::Kernel), says(core(), after(HOUR))],
            false,
            "`trust = \"ntp\"` requires that",
        ),
        case(
            "ntp, whatever a router says",
            Ntp,
            after(HOUR),
            vec![says(Source::Kernel, after(HOUR)), says(core(), after(DAY))],
            true,
            "the kernel shows the same time",
        ),
        case(
            "router, with one",
            Router,
            after(HOUR),
            vec![free(Source::Kernel), says(core(), after(HOUR))],
            true,
            "router `core` shows the same time",
        ),
        case(
            "router, without NTP",
            Router,
            after(HOUR),
            vec![says(Source::Kernel, after(HOUR)), free(core())],
            false,
            "`trust = \"router\"` requires one",
        ),
        case(
            "router, none at all",
            Router,
            after(HOUR),
            none(),
            false,
            "no router with a synchronised NTP client",
        ),
        case(
            "router, whatever the kernel says",
            Router,
            after(HOUR),
            vec![says(Source::Kernel, after(DAY)), says(core(), after(HOUR))],
            true,
            "router `core` shows the same time",
        ),
        case(
            "floor, a year ahead",
            Floor,
            year,
            none(),
            true,
            "no time source is asked",
        ),
        case(
            "floor, whatever they say",
            Floor,
            after(HOUR),
            vec![says(Source::Kernel, year), says(core(), year)],
            true,
            "no time source is asked",
        ),
    ]);
    for (mode, witnesses) in [
        (Either, vec![]),
        (Either, vec![says(core(), after(HOUR))]),
        (Ntp, vec![free(Source::Kernel)]),
        (Router, vec![]),
    ] {
        cases.push(Case {
            confirmed: true,
            ..case("the owner's word", mode, year, witnesses, true, "it was confirmed")
        });
    }
    cases.push(Case {
        confirmed: true,
        ..case(
            "the owner's word for what cannot be",
            Either,
            early,
            none(),
            false,
            "before this version was built",
        )
    });
    cases.push(Case {
        confirmed: true,
        ..case(
            "the owner's word, then back",
            Either,
            after(-HOUR),
            none(),
            false,
            "behind the newest record",
        )
    });
    cases
}

#[test]
fn the_table_of_clocks() {
    for case in cases() {
        let trust = judged(case.mode, case.now, newest(), &case.witnesses, case.confirmed);
        let told = format!("{} ({:?}): {trust:?}: {}", case.name, case.mode, trust.reason());
        assert_eq!(trust.is_trusted(), case.trusted, "{told}");
        assert!(trust.reason().contains(case.words), "{told}; wanted: {}", case.words);
        assert_eq!(trust.way_out().is_empty(), case.trusted, "{told}");
    }
}

#[test]
fn people_read_the_reason_in_the_time_of_their_site() {
    let zone = jiff::tz::TimeZone::get("Africa/Nairobi").unwrap();
    let trust = Trust::Contradicted {
        now: instant("2027-04-06T21:10:03.9Z"),
        by: Source::Router(RouterName::new("core").unwrap()),
        says: instant("2027-03-05T21:10:15Z"),
    };
    assert_eq!(
        trust.reason_in(&zone),
        "the clock shows 2027-04-07 00:10:03, 32 days ahead of what router `core` says (2027-03-06 00:10:15)"
    );
    assert!(
        trust.reason().contains("2027-04-06T21:10:03.000Z"),
        "{}",
        trust.reason()
    );
}

#[test]
fn a_store_without_records_is_begun_by_any_clock_that_can_be() {
    let year = instant("2028-03-10T09:00:00Z");
    assert_eq!(
        judged(Mode::Either, year, NOTHING_RECORDED, &[], false),
        Trust::Trusted(TrustBasis::NothingRecorded)
    );
    assert!(!judged(Mode::Router, year, NOTHING_RECORDED, &[], false).is_trusted());
    assert!(
        !judged(
            Mode::Either,
            year,
            NOTHING_RECORDED,
            &[says(router("core"), newest())],
            false
        )
        .is_trusted()
    );
    assert!(
        !judged(
            Mode::Either,
            instant("1970-01-01T00:00:00Z"),
            NOTHING_RECORDED,
            &[],
            false
        )
        .is_trusted()
    );
}

#[test]
fn a_length_of_time_reads_as_people_say_it() {
    for (ms, words) in [
        (0, "0 seconds"),
        (120_001, "2 minutes"),
        (119_999, "2 minutes"),
        (119_400, "119 seconds"),
        (90 * MINUTE, "90 minutes"),
        (3 * DAY, "3 days"),
        (DAY - 100, "24 hours"),
        (47 * HOUR + 59 * MINUTE, "48 hours"),
        (5 * DAY + 13 * HOUR, "6 days"),
        (-5, "0 seconds"),
    ] {
        assert_eq!(span(ms), words, "{ms}");
    }
}

fn any_witness() -> impl Strategy<Value = Witness> {
    let source = prop_oneof![Just(Source::Kernel), Just(router("core")), Just(router("r2"))];
    (source, prop_oneof![(-5 * DAY..5 * DAY).prop_map(Some), Just(None)]).prop_map(|(source, at)| match at {
        Some(at) => says(source, after(at)),
        None => free(source),
    })
}

proptest! {
    #[test]
    fn no_trusted_clock_is_behind_the_records_or_before_the_build(
        mode in prop_oneof![Just(Mode::Either), Just(Mode::Ntp), Just(Mode::Router), Just(Mode::Floor)],
        now in -1_000 * DAY..1_000 * DAY,
        witnesses in proptest::collection::vec(any_witness(), 0..4),
        confirmed: bool,
    ) {
        let now = after(now);
        let trust = judged(mode, now, newest(), &witnesses, confirmed);
        if trust.is_trusted() {
            prop_assert!(newest().millis_since(now) <= AWAY_MS);
            prop_assert!(now.millis() >= i64::from(build().number()) * DAY);
            // Far ahead only by a witness, by the owner's word, or where nobody is asked.
            if now.millis_since(newest()) > 3 * DAY {
                prop_assert!(matches!(trust, Trust::Trusted(TrustBasis::Witness(_) | TrustBasis::Word | TrustBasis::Floor)));
            }
            if !confirmed && mode == Mode::Either {
                let away = |witness: &Witness| matches!(witness.said, WitnessReport::Time(at) if at.millis_since(now).abs() > AWAY_MS);
                prop_assert!(!witnesses.iter().any(away));
            }
        }
    }
}
