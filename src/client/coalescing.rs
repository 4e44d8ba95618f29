//! Packets that follow each other closely, and had better leave together.
//!
//! Who sends a packet alone writes it at once. In a burst the packets wait: for the next one that makes a
//! write worth while, or for the engine, which comes to flush within 100 µs. Two things tell a burst: how fast
//! the thread sends, and whether there was one a moment ago.
//!
//! What waits is lost if the process is killed. So it begins only with a thread that has sent some hundreds of
//! packets without a pause, about a millisecond's worth: what a program sends now and then is written when
//! the call returns.

use crate::engine::FLUSH_AFTER;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// A packet that follows the one before as fast as this belongs to a burst.
const GAP: Duration = Duration::from_micros(3);

/// So many packets leave at once, each on its own, before a burst is taken for one. A gap takes back
/// as many as it has halves of a [`GAP`]: a thread may be interrupted in the middle of a burst.
const LENGTH: u32 = 16;

/// A thread has sent so many packets without a pause before any of them waits.
const RUN: u32 = 256;

/// Who sends nothing for so long, and does not wait for the server, has paused.
const QUIET: Duration = Duration::from_millis(1);

/// A thread that has sent so many packets without a pause is busy with nothing else. If it sends nothing for
/// some time, and no longer than this, another thread had its processor.
const FLOOD: u32 = 4096;
const INTERRUPTION: Duration = Duration::from_millis(5);

/// More are not counted, so that a gap of 100 µs ends any burst.
const LONGEST: u32 = 64;

/// Who pauses after a burst, and for no longer than this, is taken to go on in the same way.
const PAUSE: Duration = Duration::from_millis(2);

/// So many packets between two flushes are still a burst.
const GOES_ON_WITH: u32 = 8;

/// The time between two writes of a burst may be longer by this than the one before.
const WRITES_VARY_BY: Duration = Duration::from_micros(10);

/// How fast a thread sends, by whichever client: to one in a burst, or to many in turn.
pub(super) struct SendRate {
    /// When the clock was last looked at.
    last: Cell<Option<Instant>>,
    /// Packets that were left to a burst since then.
    left: Cell<u32>,
    length: Cell<u32>,
    /// Packets since the last pause.
    run: Cell<u32>,
    /// When this thread was busy last, as far as is known without a look at the clock.
    busy: Cell<Option<Instant>>,
}

thread_local! {
    static SEND_RATE: SendRate = const { SendRate::new() };
}

impl SendRate {
    const fn new() -> SendRate {
        SendRate {
            last: Cell::new(None),
            left: Cell::new(0),
            length: Cell::new(0),
            run: Cell::new(0),
            busy: Cell::new(None),
        }
    }

    /// That of the calling thread.
    pub fn of_this_thread<T>(use_it: impl FnOnce(&SendRate) -> T) -> T {
        SEND_RATE.with(use_it)
    }

    /// Another packet. Whether it is one of many that follow each other closely.
    pub fn note(&self, now: Instant) -> bool {
        let packets = self.left.take().saturating_add(1);
        self.count(packets, now);
        let last = self.last.replace(Some(now));
        let gap = last.map_or(Duration::MAX, |last| now.saturating_duration_since(last)) / packets;
        let length = if gap < GAP {
            LONGEST.min(self.length.get().saturating_add(packets))
        } else {
            let halves = gap.as_nanos() / (GAP.as_nanos() / 2);
            self.length.get().saturating_sub(u32::try_from(halves).unwrap_or(u32::MAX))
        };
        self.length.set(length);
        self.has_run() && length >= LENGTH
    }

    /// Whether there were so many packets without a pause that the next ones may wait.
    pub fn has_run(&self) -> bool {
        self.run.get() >= RUN
    }

    fn count(&self, packets: u32, now: Instant) {
        let run = self.run.get();
        let busy = self.busy.get().max(self.last.get());
        let quiet = busy.map_or(Duration::MAX, |busy| now.saturating_duration_since(busy));
        let has_paused = quiet >= if run < FLOOD { QUIET } else { INTERRUPTION };
        self.run.set(if has_paused { 1 } else { run.saturating_add(packets) });
    }

    /// Another packet, which a burst of its client takes. The clock is not looked at; the burst knows the
    /// time well enough.
    pub fn leave(&self, recently: Option<Instant>) {
        self.left.set(self.left.get().saturating_add(1));
        self.busy.set(recently);
    }

    /// The thread has waited until now to be allowed to send. That is no pause of its own.
    pub fn note_waited(&self, now: Instant) {
        self.busy.set(Some(now));
    }

    /// The last packet took until now to be written. That is no gap.
    pub fn note_written(&self, now: Instant) {
        self.last.set(Some(now));
        self.run.set(self.run.get().saturating_add(self.left.take()));
    }

