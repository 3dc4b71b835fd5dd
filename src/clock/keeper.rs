//! Is the clock trusted now, and which instant do records carry?
//!
//! One [`Keeper`] serves a site. It gathers what the verdict of [`crate::rules::trust`] depends on: what the clock shows, the
//! newest record, what the kernel and the routers say, and whether the owner's confirmation still holds. What a router said is
//! carried on by a stopwatch, so that it contradicts a clock which jumps afterwards. Everything that is recorded takes its
//! instant from here: under a clock in doubt that of the newest record, so that the floor does not move.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::clock::Clock;
use crate::clock::kernel::KernelSays;
use crate::model::clock_confirmation::Confirmed;
use crate::model::day::Instant;
use crate::model::name::RouterName;
use crate::rules::trust::{self, AWAY_MS, Mode, Settings, Source, Trust, TrustInput, Witness, WitnessReport};
use crate::store::error::StoreError;
use crate::store::open::Store;

/// For how long what a router said about the time is worth something, in seconds: no stopwatch strays by two minutes in a
/// day.
const GOOD_FOR_S: u64 = 86_400;

/// After how long a router is asked for the time again while the clock is trusted, in seconds.
const ASK_AGAIN_S: u64 = 3_600;

/// After how long it is asked again while the clock is in doubt, in seconds.
const ASK_IN_DOUBT_S: u64 = 60;

/// For how long after the start jobs wait for the first answer of the routers, in seconds.
const FIRST_ANSWERS_S: u64 = 15;

/// The floor is moved up when nothing has been recorded for so long, in milliseconds: at most two small commits a day.
const FLOOR_STALE_MS: i64 = 12 * 3_600_000;

/// What a look at the clock gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockReading {
    /// What the clock shows.
    pub now: Instant,
    /// The newest recorded instant.
    pub newest: Instant,
    /// The verdict.
    pub trust: Trust,
    /// Who was asked.
    pub witnesses: Vec<Witness>,
    /// The owner's confirmation, while it holds.
    pub word: Option<Confirmed>,
}

impl ClockReading {
    /// Returns the instant that records carry: what the clock shows, or the newest record's while the clock is not
    /// trusted.
    #[must_use]
    pub const fn recorded(&self) -> Instant {
        if self.trust.is_trusted() { self.now } else { self.newest }
    }
}

/// What a router said, and when by the stopwatch.
#[derive(Debug, Clone)]
struct Heard {
    said: WitnessReport,
    asked_at: Instant,
    at: Duration,
}

#[derive(Debug)]
struct KeeperState {
    settings: Settings,
    /// The routers of the site; those that were asked with what they said.
    routers: BTreeMap<RouterName, Option<Heard>>,
    /// What the clock showed at the last look, and the stopwatch then.
    last: Option<(Instant, Duration)>,
    /// Whether the clock has jumped since the owner's confirmation, or since the process began: the confirmation does
    /// not hold then.
    jumped: bool,
    in_doubt: bool,
    /// Since when, by the stopwatch, somebody asks the routers.
    expected_since: Option<Duration>,
    /// How many answers were heard that said something new.
    news: u64,
}

/// Judges the clock of a site.
pub struct Keeper {
    clock: Arc<dyn Clock>,
    store: Arc<Store>,
    memory: Mutex<KeeperState>,
}

