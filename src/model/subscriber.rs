//! Who is a subscriber, what is their billing state, and on which days were they served?
//!
//! A day of service counts when service lasted until 23:59 of it, by what the books had decided then: a router that confirms
//! late changes nothing. The stretch that still goes on is [`Subscriber::serving_since`]; the ended ones are
//! [`ServedStretches`].

use std::fmt;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::model::day::{Day, Instant};
use crate::model::entry_chain::EntrySeq;
use crate::model::money::Money;
use crate::model::name::{Account, FullName, Login, PackageName, Phone, ProfileName, RouterName, Username};
use crate::model::package::Rate;

/// A subscriber's number in the store; never shown, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubscriberId(pub u32);

/// How a subscriber is connected.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Service {
    /// A PPP secret.
    Pppoe,
    /// A hotspot user.
    Hotspot,
    /// A fixed address with a simple queue.
    Static,
    /// A DHCP lease.
    Dhcp,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pppoe, Self::Hotspot, Self::Static, Self::Dhcp];

    /// Returns the word for this service.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pppoe => "pppoe",
            Self::Hotspot => "hotspot",
            Self::Static => "static",
            Self::Dhcp => "dhcp",
        }
    }

    /// Returns whether this version of Weir switches objects of this service; the others are left to the owner.
    #[must_use]
    pub const fn is_managed(self) -> bool {
        match self {
            Self::Pppoe | Self::Static => true,
            Self::Hotspot | Self::Dhcp => false,
        }
    }

    /// Parses the word for a service.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.as_str() == text)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a subscriber may use the network.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// Served.
    On,
    /// Cut off.
    Off,
}

/// A subscriber's billing state, apart from a hold.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Served, and charged on due days.
    Active,
    /// Cut off until paid.
    Suspended,
    /// Ended; only the balance remains.
    Closed,
}

/// A manual hold: no job and no settlement touches the subscriber while it lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The day it began.
    pub since: Day,
    /// The access meanwhile.
    pub access: Access,
}

/// The day of the month that a cycle keeps, 1 to 31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnchorDay(u8);

impl AnchorDay {
    /// Returns the anchor of a day, its day of the month.
    #[must_use]
    pub fn of(day: Day) -> Self {
        Self(day.day_of_month())
    }

    /// Returns the day of the month.
    #[must_use]
    pub const fn day_of_month(self) -> u8 {
        self.0
    }
}

/// Through when a subscriber is paid, and by which rhythm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidPeriod {
    /// The last day paid for, which is the due day. `None`: added without one.
    pub expires_on: Option<Day>,
    /// The day of the month that the cycle keeps.
    pub anchor: Option<AnchorDay>,
    /// Days of service before `unpaid_from` that no period pays for: more had been served than a payment paid for. A format
    /// before the fourth kept those of its cuts here.
    pub unpaid_days: i32,
    /// The first day from which service is not paid for, where that is not the day after `expires_on`.
    pub unpaid_from: Option<Day>,
}

impl PaidPeriod {
    /// Returns a period that ends on this day, with the anchor that follows from it.
    #[must_use]
    pub fn ending(expires_on: Option<Day>) -> Self {
        Self {
            expires_on,
            anchor: expires_on.map(AnchorDay::of),
            unpaid_days: 0,
            unpaid_from: None,
        }
    }
}

/// A debit that is posted and not settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outstanding {
    /// The due day it is for.
    pub due: Day,
    /// What was charged.
    pub amount: Money,
}

/// What people may change freely about a subscriber, and an import may bring again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What the customer is called.
    pub name: Option<FullName>,
    /// Where messages go, and by which payments are recognised when the account fails.
    pub phone: Option<Phone>,
    /// The account number stated when paying.
    pub account: Option<Account>,
    /// The plan; without one nobody is charged or cut.
    pub package: Option<PackageName>,
    /// The router that serves them; without one nothing is switched.
    pub router: Option<RouterName>,
    /// How they are connected.
    pub service: Service,
    /// The fixed address of a static or dhcp service.
    pub address: Option<Ipv4Addr>,
    /// The name on the router, where it is not the username.
    pub login: Option<Login>,
    /// A profile of their own instead of the package's.
    pub own_profile: Option<ProfileName>,
    /// A rate of their own instead of the package's.
    pub own_rate: Option<Rate>,
}

/// A subscriber as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriber {
    /// The number in the store.
    pub id: SubscriberId,
    /// The name, unique in the site.
    pub username: Username,
    /// What may be changed freely.
    pub profile: Profile,
    /// Active, suspended or closed.
    pub state: State,
    /// A hold, while there is one.
    pub hold: Option<Hold>,
    /// Through when they are paid.
    pub period: PaidPeriod,
    /// A promise to pay: the cut-off's day where it is later than the other count.
    pub extended_to: Option<Day>,
    /// The balance after the last entry.
    pub balance: Money,
    /// The last entry of this wallet.
    pub last_entry: Option<EntrySeq>,
    /// Debits posted and not settled, oldest first; after a reversal there can be several.
    pub outstanding: Vec<Outstanding>,
    /// The due day of the newest settlement in force.
    pub last_settled: Option<Day>,
    /// When they were added.
    pub added_at: Instant,
    /// The first day of the present stretch of service; `None` while there is no service.
    pub serving_since: Option<Day>,
}

