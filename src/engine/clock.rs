//! The only clock. Monotonic, so that nothing depends on what time people think it is.

#[cfg(all(test, feature = "interleavings"))]
use crate::sync::interleavings;
use crate::sys::clock::{self as system, Timespec};
use std::sync::OnceLock;
#[cfg(test)]
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How far a test has moved it, in nanoseconds.
#[cfg(test)]
static MOVED: AtomicU64 = AtomicU64::new(0);

/// The present moment.
pub fn now() -> Instant {
    #[cfg(all(test, feature = "interleavings"))]
    if interleavings::is_on() {
        return interleavings::now();
    }
    Instant::now() + moved()
}

/// Moves it on, for the whole process. Timers that are set do not notice.
#[cfg(test)]
pub fn move_on(by: Duration) {
    MOVED.fetch_add(u64::try_from(by.as_nanos()).unwrap(), Ordering::Relaxed);
}

#[cfg(test)]
fn moved() -> Duration {
    Duration::from_nanos(MOVED.load(Ordering::Relaxed))
}

#[cfg(not(test))]
const fn moved() -> Duration {
    Duration::ZERO
}

/// The time as of the kernel's last tick, some milliseconds ago: a few nanoseconds' work.
pub fn now_coarse() -> Instant {
    static BEGINNING: OnceLock<(Instant, Duration)> = OnceLock::new();
    let (beginning, read) = BEGINNING.get_or_init(|| (now() - moved(), coarse()));
    *beginning + coarse().saturating_sub(*read) + moved()
}

/// A tick of the kernel's. Between two of them [`now_coarse`] stays the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tick(Timespec);

/// The last one. Looking at it takes less time than [`now_coarse`], and much less than what is to be done then.
#[inline]
pub fn last_tick() -> Tick {
    Tick(system::coarse())
}

/// What the kernel counts from tick to tick.
fn coarse() -> Duration {
    let Timespec { tv_sec, tv_nsec } = system::coarse();
    let (seconds, nanoseconds) = (u64::try_from(tv_sec), u32::try_from(tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanoseconds.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coarse_time_is_near_the_exact_one_and_never_goes_back() {
        let near = Duration::from_secs(1);
        let mut last = now_coarse();
        for _ in 0..1000 {
            let (exact, coarse) = (now(), now_coarse());
            assert!(coarse >= last && coarse < exact + near && exact < coarse + 60 * near);
            last = coarse;
        }
    }

    #[test]
    fn ticks_come() {
        let (tick, give_up) = (last_tick(), now() + Duration::from_secs(60));
        while last_tick() == tick {
            assert!(now() < give_up);
        }
    }
}
