//! Connecting again without being asked: whether, and when (contract A-8).
//!
//! The first attempt comes after the shortest interval, each further one after twice as long, up to the longest. A
//! server that comes back is not met by all its clients at once: each interval is spread by a fifth, up or down.
//! Knows deadlines, not clocks.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// Whether and how fast a client connects again by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutomaticReconnect {
    /// Whether it does.
    pub is_on: bool,
    /// After the first failure, or a loss.
    pub min_interval: Duration,
    /// After many failures.
    pub max_interval: Duration,
}

/// Shorter intervals would make a client busy with nothing else.
const SHORTEST: Duration = Duration::from_millis(100);

/// Nobody waits for longer ones.
const LONGEST: Duration = Duration::from_secs(u32::MAX as u64);

/// When to connect again.
#[derive(Debug)]
pub(in crate::client) struct Reconnect {
    automatic: AutomaticReconnect,
    /// The application wants a connection: it has asked for one, and not to disconnect since.
    is_wanted: bool,
    /// The next interval, before it is spread.
    interval: Duration,
    due: Option<Instant>,
    random: Random,
}

impl Default for Reconnect {
    fn default() -> Reconnect {
        Reconnect::new(RandomState::new().hash_one(0))
    }
}

impl Reconnect {
    fn new(seed: u64) -> Reconnect {
        let off = AutomaticReconnect { is_on: false, min_interval: SHORTEST, max_interval: SHORTEST };
        Reconnect {
            automatic: off,
            is_wanted: false,
            interval: off.min_interval,
            due: None,
            random: Random(seed | 1),
        }
    }

    /// The application asks for a connection. `None`: what it said the last time stays (contract ).
    pub fn connect_asked(&mut self, automatic: Option<AutomaticReconnect>) {
        if let Some(AutomaticReconnect { is_on, min_interval, max_interval }) = automatic {
            let min_interval = min_interval.clamp(SHORTEST, LONGEST);
            let max_interval = max_interval.clamp(min_interval, LONGEST);
            self.automatic = AutomaticReconnect { is_on, min_interval, max_interval };
        }
        self.is_wanted = true;
        self.begin_anew();
    }

    /// The application wants no connection any more, whether it has one or not (contract ).
    pub fn disconnect_asked(&mut self) {
        self.is_wanted = false;
        self.begin_anew();
    }

    /// There is a connection: the next interval is the shortest again.
    pub fn connected(&mut self) {
        self.begin_anew();
    }

    /// The connection was lost, or all servers have failed, the first time, too (contract ).
    pub fn failed(&mut self, now: Instant) {
        if !self.is_wanted || !self.automatic.is_on {
            return;
        }
        let spread = self.interval.mul_f64(0.8 + 0.4 * self.random.fraction());
        self.due = now.checked_add(spread);
        self.interval = self.interval.saturating_mul(2).min(self.automatic.max_interval);
    }

    /// The application does not want to wait (contract ). Called without a connection.
    pub fn hurry(&mut self, now: Instant) {
        self.begin_anew();
        self.due = Some(now);
    }

    /// Whether the application wants a connection.
    pub fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// Whether this client connects again by itself.
    pub fn is_automatic(&self) -> bool {
        self.automatic.is_on
    }

    /// When to connect again, if at all.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether it is time to connect again. It is told once.
    pub fn take_due(&mut self, now: Instant) -> bool {
        self.due.take_if(|due| *due <= now).is_some()
    }

    fn begin_anew(&mut self) {
        self.interval = self.automatic.min_interval;
        self.due = None;
    }
}

/// Xorshift: George Marsaglia's. The process's own generator is the program's (contract ).
#[derive(Debug)]
struct Random(u64);