/// The state of a subscriber before a decision about money: all of a [`Subscriber`] that such a decision may change.
/// Kept instead of a copy of the whole, whose texts would cost a night of billing more than its hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingState {
    state: State,
    hold: Option<Hold>,
    period: PaidPeriod,
    extended_to: Option<Day>,
    balance: Money,
    last_entry: Option<EntrySeq>,
    outstanding: Vec<Outstanding>,
    last_settled: Option<Day>,
    serving_since: Option<Day>,
}

impl BillingState {
    /// Returns the access that is wanted.
    #[must_use]
    pub const fn access(&self) -> Access {
        access_of(self.state, self.hold.as_ref())
    }

    /// Returns whether they are active, suspended or closed.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Returns the hold, while there is one.
    #[must_use]
    pub const fn hold(&self) -> Option<&Hold> {
        self.hold.as_ref()
    }

    /// Returns whether the wallet lies below zero.
    #[must_use]
    pub const fn owes(&self) -> bool {
        self.balance.is_negative()
    }
}

const fn access_of(state: State, hold: Option<&Hold>) -> Access {
    match (state, hold) {
        (State::Closed, _) => Access::Off,
        (_, Some(hold)) => hold.access,
        (State::Active, None) => Access::On,
        (State::Suspended, None) => Access::Off,
    }
}

impl Subscriber {
    /// Returns the access that is wanted, which the routers are made to match.
    #[must_use]
    pub const fn access(&self) -> Access {
        access_of(self.state, self.hold.as_ref())
    }

    /// Returns their billing state.
    #[must_use]
    pub fn standing(&self) -> BillingState {
        BillingState {
            state: self.state,
            hold: self.hold.clone(),
            period: self.period,
            extended_to: self.extended_to,
            balance: self.balance,
            last_entry: self.last_entry,
            outstanding: self.outstanding.clone(),
            last_settled: self.last_settled,
            serving_since: self.serving_since,
        }
    }

    /// Returns whether their billing state is this one.
    #[must_use]
    pub fn stands_as(&self, standing: &BillingState) -> bool {
        self.state == standing.state
            && self.hold == standing.hold
            && self.period == standing.period
            && self.extended_to == standing.extended_to
            && self.balance == standing.balance
            && self.last_entry == standing.last_entry
            && self.outstanding == standing.outstanding
            && self.last_settled == standing.last_settled
            && self.serving_since == standing.serving_since
    }

    /// Returns the word for their state: `active`, `suspended`, `held` or `closed`.
    #[must_use]
    pub const fn state_word(&self) -> &'static str {
        match (self.state, &self.hold) {
            (State::Closed, _) => "closed",
            (_, Some(_)) => "held",
            (State::Active, None) => "active",
            (State::Suspended, None) => "suspended",
        }
    }

    /// Returns how far the wallet is below zero, as a positive amount.
    #[must_use]
    pub const fn below_zero(&self) -> Money {
        if self.balance.is_negative() {
            self.balance.negated()
        } else {
            Money::ZERO
        }
    }

    /// Returns the name on the router.
    #[must_use]
    pub fn login(&self) -> &str {
        self.profile
            .login
            .as_ref()
            .map_or(self.username.as_str(), Login::as_str)
    }
}

/// How many ended stretches of one subscriber are kept, the newest. Somebody who is cut off each month has five years of
/// them; no reversal undoes settlements that are older.
const STRETCHES_MAX: usize = 60;

/// Days on which somebody was served, the first and the last among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStretch {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub through: Day,
}

/// The stretches of service that have ended, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServedStretches(Vec<ServiceStretch>);

impl ServedStretches {
    /// Returns them, oldest first.
    #[must_use]
    pub fn stretches(&self) -> &[ServiceStretch] {
        &self.0
    }

    /// Adds a stretch that has ended. One that joins the newest makes it longer; where there are too many, the oldest goes.
    pub fn add(&mut self, ended: ServiceStretch) {
        if ended.through < ended.from {
            // It began and ended between two times of 23:59.
            return;
        }
        match self.0.last_mut() {
            Some(last) if ended.from <= last.through.plus_days(1) && ended.from >= last.from => {
                last.through = last.through.max(ended.through);
            }
            Some(_) | None => self.0.push(ended),
        }
        if self.0.len() > STRETCHES_MAX {
            let surplus = self.0.len().saturating_sub(STRETCHES_MAX);
            self.0.drain(..surplus);
        }
    }

    /// Takes away and returns the newest stretch, where it reaches past this day: it ended on a day that has not come.
    pub fn take_newest_after(&mut self, day: Day) -> Option<ServiceStretch> {
        match self.0.last() {
            Some(last) if last.through > day => self.0.pop(),
            Some(_) | None => None,
        }
    }

    /// Lets those that reach past `day` end with `last` instead; returns whether there were any.
    pub fn end_those_after(&mut self, day: Day, last: Day) -> bool {
        let mut changed = false;
        for stretch in self.0.iter_mut().filter(|stretch| stretch.through > day) {
            stretch.through = last;
            changed = true;
        }
        self.0.retain(|stretch| stretch.from <= stretch.through);
        changed
    }

    /// Returns how many days from `first` on are in them. No day is counted twice.
    #[must_use]
    pub fn days_from(&self, first: Day) -> i32 {
        let mut uncounted = first;
        let mut days = 0_i32;
        let mut sorted = self.0.clone();
        sorted.sort_by_key(|stretch| stretch.from);
        for stretch in sorted {
            let from = stretch.from.max(uncounted);
            if from <= stretch.through {
                days = days.saturating_add(stretch.through.days_since(from).saturating_add(1));
                uncounted = stretch.through.plus_days(1);
            }
        }
        days
    }
}