    /// The next packet is the first of many, if there were many before.
    pub fn expect_many(&self, now: Instant) {
        self.note_written(now);
        self.length.set(LENGTH);
    }
}

/// What a client knows of its burst.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Coalescing {
    /// When the clock was last looked at, to send something.
    pub last: Option<Instant>,
    /// When the engine comes to flush; until then packets wait for it.
    flush_due: Option<Instant>,
    /// Packets left to the engine since it last came, or was put off.
    left: u32,
    /// Whether there were enough of them, once at least.
    went_on: bool,
    /// When all was written last.
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
        self.flush_due.is_some()
    }

    /// Begins, if it has not: the engine comes to flush at that time.
    pub fn begin(&mut self, flush_due: Instant) {
        self.flush_due = Some(flush_due);
        self.went_on = false;
    }

    /// Another packet waits.
    pub fn leave(&mut self) {
        self.left = self.left.saturating_add(1);
    }

    /// A packet outside of a burst. Whether there was one so recently that this one begins the next.
    pub fn resumes(&mut self, now: Instant) -> bool {
        self.ended.take().is_some_and(|ended| now.saturating_duration_since(ended) < PAUSE)
    }

    /// All is written. Whether the engine had better not come now: in a burst that goes on it would come
    /// in vain, or before the next write.
    pub fn wants_deferral(&mut self, now: Instant) -> bool {
        let Some(due) = self.flush_due else { return false };
        self.last = Some(now);
        let last = self.written.replace(now);
        let interval = last.map_or(FLUSH_AFTER, |last| now.saturating_duration_since(last));
        due <= now + interval + WRITES_VARY_BY && self.has_gone_on(GOES_ON_WITH)
    }

    /// The engine comes later than it was asked to.
    pub fn defer(&mut self, flush_due: Instant) {
        self.flush_due = Some(flush_due);
    }

    /// The engine has come. Whether it is to come again; if not, the burst is over.
    ///
    /// If it has come late it has many clients to serve, and one write for many packets helps it most.
    pub fn flushed(&mut self, now: Instant, is_left: bool) -> bool {
        let is_late = self.flush_due.is_some_and(|due| now > due + FLUSH_AFTER);
        let comes_again = self.has_gone_on(if is_late { 1 } else { GOES_ON_WITH }) || is_left;
        self.last = Some(now);
        self.flush_due = comes_again.then(|| now + FLUSH_AFTER);
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

    /// Sends so many packets with such gaps. How many of them are part of a burst.
    fn paced(rate: &SendRate, now: &mut Instant, count: u32, gap: Duration) -> usize {
        (0..count)
            .filter(|_| {
                *now += gap;
                rate.note(*now)
            })
            .count()
    }

    #[test]
    fn many_packets_that_follow_closely_are_a_burst() {
        let (rate, mut now) = (SendRate::new(), Instant::now());
        assert_eq!(paced(&rate, &mut now, RUN, 5 * MICROSECOND), 0);
        assert_eq!(paced(&rate, &mut now, 100, MICROSECOND), 85);
        // An interruption of the thread is not the end, a pause is.
        assert_eq!(paced(&rate, &mut now, 1, 30 * MICROSECOND), 1);
        assert_eq!(paced(&rate, &mut now, 1, 1000 * MICROSECOND), 0);
        assert_eq!(paced(&rate, &mut now, 15, MICROSECOND), 0);
    }

    /// Who is killed must not lose what he sent long ago, and ordinary programs send no more at a time.
    #[test]
    fn the_first_hundreds_of_packets_do_not_wait() {
        let (rate, mut now) = (SendRate::new(), Instant::now());
        for pause in [1000, 2000, 1_000_000] {
            for _ in 0..50 {
                assert_eq!(paced(&rate, &mut now, RUN - 1, MICROSECOND), 0);
                now += pause * MICROSECOND;
                rate.expect_many(now);
                now += 1000 * MICROSECOND;
            }
        }
        assert_eq!(paced(&rate, &mut now, RUN + 10, MICROSECOND), 11);
    }

    #[test]
    fn after_a_pause_the_first_hundreds_do_not_wait_again() {
        let (rate, mut now) = (SendRate::new(), Instant::now());
        paced(&rate, &mut now, FLOOD - 1, MICROSECOND);
        now += QUIET;
        assert_eq!(paced(&rate, &mut now, RUN - 1, MICROSECOND), 0);
        assert_eq!(paced(&rate, &mut now, 10, MICROSECOND), 10);
        // In a flood, only if it is longer than an interruption can be.
        assert_ne!(paced(&rate, &mut now, FLOOD, MICROSECOND), 0);
        now += INTERRUPTION / 2;
        assert_ne!(paced(&rate, &mut now, RUN - 1, MICROSECOND), 0);
        now += INTERRUPTION;
        assert_eq!(paced(&rate, &mut now, RUN - 1, MICROSECOND), 0);
    }

    /// Who waits for the server, to go on as soon as he may, makes no pause.
    #[test]
    fn waiting_for_the_server_is_no_pause() {
        let (rate, mut now) = (SendRate::new(), Instant::now());
        paced(&rate, &mut now, RUN, MICROSECOND);
        for _ in 0..10 {
            now += 10 * QUIET;
            rate.note_waited(now);
            assert_eq!(paced(&rate, &mut now, LENGTH, MICROSECOND), 0);
            assert_eq!(paced(&rate, &mut now, 10, MICROSECOND), 10);
        }
    }

    /// A thread that serves many clients in turn, most of which have a burst.
    #[test]
    fn packets_left_to_bursts_count() {
        let (rate, mut now) = (SendRate::new(), Instant::now());
        paced(&rate, &mut now, RUN, MICROSECOND);
        for _ in 0..10 {
            (0..1000).for_each(|count| rate.leave(Some(now + count * 2 * MICROSECOND)));
            assert_eq!(paced(&rate, &mut now, 1, 2000 * MICROSECOND), 1);
        }
        // There was a pause behind the last of them.
        (0..1000).for_each(|count| rate.leave(Some(now + count * 2 * MICROSECOND)));
        assert_eq!(paced(&rate, &mut now, 1, 2000 * MICROSECOND + INTERRUPTION), 0);
    }

    #[test]
    fn a_burst_ends_when_too_few_packets_come_and_resumes_after_a_short_pause_once() {
        let (mut burst, mut now) = (Coalescing::default(), Instant::now());
        assert!(!burst.resumes(now), "there was none");
        burst.begin(now + FLUSH_AFTER);
        for packets in [GOES_ON_WITH, GOES_ON_WITH - 1] {
            (0..packets).for_each(|_| burst.leave());
            now += FLUSH_AFTER;
            assert_eq!(burst.flushed(now, false), packets == GOES_ON_WITH);
        }
        assert!(!burst.is_on());
        now += PAUSE / 2;
        assert!(burst.resumes(now));
        burst.begin(now + FLUSH_AFTER);
        burst.leave();
        now += FLUSH_AFTER;
        // One packet was no burst: the next leaves at once.
        assert!(!burst.flushed(now, false));
        assert!(!burst.resumes(now));
    }

    #[test]
    fn a_long_pause_ends_a_burst_for_good() {
        let (mut burst, now) = (Coalescing::default(), Instant::now());
        burst.begin(now);
        (0..GOES_ON_WITH).for_each(|_| burst.leave());
        assert!(burst.flushed(now, false));
        assert!(!burst.flushed(now, false));
        assert!(!burst.resumes(now + PAUSE));
        assert!(!burst.resumes(now), "asked twice");
    }

    /// Writes that come often put the flush off as rarely as they can, and never let it come.
    #[test]
    fn a_flush_is_put_off_before_it_comes() {
        let (mut burst, mut now) = (Coalescing::default(), Instant::now());
        burst.begin(now + FLUSH_AFTER);
        let mut times = 0;
        for _ in 0..100 {
            (0..GOES_ON_WITH).for_each(|_| burst.leave());
            now += 20 * MICROSECOND;
            if burst.wants_deferral(now) {
                burst.defer(now + FLUSH_AFTER);
                times += 1;
            }
            assert!(burst.flush_due > Some(now + 20 * MICROSECOND));
        }
        assert!(times <= 100 * 20 / 40, "{times} times");
    }

    /// Or messages would be taken for old ones and repeated, in a long burst that only the engine writes.
    #[test]
    fn a_burst_knows_the_time() {
        let (mut burst, mut now) =
            (Coalescing { last: Some(Instant::now()), ..Coalescing::default() }, Instant::now());
        assert_eq!(burst.recent_time(), None);
        burst.begin(now + FLUSH_AFTER);
        for round in 0..100 {
            (0..GOES_ON_WITH).for_each(|_| burst.leave());
            now += FLUSH_AFTER;
            let _ = if round % 2 == 0 { burst.flushed(now, false) } else { burst.wants_deferral(now) };
            assert_eq!(burst.recent_time(), Some(now));
        }
    }

    #[test]
    fn what_is_left_is_flushed_again() {
        let (mut burst, now) = (Coalescing::default(), Instant::now());
        burst.begin(now);
        assert!(burst.flushed(now, true) && burst.is_on());
        assert!(!burst.flushed(now, false) && !burst.is_on());
    }
}
