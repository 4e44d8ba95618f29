//! Guesses that make things faster, and change nothing else: when a packet leaves, and who goes first.
//!
//! Nothing here looks at a clock or at a socket: the time and what there is to send come from the caller.
//!
//! *Write or wait.* Who sends a packet alone writes it at once. In a burst the packets wait: for the next one that
//! makes a write worth while, or for the engine, which comes to flush within 100 µs; where the burst has lasted for
//! long, within a quarter of that time, up to 400 µs, so that it does not come between two writes. Two things tell a
//! burst: how fast the [thread sends](SendRate), and whether [the client has one](Coalescing). What waits is lost if
//! the process is killed. So it begins only with a thread that has sent some hundreds of packets without a pause,
//! about a millisecond's worth: what a program sends now and then is written when the call returns. Answers to what
//! was received wait for each other while there is more to read.
//!
//! *Replies.* A program that [replies](Replies) to each of many messages at once is expected to go on. The acknowledgement
//! leaves with the reply, and the worker lets both the program and the server go first before it gives the socket back.
//! Where that was in vain, as with a server that sends no more before it has the acknowledgement, it is tried ever more
//! rarely.
//!
//! *Who goes first.* A publisher that is about to go on lets a worker finish that has many completions to tell, and
//! only waits for its processor.
//!
//! What each brings, as messages a second with it and without it (medians of several turns on two busy processors):
//!
//! | guess | what was measured | with | without |
//! |---|---|---|---|
//! | packets of a burst wait | QoS 0, 64 B, the bench's sink | 6.8 M | 0.54 M |
//! | | the same, mosquitto, for each second of processor time | 6.3 M | 2.4 M |
//! | | QoS 1 pipelined, window 65535, sink | 2.3 M | 1.2 M |
//! | | QoS 0, 64 B, 100 clients in turn, sink | 0.71 M | 0.12 M |
//! | a burst goes on after a flush | QoS 0, 64 B, 4 threads on 4 handles, sink | 8.9 M | 6.4 M |
//! | a flush that would come in vain is put off | the same | 8.9 M | 6.8 M |
//! | by more where the burst is long | QoS 0, 64 B, sink | 11.6 M | 8.4 M |
//! | in a burst the clock is not looked at | the same | 8.9 M | 5.4 M |
//! | a large payload is not copied | QoS 0, 64 KiB, mosquitto | 3700 | 2800 |
//! | answers wait for others | QoS 1 received, 1 KiB, sink | 0.57 M | 0.38 M |
//! | replies are expected | echo of QoS 1, sink, one processor | 0.118 M | 0.081 M |
//! | | the same, mosquitto | 0.063 M | 0.052 M |
//! | a publisher lets the worker finish | QoS 1 pipelined, window 900, sink | 0.98 M | 0.84 M |
//!
//! Some bring less than a tenth alone, and stay, since without them all the window of 900 is a quarter slower and 16
//! clients in turn are slower by more: a burst is taken up again after a short pause, a thread is forgiven a gap or a
//! pause that an interruption, its window or a worker may have made, and packets left to bursts of other clients
//! count; a small burst goes on when the engine comes late.
//!
//! Not here: to expect replies to messages without an acknowledgement (their echo takes 5 to 15 % more time, with the
//! sink and with mosquitto, and nothing takes less), and to yield once the first of many completions was told (nothing
//! takes longer).

mod coalescing;
mod completions;
mod replies;
mod send_rate;

use crate::engine::FLUSH_AFTER;
use coalescing::Coalescing;
pub(super) use completions::{Completions, yield_processor};
use replies::Replies;
pub(super) use send_rate::SendRate;
use std::time::{Duration, Instant};

/// Bytes that are written without waiting for more.
const FULL_WRITE: usize = 64 << 10;

/// A payload of this size is worth a write of its own, and not worth a copy.
const LARGE_PAYLOAD: usize = 16 << 10;

/// How long an answer may wait for others while more is being read.
const ANSWERS_WAIT: Duration = Duration::from_micros(100);

