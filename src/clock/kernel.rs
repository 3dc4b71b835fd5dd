//! Does the kernel know that its clock is right?
//!
//! A daemon that keeps a Linux clock by NTP tells the kernel so, and the kernel forgets it when nobody has confirmed it
//! for some hours. The question is adjtimex(2) with no modes: it changes nothing and needs no right. Where the sandbox
//! refuses it (`ProtectClock=`), or on a box of 32 bits, for which the library does not build, the flag file of
//! systemd-timesyncd answers instead. Whether the clock is trusted is decided in `rules/trust.rs`.
//!
//! *Source:* adjtimex(2); the kernel's `kernel/time/ntp.c`; systemd-timesyncd.service(8); systemd.exec(5).

use std::fs::{self, File};
use std::io::{ErrorKind, Read};

use crate::model::day::Instant;
use crate::model::io_words::in_words;
use crate::rules::routers::incidents::length_words;

/// The kernel's return value for a clock that is not synchronised. *Source:* `TIME_ERROR` of adjtimex(2).
const TIME_ERROR: i32 = 5;

/// The status bit of a clock that is not synchronised. *Source:* `STA_UNSYNC` of adjtimex(2).
const STA_UNSYNC: i32 = 0x0040;

/// The status bit that makes the fraction of a second nanoseconds, else microseconds. *Source:* `STA_NANO`, adjtimex(2).
const STA_NANO: i32 = 0x2000;

/// The largest error the kernel counts to, in microseconds; there it takes the clock for unsynchronised.
/// *Source:* `NTP_PHASE_LIMIT` of the kernel's `include/linux/timex.h`.
const MAXERROR_LIMIT_US: i64 = 16_000_000;

/// Touched by systemd-timesyncd at each successful synchronisation. *Source:* systemd-timesyncd.service(8).
const FLAG_FILE: &str = "/run/systemd/timesync/synchronized";

/// How old the last touch of the flag file may be, in milliseconds. The kernel's own limit: from 0 its error grows by 500
/// microseconds each second, up to 16 s. It is 15 times the longest default poll interval of timesyncd (2048 s).
const FLAG_AGE_MAX_MS: i64 = 32_000_000;

/// How far in the future the last touch of the flag file may be, in milliseconds: a clock set back by more than that is
/// not the one that was synchronised.
const FLAG_AHEAD_MAX_MS: i64 = 120_000;

/// Since when the box has been running: seconds with hundredths, then a second number. *Source:* proc_uptime(5).
const UPTIME_FILE: &str = "/proc/uptime";

/// How much of the uptime file is read, in bytes.
const UPTIME_BYTES_MAX: u64 = 128;

/// What the kernel says about its clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KernelSays {
    /// A time daemon keeps it synchronised. The instant is the kernel's own time at the moment of the question; where
    /// the flag file of systemd-timesyncd answered in its place, it is the time that this process reads.
    Synchronised(Instant),
    /// Nobody keeps it synchronised, in words.
    Unsynchronised(String),
    /// It cannot be asked (a sandbox refuses it, say) and timesyncd does not answer in its place, in words.
    Unreadable(String),
}

/// What came back from adjtimex(2).
#[derive(Debug, Clone, Copy)]
struct AdjtimexResult {
    /// The return value.
    state: i32,
    /// The status bits.
    status: i32,
    /// How wrong the clock can be at most, in microseconds.
    maxerror_us: i64,
    /// The kernel's time: seconds since 1970.
    seconds: i64,
    /// The kernel's time: nanoseconds of the second with `STA_NANO`, else microseconds.
    fraction: i64,
}

/// Asks the kernel whether its clock is synchronised, and what time it has. Changes nothing. `read_clock` reads the time
/// of this process.
///
/// A unit with a `SystemCallFilter=` needs `SystemCallErrorNumber=EPERM`, else the question ends the process.
/// *Source:* systemd.exec(5).
#[must_use]
pub fn ask(read_clock: impl FnOnce() -> Instant) -> KernelSays {
    match question() {
        Ok(answer) => judge(&answer),
        Err(refusal) => match flag_file(read_clock) {
            Ok(now) => KernelSays::Synchronised(now),
            Err(silence) => KernelSays::Unreadable(format!("{refusal}, and {silence}")),
        },
    }
}

