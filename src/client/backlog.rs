//! What may wait for a slow application, and when reading pauses for it.

use super::api::Api;
use super::application::Application;
use super::state::State;
use crate::engine::clock;
use std::time::Instant;

impl<A: Application> State<A> {
    /// Whether nobody at all may read on before the application has taken some of what waits.
    pub fn holds_too_much(&self) -> bool {
        self.host.inbox.is_overfull() && self.is_connected() && !self.takes_in()
    }

    /// Whether messages wait without a limit, since the application has no callback for them, nor another way to
    /// take them.
    fn takes_in(&self) -> bool {
        A::Api::NEEDS_CALLBACK && !self.has_message_callback()
    }

    /// Stops reading when more waits than a client may hold. The silence is ours then, not the server's.
    pub fn pause_if_full(&mut self) {
        if self.takes_in() {
            // Nobody would ever end the pause (contract ).
            return;
        }
        if self.host.inbox.pause_if_full() {
            self.session.pause_reading(clock::now(), true);
        }
    }

    /// Reads on once the application has taken enough of what waits.
    pub fn resume_reading(&mut self, now: Instant) {
        if self.host.inbox.resume_if_taken() {
            self.session.pause_reading(now, false);
            self.has_changed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::client::testing::{Program, state, waiting};
    use crate::engine::clock;

    #[test]
    fn reading_stops_behind_a_slow_application_and_goes_on_behind_it() {
        let mut state = state(&Program::default());
        state.host.inbox.push(waiting("large", 8 << 20));
        state.pause_if_full();
        assert!(state.host.inbox.is_paused() && !state.has_changed);
        // Without a connection nothing is read anyway.
        assert!(!state.holds_too_much());
        state.host.inbox.pop();
        state.resume_reading(clock::now());
        assert!(!state.host.inbox.is_paused() && state.has_changed);
    }
}
