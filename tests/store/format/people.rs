//! Subscribers, and whose period is set anew.

use std::net::Ipv4Addr;

use weir::model::clock_confirmation::UncertainPeriod;
use weir::model::day::{Day, Instant};
use weir::model::entry_chain::EntrySeq;
use weir::model::money::Money;
use weir::model::name::{Account, FullName, Login, PackageName, Phone, ProfileName, RouterName, Username};
use weir::model::package::{Cycle, Rate};
use weir::model::subscriber::{
    Access, AnchorDay, Hold, Outstanding, PaidPeriod, Profile, ServedStretches, Service, ServiceStretch, State,
    Subscriber, SubscriberId,
};
use weir::store::migrate_service::SubscriberBefore4;

/// A period in which each field has another value.
pub(super) fn period(from: i32) -> PaidPeriod {
    PaidPeriod {
        expires_on: Some(Day::from_number(from)),
        anchor: Some(AnchorDay::of(Day::from_number(from + 1))),
        unpaid_days: from + 2,
        unpaid_from: Some(Day::from_number(from + 3)),
    }
}

const NO_PERIOD: PaidPeriod = PaidPeriod {
    expires_on: None,
    anchor: None,
    unpaid_days: 0,
    unpaid_from: None,
};

fn profile() -> Profile {
    Profile {
        name: Some(FullName::new("Am").unwrap()),
        phone: Some(Phone::new("+2547000").unwrap()),
        account: Some(Account::new("A1").unwrap()),
        package: Some(PackageName::new("p").unwrap()),
        router: Some(RouterName::new("r").unwrap()),
        service: Service::Static,
        address: Some(Ipv4Addr::new(10, 20, 30, 40)),
        login: Some(Login::new("l").unwrap()),
        own_profile: Some(ProfileName::new("o").unwrap()),
        own_rate: Some(Rate {
            upload_bps: 1,
            download_bps: 2,
        }),
    }
}

const NO_PROFILE: Profile = Profile {
    name: None,
    phone: None,
    account: None,
    package: None,
    router: None,
    service: Service::Pppoe,
    address: None,
    login: None,
    own_profile: None,
    own_rate: None,
};

#[test]
fn subscribers() {
    record!(Subscriber {
        id: SubscriberId(251) => "fb fb 00",
        username: Username::new("amina").unwrap() => "05 61 6d 69 6e 61",
        profile: profile() => "01 02 41 6d 01 08 2b 32 35 34 37 30 30 30 01 02 41 31 01 01 70 01 01 72 02 01 0a 14 1e 28 01 01 6c 01 01 6f 01 01 02",
        state: State::Suspended => "01",
        hold: Some(Hold { since: Day::from_number(1), access: Access::Off }) => "01 02 01",
        period: period(2) => "01 04 01 04 08 01 0a",
        extended_to: Some(Day::from_number(8)) => "01 10",
        balance: Money::from_minor(-150_000) => "fc df 93 04 00",
        last_entry: Some(EntrySeq(9)) => "01 09",
        outstanding: vec![
            Outstanding { due: Day::from_number(10), amount: Money::from_minor(11) },
            Outstanding { due: Day::from_number(12), amount: Money::from_minor(13) },
        ] => "02 14 16 18 1a",
        last_settled: Some(Day::from_number(14)) => "01 1c",
        added_at: Instant::from_millis(15) => "1e",
        serving_since: Some(Day::from_number(16)) => "01 20",
    });
    record!(Subscriber {
        id: SubscriberId(1) => "01",
        username: Username::new("b").unwrap() => "01 62",
        profile: NO_PROFILE => "00 00 00 00 00 00 00 00 00 00",
        state: State::Active => "00",
        hold: None => "00",
        period: NO_PERIOD => "00 00 00 00",
        extended_to: None => "00",
        balance: Money::ZERO => "00",
        last_entry: None => "00",
        outstanding: vec![] => "00",
        last_settled: None => "00",
        added_at: Instant::from_millis(-1) => "01",
        serving_since: None => "00",
    });
}

#[test]
fn subscribers_before_format_4() {
    record!(SubscriberBefore4 {
        id: SubscriberId(251) => "fb fb 00",
        username: Username::new("amina").unwrap() => "05 61 6d 69 6e 61",
        profile: profile() => "01 02 41 6d 01 08 2b 32 35 34 37 30 30 30 01 02 41 31 01 01 70 01 01 72 02 01 0a 14 1e 28 01 01 6c 01 01 6f 01 01 02",
        state: State::Suspended => "01",
        hold: Some(Hold { since: Day::from_number(1), access: Access::Off }) => "01 02 01",
        period: period(2) => "01 04 01 04 08 01 0a",
        extended_to: Some(Day::from_number(8)) => "01 10",
        balance: Money::from_minor(-150_000) => "fc df 93 04 00",
        last_entry: Some(EntrySeq(9)) => "01 09",
        outstanding: vec![
            Outstanding { due: Day::from_number(10), amount: Money::from_minor(11) },
            Outstanding { due: Day::from_number(12), amount: Money::from_minor(13) },
        ] => "02 14 16 18 1a",
        last_settled: Some(Day::from_number(14)) => "01 1c",
        added_at: Instant::from_millis(15) => "1e",
    });
    record!(SubscriberBefore4 {
        id: SubscriberId(1) => "01",
        username: Username::new("b").unwrap() => "01 62",
        profile: NO_PROFILE => "00 00 00 00 00 00 00 00 00 00",
        state: State::Active => "00",
        hold: None => "00",
        period: NO_PERIOD => "00 00 00 00",
        extended_to: None => "00",
        balance: Money::ZERO => "00",
        last_entry: None => "00",
        outstanding: vec![] => "00",
        last_settled: None => "00",
        added_at: Instant::from_millis(-1) => "01",
    });
}

