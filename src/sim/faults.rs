//! How does the router misbehave, and when?
//!
//! A fault is asked for, waits for its moment (the nth matching command or connection), fires a number of times, and is
//! spent; `clear_faults` takes all back. It must never know how misbehaving is done: `connection` and `server` do it.

use jiff::civil::DateTime;

/// A way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The port is closed and all connections with it, until the faults are cleared.
    Refuse,
    /// The clock tells another time, until the faults are cleared.
    WrongClock(DateTime),
    /// The answers to commands that came together are mixed, row by row, until the faults are cleared.
    Shuffle,
    /// A connection is accepted and never answered.
    Silent,
    /// A connection is accepted and closed at once.
    Reset,
    /// The right password is refused.
    LoginRefused,
    /// This command is not done and never answered; the connection goes on.
    Hang,
    /// This command is not done; the connection is closed instead of the answer.
    Close,
    /// This command is done; the connection is closed instead of the answer.
    Lost,
    /// This command is done; the connection is closed in the middle of a word of the answer.
    CloseMidWord,
    /// This command is done; the connection is closed after so many sentences of the answer and the first word of the next.
    Cut {
        /// Whole sentences that still go out.
        sentences: usize,
    },
    /// This command is done; half of the answer's bytes go out, then nothing more, and the connection stays open.
    Half,
    /// Noise before the answer.
    Garbage,
    /// A word of nearly 4 GiB is announced before the answer.
    HugeLength,
    /// A reply word that nobody knows before the answer.
    UnknownReply,
    /// This command is refused in these words. Without a path it counts commands that write.
    Trap(String),
    /// This command is done, and refused in these words all the same, as a modem does whose answer came too late. Without a
    /// path it counts commands that write.
    TrapDone(String),
    /// This command is refused for want of a right. Without a path it counts commands that write.
    Denied,
    /// `!fatal` with these words, and the connection is closed; the command is not done.
    Fatal(String),
    /// Every row of the answer comes twice.
    DuplicateRows,
    /// The answer comes this much later, in milliseconds.
    Delay(u64),
    /// The answer comes byte by byte, with so many milliseconds between.
    Drip(u64),
    /// The router reboots instead of doing the command.
    Reboot,
    /// The answer bears a tag that nobody uses.
    WrongTag,
    /// The answer bears no tag.
    NoTag,
    /// `!done` comes twice.
    DoneTwice,
    /// The print finds nothing, whatever there is.
    NoRows,
}

/// When a kind of fault has its moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FaultMoment {
    Standing,
    Connection,
    Login,
    Command,
    Write,
}

impl FaultKind {
    fn moment(&self) -> FaultMoment {
        match self {
            Self::Refuse | Self::WrongClock(_) | Self::Shuffle => FaultMoment::Standing,
            Self::Silent | Self::Reset => FaultMoment::Connection,
            Self::LoginRefused => FaultMoment::Login,
            Self::Trap(_) | Self::TrapDone(_) | Self::Denied => FaultMoment::Write,
            Self::Hang
            | Self::Close
            | Self::Lost
            | Self::CloseMidWord
            | Self::Cut { .. }
            | Self::Half
            | Self::Garbage
            | Self::HugeLength
            | Self::UnknownReply
            | Self::Fatal(_)
            | Self::DuplicateRows
            | Self::Delay(_)
            | Self::Drip(_)
            | Self::Reboot
            | Self::WrongTag
            | Self::NoTag
            | Self::DoneTwice
            | Self::NoRows => FaultMoment::Command,
        }
    }
}

/// A way to misbehave and its moment: the first matching event, once, unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    path: Option<String>,
    nth: u32,
    count: u32,
}

impl Fault {
    /// Returns a fault that happens once, at the first moment that fits.
    #[must_use]
    pub const fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            path: None,
            nth: 1,
            count: 1,
        }
    }

    /// Limits it to commands of this path; `/ppp/secret/*` means all that begin so. Only a path makes `/login` count as
    /// a command.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// Fires from the nth matching event on; 1 is the first.
    #[must_use]
    pub const fn nth(mut self, nth: u32) -> Self {
        self.nth = nth;
        self
    }

    /// Fires so many times; 0 is for ever.
    #[must_use]
    pub const fn times(mut self, count: u32) -> Self {
        self.count = count;
        self
    }
}

