//! What is encoded reads back the same, and bytes that are no record are refused without a panic and without much memory.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use weir::model::day::{Day, Instant};
use weir::model::entry::{Debit, Entry, EntryKind, Settled};
use weir::model::entry_chain::{ChainHead, EntryHash, EntrySeq};
use weir::model::job::{
    BillingCounts, Counts, DisconnectCounts, Job, JobState, Outcome, Run, RunId, RunPart, ScheduleEpoch,
};
use weir::model::money::Money;
use weir::model::name::{
    Account, Comment, FullName, Login, PackageName, Phone, Reference, RouterName, Source, Username,
};
use weir::model::record::{LogKind, LogRecord};
use weir::model::router::work::{Generation, Healed, RouterWork, WorkState};
use weir::model::site_state::{ConfigInForce, SiteState, Tallies};
use weir::model::subscriber::{
    Access, AnchorDay, Hold, Outstanding, PaidPeriod, Profile, Service, State, Subscriber, SubscriberId,
};
use weir::model::unmatched::{Holder, Unmatched, UnmatchedState};
use weir::store::codec::{CodecError, RECORD_VERSION, decode, encode};

fn day() -> impl Strategy<Value = Day> {
    any::<i32>().prop_map(Day::from_number)
}

fn instant() -> impl Strategy<Value = Instant> {
    any::<i64>().prop_map(Instant::from_millis)
}

fn money() -> impl Strategy<Value = Money> {
    any::<i64>().prop_map(Money::from_minor)
}

fn seq() -> impl Strategy<Value = EntrySeq> {
    any::<u64>().prop_map(EntrySeq)
}

fn id() -> impl Strategy<Value = SubscriberId> {
    any::<u32>().prop_map(SubscriberId)
}

fn word() -> impl Strategy<Value = String> {
    "[a-zé0-9#]{1,20}"
}

fn username() -> impl Strategy<Value = Username> {
    "n[a-z0-9]{1,20}".prop_map(|text| Username::new(&text).unwrap())
}

fn source() -> impl Strategy<Value = Source> {
    word().prop_map(|text| Source::new(&text).unwrap())
}

fn reference() -> impl Strategy<Value = Reference> {
    word().prop_map(|text| Reference::new(&text).unwrap())
}

fn access() -> impl Strategy<Value = Access> {
    prop_oneof![Just(Access::On), Just(Access::Off)]
}

fn job() -> impl Strategy<Value = Job> {
    proptest::sample::select(Job::ALL.to_vec())
}

fn kind() -> impl Strategy<Value = EntryKind> {
    prop_oneof![
        Just(EntryKind::Credit),
        Just(EntryKind::Debit),
        Just(EntryKind::Adjustment)
    ]
}

fn hash() -> impl Strategy<Value = EntryHash> {
    any::<[u8; 32]>().prop_map(EntryHash)
}

prop_compose! {
    fn entry()(
        (seq, subscriber, previous, kind, amount) in (seq(), id(), option::of(seq()), kind(), money()),
        (source, reference, balance_after) in (source(), option::of(reference()), money()),
        (for_day, recorded_at, actor, comment, hash) in (day(), instant(), word(), option::of(word()), hash()),
    ) -> Entry {
        Entry {
            seq, subscriber, previous, kind, amount, source, reference, balance_after, for_day, recorded_at, actor,
            comment: comment.map(|text| Comment::new(&text).unwrap()), hash,
        }
    }
}

prop_compose! {
    fn period()(
        expires_on in option::of(day()),
        anchored in option::of(-100_000_i32..100_000),
        unpaid_days in any::<i32>(),
        unpaid_from in option::of(day()),
    ) -> PaidPeriod {
        let anchor = anchored.map(|number| AnchorDay::of(Day::from_number(number)));
        PaidPeriod { expires_on, anchor, unpaid_days, unpaid_from }
    }
}

prop_compose! {
    fn debit()(
        entry in seq(), amount in money(), undone in option::of(period()),
        settled in option::of((period(), period(), option::of(day()), option::of(day()))),
    ) -> Debit {
        let settled = settled.map(|(before, after, previous, resumed_on)| Settled { before, after, previous, resumed_on });
        Debit { entry, amount, settled, undone }
    }
}

prop_compose! {
    fn profile()(
        (name, phone, account) in (option::of(word()), option::of(1_000_000_u64..999_999_999_999), option::of(word())),
        (package, router, login) in (option::of(word()), option::of("[a-z]{1,9}"), option::of(word())),
        service in proptest::sample::select(Service::ALL.to_vec()),
        address in option::of(any::<[u8; 4]>()),
    ) -> Profile {
        Profile {
            name: name.map(|text| FullName::new(&text).unwrap()),
            phone: phone.map(|digits| Phone::new(&format!("+{digits}")).unwrap()),
            account: account.map(|text| Account::new(&text).unwrap()),
            package: package.map(|text| PackageName::new(&text).unwrap()),
            router: router.map(|text| RouterName::new(&text).unwrap()),
            service,
            address: address.map(Into::into),
            login: login.map(|text| Login::new(&text).unwrap()),
            own_profile: None,
            own_rate: None,
        }
    }
}

