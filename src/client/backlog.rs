//! What may wait for a slow application, and when reading pauses for it.

use super::application::Application;
use super::state::State;
use crate::engine::clock;
use std::time::Instant;

/// Bytes that may wait before no more is read, and when reading goes on.
const HIGH: usize = 8 << 20;
const LOW: usize = 4 << 20;

/// Bytes that may wait before a thread that waits for an answer reads no more either. The answer comes behind
/// what the server has sent before, so there is more room for that.
const HIGH_FOR_WAITERS: usize = 32 << 20;

impl<A: Application> State<A> {
    /// Whether nobody at all may read on before the application has taken some of what waits.
    pub fn holds_too_much(&self) -> bool {
        self.host.backlog >= HIGH_FOR_WAITERS && self.is_connected()
    }

    /// Stops reading when more waits than a client may hold. The silence is ours then, not the server's.
    pub fn pause_if_full(&mut self) {
        if self.host.backlog >= HIGH && !self.reading_paused {
            self.reading_paused = true;
            self.session.pause_reading(clock::now(), true);
        }
    }

    /// Reads on once the application has taken enough of what waits.
    pub fn resume_reading(&mut self, now: Instant) {
        if self.reading_paused && self.host.backlog < LOW {
            self.reading_paused = false;
            self.session.pause_reading(now, false);
            self.has_changed = true;
        }
    }
}
