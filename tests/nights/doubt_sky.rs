//! The sky over a box: true time, a clock that strays from it, and witnesses that come and go. With it a judge that knows
//! the true time, and says in its own words what the rule of trust must say.

use weir::model::day::{Day, Instant};
use weir::model::name::RouterName;
use weir::rules::trust::{Mode, Settings, Source, Witness, WitnessReport};

pub const MINUTE_MS: i64 = 60_000;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// What two clocks may differ by: the judge's own figure.
pub const NEAR_MS: i64 = 2 * MINUTE_MS;
/// By how much a right witness may be off.
const RIGHT_MS: i64 = 3_000;
/// The offset of Nairobi, where the site is; it never changes.
const ZONE_MS: i64 = 3 * HOUR_MS;
/// The day of the commit that the made-up binary was built from.
pub const BUILD: &str = "2026-11-01";
/// The last second that fits 32 bits.
pub const THE_END_MS: i64 = i32::MAX as i64 * 1_000;

/// A small generator of numbers (xorshift), so that a seed is a world.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from((self.0 >> 8) % u64::try_from(limit).unwrap()).unwrap()
    }

    pub fn one_in(&mut self, chance: i64) -> bool {
        self.below(chance) == 0
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(i64::try_from(all.len()).unwrap())).unwrap()]
    }
}

/// The instant of a civil day's time of day at the site, in milliseconds.
pub fn civil_ms(day: Day, hour: i64, minute: i64) -> i64 {
    i64::from(day.number()) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS - ZONE_MS
}

/// The civil day of the site at an instant in milliseconds.
pub fn civil_day(ms: i64) -> Day {
    Day::from_number(i32::try_from((ms + ZONE_MS).div_euclid(DAY_MS)).unwrap())
}

/// What a witness says when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    Silent,
    Unsynchronised,
    /// So many milliseconds away from true time.
    Says(i64),
}

impl Voice {
    pub fn said(self, true_ms: i64) -> WitnessReport {
        match self {
            Self::Silent => WitnessReport::Silent("nobody answers".to_owned()),
            Self::Unsynchronised => WitnessReport::Unsynchronised("it says so".to_owned()),
            Self::Says(off) => WitnessReport::Time(Instant::from_millis(true_ms + off)),
        }
    }
}

pub struct RouterClock {
    pub name: RouterName,
    pub voice: Voice,
    /// What it said, and when that was in true time: worth something for a day.
    heard: Option<(Voice, i64)>,
}

pub struct Sky {
    pub dice: Dice,
    pub true_ms: i64,
    /// What the clock shows beyond true time.
    pub error_ms: i64,
    pub kernel: Voice,
    pub routers: Vec<RouterClock>,
    pub settings: Settings,
    /// The owner's word holds.
    pub word: bool,
    /// The newest instant at which something was recorded, in milliseconds.
    pub newest_ms: i64,
    story: Vec<String>,
    seed: u64,
    farthest_ms: i64,
}

impl Sky {
    /// Noon of the first of December 2026, with the clock right; when it jumps farthest it is near this instant.
    pub fn new(seed: u64, farthest_ms: i64) -> Self {
        let mut dice = Dice::new(seed);
        let mode = dice.of(&[
            Mode::Either,
            Mode::Either,
            Mode::Either,
            Mode::Ntp,
            Mode::Router,
            Mode::Floor,
        ]);
        let settings = Settings {
            mode,
            max_jump_ms: dice.of(&[6 * HOUR_MS, DAY_MS, 3 * DAY_MS, 3 * DAY_MS, 10 * DAY_MS]),
        };
        let names = ["core", "east"]
            .into_iter()
            .take(usize::try_from(dice.below(3)).unwrap());
        let routers = names.map(|name| RouterClock {
            name: RouterName::new(name).unwrap(),
            voice: Voice::Silent,
            heard: None,
        });
        Self {
            routers: routers.collect(),
            dice,
            true_ms: civil_ms(Day::parse("2026-12-01").unwrap(), 12, 0),
            error_ms: 0,
            kernel: Voice::Unsynchronised,
            settings,
            word: false,
            newest_ms: 0,
            story: Vec::new(),
            seed,
            farthest_ms,
        }
    }

