//! How fast a thread sends: whether a packet is one of many that follow each other closely.

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

/// How fast a thread sends, by whichever client: to one in a burst, or to many in turn.
pub(in crate::client) struct SendRate {
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
    pub(super) const fn new() -> SendRate {
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
}