/// Asks the kernel; returns its answer, or why there is none.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn question() -> Result<AdjtimexResult, String> {
    let mut timex = rtime_clock::adjtime::Timex::new();
    match rtime_clock::adjtime::adjtimex(&mut timex) {
        Ok(state) => Ok(AdjtimexResult {
            state,
            status: timex.0.status,
            maxerror_us: timex.0.maxerror,
            seconds: timex.0.time.tv_sec,
            fraction: timex.0.time.tv_usec,
        }),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Err("this service's sandbox does not allow asking the kernel about its clock".to_owned())
        }
        Err(error) => Err(format!(
            "the kernel gave no answer about its clock ({})",
            in_words(&error)
        )),
    }
}

/// Returns no answer: the library does not build here.
#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
fn question() -> Result<AdjtimexResult, String> {
    Err("on this kind of box Weir cannot ask the kernel about its clock".to_owned())
}

/// Returns what the kernel's answer means.
fn judge(answer: &AdjtimexResult) -> KernelSays {
    let error_is_bounded = answer.maxerror_us < MAXERROR_LIMIT_US;
    if answer.status & STA_UNSYNC != 0 && error_is_bounded {
        KernelSays::Unsynchronised(
            "a time daemon is running but does not mark the kernel's clock as synchronised (chrony does with \
            `rtcsync`)"
                .to_owned(),
        )
    } else if answer.status & STA_UNSYNC != 0 || !error_is_bounded {
        KernelSays::Unsynchronised("no time daemon is keeping the kernel's clock synchronised".to_owned())
    } else if answer.state == TIME_ERROR {
        KernelSays::Unsynchronised("the kernel reports an error of its clock".to_owned())
    } else {
        let in_a_milli = if answer.status & STA_NANO == 0 {
            1_000
        } else {
            1_000_000
        };
        let millis = answer.seconds.saturating_mul(1_000);
        KernelSays::Synchronised(Instant::from_millis(
            millis.saturating_add(answer.fraction.div_euclid(in_a_milli)),
        ))
    }
}

/// Returns the time that this process reads, if systemd-timesyncd has lately synchronised it; otherwise why it cannot
/// be trusted.
fn flag_file(read_clock: impl FnOnce() -> Instant) -> Result<Instant, String> {
    let touched = match fs::metadata(FLAG_FILE).and_then(|flag| flag.modified()) {
        Ok(touched) => jiff::Timestamp::try_from(touched).map_err(|error| {
            format!(
                "`{FLAG_FILE}` has an invalid time \
            ({error})"
            )
        })?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err("systemd-timesyncd has not synchronised it since the box started".to_owned());
        }
        Err(error) => return Err(format!("`{FLAG_FILE}` cannot be read ({})", in_words(&error))),
    };
    let uptime_ms = uptime_ms().ok_or_else(|| format!("`{UPTIME_FILE}` does not show when the box started"))?;
    let now = read_clock();
    judge_flag(Instant::from_timestamp(touched), uptime_ms, now).map(|()| now)
}

/// Checks whether a flag file touched at this instant confirms a clock that shows `now`, on a box that has been up for
/// so long.
fn judge_flag(touched: Instant, uptime_ms: i64, now: Instant) -> Result<(), String> {
    let age_ms = now.millis_since(touched);
    if age_ms < -FLAG_AHEAD_MAX_MS {
        Err(format!(
            "systemd-timesyncd synchronised it at a time that lies {} ahead",
            length_words(age_ms.saturating_neg())
        ))
    } else if age_ms > uptime_ms {
        Err(format!(
            "systemd-timesyncd synchronised it {} ago, before the box started",
            length_words(age_ms)
        ))
    } else if age_ms > FLAG_AGE_MAX_MS {
        Err(format!(
            "systemd-timesyncd last synchronised it {} ago, which is too long",
            length_words(age_ms)
        ))
    } else {
        Ok(())
    }
}