prop_compose! {
    fn subscriber()(
        (id, username, profile, period) in (id(), username(), profile(), period()),
        state in prop_oneof![Just(State::Active), Just(State::Suspended), Just(State::Closed)],
        hold in option::of((day(), access())),
        (extended_to, balance, last_entry) in (option::of(day()), money(), option::of(seq())),
        outstanding in vec((day(), money()), 0..4),
        (last_settled, added_at, serving_since) in (option::of(day()), instant(), option::of(day())),
    ) -> Subscriber {
        Subscriber {
            id, username, profile, state, period, extended_to, balance, last_entry, last_settled, added_at,
            serving_since,
            hold: hold.map(|(since, access)| Hold { since, access }),
            outstanding: outstanding.into_iter().map(|(due, amount)| Outstanding { due, amount }).collect(),
        }
    }
}

fn counts() -> impl Strategy<Value = Counts> {
    let billing = any::<[u64; 6]>().prop_map(|[charged, settled, skipped, free, without_package, resumed]| {
        Counts::Billing(BillingCounts {
            charged,
            settled,
            skipped,
            free,
            without_package,
            resumed,
        })
    });
    let disconnect =
        any::<[u64; 2]>().prop_map(|[suspended, covered]| Counts::Disconnect(DisconnectCounts { suspended, covered }));
    prop_oneof![Just(Counts::None), billing, disconnect]
}

prop_compose! {
    fn run()(
        (id, job, planned_for, to, count) in (any::<u64>(), job(), instant(), option::of(instant()), any::<u32>()),
        (started_at, finished_at) in (option::of(instant()), option::of(instant())),
        outcome in proptest::sample::select(vec![
            Outcome::Done, Outcome::Failed, Outcome::CaughtUp, Outcome::Collapsed, Outcome::Skipped, Outcome::Waiting,
        ]),
        (counts, error, by_hand) in (counts(), option::of(word()), any::<bool>()),
    ) -> Run {
        Run { id: RunId(id), job, planned_for, to, count, started_at, finished_at, outcome, counts, error, by_hand }
    }
}

prop_compose! {
    fn job_state()(
        job in job(),
        eras in vec((word(), word(), any::<bool>(), instant(), option::of(instant())), 0..5),
        part in option::of((any::<u64>(), instant(), instant(), id(), counts(), any::<bool>())),
        (paused_by_command, last_run) in (any::<bool>(), option::of(any::<u64>())),
    ) -> JobState {
        let eras = eras.into_iter().map(|(schedule, zone, paused, after, until)| ScheduleEpoch { schedule, zone, paused, after, until });
        JobState {
            job, eras: eras.collect(), paused_by_command, last_run: last_run.map(RunId),
            part: part.map(|(run, planned_for, started_at, done_through, counts, by_hand)| {
                RunPart { run: RunId(run), planned_for, started_at, done_through, counts, by_hand }
            }),
        }
    }
}

prop_compose! {
    fn work()(
        (username, subscriber, address) in (username(), id(), option::of(any::<[u8; 4]>())),
        (access, end_session, generation, decided_at) in (access(), any::<bool>(), any::<u64>(), instant()),
        (run, last_error) in (option::of(any::<u64>()), option::of(word())),
        state in prop_oneof![Just(WorkState::Pending), Just(WorkState::Absent)],
    ) -> RouterWork {
        RouterWork {
            username, subscriber, address: address.map(Into::into), access, end_session,
            generation: Generation(generation), decided_at, run: run.map(RunId), state, last_error,
        }
    }
}

prop_compose! {
    fn unmatched()(
        (reference, date, amount) in (reference(), day(), money()),
        (account, phone, source, conflict) in (option::of(word()), option::of(word()), source(), option::of(word())),
        (taken_at, owner) in (instant(), id()),
        which in 0_u8..3,
    ) -> Unmatched {
        let state = match which {
            0 => UnmatchedState::Waiting,
            1 => UnmatchedState::Assigned(owner),
            _ => UnmatchedState::Reversed,
        };
        Unmatched { reference, date, amount, account, phone, source, conflict, taken_at, state }
    }
}

