//! Whether the engine's workers drive the clients of this process, or the threads that call.
//!
//! As with the original's one thread (contract C-6.1): from when a client with a message callback begins to
//! connect, until no client is connected or connecting. It serves them all, also those without callbacks. So
//! nobody who is connected ever goes back to being driven by the threads that call.

use crate::engine;
use std::sync::atomic::{AtomicUsize, Ordering};

static CLIENTS: Present = Present(AtomicUsize::new(0));

/// Twice the number of clients that are connected or connecting; odd while workers drive them.
struct Present(AtomicUsize);

const IS_ON: usize = 1;
const ONE: usize = 2;

impl Present {
    /// A client begins to connect. Whether workers drive all clients from now on, and did not before.
    fn enter(&self, needs_workers: bool) -> bool {
        self.0.fetch_add(ONE, Ordering::SeqCst);
        needs_workers && self.0.fetch_or(IS_ON, Ordering::SeqCst) & IS_ON == 0
    }

    /// A client is not connected any more. With the last of all it ends that workers drive them.
    fn leave(&self) {
        let leave = |state| Some(if state < 2 * ONE { 0 } else { state - ONE });
        let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, leave);
    }

    fn is_on(&self) -> bool {
        self.0.load(Ordering::SeqCst) & IS_ON != 0
    }
}

/// That a client is connected or connecting, as long as it lives.
pub(super) struct Presence {
    generation: u32,
}

impl Presence {
    /// A client begins to connect. Whether workers drive all clients from now on, and did not before.
    pub fn enter(needs_workers: bool) -> (Presence, bool) {
        let begins = CLIENTS.enter(needs_workers);
        (Presence { generation: engine::generation() }, begins)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // Unless it is a copy that a fork made.
        if self.generation == engine::generation() {
            CLIENTS.leave();
        }
    }
}

/// Whether workers drive all clients.
pub(super) fn is_on() -> bool {
    CLIENTS.is_on()
}

/// To be called after a fork in the child, where no client is connected.
pub(super) fn after_fork_in_child() {
    CLIENTS.0.store(0, Ordering::SeqCst);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contract C-6.1.
    #[test]
    fn workers_drive_from_the_first_client_that_needs_them_to_the_last_of_all() {
        let clients = Present(AtomicUsize::new(0));
        assert!(!clients.enter(false) && !clients.is_on());
        assert!(clients.enter(true) && clients.is_on());
        assert!(!clients.enter(true));
        clients.leave();
        clients.leave();
        assert!(clients.is_on());
        clients.leave();
        assert!(!clients.is_on());
    }
}
