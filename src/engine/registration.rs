//! A client's place in the engine.

use super::pool::{Engine, EngineRef, FIRST_HANDLER};
use super::worker::Worker;
use crate::sync::{DroppedWhole, Uncancelled};
use crate::sys::events::{self, Interests, Trigger};
use crate::transport::SocketFd;
use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// Whether a worker could do what it came for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// It could.
    Done,
    /// Another thread is busy with the handler. A worker comes back soon, by [`Handler::handle_deadline`].
    Busy,
}

/// What workers do with a handler. No lock is held when these are called.
pub trait Handler: Send + Sync {
    /// The armed socket is ready. It stays disarmed until it is armed again.
    fn handle_socket(&self, worker: &mut Worker) -> Visit;

    /// A deadline has come, maybe one that no longer matters. Must not wait, nor call into C.
    fn handle_deadline(&self) -> Visit;

    /// [`Registration::post`] was called.
    fn handle_post(&self, worker: &mut Worker) -> Visit;

    /// Writes what a burst left behind. Answers whether to come back: it goes on.
    fn handle_flush(&self) -> bool;

    /// One of the other functions has panicked on this thread. The connection is to end, and to be told lost.
    fn handle_panic(&self);

    /// A callback of this handler takes long; others may use its socket meanwhile.
    fn handle_slow_callback(&self);
}

/// A place in the engine, as long as it lives.
pub struct Registration {
    engine_ref: DroppedWhole<Arc<EngineRef>>,
    key: usize,
}

impl Registration {
    /// Joins the process's engine, which starts if need be.
    pub fn join(handler: Weak<dyn Handler>) -> io::Result<Registration> {
        let _uncancelled = Uncancelled::begin();
        let engine_ref = DroppedWhole::new(EngineRef::take()?);
        // Where there is no room there are others, with references of their own. So this one's end is not the engine's,
        // which would be waited for, under the lock of the client that asks.
        let key = engine_ref.engine.handlers.insert(handler).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Registration { engine_ref, key })
    }

    /// Begins to watch a socket.
    pub fn watch(&self, socket: &SocketFd, interests: Interests) -> io::Result<()> {
        events::watch(&self.engine_ref.engine.epoll, socket, self.token().number(), Trigger::Once(interests))
    }

    /// Has the next worker serve this socket, once.
    pub fn arm(&self, socket: &SocketFd, interests: Interests) {
        self.token().arm(&self.engine_ref.engine, socket, interests);
    }

    /// Stops to watch a socket.
    pub fn unwatch(&self, socket: &SocketFd) {
        let _ = events::unwatch(&self.engine_ref.engine.epoll, socket);
    }

    /// Whether the engine's descriptors are still its own. If not, the engine is of no use, and whoever
    /// [joins](Registration::join) gets another.
    pub fn is_intact(&self) -> bool {
        let is_intact = self.engine_ref.engine.is_intact();
        if !is_intact {
            self.engine_ref.engine.abandon();
        }
        is_intact
    }

    /// Has [`Handler::handle_deadline`] called at that time, among others.
    pub fn set_deadline(&self, at: Instant) {
        self.engine_ref.engine.timers.add(at, self.key);
    }

    /// Has [`Handler::handle_flush`] called within [`FLUSH_AFTER`](super::FLUSH_AFTER). Answers when.
    pub fn flush_soon(&self) -> Instant {
        self.engine_ref.engine.flush_soon(self.key)
    }

    /// Has it called later than was asked for: within this time from now. Answers when, if that is possible.
    ///
    /// That is less work than a flush that comes when all is written, by far.
    pub fn defer_flush(&self, wait: Duration) -> Option<Instant> {
        self.engine_ref.engine.defer_flush(self.key, wait)
    }

    /// Has [`Handler::handle_post`] called by a worker.
    pub fn post(&self) {
        self.engine_ref.engine.post(self.key);
    }

    #[cfg(test)]
    pub(super) fn engine(&self) -> &Engine {
        &self.engine_ref.engine
    }

    pub(super) fn key(&self) -> usize {
        self.key
    }

    /// What [`Worker::arm`] needs to know of this handler.
    pub fn token(&self) -> Token {
        Token(self.key)
    }
}

/// Stands for a handler in its engine, and does not keep it there.
#[derive(Clone, Copy, Debug)]
pub struct Token(usize);

impl Token {
    pub(super) fn key(self) -> usize {
        self.0
    }

    /// What its socket's events carry.
    fn number(self) -> u64 {
        self.0 as u64 + FIRST_HANDLER
    }

    /// Has the next worker serve this socket, once.
    pub(super) fn arm(self, engine: &Engine, socket: &SocketFd, interests: Interests) {
        let _ = events::watch_again(&engine.epoll, socket, self.number(), Trigger::Once(interests));
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.engine_ref.engine.handlers.remove(self.key);
    }
}
