//! What the engine watches a client's socket for.
//!
//! What it should be is a function of the client's state, and nothing else. What it is, is known here; so it
//! is told only what changes. A report comes once: afterwards nothing is armed.

use super::turn::Reader;
use crate::engine::Interests;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What it depends on.
#[derive(Clone, Copy, Debug)]
pub(in crate::client) struct Situation {
    /// Workers drive the socket, and not the threads that call.
    pub workers_drive: bool,
    /// Whose turn it is to read.
    pub reader: Reader,
    /// Nothing is read, since too much waits for the application.
    pub is_paused: bool,
    /// The last write found no room.
    pub is_write_blocked: bool,
    /// A thread writes just now, and finds out itself whether there is room.
    pub is_writing: bool,
}

/// What the engine knows of a socket.
#[derive(Debug, Default)]
pub(in crate::client) struct Watch {
    /// Whether it watches the socket at all.
    is_watched: bool,
    /// What it waits for, if it has not come since.
    armed: Option<Interests>,
    /// Counts the changes of `armed`, for those who arm without the lock.
    count: Arc<AtomicUsize>,
}

impl Watch {
    /// What to tell the engine, if anything.
    ///
    /// Also when it is to wait for nothing, it reports that the connection is broken, once. That is not the
    /// occasion to arm again: with reading paused the end is found when reading goes on, and a socket that is
    /// armed for nothing would be reported again and again.
    #[inline]
    pub fn to_arm(&self, situation: Situation) -> Option<Interests> {
        let readable = match situation.reader {
            Reader::Nobody => situation.workers_drive && !situation.is_paused,
            Reader::Waiter(_) => false,
            // As it is: the worker arms when it gives the turn back, which may be soon. Another one that comes
            // meanwhile finds the turn taken.
            Reader::Worker => self.armed.is_some_and(|armed| armed.readable),
        };
        // Room that a thread is about to use would be reported until it has.
        let writable = situation.is_write_blocked && !situation.is_writing;
        let wanted = Interests { readable, writable };
        match self.armed {
            Some(armed) if armed == wanted => None,
            None if wanted == Interests::default() => None,
            _ => Some(wanted),
        }
    }

    /// What to tell the engine of a socket that has no connection yet, if anything.
    pub fn to_arm_while_opening(&self, wanted: Interests) -> Option<Interests> {
        (self.armed != Some(wanted)).then_some(wanted)
    }

    /// Whether the engine watches the socket.
    pub fn is_watched(&self) -> bool {
        self.is_watched
    }

    /// The engine begins to watch the socket, or could not.
    pub fn begun(&mut self, interests: Option<Interests>) {
        self.is_watched = interests.is_some();
        self.set(interests);
    }

    /// The engine is told this. Answers how to find out later whether it is still what it is to know.
    pub fn armed(&mut self, interests: Interests) -> Count {
        self.set(Some(interests));
        Count { seen: self.count.load(Ordering::SeqCst), current: self.count.clone() }
    }

    /// The engine has reported, or what it knows is not certain: it is told again.
    pub fn disarmed(&mut self) {
        self.armed = None;
    }

    /// The socket is the engine's no more.
    pub fn end(&mut self) {
        self.is_watched = false;
        self.set(None);
    }

    fn set(&mut self, armed: Option<Interests>) {
        self.armed = armed;
        self.count.fetch_add(1, Ordering::SeqCst);
    }
}

/// Which of the changes was the last that somebody knows of.
pub(in crate::client) struct Count {
    seen: usize,
    current: Arc<AtomicUsize>,
}

impl Count {
    /// Whether there was none since.
    pub fn is_current(&self) -> bool {
        self.current.load(Ordering::SeqCst) == self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Interests = Interests { readable: true, writable: false };
    const WRITE: Interests = Interests { readable: false, writable: true };
    const NOTHING: Interests = Interests { readable: false, writable: false };

    const IDLE: Situation = Situation {
        workers_drive: true,
        reader: Reader::Nobody,
        is_paused: false,
        is_write_blocked: false,
        is_writing: false,
    };

    fn armed(interests: Interests) -> Watch {
        let mut watch = Watch::default();
        watch.begun(Some(interests));
        watch
    }

    #[test]
    fn a_report_comes_once_and_what_is_known_is_not_told_again() {
        let mut watch = Watch::default();
        assert_eq!(watch.to_arm(IDLE), Some(READ));
        watch.begun(Some(READ));
        assert_eq!(watch.to_arm(IDLE), None);
        watch.disarmed();
        assert_eq!(watch.to_arm(IDLE), Some(READ));
    }

    #[test]
    fn threads_that_call_need_the_engine_for_room_only() {
        let calling = Situation { workers_drive: false, ..IDLE };
        assert_eq!(Watch::default().to_arm(calling), None);
        let blocked = Situation { is_write_blocked: true, ..calling };
        assert_eq!(Watch::default().to_arm(blocked), Some(WRITE));
        assert_eq!(armed(WRITE).to_arm(calling), Some(NOTHING));
    }

    #[test]
    fn a_waiter_is_not_disturbed_and_a_worker_changes_nothing_until_it_leaves() {
        let waits = Situation { reader: Reader::Waiter(1), ..IDLE };
        assert_eq!(armed(READ).to_arm(waits), Some(NOTHING));
        let serves = Situation { reader: Reader::Worker, ..IDLE };
        assert_eq!(armed(READ).to_arm(serves), None);
        assert_eq!(Watch::default().to_arm(serves), None);
        // Room is waited for in any case.
        let blocked = Situation { is_write_blocked: true, ..serves };
        assert_eq!(Watch::default().to_arm(blocked), Some(WRITE));
        assert_eq!(armed(READ).to_arm(blocked), Some(Interests { readable: true, writable: true }));
    }

    /// The writer may have lost its processor in the middle of it.
    #[test]
    fn room_is_not_waited_for_while_a_thread_writes() {
        let writing = Situation { is_write_blocked: true, is_writing: true, ..IDLE };
        let mut watch = armed(READ);
        assert_eq!(watch.to_arm(writing), None);
        watch.disarmed();
        assert_eq!(watch.to_arm(writing), Some(READ));
        let still_blocked = Situation { is_writing: false, ..writing };
        assert_eq!(armed(READ).to_arm(still_blocked), Some(Interests { readable: true, writable: true }));
    }

    /// A connection that breaks is reported whatever is waited for. Who does not read must not arm then, or
    /// would be told without an end.
    #[test]
    fn a_broken_connection_is_reported_once_while_nothing_is_read() {
        let paused = Situation { is_paused: true, ..IDLE };
        let mut watch = armed(READ);
        assert_eq!(watch.to_arm(paused), Some(NOTHING));
        watch.armed(NOTHING);
        watch.disarmed();
        assert_eq!(watch.to_arm(paused), None);
        // When reading goes on the end is found.
        assert_eq!(watch.to_arm(IDLE), Some(READ));
        let calling = Situation { workers_drive: false, ..IDLE };
        assert_eq!(watch.to_arm(calling), None);
    }

    #[test]
    fn who_arms_without_the_lock_learns_of_a_later_change() {
        let mut watch = Watch::default();
        let first = watch.armed(READ);
        assert!(first.is_current());
        let second = watch.armed(WRITE);
        assert!(!first.is_current() && second.is_current());
        watch.end();
        assert!(!second.is_current());
    }
}
