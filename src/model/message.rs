//! Which messages are sent to people, and what became of them?
//!
//! A message is stored before it leaves, and its outcome is stored before the next one leaves. Its texts are personal:
//! they appear in the store and in the answers to the owner's commands, never in the maintainer's log.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::day::{Day, Instant};
use crate::model::entry_chain::EntrySeq;
use crate::model::money::Money;
use crate::model::name::Username;
use crate::model::subscriber::SubscriberId;

/// The number of a message in the site; rising in the order of queueing, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub u64);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// By what kind of way it leaves.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// A short message to a phone.
    Sms,
    /// E-mail.
    Email,
}

impl Channel {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }

    /// Returns what it carries, in words.
    #[must_use]
    pub const fn what(self) -> &'static str {
        match self {
            Self::Sms => "messages to phones",
            Self::Email => "e-mail",
        }
    }
}

/// Why it is said, with what is needed to judge and write it again when it leaves.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// The period ends soon.
    Reminder {
        /// The due day.
        due: Day,
        /// The rule: so many days before.
        days_before: u16,
    },
    /// Cut off for want of payment.
    Suspension {
        /// The due day that was not paid, where there is one.
        due: Option<Day>,
    },
    /// A payment has arrived.
    Payment {
        /// Its entry.
        entry: EntrySeq,
        /// How much.
        amount: Money,
    },
    /// Service has begun again. Earlier versions wrote it without saying by what money: nothing new does.
    Resumption,
    /// Something that the administrator should know, or that it is over.
    Alert,
    /// The monthly report.
    Report,
    /// Sent by the owner to try a gateway.
    Test,
    /// Money has brought service back.
    Resumed {
        /// The payment or the adjustment; nothing where a run found enough in the wallet.
        entry: Option<EntrySeq>,
        /// How much was paid: the credit, or what the run took from the wallet.
        amount: Money,
    },
}

impl Purpose {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Reminder { .. } => "reminder",
            Self::Suspension { .. } => "suspension",
            Self::Payment { .. } => "payment",
            Self::Resumption | Self::Resumed { .. } => "resumption",
            Self::Alert => "alert",
            Self::Report => "report",
            Self::Test => "test",
        }
    }

    /// Returns whether it goes to the administrator: at any hour, before everything else, and outside the daily cap.
    #[must_use]
    pub const fn is_for_administrator(&self) -> bool {
        match self {
            Self::Alert | Self::Report | Self::Test => true,
            Self::Reminder { .. }
            | Self::Suspension { .. }
            | Self::Payment { .. }
            | Self::Resumption
            | Self::Resumed { .. } => false,
        }
    }

    /// Returns the line in which it waits.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        if self.is_for_administrator() {
            Lane::Administrators
        } else {
            Lane::Subscribers
        }
    }
}

/// The line in which a message waits; that for administrators goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Alerts, reports, tests.
    Administrators,
    /// Everything else.
    Subscribers,
}

/// What has become of a message.
/// Stored by its place in this list: a new kind goes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MessageState {
    /// Waits for its time, or for a gateway.
    Queued,
    /// Being handed over; found so at a start, it becomes `Unknown`.
    Sending,
    /// A gateway has taken it.
    Sent,
    /// Every try was refused, and there is no further one.
    Failed,
    /// Handed over, and nothing sure was heard back: it may have arrived. Never sent again by itself.
    Unknown,
    /// Not true or not allowed any more when its time came; nothing was sent.
    Dropped,
}

impl MessageState {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Failed,
        Self::Unknown,
        Self::Dropped,
    ];

    /// Returns the word for it, as `--json` prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Dropped => "dropped",
        }
    }

    /// Parses the word for a state.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Returns whether it still has to leave: such a message is never cleaned up.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Sending)
    }
}

/// One try to hand a message over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// By which gateway.
    pub gateway: String,
    /// When it ended.
    pub at: Instant,
    /// Why it failed; never holds a secret.
    pub error: String,
}

/// How many failed tries are remembered one by one; older ones go first.
pub const TRIES_KEPT: usize = 12;