    pub fn tell(&mut self, line: impl FnOnce() -> String) {
        let (day, ms) = (civil_day(self.true_ms), (self.true_ms + ZONE_MS).rem_euclid(DAY_MS));
        let (hour, minute) = (ms / HOUR_MS, ms / MINUTE_MS % 60);
        self.story.push(format!("{day} {hour:02}:{minute:02}  {}", line()));
        if self.story.len() > 40 {
            self.story.remove(0);
        }
    }

    /// Ends the test with the seed and what came before.
    pub fn broken(&self, what: &str) -> ! {
        panic!(
            "seed {}: {what}\n{:?}, the clock shows {} ({:+} s), newest {}, kernel {:?}, routers {:?}, word {}\n{}",
            self.seed,
            self.settings,
            self.shows().rfc3339(),
            self.error_ms / 1_000,
            Instant::from_millis(self.newest_ms).rfc3339(),
            self.kernel,
            self.routers.iter().map(|router| router.voice).collect::<Vec<_>>(),
            self.word,
            self.story.join("\n")
        );
    }

    pub fn shows_ms(&self) -> i64 {
        self.true_ms + self.error_ms
    }

    pub fn shows(&self) -> Instant {
        Instant::from_millis(self.shows_ms())
    }

    pub fn is_right(&self) -> bool {
        self.error_ms.abs() <= NEAR_MS
    }

    /// Witnesses come and go, and the clock jumps or is put right.
    pub fn change(&mut self) {
        let before_ms = self.error_ms;
        if self.dice.one_in(6) {
            self.kernel = self.voice();
            let kernel = self.kernel;
            self.tell(|| format!("the kernel: {kernel:?}"));
        }
        for at in 0..self.routers.len() {
            if self.dice.one_in(6) {
                self.routers[at].voice = self.voice();
                let (name, voice) = (self.routers[at].name.clone(), self.routers[at].voice);
                self.tell(|| format!("{name}: {voice:?}"));
            }
        }
        if self.is_right() {
            self.error_ms += self.dice.below(41_000) - 20_000;
            if self.dice.one_in(14) {
                self.stray();
            }
        } else if self.dice.one_in(5) {
            let error = self.dice.below(20_000) - 10_000;
            self.step_to_error(error);
        }
        // Who says that the clock is right says it of this one, not of one that jumps.
        self.word &= (self.error_ms - before_ms).abs() <= NEAR_MS;
    }

    fn voice(&mut self) -> Voice {
        let right = self.dice.below(2 * RIGHT_MS + 1) - RIGHT_MS;
        let wrong = match self.dice.below(3) {
            // It got the time from the same wrong place.
            0 if self.error_ms.abs() < 40 * DAY_MS => self.error_ms,
            1 => 30 * DAY_MS,
            _ => -HOUR_MS,
        };
        match self.dice.below(24) {
            0..=9 => Voice::Says(right),
            10 => Voice::Says(wrong),
            11..=18 => Voice::Unsynchronised,
            _ => Voice::Silent,
        }
    }

    /// The clock goes wrong.
    pub fn stray(&mut self) {
        let error = match self.dice.below(12) {
            // A flat battery.
            0 => self.dice.below(3 * DAY_MS) - self.true_ms,
            1 => civil_ms(Day::parse("2020-01-01").unwrap(), 0, 0) - self.true_ms,
            // The last shutdown's time.
            2 | 3 => -self.dice.below(20 * DAY_MS) - HOUR_MS,
            4 => 30 * DAY_MS,
            // Years of nights that nobody waits for, where nothing but the floor is asked.
            5 if self.settings.mode != Mode::Floor => self.farthest_ms - HOUR_MS - self.true_ms,
            6 => -HOUR_MS,
            7 => HOUR_MS,
            8 => DAY_MS,
            9 => 2 * DAY_MS + HOUR_MS,
            10 => 4 * MINUTE_MS,
            _ => -4 * MINUTE_MS,
        };
        self.step_to_error(error);
    }

