//! What a client knows of the packets that wait for each other, and of when the engine comes to flush them.

use crate::engine::FLUSH_AFTER;
use std::time::{Duration, Instant};

/// Who pauses after a burst, and for no longer than this, is taken to go on in the same way.
const PAUSE: Duration = Duration::from_millis(2);

/// So many packets between two flushes are still a burst.
const GOES_ON_WITH: u32 = 8;

/// The time between two writes of a burst may be longer by this than the one before.
const WRITES_VARY_BY: Duration = Duration::from_micros(10);

/// A burst's last packets wait no longer than one part in this of the time that it took,
const WAITS_FOR_ONE_IN: u32 = 4;

/// and no longer than this.
pub(super) const LONGEST_WAIT: Duration = Duration::from_micros(400);

/// What a client knows of its burst.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Coalescing {
    /// When the clock was last looked at, to send something.
    pub last: Option<Instant>,
    /// Packets wait for the engine, which comes to flush.
    is_on: bool,
    /// Packets left to the engine since it last came, or was put off.
    left: u32,
    /// Whether there were enough of them, once at least.
    went_on: bool,
    /// When all was written, for the first time in the burst, and last.
    first_written: Option<Instant>,
    written: Option<Instant>,
    /// When the last one ended, if it had gone on, and nothing was sent since.
    ended: Option<Instant>,
}

impl Coalescing {
    /// The time, as exactly as sending needs it, if the clock need not be looked at: in a burst that is done
    /// with every write and every flush, so no longer ago than two of them are apart.
    pub fn recent_time(&self) -> Option<Instant> {
        self.last.filter(|_| self.is_on())
    }

    /// Whether packets wait for a flush.
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// Begins: the engine comes to flush.
    pub fn begin(&mut self) {
        self.is_on = true;
        self.went_on = false;
        self.first_written = None;
    }

    /// Another packet waits.
    pub fn leave(&mut self) {
        self.left = self.left.saturating_add(1);
    }

    /// A packet outside of a burst. Whether there was one so recently that this one begins the next.
    pub fn resumes(&mut self, now: Instant) -> bool {
        self.ended.take().is_some_and(|ended| now.saturating_duration_since(ended) < PAUSE)
    }

    /// All is written. How much later the engine had better come than when it is due, if it had: in a burst that goes
    /// on it would come in vain, or before the next write.
    pub fn wanted_deferral(&mut self, due: Instant, now: Instant) -> Option<Duration> {
        self.last = Some(now);
        let first = *self.first_written.get_or_insert(now);
        let last = self.written.replace(now);
        let interval = last.map_or(FLUSH_AFTER, |last| now.saturating_duration_since(last));
        let comes_early = due <= now + interval + WRITES_VARY_BY;
        let wait = now.saturating_duration_since(first) / WAITS_FOR_ONE_IN;
        (comes_early && self.left >= GOES_ON_WITH).then(|| wait.clamp(FLUSH_AFTER, LONGEST_WAIT))
    }

    /// The engine comes later than it was asked to.
    pub fn defer(&mut self) {
        self.has_gone_on(GOES_ON_WITH);
    }

    /// The engine has come, which was due at that time. Whether it is to come again; if not, the burst is over.
    ///
    /// If it has come late it has many clients to serve, and one write for many packets helps it most.
    pub fn flushed(&mut self, due: Option<Instant>, now: Instant, is_left: bool) -> bool {
        let is_late = due.is_some_and(|due| now > due + FLUSH_AFTER);
        let comes_again = self.has_gone_on(if is_late { 1 } else { GOES_ON_WITH }) || is_left;
        self.last = Some(now);
        self.is_on = comes_again;
        self.ended = (!comes_again && self.went_on).then_some(now);
        comes_again
    }

    /// Begins to count anew. Whether there were so many that the next ones had better wait, too.
    fn has_gone_on(&mut self, least: u32) -> bool {
        let has_gone_on = std::mem::take(&mut self.left) >= least;
        self.went_on |= has_gone_on;
        has_gone_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICROSECOND: Duration = Duration::from_micros(1);

    #[test]
    fn a_burst_ends_when_too_few_packets_come_and_resumes_after_a_short_pause_once() {
        let (mut burst, mut now) = (Coalescing::default(), Instant::now());
        assert!(!burst.resumes(now), "there was none");
        burst.begin();
        for packets in [GOES_ON_WITH, GOES_ON_WITH - 1] {
            (0..packets).for_each(|_| burst.leave());
            now += FLUSH_AFTER;
            assert_eq!(burst.flushed(None, now, false), packets == GOES_ON_WITH);
        }
        assert!(!burst.is_on());
        now += PAUSE / 2;
        assert!(burst.resumes(now));
        burst.begin();
        burst.leave();
        now += FLUSH_AFTER;
        // One packet was no burst: the next leaves at once.
        assert!(!burst.flushed(None, now, false));
        assert!(!burst.resumes(now));
    }

    #[test]
    fn a_long_pause_ends_a_burst_for_good() {
        let (mut burst, now) = (Coalescing::default(), Instant::now());
        burst.begin();
        (0..GOES_ON_WITH).for_each(|_| burst.leave());
        assert!(burst.flushed(None, now, false));
        assert!(!burst.flushed(None, now, false));
        assert!(!burst.resumes(now + PAUSE));
        assert!(!burst.resumes(now), "asked twice");
    }

    /// Writes that come often put the flush off as rarely as they can, and never let it come.
    #[test]
    fn a_flush_is_put_off_before_it_comes() {
        let (mut burst, mut now) = (Coalescing::default(), Instant::now());
        burst.begin();
        let (mut due, mut times) = (now + FLUSH_AFTER, 0);
        for _ in 0..100 {
            (0..GOES_ON_WITH).for_each(|_| burst.leave());
            now += 20 * MICROSECOND;
            if let Some(wait) = burst.wanted_deferral(due, now) {
                burst.defer();
                due = now + wait;
                times += 1;
            }
            assert!(due > now + 20 * MICROSECOND);
        }
        assert!(times <= 20, "{times} times");
    }

    /// Or messages would be taken for old ones and repeated, in a long burst that only the engine writes.
    #[test]
    fn a_burst_knows_the_time() {
        let (mut burst, mut now) =
            (Coalescing { last: Some(Instant::now()), ..Coalescing::default() }, Instant::now());
        assert_eq!(burst.recent_time(), None);
        burst.begin();
        for round in 0..100 {
            (0..GOES_ON_WITH).for_each(|_| burst.leave());
            now += FLUSH_AFTER;
            let _ = if round % 2 == 0 {
                burst.flushed(None, now, false)
            } else {
                burst.wanted_deferral(now, now).is_some()
            };
            assert_eq!(burst.recent_time(), Some(now));
        }
    }

    #[test]
    fn what_is_left_is_flushed_again() {
        let (mut burst, now) = (Coalescing::default(), Instant::now());
        burst.begin();
        assert!(burst.flushed(None, now, true) && burst.is_on());
        assert!(!burst.flushed(None, now, false) && !burst.is_on());
    }
}