/// What is handed to [`crate::store::write::transaction::Transaction::queue`]: a message before it has a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// By what kind of way.
    pub channel: Channel,
    /// A phone number or an address of e-mail.
    pub to: String,
    /// Why.
    pub purpose: Purpose,
    /// Whom it is about.
    pub subscriber: Option<(SubscriberId, Username)>,
    /// The sent-once key: of two messages with the same key the second is not queued, whatever became of the first.
    pub once: String,
    /// The subject of an e-mail.
    pub subject: String,
    /// The text as it reads now.
    pub text: String,
    /// A file that goes with an e-mail, relative to the site's data folder.
    pub attachment: Option<String>,
    /// When the thing happened that it tells of.
    pub happened_at: Instant,
    /// Not before this.
    pub not_before: Instant,
    /// Of no use after this; it is dropped then.
    pub expires: Option<Instant>,
}

/// A message of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its number.
    pub id: MessageId,
    /// By what kind of way.
    pub channel: Channel,
    /// A phone number or an address of e-mail.
    pub to: String,
    /// Why.
    pub purpose: Purpose,
    /// Whom it is about.
    pub subscriber: Option<(SubscriberId, Username)>,
    /// The sent-once key.
    pub once: String,
    /// The subject of an e-mail.
    pub subject: String,
    /// The text as it was written last.
    pub text: String,
    /// A file that goes with an e-mail, relative to the site's data folder.
    pub attachment: Option<String>,
    /// When the thing happened that it tells of.
    pub happened_at: Instant,
    /// What has become of it.
    pub state: MessageState,
    /// How often it was tried to hand it over, each gateway counted.
    pub attempts: u16,
    /// How often every gateway has refused it, one after the other.
    pub rounds: u16,
    /// The gateway that has it, or was tried last.
    pub gateway: Option<String>,
    /// When it was queued.
    pub queued_at: Instant,
    /// Not tried before this.
    pub not_before: Instant,
    /// Of no use after this.
    pub expires: Option<Instant>,
    /// When a gateway took it.
    pub sent_at: Option<Instant>,
    /// Why it failed, was dropped, or is not known to have arrived.
    pub error: Option<String>,
    /// What the gateway said when it took it, such as its own number for the message.
    pub answer: Option<String>,
    /// In how many parts it was charged; 0 for e-mail and before it has left.
    pub parts: u8,
    /// What it cost by the configured price per part.
    pub cost: Option<Money>,
    /// The failed tries, newest last; at most [`TRIES_KEPT`].
    pub tries: Vec<Try>,
}

impl Message {
    /// Returns the message that a draft becomes.
    #[must_use]
    pub fn of(id: MessageId, draft: Draft, queued_at: Instant) -> Self {
        Self {
            id,
            channel: draft.channel,
            to: draft.to,
            purpose: draft.purpose,
            subscriber: draft.subscriber,
            once: draft.once,
            subject: draft.subject,
            text: draft.text,
            attachment: draft.attachment,
            happened_at: draft.happened_at,
            state: MessageState::Queued,
            attempts: 0,
            rounds: 0,
            gateway: None,
            queued_at,
            not_before: draft.not_before,
            expires: draft.expires,
            sent_at: None,
            error: None,
            answer: None,
            parts: 0,
            cost: None,
            tries: Vec::new(),
        }
    }

    /// Returns the same message as if it were queued now for the first time.
    #[must_use]
    pub fn queued_again(self, now: Instant) -> Self {
        let draft = Draft {
            channel: self.channel,
            to: self.to,
            purpose: self.purpose,
            subscriber: self.subscriber,
            once: self.once,
            subject: self.subject,
            text: self.text,
            attachment: self.attachment,
            happened_at: self.happened_at,
            not_before: now,
            expires: self.expires,
        };
        Self::of(self.id, draft, now)
    }
}

/// How many messages are in each state, and what counts against the daily cap; kept with every change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MessagesState {
    /// The number of the newest message.
    pub last_id: u64,
    /// The number of the newest announcement.
    pub last_announcement: u64,
    /// Messages by state, in the order of [`MessageState::ALL`].
    pub counts: [u64; 6],
    /// The civil day, as its number, that the next counts are of.
    pub cap_day: i32,
    /// Messages to subscribers that left, or may have left, on that day.
    pub left_that_day: u32,
}

impl MessagesState {
    /// Returns how many messages are in this state.
    #[must_use]
    pub fn count(&self, state: MessageState) -> u64 {
        MessageState::ALL
            .iter()
            .zip(self.counts)
            .find_map(|(known, count)| (*known == state).then_some(count))
            .unwrap_or(0)
    }

    /// Changes a count.
    pub fn change(&mut self, state: MessageState, by: impl Fn(u64) -> u64) {
        for (known, count) in MessageState::ALL.iter().zip(self.counts.iter_mut()) {
            if *known == state {
                *count = by(*count);
            }
        }
    }
}