/// When a packet leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Departure {
    AtOnce,
    /// With others, or when the engine comes to flush, which it will.
    WithOthers,
    /// As above, if the engine can be asked to come.
    OnceFlushed,
}

/// What a client guesses.
#[derive(Debug, Default)]
pub(super) struct Pacing {
    coalescing: Coalescing,
    replies: Replies,
    /// When the engine comes to flush. Nothing waits if it does not come.
    flush_due: Option<Instant>,
}

impl Pacing {
    /// The time for a packet that is to be sent. In a burst it is known well enough without the clock.
    #[inline]
    pub fn time(&self, exactly: impl FnOnce() -> Instant) -> Instant {
        self.coalescing.recent_time().unwrap_or_else(exactly)
    }

    /// Whether a payload goes from the caller's memory into the socket, in a write of its own.
    #[inline]
    pub fn is_large(payload: &[u8]) -> bool {
        payload.len() >= LARGE_PAYLOAD
    }

    /// Another packet was appended to those that are to be sent, as many bytes: when it leaves.
    #[inline]
    pub fn departure(&mut self, rate: &SendRate, unsent: usize, now: Instant) -> Departure {
        if unsent >= FULL_WRITE {
            return Departure::AtOnce;
        }
        if self.coalescing.is_on() {
            self.coalescing.leave();
            rate.leave(self.coalescing.last);
            return Departure::WithOthers;
        }
        self.coalescing.last = Some(now);
        self.replies.sent();
        // Both are asked, and the answer of a thread that made a pause is no.
        let follows = rate.note(now);
        let resumes = self.coalescing.resumes(now) && rate.has_run();
        if resumes || follows { Departure::OnceFlushed } else { Departure::AtOnce }
    }

    /// Whether packets wait for each other, and for the engine.
    #[inline]
    pub fn is_in_burst(&self) -> bool {
        self.coalescing.is_on()
    }

    /// When the engine comes to flush, if it was asked.
    pub fn flush_due(&self) -> Option<Instant> {
        self.flush_due
    }

    /// Something waits for the engine, which comes at that time: a burst, unless there is one.
    pub fn left_to_flush(&mut self, due: Instant) {
        self.flush_due = Some(due);
        if !self.is_in_burst() {
            self.coalescing.begin();
        }
        self.coalescing.leave();
    }

    /// A thread has written what it had to send, which may have taken its time.
    pub fn note_written(&mut self, rate: &SendRate, now: Instant) {
        self.coalescing.last = Some(now);
        rate.note_written(now);
    }

    /// All is written. How much later the engine had better come, if it had.
    pub fn wanted_deferral(&mut self, now: Instant) -> Option<Duration> {
        let due = self.flush_due?;
        if self.is_in_burst() {
            self.coalescing.wanted_deferral(due, now)
        } else {
            self.replies.wanted_deferral(due, now)
        }
    }

    /// The engine comes later, at that time.
    pub fn flush_deferred(&mut self, due: Instant) {
        self.flush_due = Some(due);
        self.coalescing.defer();
    }

    /// The engine has come. Whether it is to come again.
    pub fn flushed(&mut self, now: Instant, is_left: bool) -> bool {
        let coalescing_goes_on = self.is_in_burst() && self.coalescing.flushed(self.flush_due, now, is_left);
        let comes_again = self.replies.flushed() || coalescing_goes_on || is_left;
        self.flush_due = comes_again.then(|| now + FLUSH_AFTER);
        comes_again
    }

    /// A message was acknowledged.
    pub fn acknowledged(&mut self, now: Instant) {
        self.replies.acknowledged(now);
    }

    /// Whether the program is expected to reply to what it got last.
    pub fn is_reply_expected(&self) -> bool {
        self.replies.are_expected()
    }

    /// So many bytes wait for the reply, or for the engine, which comes at that time.
    pub fn left_to_reply(&mut self, unsent: usize, flush_due: Instant) {
        self.flush_due = Some(flush_due);
        self.replies.wait(unsent);
    }