#[test]
fn stretches_of_service() {
    record!(ServiceStretch {
        from: Day::from_number(1) => "02",
        through: Day::from_number(-2) => "03",
    });
    let mut served = ServedStretches::default();
    super::is_written_as("ServedStretches", &served, "00");
    for (from, through) in [(1, 2), (5, 150)] {
        let (from, through) = (Day::from_number(from), Day::from_number(through));
        served.add(ServiceStretch { from, through });
    }
    super::is_written_as("ServedStretches", &served, "02 02 04 0a fb 2c 01");
}

#[test]
fn profiles() {
    record!(Profile {
        name: Some(FullName::new("Am").unwrap()) => "01 02 41 6d",
        phone: Some(Phone::new("+2547000").unwrap()) => "01 08 2b 32 35 34 37 30 30 30",
        account: Some(Account::new("A1").unwrap()) => "01 02 41 31",
        package: Some(PackageName::new("p").unwrap()) => "01 01 70",
        router: Some(RouterName::new("r").unwrap()) => "01 01 72",
        service: Service::Static => "02",
        address: Some(Ipv4Addr::new(10, 20, 30, 40)) => "01 0a 14 1e 28",
        login: Some(Login::new("l").unwrap()) => "01 01 6c",
        own_profile: Some(ProfileName::new("o").unwrap()) => "01 01 6f",
        own_rate: Some(Rate { upload_bps: 1, download_bps: 2 }) => "01 01 02",
    });
    record!(Profile {
        name: None => "00",
        phone: None => "00",
        account: None => "00",
        package: None => "00",
        router: None => "00",
        service: Service::Pppoe => "00",
        address: None => "00",
        login: None => "00",
        own_profile: None => "00",
        own_rate: None => "00",
    });
    record!(Rate {
        upload_bps: 5_000_000 => "fc 40 4b 4c 00",
        download_bps: 20_000_000_000 => "fd 00 c8 17 a8 04 00 00 00",
    });
    kinds!(Service {
        Pppoe => "00",
        Hotspot => "01",
        Static => "02",
        Dhcp => "03",
    });
}

#[test]
fn how_they_stand() {
    record!(Hold {
        since: Day::from_number(1) => "02",
        access: Access::Off => "01",
    });
    record!(Outstanding {
        due: Day::from_number(10) => "14",
        amount: Money::from_minor(11) => "16",
    });
    kinds!(State {
        Active => "00",
        Suspended => "01",
        Closed => "02",
    });
    kinds!(Access {
        On => "00",
        Off => "01",
    });
}

#[test]
fn periods() {
    record!(PaidPeriod {
        expires_on: Some(Day::from_number(20_787)) => "01 fb 66 a2",
        anchor: Some(AnchorDay::of(Day::from_number(30))) => "01 1f",
        unpaid_days: -3 => "05",
        unpaid_from: Some(Day::from_number(20_790)) => "01 fb 6c a2",
    });
    record!(PaidPeriod {
        expires_on: None => "00",
        anchor: None => "00",
        unpaid_days: 0 => "00",
        unpaid_from: None => "00",
    });
    kinds!(Cycle {
        Cycle::Months(_) = Cycle::Months(12) => "00 0c",
        Cycle::Days(_) = Cycle::Days(3_660) => "01 fb 4c 0e",
    });
}

#[test]
fn periods_that_are_set_anew() {
    record!(UncertainPeriod {
        on: Day::from_number(20) => "28",
        due: Some(Day::from_number(21)) => "01 2a",
        rhythm: Some(Day::from_number(22)) => "01 2c",
        cycle: Cycle::Months(3) => "00 03",
        before: period(1) => "01 02 01 03 06 01 08",
        after: period(9) => "01 12 01 0b 16 01 18",
    });
    record!(UncertainPeriod {
        on: Day::from_number(20) => "28",
        due: None => "00",
        rhythm: None => "00",
        cycle: Cycle::Days(7) => "01 07",
        before: NO_PERIOD => "00 00 00 00",
        after: period(9) => "01 12 01 0b 16 01 18",
    });
}