impl Keeper {
    /// Returns a keeper that has asked nobody yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, store: Arc<Store>, settings: Settings) -> Self {
        Self {
            clock,
            store,
            memory: Mutex::new(KeeperState {
                settings,
                routers: BTreeMap::new(),
                last: None,
                jumped: false,
                in_doubt: false,
                expected_since: None,
                news: 0,
            }),
        }
    }

    /// Returns what the clock shows, trusted or not: to be shown and for waits, never for a record.
    #[must_use]
    pub fn shows(&self) -> Instant {
        self.clock.now()
    }

    /// Returns the clock itself.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Puts these settings and these routers into force.
    pub fn adopt(&self, settings: Settings, routers: impl IntoIterator<Item = RouterName>) {
        let mut memory = self.memory.lock();
        memory.settings = settings;
        let mut before = std::mem::take(&mut memory.routers);
        memory.routers = routers
            .into_iter()
            .map(|name| {
                let heard = before.remove(&name).flatten();
                (name, heard)
            })
            .collect();
    }

    /// Looks at the clock, and judges what it shows.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn look(&self) -> Result<ClockReading, StoreError> {
        let reader = self.store.read()?;
        let newest = reader.state()?.newest;
        let word = reader.confirmed()?;
        drop(reader);
        let mut memory = self.memory.lock();
        // Read under the lock, so that two looks see the clock in the order in which they compare it.
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        memory.jumped |= match memory.last {
            Some((then, before)) => jumped(then, before, now, elapsed),
            // After a start nobody knows how long the box was off: only what no pause explains is a jump.
            None => {
                let ahead = now.millis_since(newest);
                ahead < AWAY_MS.saturating_neg() || ahead > memory.settings.max_jump_ms
            }
        };
        memory.last = Some((now, elapsed));
        let kernel = self.clock.kernel();
        let awaited = memory.awaits(&kernel, elapsed);
        let witnesses = witnesses(&memory, kernel, now, elapsed);
        let trust = trust::verdict(&TrustInput {
            now,
            build: self.clock.build_day(),
            newest,
            settings: memory.settings,
            witnesses: &witnesses,
            confirmed: word.is_some() && !memory.jumped,
            awaited,
        });
        let word = word.filter(|_| !memory.jumped);
        memory.in_doubt = !trust.is_trusted();
        Ok(ClockReading {
            now,
            newest,
            trust,
            witnesses,
            word,
        })
    }

    /// Returns the instant that records carry now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn recorded(&self) -> Result<Instant, StoreError> {
        Ok(self.look()?.recorded())
    }

    /// Returns the instant now if the clock is trusted; otherwise why not.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn trusted(&self) -> Result<Result<Instant, Trust>, StoreError> {
        let look = self.look()?;
        Ok(if look.trust.is_trusted() {
            Ok(look.now)
        } else {
            Err(look.trust)
        })
    }

    /// Moves the floor up if nothing has been recorded for long though the clock was right all the time (for example
    /// because every job is paused). Otherwise a clock that nobody confirms would one day be too far ahead of it.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn keep_floor_near(&self) -> Result<(), StoreError> {
        let look = self.look()?;
        if !look.trust.is_trusted() || look.now.millis_since(look.newest) < FLOOR_STALE_MS {
            return Ok(());
        }
        self.store.write(look.now, |tx| {
            tx.raise_floor();
            Ok(())
        })
    }

    /// Notes that the owner has confirmed the clock, and that this is in the store: it holds from now on, until the
    /// clock jumps.
    pub fn was_confirmed(&self) {
        let mut memory = self.memory.lock();
        memory.jumped = false;
        memory.last = Some((self.clock.now(), self.clock.elapsed()));
    }

    /// Deletes the owner's confirmation from the store if the clock has jumped since, so that a restart does not bring
    /// it back.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn forget_void_word(&self) -> Result<(), StoreError> {
        let look = self.look()?;
        if !self.memory.lock().jumped || self.store.read()?.confirmed()?.is_none() {
            return Ok(());
        }
        tracing::info!(now = %look.now.rfc3339(), "the clock has jumped; its confirmation no longer counts");
        self.store.write(look.recorded(), |tx| tx.put_confirmed(None))
    }

    /// Takes a router's answer to the question for the time; an instant is what it showed just now.
    pub fn hear(&self, router: &RouterName, said: WitnessReport) {
        let mut memory = self.memory.lock();
        let (asked_at, at) = (self.clock.now(), self.clock.elapsed());
        if let Some(heard) = memory.routers.get_mut(router) {
            // One that cannot be reached just now has said what it said.
            let still_good = |before: &Heard| matches!(before.said, WitnessReport::Time(_)) && is_good(before, at);
            let kept = matches!(said, WitnessReport::Silent(_)) && heard.as_ref().is_some_and(still_good);
            if !kept {
                let new = heard.as_ref().is_none_or(|before| !is_like(&before.said, &said));
                *heard = Some(Heard { said, asked_at, at });
                memory.news = memory.news.saturating_add(u64::from(new));
            }
        }
    }

    /// Returns how many answers have said something new: a caller that waits for the clock checks again when it grows.
    #[must_use]
    pub fn news(&self) -> u64 {
        self.memory.lock().news
    }

    /// Returns whether a router should be asked for the time now.
    #[must_use]
    pub fn wants(&self, router: &RouterName) -> bool {
        let memory = self.memory.lock();
        if matches!(memory.settings.mode, Mode::Ntp | Mode::Floor) {
            return false;
        }
        let again = if memory.in_doubt { ASK_IN_DOUBT_S } else { ASK_AGAIN_S };
        match memory.routers.get(router) {
            // The caller has its own waits between two tries of a router that does not answer.
            Some(Some(heard)) if memory.in_doubt && matches!(heard.said, WitnessReport::Silent(_)) => true,
            Some(Some(heard)) => self.clock.elapsed().saturating_sub(heard.at) >= Duration::from_secs(again),
            Some(None) => true,
            None => false,
        }
    }

    /// Notes that somebody asks the routers from now on, so that their first answers are worth waiting for.
    pub fn expect_answers(&self) {
        let mut memory = self.memory.lock();
        memory.expected_since = Some(self.clock.elapsed());
    }

    /// Returns whether the first answers are still to come. Jobs wait for them, because a router may know better than
    /// the clock, and what is recorded meanwhile does not move the floor. They wait only for a short time, and only if
    /// somebody asks.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        let memory = self.memory.lock();
        memory.awaits(&self.clock.kernel(), self.clock.elapsed())
    }

    /// Returns whether a router could say something about the clock and has not been asked yet.
    #[must_use]
    pub fn lacks_answers(&self) -> bool {
        self.memory.lock().lacks_answers(&self.clock.kernel())
    }
}