    /// Whether all that is unsent waits for the program's reply.
    pub fn is_left_to_reply(&self, unsent: usize) -> bool {
        self.replies.are_awaited_by(unsent)
    }

    /// Whether answers may wait for others, if there is more to read at once and the last ones left then.
    pub fn may_answers_wait(sent: Instant, now: Instant) -> bool {
        now.saturating_duration_since(sent) < ANSWERS_WAIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICROSECOND: Duration = Duration::from_micros(1);

    /// A thread that has begun a burst with this client, and the time.
    fn in_burst() -> (Pacing, SendRate, Instant) {
        let (mut pacing, rate, mut now) = (Pacing::default(), SendRate::new(), Instant::now());
        for _ in 0..10_000 {
            now += MICROSECOND;
            if pacing.departure(&rate, 100, now) == Departure::OnceFlushed {
                pacing.left_to_flush(now + FLUSH_AFTER);
                return (pacing, rate, now);
            }
        }
        panic!("no burst");
    }

    #[test]
    fn what_a_program_sends_now_and_then_leaves_at_once() {
        let (mut pacing, rate, mut now) = (Pacing::default(), SendRate::new(), Instant::now());
        for _ in 0..1000 {
            now += 50 * MICROSECOND;
            assert_eq!(pacing.departure(&rate, 100, now), Departure::AtOnce);
            pacing.note_written(&rate, now);
        }
    }

    #[test]
    fn in_a_burst_packets_wait_until_they_are_worth_a_write() {
        let (mut pacing, rate, now) = in_burst();
        assert!(pacing.is_in_burst());
        assert_eq!(pacing.departure(&rate, FULL_WRITE - 1, now), Departure::WithOthers);
        assert_eq!(pacing.departure(&rate, FULL_WRITE, now), Departure::AtOnce);
    }

    /// If the engine cannot be asked, nothing waits for it.
    #[test]
    fn a_burst_begins_when_the_engine_will_come() {
        let (_, rate, now) = in_burst();
        let mut other = Pacing::default();
        for _ in 0..3 {
            assert_eq!(other.departure(&rate, 100, now), Departure::OnceFlushed);
            assert!(!other.is_in_burst());
        }
    }

    #[test]
    fn the_clock_is_looked_at_outside_of_bursts_only() {
        let (mut pacing, _, now) = in_burst();
        let later = now + FLUSH_AFTER;
        assert_eq!(pacing.time(|| later), now);
        assert!(!pacing.flushed(later, false), "nothing waited");
        assert_eq!(pacing.time(|| later + MICROSECOND), later + MICROSECOND);
    }

    /// A burst and replies wait for the same flush, and neither forgets the other's.
    #[test]
    fn the_engine_comes_again_for_whoever_still_needs_it() {
        let (mut pacing, _, mut now) = in_burst();
        for _ in 0..1000 {
            pacing.acknowledged(now);
            pacing.replies.sent();
        }
        pacing.acknowledged(now);
        pacing.left_to_reply(4, now + FLUSH_AFTER);
        pacing.replies.sent();
        now += FLUSH_AFTER;
        assert!(pacing.flushed(now, false) && !pacing.is_in_burst());
        assert_eq!(pacing.flush_due(), Some(now + FLUSH_AFTER));
        pacing.left_to_reply(4, now + FLUSH_AFTER);
        assert!(!pacing.flushed(now, false) && pacing.flush_due().is_none(), "there was no reply");
        assert!(pacing.flushed(now, true), "not all is written");
    }

    #[test]
    fn large_payloads_are_not_copied_and_answers_wait_for_a_moment() {
        assert!(Pacing::is_large(&[0; LARGE_PAYLOAD]) && !Pacing::is_large(&[0; LARGE_PAYLOAD - 1]));
        let sent = Instant::now();
        assert!(Pacing::may_answers_wait(sent, sent + ANSWERS_WAIT / 2));
        assert!(!Pacing::may_answers_wait(sent, sent + ANSWERS_WAIT));
    }
}