/// Returns for how long the box has been running, in milliseconds.
fn uptime_ms() -> Option<i64> {
    let mut text = String::new();
    let file = File::open(UPTIME_FILE).ok()?;
    file.take(UPTIME_BYTES_MAX).read_to_string(&mut text).ok()?;
    parse_uptime(&text)
}

/// Parses the first number of the uptime file, in milliseconds; an unfinished second counts whole.
fn parse_uptime(text: &str) -> Option<i64> {
    let first = text.split_whitespace().next()?;
    let seconds: i64 = first.split('.').next()?.parse().ok()?;
    seconds.checked_add(1)?.checked_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSYNC_AND_PLL: i32 = STA_UNSYNC | 0x0001;
    const PLL_NANO: i32 = STA_NANO | 0x0001;

    #[test]
    fn only_a_clock_that_nothing_speaks_against_is_synchronised() {
        let table = [
            // state, status, maxerror, fraction, milliseconds or a word of the reason
            (0, PLL_NANO, 0, 123_456_789, Ok(1_700_000_000_123)),
            (0, 0x0001, 250_000, 123_456, Ok(1_700_000_000_123)),
            (0, PLL_NANO, 15_999_999, 999_999_999, Ok(1_700_000_000_999)),
            (1, PLL_NANO | 0x0010, 500, 0, Ok(1_700_000_000_000)), // a leap second is announced
            (0, PLL_NANO, 16_000_000, 0, Err("no time daemon")),
            (5, UNSYNC_AND_PLL, 16_000_000, 0, Err("no time daemon")),
            (5, STA_UNSYNC, 20_000, 0, Err("rtcsync")),
            (0, STA_UNSYNC, 20_000, 0, Err("rtcsync")),
            (5, PLL_NANO | 0x1000, 20_000, 0, Err("an error")), // the clock's hardware is faulty
        ];
        for (state, status, maxerror_us, fraction, expected) in table {
            let answer = AdjtimexResult {
                state,
                status,
                maxerror_us,
                seconds: 1_700_000_000,
                fraction,
            };
            match (judge(&answer), expected) {
                (KernelSays::Synchronised(now), Ok(millis)) => assert_eq!(now.millis(), millis, "{answer:?}"),
                (KernelSays::Unsynchronised(reason), Err(word)) => {
                    assert!(reason.contains(word), "{reason}: {answer:?}")
                }
                (other, _) => panic!("{other:?} of {answer:?}"),
            }
        }
    }

    #[test]
    fn the_flag_file_speaks_for_the_clock_only_when_it_is_fresh_and_of_this_start() {
        const NOW: i64 = 1_700_000_000_000;
        const DAY: i64 = 86_400_000;
        let table = [
            (NOW, DAY, None),
            (NOW - 32_000_000, DAY, None),
            (NOW - 32_000_001, DAY, Some("which is too long")),
            (NOW + 120_000, DAY, None),
            (NOW + 120_001, DAY, Some("ahead")),
            (NOW - 60_000, 60_000, None),
            (NOW - 60_001, 60_000, Some("before the box started")),
            (0, DAY, Some("before the box started")),
        ];
        for (touched, uptime_ms, expected) in table {
            let found = judge_flag(Instant::from_millis(touched), uptime_ms, Instant::from_millis(NOW));
            match (&found, expected) {
                (Ok(()), None) => {}
                (Err(reason), Some(word)) => assert!(reason.contains(word), "{reason}"),
                _ => panic!("touched {touched}, up {uptime_ms}: {found:?}"),
            }
        }
    }

    #[test]
    fn the_uptime_is_read_from_the_kernels_line() {
        assert_eq!(parse_uptime("350735.47 234388.90\n"), Some(350_736_000));
        assert_eq!(parse_uptime(""), None);
        assert_eq!(parse_uptime("soon 1"), None);
        assert!(uptime_ms().is_some());
    }

    #[test]
    fn asking_is_answered_in_words_or_with_a_time() {
        match ask(|| Instant::from_millis(1)) {
            KernelSays::Synchronised(now) => assert!(now.millis() > 0),
            KernelSays::Unsynchronised(reason) | KernelSays::Unreadable(reason) => assert!(!reason.is_empty()),
        }
    }
}
