//! Whether a program replies to each message that it gets: then an acknowledgement leaves together with the reply.

use super::coalescing::LONGEST_WAIT;
use crate::engine::FLUSH_AFTER;
use std::time::{Duration, Instant};

/// Messages that are acknowledged this soon one after the other are an exchange.
const SOON: Duration = Duration::from_micros(100);

/// After so many in a row another one is expected.
const IN_A_ROW: u32 = 64;

/// To wait in vain for one reply costs what so many bring that come.
const WORTH_A_WAIT: u32 = 16;

/// With each expectation that was not worth it the next one takes twice as many, as often as this.
const MOST_DOUBTS: u32 = 6;

/// The thread that replies may come before the one that acknowledges, or after it.
const AT_A_TIME: u32 = 2;

/// What a client knows of the replies.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Replies {
    /// Messages that were replied to at once, since one was not.
    in_a_row: u32,
    /// Expectations in a row that were not worth it.
    doubts: u32,
    /// When a message was acknowledged last.
    acknowledged: Option<Instant>,
    /// How many were since the program has sent something.
    without_reply: u32,
    /// How many bytes wait for the reply, or for the engine, which comes to flush.
    waiting: Option<usize>,
    /// Whether there was a reply since the engine came.
    goes_on: bool,
}

impl Replies {
    /// The program sends something.
    #[inline]
    pub fn sent(&mut self) {
        if std::mem::take(&mut self.without_reply) == 0 {
            return;
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.waiting = None;
        self.goes_on = true;
    }

    /// A message was acknowledged. After a pause it is the first: who replies now and then gains nothing by it.
    pub fn acknowledged(&mut self, now: Instant) {
        let last = self.acknowledged.replace(now);
        let is_soon = last.is_some_and(|last| now.saturating_duration_since(last) < SOON);
        self.without_reply = self.without_reply.saturating_add(1);
        if !is_soon || self.without_reply > AT_A_TIME {
            self.begin_anew();
        }
    }

    /// There was no reply, or not soon. A server may wait for the acknowledgement before it sends more, so that each
    /// wait is in vain.
    fn begin_anew(&mut self) {
        if self.are_expected() {
            let was_worth_it = self.in_a_row >= self.needed() + WORTH_A_WAIT;
            self.doubts = if was_worth_it { 0 } else { MOST_DOUBTS.min(self.doubts + 1) };
        }
        self.in_a_row = 0;
    }

    fn needed(&self) -> u32 {
        IN_A_ROW << self.doubts
    }

    /// Whether the program is expected to reply, with which an acknowledgement can leave.
    pub fn are_expected(&self) -> bool {
        self.in_a_row >= self.needed()
    }

    /// So many bytes wait for the reply, and for the engine, which comes to flush.
    pub fn wait(&mut self, unsent: usize) {
        self.waiting = Some(unsent);
    }

    /// Whether all that is unsent waits for a reply.
    pub fn are_awaited_by(&self, unsent: usize) -> bool {
        self.waiting == Some(unsent)
    }

    /// All is written. How much later the engine had better come than when it is due, if it had.
    pub fn wanted_deferral(&self, due: Instant, now: Instant) -> Option<Duration> {
        let comes_in_vain = self.are_expected() && due <= now + FLUSH_AFTER;
        comes_in_vain.then_some(LONGEST_WAIT)
    }

    /// The engine has come. Whether it is to come again: as long as there are replies, in case there is none once.
    pub fn flushed(&mut self) -> bool {
        if self.waiting.take().is_some() {
            self.begin_anew();
        }
        std::mem::take(&mut self.goes_on) && self.are_expected()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICROSECOND: Duration = Duration::from_micros(1);

    /// A program that has replied to so many messages, and the time.
    fn after(replies: u32, each: Duration) -> (Replies, Instant) {
        let (mut known, mut now) = (Replies::default(), Instant::now());
        for _ in 0..replies {
            assert!(!known.are_expected());
            known.acknowledged(now);
            now += each;
            known.sent();
        }
        (known, now)
    }

    #[test]
    fn who_has_replied_at_once_many_times_is_expected_to_reply() {
        assert!(after(IN_A_ROW, 10 * MICROSECOND).0.are_expected());
        assert!(!after(IN_A_ROW - 1, 10 * MICROSECOND).0.are_expected());
        assert!(!after(IN_A_ROW, SOON).0.are_expected());
    }

    #[test]
    fn a_message_without_a_reply_ends_it() {
        let (mut replies, now) = after(IN_A_ROW, MICROSECOND);
        for expected in [true, true, false] {
            replies.acknowledged(now);
            assert_eq!(replies.are_expected(), expected);
        }
    }

    #[test]
    fn what_waits_leaves_when_the_engine_comes_and_then_none_waits_for_long() {
        let (mut replies, mut now) = after(IN_A_ROW, MICROSECOND);
        replies.acknowledged(now);
        replies.wait(4);
        assert!(replies.are_awaited_by(4) && !replies.are_awaited_by(8));
        now += FLUSH_AFTER;
        assert!(!replies.flushed());
        replies.sent();
        assert!(!replies.are_expected() && !replies.are_awaited_by(4));
    }

    /// Its replies come at once, but no message follows that could use the engine's visit.
    #[test]
    fn who_replies_now_and_then_is_not_expected_to() {
        let (mut replies, mut now) = after(IN_A_ROW, MICROSECOND);
        for _ in 0..1000 {
            now += SOON;
            replies.acknowledged(now);
            assert!(!replies.are_expected());
            replies.sent();
        }
    }

    /// As with a receive maximum of 1: there is no message to reply to before the acknowledgement leaves.
    #[test]
    fn whose_messages_wait_for_the_acknowledgement_is_expected_to_reply_ever_more_rarely() {
        let (mut replies, mut now) = (Replies::default(), Instant::now());
        let mut waits = 0;
        for _ in 0..100_000 {
            replies.acknowledged(now);
            if replies.are_expected() {
                replies.wait(4);
                now += FLUSH_AFTER;
                replies.flushed();
                waits += 1;
            }
            now += MICROSECOND;
            replies.sent();
        }
        assert!((1..40).contains(&waits), "{waits} waits");
    }

    #[test]
    fn doubts_end_when_expecting_was_worth_it() {
        let (mut replies, mut now) = after(IN_A_ROW, MICROSECOND);
        for (replied, needed) in [
            (0, 2 * IN_A_ROW),
            (2 * IN_A_ROW + WORTH_A_WAIT - 1, 4 * IN_A_ROW),
            (4 * IN_A_ROW + WORTH_A_WAIT, IN_A_ROW),
        ] {
            for _ in 0..replied {
                replies.acknowledged(now);
                now += MICROSECOND;
                replies.sent();
            }
            now += SOON;
            replies.acknowledged(now);
            assert_eq!(replies.needed(), needed);
        }
    }

    /// As long as replies come the engine had better not.
    #[test]
    fn a_flush_that_would_come_in_vain_is_put_off() {
        let (mut replies, mut now) = after(IN_A_ROW, MICROSECOND);
        let (mut due, mut times) = (now + FLUSH_AFTER, 0);
        for _ in 0..100 {
            replies.acknowledged(now);
            replies.wait(4);
            now += 10 * MICROSECOND;
            replies.sent();
            if let Some(wait) = replies.wanted_deferral(due, now) {
                due = now + wait;
                times += 1;
            }
            assert!(due > now);
        }
        assert!(times <= 5, "{times} times");
        assert!(replies.flushed(), "there will be more");
        assert!(!replies.flushed(), "but there was none");
    }
}
