//! Disconnecting in good order (contract A-6): behind the requests that were made before, when what is under way is
//! delivered, or at the timeout, whichever is first. Knows deadlines, not clocks.

use super::options::DisconnectOptions;
use std::time::{Duration, Instant};

/// A disconnect that was asked for and is not done.
#[derive(Debug)]
pub(super) struct Disconnecting<T> {
    /// As the first who asked wants it.
    pub options: DisconnectOptions,
    /// By when it is done, whatever is under way (contract ); `None`: in the far future.
    deadline: Option<Instant>,
    /// All who have asked. Each hears of it (contract ).
    tokens: Vec<T>,
    /// How many of the requests that wait were made before it and are to be sent first.
    before: usize,
    /// Until when a message that is just being handed over is waited for.
    put_off_until: Option<Instant>,
}

/// DISCONNECT is on its way, behind what was sent before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaving {
    /// When to look at it; it is over if nothing was written since.
    until: Instant,
    /// By when it is over whatever is written.
    deadline: Instant,
    /// How many bytes were written when it was looked at.
    written: u64,
}

/// So long a message is waited for that is just being handed over, if that is longer than the timeout.
const MOMENT: Duration = Duration::from_secs(1);

/// A server that reads nothing for so long is not waited for.
const SILENCE: Duration = Duration::from_secs(1);

/// One that reads slowly has so much time for what was sent before.
const AT_MOST: Duration = Duration::from_secs(10);

impl Leaving {
    /// DISCONNECT was appended, with so many bytes written.
    pub fn begin(now: Instant, written: u64) -> Leaving {
        Leaving { until: now + SILENCE, deadline: now + AT_MOST, written }
    }

    /// When to look at it.
    pub fn until(&self) -> Instant {
        self.until
    }

    /// Whether it is over, with so many bytes written now.
    pub fn is_over(&mut self, now: Instant, written: u64) -> bool {
        if now < self.until {
            return false;
        }
        let goes_on = written > self.written && now < self.deadline;
        (self.until, self.written) = (self.deadline.min(now + SILENCE), written);
        !goes_on
    }
}

/// What there is to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Requests that were made before are to be sent first.
    SendFirst,
    /// What is under way is to be delivered.
    Wait,
    /// Now.
    Now,
}

impl<T> Disconnecting<T> {
    /// Somebody has asked, with so many requests waiting.
    pub fn new(options: DisconnectOptions, token: T, before: usize, now: Instant) -> Disconnecting<T> {
        let deadline = now.checked_add(options.timeout);
        Disconnecting { options, deadline, tokens: vec![token], before, put_off_until: None }
    }

    /// Somebody else asks, too. It is done at the earlier of the times.
    pub fn join(&mut self, options: &DisconnectOptions, token: T, now: Instant) {
        self.tokens.push(token);
        let deadline = now.checked_add(options.timeout);
        self.deadline = [self.deadline, deadline].into_iter().flatten().min();
    }

    /// One of the requests that wait was sent, or dropped.
    pub fn note_sent(&mut self) {
        self.before = self.before.saturating_sub(1);
    }

    /// Whether a request that waits was made before, and is to be sent.
    pub fn lets_send(&self) -> bool {
        self.before > 0
    }

