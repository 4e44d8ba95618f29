//! Publishing, whoever waits for room: whether there is some, and whether a packet goes straight into the socket, or
//! in company when there is a crowd.

use super::application::Application;
use super::client::Client;
use super::delivery::in_callbacks::is_dispatching;
use super::locked::Locked;
use super::pacing::{Departure, SendRate, yield_processor};
use super::state::State;
use crate::engine::clock;
use crate::error::Error;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Unsent bytes past which a publisher waits for the server, and how few let it go on.
pub(super) const BACKLOG_HIGH: usize = 1 << 20;
const BACKLOG_LOW: usize = 256 << 10;

impl<A: Application> State<A> {
    /// Whether a message can be published now: [`Error::NotNow`] while the window is full.
    #[inline]
    pub(super) fn may_publish(&self) -> Result<(), Error> {
        self.require_connected()?;
        if self.session.window_is_full() { Err(Error::NotNow) } else { Ok(()) }
    }

    /// Whether so much is unsent that a publisher had better wait.
    #[inline]
    pub(super) fn has_backlog(&self) -> bool {
        self.unsent() >= BACKLOG_HIGH
    }

    /// Whether so little is unsent that publishers may go on.
    pub(super) fn has_little_backlog(&self) -> bool {
        self.unsent() < BACKLOG_LOW
    }
}

impl<A: Application> Client<A> {
    /// Lets a worker go first that tells many completions, and only waits for this processor.
    #[inline]
    pub(super) fn let_worker_finish(&self) {
        if self.completions.need_this_processor() && !is_dispatching(self) {
            yield_processor();
            // Whoever waited for a place in the window has many now.
            SendRate::of_this_thread(|rate| rate.expect_many(clock::now()));
        }
    }

    /// Writes what was just appended, after which much may be left.
    pub(super) fn write_now(&self, state: &mut Locked<'_, A>, now: Instant) -> Result<(), Error> {
        self.flush_requested.store(false, Ordering::Relaxed);
        if state.is_write_blocked() { Ok(()) } else { self.write_out(state, now) }
    }

    /// Lets go of the lock, with what was just appended left to the flush that is due.
    #[inline]
    pub(super) fn leave_to_flush(&self, state: Locked<'_, A>) {
        state.leave_to_flush();
        if self.flush_requested.load(Ordering::Relaxed) {
            self.send_requested();
        }
    }

    /// The engine came to flush, and found this thread with the lock.
    #[cold]
    fn send_requested(&self) {
        if let Ok(mut state) = self.lock() {
            self.send_answers(&mut state);
        }
    }

    /// Whether the packet may wait a moment for more. The engine comes and flushes within 400 µs.
    pub(super) fn waits_for_more(&self, state: &mut State<A>, now: Instant) -> bool {
        let unsent = state.session.outgoing().len();
        match SendRate::of_this_thread(|rate| state.pacing.departure(rate, unsent, now)) {
            Departure::AtOnce => false,
            Departure::WithOthers => true,
            Departure::OnceFlushed => self.flush_soon(state),
        }
    }
}
