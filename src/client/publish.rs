//! Sending what was published: straight into the socket, in company when there is a crowd.

use super::application::Application;
use super::client::Client;
use super::pacing::{Departure, SendRate};
use super::state::State;
use std::time::Instant;

impl<A: Application> Client<A> {
    /// The engine came to flush, and found this thread with the lock.
    #[cold]
    pub(super) fn send_requested(&self) {
        if let Ok(mut state) = self.lock() {
            self.send_answers(&mut state);
        }
    }

    /// Whether the packet may wait a moment for more. The engine comes and flushes within 100 µs.
    pub(super) fn waits_for_more(&self, state: &mut State<A>, now: Instant) -> bool {
        let unsent = state.session.outgoing().len();
        match SendRate::of_this_thread(|rate| state.pacing.departure(rate, unsent, now)) {
            Departure::AtOnce => false,
            Departure::WithOthers => true,
            Departure::OnceFlushed => self.flush_soon(state),
        }
    }
}