    /// Whose turn it is. `is_quiet`: nothing of ours is under way.
    pub fn turn(&self, is_quiet: bool, now: Instant) -> Turn {
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            Turn::Now
        } else if self.before > 0 {
            Turn::SendFirst
        } else if is_quiet {
            Turn::Now
        } else {
            Turn::Wait
        }
    }

    /// It is time, and the application is just being given a message, whose acknowledgement is to go first: else the
    /// server would send again what the application has. Whether that is waited for.
    pub fn puts_off(&mut self, now: Instant) -> bool {
        let moment = now + MOMENT;
        let deadline = self.deadline.unwrap_or(moment);
        let until = *self.put_off_until.get_or_insert(deadline.max(moment));
        self.deadline = Some(until);
        now < until
    }

    /// When to look at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// It is done, or will not be.
    pub fn into_tokens(self) -> Vec<T> {
        self.tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::link::testing::start;

    const SECOND: Duration = Duration::from_secs(1);

    fn within(seconds: u32) -> DisconnectOptions {
        DisconnectOptions { timeout: SECOND * seconds, ..DisconnectOptions::default() }
    }

    #[test]
    fn it_comes_behind_what_was_asked_before_and_waits_for_what_is_under_way() {
        let mut disconnecting = Disconnecting::new(within(10), 'a', 2, start());
        assert_eq!(disconnecting.turn(true, start()), Turn::SendFirst);
        disconnecting.note_sent();
        assert!(disconnecting.lets_send());
        disconnecting.note_sent();
        // What was asked behind it stays for the next connection.
        assert!(!disconnecting.lets_send());
        assert_eq!(disconnecting.turn(false, start() + SECOND), Turn::Wait);
        assert_eq!(disconnecting.turn(true, start() + SECOND), Turn::Now);
    }

    #[test]
    fn a_message_that_is_being_handed_over_is_waited_for_within_the_timeout_or_for_a_moment() {
        let mut disconnecting = Disconnecting::new(within(0), 'a', 0, start());
        assert_eq!(disconnecting.turn(true, start()), Turn::Now);
        assert!(disconnecting.puts_off(start()));
        assert_eq!(disconnecting.deadline(), Some(start() + MOMENT));
        assert!(disconnecting.puts_off(start() + MOMENT / 2) && !disconnecting.puts_off(start() + MOMENT));
        let mut disconnecting = Disconnecting::new(within(5), 'a', 0, start());
        assert!(disconnecting.puts_off(start() + SECOND) && disconnecting.puts_off(start() + 4 * SECOND));
        assert!(!disconnecting.puts_off(start() + 5 * SECOND));
    }

    /// Contract.
    #[test]
    fn the_timeout_bounds_it_exactly() {
        let disconnecting = Disconnecting::new(within(2), 'a', 5, start());
        let deadline = start() + 2 * SECOND;
        assert_eq!(disconnecting.deadline(), Some(deadline));
        assert_eq!(disconnecting.turn(false, deadline - Duration::from_nanos(1)), Turn::SendFirst);
        assert_eq!(disconnecting.turn(false, deadline), Turn::Now);
        let at_once = Disconnecting::new(within(0), 'a', 5, start());
        assert_eq!(at_once.turn(false, start()), Turn::Now);
        let for_ever = Disconnecting::new(
            DisconnectOptions { timeout: Duration::MAX, ..DisconnectOptions::default() },
            'a',
            0,
            start(),
        );
        assert_eq!((for_ever.deadline(), for_ever.turn(false, start())), (None, Turn::Wait));
    }

    #[test]
    fn a_server_that_reads_is_waited_for_but_not_for_ever() {
        let mut leaving = Leaving::begin(start(), 100);
        assert!(!leaving.is_over(start(), 100));
        assert_eq!(leaving.until(), start() + SECOND);
        assert!(leaving.is_over(start() + SECOND, 100), "it reads nothing");
        let mut leaving = Leaving::begin(start(), 100);
        let mut rounds = 0;
        while !leaving.is_over(leaving.until(), 101 + rounds) {
            rounds += 1;
        }
        assert_eq!((rounds, leaving.until()), (9, start() + 10 * SECOND));
    }

    /// Contract.
    #[test]
    fn all_who_ask_hear_of_it_at_the_earliest_of_their_times() {
        let mut disconnecting = Disconnecting::new(within(10), 'a', 0, start());
        disconnecting.join(&within(3), 'b', start() + SECOND);
        disconnecting.join(&within(30), 'c', start() + SECOND);
        assert_eq!(disconnecting.deadline(), Some(start() + 4 * SECOND));
        assert_eq!(disconnecting.into_tokens(), ['a', 'b', 'c']);
    }
}