    fn step_to_error(&mut self, error: i64) {
        self.error_ms = error;
        let shows = self.shows();
        self.tell(|| format!("the clock jumps to {shows:?}"));
    }

    /// The routers are asked for the time.
    pub fn ask_routers(&mut self) {
        let now = self.true_ms;
        for router in &mut self.routers {
            let kept = router.voice == Voice::Silent && matches!(heard_by(router, now), Voice::Says(_));
            if !kept {
                router.heard = Some((router.voice, now));
            }
        }
    }

    /// The box was off: what routers said is forgotten, and a word holds only where no pause explains what the clock shows.
    pub fn restarted(&mut self) {
        for router in &mut self.routers {
            router.heard = None;
        }
        let ahead = self.shows_ms() - self.newest_ms;
        self.word &= ahead >= -NEAR_MS && ahead <= self.settings.max_jump_ms;
    }

    /// What the witnesses have said, as the rule is told it.
    pub fn witnesses(&self) -> Vec<Witness> {
        let routers = self.routers.iter().map(|router| {
            let source = Source::Router(router.name.clone());
            (source, heard_by(router, self.true_ms))
        });
        std::iter::once((Source::Kernel, self.kernel))
            .chain(routers)
            .map(|(source, voice)| Witness {
                source,
                said: voice.said(self.true_ms),
                asked_at: None,
            })
            .collect()
    }

    /// How far from true time those are that the settings ask, and that can know.
    fn testimonies(&self) -> Vec<i64> {
        let kernel = [self.kernel].into_iter();
        let routers = self.routers.iter().map(|router| heard_by(router, self.true_ms));
        let asked: Vec<Voice> = match self.settings.mode {
            Mode::Floor => Vec::new(),
            Mode::Ntp => kernel.collect(),
            Mode::Router => routers.collect(),
            Mode::Either => kernel.chain(routers).collect(),
        };
        asked
            .into_iter()
            .filter_map(|voice| if let Voice::Says(off) = voice { Some(off) } else { None })
            .collect()
    }

    /// Whether anybody may be charged or cut off now; else why not.
    pub fn may(&self) -> Result<(), &'static str> {
        let (shows, ahead) = (self.shows_ms(), self.shows_ms() - self.newest_ms);
        let says = self.testimonies();
        let insists = matches!(self.settings.mode, Mode::Ntp | Mode::Router);
        if shows < i64::from(Day::parse(BUILD).unwrap().number()) * DAY_MS {
            Err("before the build day")
        } else if ahead < -NEAR_MS {
            Err("behind the newest record")
        } else if self.word || self.settings.mode == Mode::Floor {
            Ok(())
        } else if says.iter().any(|off| (off - self.error_ms).abs() > NEAR_MS) {
            Err("a witness says otherwise")
        } else if !says.is_empty() || (self.newest_ms == 0 && !insists) {
            Ok(())
        } else if insists {
            Err("it takes a witness")
        } else if ahead > self.settings.max_jump_ms {
            Err("far ahead of the newest record")
        } else {
            Ok(())
        }
    }

    /// Beyond which instant of true time nothing may be acted on yet, where a right witness is asked and nothing overrules
    /// it.
    pub fn bound_ms(&self) -> Option<i64> {
        let right = self.testimonies().into_iter().any(|off| off.abs() <= RIGHT_MS);
        (right && !self.word).then_some(self.true_ms + NEAR_MS + RIGHT_MS)
    }
}

/// What a router has said that still counts.
fn heard_by(router: &RouterClock, true_ms: i64) -> Voice {
    match router.heard {
        Some((Voice::Says(_), at)) if true_ms - at >= DAY_MS => Voice::Silent,
        Some((voice, _)) => voice,
        None => Voice::Silent,
    }
}