impl Random {
    /// At least 0, and less than 1.
    fn fraction(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let upper = u32::try_from(self.0 >> 32).unwrap_or(u32::MAX);
        f64::from(upper) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::link::testing::start;

    const SECOND: Duration = Duration::from_secs(1);

    fn automatic(min: u32, max: u32) -> Option<AutomaticReconnect> {
        Some(AutomaticReconnect { is_on: true, min_interval: SECOND * min, max_interval: SECOND * max })
    }

    /// Waits until it is due, and never sooner. How long that took.
    fn wait(reconnect: &mut Reconnect, now: &mut Instant) -> Duration {
        let due = reconnect.due().unwrap();
        assert!(!reconnect.take_due(due - Duration::from_nanos(1)));
        assert!(reconnect.take_due(due) && !reconnect.take_due(due));
        due - std::mem::replace(now, due)
    }

    fn is_about(waited: Duration, interval: u32) -> bool {
        (SECOND * interval).mul_f64(0.8) <= waited && waited <= (SECOND * interval).mul_f64(1.2)
    }

    #[test]
    fn attempts_are_1_2_4_8_16_32_60_60_seconds_apart() {
        for seed in 1..200 {
            let (mut reconnect, mut now) = (Reconnect::new(seed), start());
            reconnect.connect_asked(automatic(1, 60));
            for interval in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
                reconnect.failed(now);
                let waited = wait(&mut reconnect, &mut now);
                assert!(is_about(waited, interval), "{waited:?} for {interval}");
            }
            reconnect.connected();
            assert_eq!(reconnect.due(), None);
            reconnect.failed(now);
            assert!(is_about(wait(&mut reconnect, &mut now), 1), "a success begins anew");
        }
    }

    /// A thousand clients that lose the same server do not come back together.
    #[test]
    fn intervals_are_spread() {
        let mut tenths = [0; 10];
        for seed in 0..1000_u64 {
            let mut reconnect = Reconnect::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            reconnect.connect_asked(automatic(10, 60));
            // The first numbers of a generator follow its seed.
            for _ in 0..5 {
                reconnect.random.fraction();
            }
            reconnect.failed(start());
            let waited = reconnect.due().unwrap() - start();
            let tenth = (waited.as_millis() - 8000) / 401;
            tenths[usize::try_from(tenth).unwrap()] += 1;
        }
        assert!(tenths.iter().all(|&count| count > 60), "{tenths:?}");
        assert_ne!(Reconnect::default().random.0, Reconnect::default().random.0);
    }

    #[test]
    fn a_server_that_was_away_for_a_day_is_found_within_the_interval() {
        let (mut reconnect, mut now) = (Reconnect::new(7), start());
        reconnect.connect_asked(automatic(1, 60));
        let (back, mut attempts) = (start() + 86_400 * SECOND, 0);
        while now < back {
            reconnect.failed(now);
            wait(&mut reconnect, &mut now);
            attempts += 1;
        }
        assert!(now - back <= 72 * SECOND, "{:?}", now - back);
        assert!((1200..1900).contains(&attempts), "{attempts}");
    }

    #[test]
    fn who_disconnects_is_not_connected_again() {
        let mut reconnect = Reconnect::new(1);
        reconnect.failed(start());
        assert!(reconnect.due().is_none() && !reconnect.is_wanted(), "nobody has asked for anything");
        reconnect.connect_asked(automatic(1, 60));
        reconnect.failed(start());
        reconnect.disconnect_asked();
        assert!(reconnect.due().is_none() && !reconnect.is_wanted());
        reconnect.failed(start());
        assert_eq!(reconnect.due(), None);
        // What an earlier connect said stays, unless it is said anew.
        reconnect.connect_asked(None);
        reconnect.failed(start());
        assert!(reconnect.due().is_some() && reconnect.is_automatic());
        let off = AutomaticReconnect { is_on: false, ..automatic(1, 60).unwrap() };
        reconnect.connect_asked(Some(off));
        reconnect.failed(start());
        assert!(reconnect.due().is_none() && reconnect.is_wanted());
    }

    #[test]
    fn who_hurries_does_not_wait_and_begins_anew() {
        let (mut reconnect, mut now) = (Reconnect::new(1), start());
        reconnect.connect_asked(automatic(1, 60));
        for _ in 0..6 {
            reconnect.failed(now);
            wait(&mut reconnect, &mut now);
        }
        reconnect.failed(now);
        reconnect.hurry(now);
        assert!(reconnect.take_due(now));
        reconnect.failed(now);
        assert!(is_about(wait(&mut reconnect, &mut now), 1));
    }

    #[test]
    fn absurd_intervals_make_no_client_busy() {
        let mut reconnect = Reconnect::new(1);
        reconnect.connect_asked(automatic(0, 0));
        reconnect.failed(start());
        assert!(reconnect.due().unwrap() - start() >= Duration::from_millis(80));
        reconnect.connect_asked(automatic(60, 1));
        reconnect.failed(start());
        reconnect.failed(start());
        assert!(is_about(reconnect.due().unwrap() - start(), 60));
        reconnect.connect_asked(automatic(u32::MAX, u32::MAX));
        (0..40).for_each(|_| reconnect.failed(start()));
    }
}