fn holder() -> impl Strategy<Value = Holder> {
    prop_oneof![
        (seq(), id(), money()).prop_map(|(entry, subscriber, amount)| Holder::Credit {
            entry,
            subscriber,
            amount
        }),
        money().prop_map(|amount| Holder::Unmatched { amount }),
        Just(Holder::Reversed),
    ]
}

prop_compose! {
    fn log()(
        at in instant(), kind in proptest::sample::select(LogKind::ALL.to_vec()), planned_for in option::of(instant()),
        username in option::of(username()), message in ".{0,80}", fields in vec((word(), word()), 0..4),
    ) -> LogRecord {
        LogRecord { at, kind, planned_for, username, message, fields }
    }
}

prop_compose! {
    fn site_state()(
        (head, hash, newest) in (seq(), hash(), instant()),
        last_subscriber in any::<u32>(),
        numbers in any::<[u64; 10]>(),
    ) -> SiteState {
        let [last_generation, last_run, last_log, active, suspended, held, closed, without_package, outstanding, waits] = numbers;
        SiteState {
            head: ChainHead { seq: head, hash }, last_subscriber, last_generation, last_run, last_log,
            tallies: Tallies { active, suspended, held, closed, without_package, outstanding },
            unmatched_waiting: waits, newest,
        }
    }
}

prop_compose! {
    fn config()(text in ".{0,300}", file in word(), taken_at in instant(), last_seen in any::<[u8; 32]>(), refused in option::of(word()))
        -> ConfigInForce {
        ConfigInForce { text, file, taken_at, last_seen, refused }
    }
}

fn returns<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(record: &T) {
    let bytes = encode(record).unwrap();
    assert_eq!(bytes[0], RECORD_VERSION);
    assert_eq!(&decode::<T>(&bytes).unwrap(), record);
    // Nothing is left over, nothing is missing.
    assert!(decode::<T>(&bytes[..bytes.len() - 1]).is_err());
    assert!(decode::<T>(&[&bytes[..], &[0]].concat()).is_err());
    let mut other = bytes;
    other[0] = RECORD_VERSION + 1;
    let found = RECORD_VERSION + 1;
    assert_eq!(decode::<T>(&other).unwrap_err(), CodecError::Version { found });
}

fn is_taken_or_refused(bytes: &[u8]) {
    // What was read is written the same again, or it was refused.
    fn one<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
        if let Ok(record) = decode::<T>(bytes) {
            assert!(encode(&record).is_ok());
        }
    }
    one::<Entry>(bytes);
    one::<Debit>(bytes);
    one::<Subscriber>(bytes);
    one::<Holder>(bytes);
    one::<Unmatched>(bytes);
    one::<JobState>(bytes);
    one::<Run>(bytes);
    one::<RouterWork>(bytes);
    one::<Healed>(bytes);
    one::<LogRecord>(bytes);
    one::<SiteState>(bytes);
    one::<ConfigInForce>(bytes);
}

proptest! {
    #[test]
    fn money_reads_back_as_it_was_written(entry in entry(), debit in debit(), holder in holder(), row in unmatched()) {
        returns(&entry);
        returns(&debit);
        returns(&holder);
        returns(&row);
    }

    #[test]
    fn people_and_jobs_read_back_as_they_were_written(one in subscriber(), run in run(), state in job_state(), site in site_state()) {
        returns(&one);
        returns(&run);
        returns(&state);
        returns(&site);
    }

    #[test]
    fn work_and_words_read_back_as_they_were_written(
        work in work(), log in log(), config in config(), at in instant(), left in any::<bool>(),
    ) {
        returns(&work);
        returns(&log);
        returns(&config);
        returns(&Healed { at, left });
    }

    #[test]
    fn any_bytes_are_taken_or_refused(mut bytes in vec(any::<u8>(), 0..300), is_ours in any::<bool>()) {
        if let (Some(first), true) = (bytes.first_mut(), is_ours) {
            *first = RECORD_VERSION;
        }
        is_taken_or_refused(&bytes);
    }

    #[test]
    fn a_record_with_a_byte_changed_is_taken_or_refused(one in subscriber(), log in log(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for mut bytes in [encode(&one).unwrap(), encode(&log).unwrap()] {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            is_taken_or_refused(&bytes);
        }
    }
}

#[test]
fn a_length_that_nothing_follows_takes_no_memory() {
    // A text or a list of 2^62 parts, where each kind of record may have one.
    for before in 0..64 {
        let mut bytes = vec![RECORD_VERSION];
        bytes.extend(std::iter::repeat_n(0, before));
        bytes.push(253);
        bytes.extend((1_u64 << 62).to_le_bytes());
        is_taken_or_refused(&bytes);
        bytes.truncate(1 + before);
        bytes.push(252);
        bytes.extend(0x7fff_ffff_u32.to_le_bytes());
        is_taken_or_refused(&bytes);
    }
}
