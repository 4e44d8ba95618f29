//! Whose turn it is to read from the socket: one thread's at a time.
//!
//! A thread that waits for something may take the turn from a worker, and the engine's ticker takes it from a
//! worker that is long in a callback. So each turn has a number, and whoever took one asks whether it is still
//! the present one.

/// Who has the turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::client) enum Reader {
    /// Whoever comes may take it: a calling thread, or in callback mode the worker that epoll wakes.
    #[default]
    Nobody,
    /// This thread, which waits for something and reads itself until it has it.
    Waiter(usize),
    /// A worker, from when it comes for the socket until it has run the callbacks.
    Worker,
}

/// The turn to read.
#[derive(Debug, Default)]
pub(in crate::client) struct ReadTurn {
    reader: Reader,
    number: u32,
}

/// A turn that a thread has, or had: see [`ReadTurn::is_with`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) struct TurnNumber(u32);

impl ReadTurn {
    /// Who has it.
    #[inline]
    pub fn reader(&self) -> Reader {
        self.reader
    }

    /// Whether nobody has it.
    #[inline]
    pub fn is_free(&self) -> bool {
        self.reader == Reader::Nobody
    }

    /// Takes it for a thread that waits, unless another such thread has it. The same thread may have it: it
    /// waits in a call that a signal handler has interrupted.
    pub fn take_for_waiter(&mut self, thread: usize) -> Option<TurnNumber> {
        match self.reader {
            Reader::Waiter(other) if other != thread => None,
            _ => Some(self.give_to(Reader::Waiter(thread))),
        }
    }

    /// Takes it for a worker, if nobody has it.
    pub fn take_for_worker(&mut self) -> Option<TurnNumber> {
        self.is_free().then(|| self.give_to(Reader::Worker))
    }

    /// Whether this is still the present turn.
    #[inline]
    pub fn is_with(&self, number: TurnNumber) -> bool {
        self.number == number.0 && !self.is_free()
    }

    /// Gives a turn back, unless it was taken away. Whether it was not.
    pub fn give_back(&mut self, number: TurnNumber) -> bool {
        let is_present = self.is_with(number);
        if is_present {
            self.reader = Reader::Nobody;
        }
        is_present
    }

    /// The connection has ended: there is nothing to read any more.
    pub fn end(&mut self) {
        self.reader = Reader::Nobody;
    }

    /// Takes it away from a worker that is long in a callback.
    pub fn take_from_worker(&mut self) {
        if self.reader == Reader::Worker {
            self.reader = Reader::Nobody;
        }
    }

    fn give_to(&mut self, reader: Reader) -> TurnNumber {
        self.reader = reader;
        self.number = self.number.wrapping_add(1);
        TurnNumber(self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiter_comes_before_workers_and_other_waiters() {
        let mut turn = ReadTurn::default();
        let worker = turn.take_for_worker().unwrap();
        assert!(turn.take_for_worker().is_none());
        let waiter = turn.take_for_waiter(1).unwrap();
        assert!(turn.is_with(waiter) && !turn.is_with(worker));
        assert!(turn.take_for_waiter(2).is_none() && turn.take_for_worker().is_none());
        // What was taken away is not given back.
        assert!(!turn.give_back(worker));
        assert_eq!(turn.reader(), Reader::Waiter(1));
        assert!(turn.give_back(waiter) && turn.is_free());
    }

    /// A signal handler waits for the same client as the call that it interrupts.
    #[test]
    fn the_same_thread_takes_it_again_and_the_outer_call_notices() {
        let mut turn = ReadTurn::default();
        let outer = turn.take_for_waiter(1).unwrap();
        let inner = turn.take_for_waiter(1).unwrap();
        assert!(turn.give_back(inner));
        assert!(!turn.is_with(outer) && !turn.give_back(outer));
        assert!(turn.take_for_waiter(1).is_some());
    }

    #[test]
    fn a_worker_that_is_long_in_a_callback_finds_its_turn_gone() {
        let mut turn = ReadTurn::default();
        let slow = turn.take_for_worker().unwrap();
        turn.take_from_worker();
        assert!(turn.is_free() && !turn.is_with(slow));
        let other = turn.take_for_worker().unwrap();
        assert!(!turn.give_back(slow) && turn.is_with(other));
        // From a thread that waits nobody takes it.
        turn.take_for_waiter(1).unwrap();
        turn.take_from_worker();
        assert!(!turn.is_free());
        turn.end();
        assert!(turn.is_free() && !turn.is_with(other));
    }
}
