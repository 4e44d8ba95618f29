//! Whether a program replies to each message that it gets: then an acknowledgement leaves together with the reply.

use super::coalescing::LONGEST_WAIT;
use crate::engine::FLUSH_AFTER;
use std::time::{Duration, Instant};

/// A reply comes within this time after the message before was acknowledged.
const SOON: Duration = Duration::from_micros(100);

/// After so many in a row another one is expected.
const IN_A_ROW: u32 = 64;

/// The thread that replies may come before the one that acknowledges, or after it.
const AT_A_TIME: u32 = 2;

/// What a client knows of the replies.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Replies {
    in_a_row: u32,
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
    pub fn sent(&mut self, now: Instant) {
        let Some(acknowledged) = self.acknowledged.take() else { return };
        let is_soon = now.saturating_duration_since(acknowledged) < SOON;
        self.in_a_row = if is_soon { self.in_a_row.saturating_add(1) } else { 0 };
        self.without_reply = 0;
        self.waiting = None;
        self.goes_on = true;
    }

    /// A message was acknowledged.
    pub fn acknowledged(&mut self, now: Instant) {
        self.acknowledged = Some(now);
        self.without_reply = self.without_reply.saturating_add(1);
        if self.without_reply > AT_A_TIME {
            self.in_a_row = 0;
        }
    }

    /// Whether the program is expected to reply, with which an acknowledgement can leave.
    pub fn are_expected(&self) -> bool {
        self.in_a_row >= IN_A_ROW
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
            self.in_a_row = 0;
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
            known.sent(now);
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
        replies.sent(now);
        assert!(!replies.are_expected() && !replies.are_awaited_by(4));
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
            replies.sent(now);
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