impl KeeperState {
    fn lacks_answers(&self, kernel: &KernelSays) -> bool {
        let asks = match self.settings.mode {
            Mode::Either => !matches!(kernel, KernelSays::Synchronised(_)),
            Mode::Router => true,
            Mode::Ntp | Mode::Floor => false,
        };
        asks && self.routers.values().any(Option::is_none)
    }

    fn awaits(&self, kernel: &KernelSays, elapsed: Duration) -> bool {
        let soon = |since| elapsed.saturating_sub(since) < Duration::from_secs(FIRST_ANSWERS_S);
        self.expected_since.is_some_and(soon) && self.lacks_answers(kernel)
    }
}

/// Returns whether two answers mean the same to everyone who does not calculate with them.
const fn is_like(before: &WitnessReport, now: &WitnessReport) -> bool {
    matches!(
        (before, now),
        (
            WitnessReport::Unsynchronised(_) | WitnessReport::Silent(_),
            WitnessReport::Unsynchronised(_) | WitnessReport::Silent(_)
        )
    )
}

/// Returns whether the clock has moved by more than the time that has passed between two looks.
fn jumped(then: Instant, before: Duration, now: Instant, elapsed: Duration) -> bool {
    let passed = i64::try_from(elapsed.saturating_sub(before).as_millis()).unwrap_or(i64::MAX);
    now.millis_since(then).saturating_sub(passed).saturating_abs() > AWAY_MS
}

fn is_good(heard: &Heard, elapsed: Duration) -> bool {
    elapsed.saturating_sub(heard.at) < Duration::from_secs(GOOD_FOR_S)
}

fn witnesses(memory: &KeeperState, kernel: KernelSays, now: Instant, elapsed: Duration) -> Vec<Witness> {
    let mut witnesses = vec![Witness {
        source: Source::Kernel,
        said: match kernel {
            KernelSays::Synchronised(at) => WitnessReport::Time(at),
            KernelSays::Unsynchronised(why) => WitnessReport::Unsynchronised(why),
            KernelSays::Unreadable(why) => WitnessReport::Silent(why),
        },
        asked_at: Some(now),
    }];
    for (name, heard) in &memory.routers {
        let said = match heard {
            Some(heard) => match &heard.said {
                WitnessReport::Time(_) if !is_good(heard, elapsed) => {
                    WitnessReport::Silent("its last answer is more than a day old".to_owned())
                }
                WitnessReport::Time(at) => {
                    let passed = elapsed.saturating_sub(heard.at).as_millis();
                    WitnessReport::Time(at.plus_millis(i64::try_from(passed).unwrap_or(i64::MAX)))
                }
                said @ (WitnessReport::Unsynchronised(_) | WitnessReport::Silent(_)) => said.clone(),
            },
            None => WitnessReport::Silent("it has not been asked yet".to_owned()),
        };
        witnesses.push(Witness {
            source: Source::Router(name.clone()),
            said,
            asked_at: heard.as_ref().map(|heard| heard.asked_at),
        });
    }
    witnesses
}