#[derive(Debug)]
struct DelayedReplies {
    fault: Fault,
    seen: u32,
    fired: u32,
}

/// The faults that are waiting or active.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<DelayedReplies>);

impl Faults {
    /// Asks for one.
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(DelayedReplies {
            fault,
            seen: 0,
            fired: 0,
        });
    }

    /// Takes all back.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns whether the port is to be closed.
    pub(crate) fn refuses(&self) -> bool {
        self.stands(&FaultKind::Refuse)
    }

    /// Returns whether answers are mixed.
    pub(crate) fn shuffles(&self) -> bool {
        self.stands(&FaultKind::Shuffle)
    }

    /// Returns the time that the clock shows instead of its own.
    pub(crate) fn wrong_clock(&self) -> Option<DateTime> {
        self.0.iter().rev().find_map(|waiting| {
            if let FaultKind::WrongClock(to) = waiting.fault.kind {
                Some(to)
            } else {
                None
            }
        })
    }

    fn stands(&self, kind: &FaultKind) -> bool {
        self.0.iter().any(|waiting| waiting.fault.kind == *kind)
    }

    /// Returns what happens to a new connection.
    pub(crate) fn on_connection(&mut self) -> Option<FaultKind> {
        self.fire(|fault| fault.kind.moment() == FaultMoment::Connection)
    }

    /// Returns whether a login that would succeed is refused.
    pub(crate) fn on_login(&mut self) -> bool {
        self.fire(|fault| fault.kind.moment() == FaultMoment::Login).is_some()
    }

    /// Returns what happens to a command.
    pub(crate) fn on_command(&mut self, path: &str, is_write: bool) -> Option<FaultKind> {
        self.fire(|fault| match (fault.kind.moment(), &fault.path) {
            (FaultMoment::Command | FaultMoment::Write, Some(wanted)) => fits(wanted, path),
            (FaultMoment::Command, None) => path != "/login",
            (FaultMoment::Write, None) => is_write,
            (FaultMoment::Standing | FaultMoment::Connection | FaultMoment::Login, _) => false,
        })
    }

    /// Counts an event for all faults that it fits; the first that fires is what happens.
    fn fire(&mut self, fits: impl Fn(&Fault) -> bool) -> Option<FaultKind> {
        let mut happens = None;
        for waiting in &mut self.0 {
            let DelayedReplies { fault, seen, fired } = waiting;
            if !fits(fault) || (fault.count > 0 && *fired >= fault.count) {
                continue;
            }
            *seen = seen.saturating_add(1);
            if *seen >= fault.nth && happens.is_none() {
                *fired = fired.saturating_add(1);
                happens = Some(fault.kind.clone());
            }
        }
        happens
    }
}

fn fits(wanted: &str, path: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(beginning) => path.starts_with(beginning),
        None => wanted == path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_for_its_moment_and_is_spent() {
        let mut faults = Faults::default();
        faults.add(Fault::new(FaultKind::Hang).at("/ppp/secret/*").nth(2).times(2));
        let fired: Vec<bool> = [
            "/ppp/secret/set",
            "/queue/simple/set",
            "/ppp/secret/print",
            "/ppp/secret/set",
            "/ppp/secret/set",
        ]
        .iter()
        .map(|path| faults.on_command(path, true).is_some())
        .collect();
        assert_eq!(fired, [false, false, true, true, false]);
    }

    #[test]
    fn refusals_without_a_path_meet_writes_only_and_others_never_the_login() {
        let mut faults = Faults::default();
        faults.add(Fault::new(FaultKind::Denied));
        assert_eq!(faults.on_command("/ppp/secret/print", false), None);
        assert_eq!(faults.on_command("/ppp/secret/set", true), Some(FaultKind::Denied));
        faults.add(Fault::new(FaultKind::Lost));
        assert_eq!(faults.on_command("/login", false), None);
        assert_eq!(faults.on_command("/ppp/secret/print", false), Some(FaultKind::Lost));
    }
}
