//! Whether the engine's workers drive the clients of this process, or the threads that call.
//!
//! As with the original's one thread (contract C-6.1): from when a client with a message callback begins to
//! connect, until no client is connected or connecting. It serves them all, also those without callbacks. So
//! nobody who is connected ever goes back to being driven by the threads that call.

use crate::engine;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Twice the number of clients that are connected or connecting; odd while workers drive them.
static STATE: AtomicUsize = AtomicUsize::new(0);

const IS_ON: usize = 1;
const ONE: usize = 2;

/// That a client is connected or connecting, as long as it lives.
pub(super) struct Presence {
    generation: u32,
}

impl Presence {
    /// A client begins to connect. Whether workers drive all clients from now on, and did not before.
    pub fn enter(has_callbacks: bool) -> (Presence, bool) {
        STATE.fetch_add(ONE, Ordering::SeqCst);
        let presence = Presence { generation: engine::generation() };
        let begins = has_callbacks && STATE.fetch_or(IS_ON, Ordering::SeqCst) & IS_ON == 0;
        (presence, begins)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if self.generation != engine::generation() {
            return; // A copy that a fork made.
        }
        let leave = |state| Some(if state < 2 * ONE { 0 } else { state - ONE });
        let _ = STATE.fetch_update(Ordering::SeqCst, Ordering::SeqCst, leave);
    }
}

/// Whether workers drive all clients.
pub(super) fn is_on() -> bool {
    STATE.load(Ordering::SeqCst) & IS_ON != 0
}

/// To be called after a fork in the child, where no client is connected.
pub(super) fn after_fork_in_child() {
    STATE.store(0, Ordering::SeqCst);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contract C-6.1. The only test that has clients in this process.
    #[test]
    fn workers_drive_from_the_first_client_with_callbacks_to_the_last_of_all() {
        let (plain, begins) = Presence::enter(false);
        assert!(!begins && !is_on());
        let (with_callbacks, begins) = Presence::enter(true);
        assert!(begins && is_on());
        let (another, begins) = Presence::enter(true);
        assert!(!begins);
        drop((with_callbacks, another));
        assert!(is_on());
        drop(plain);
        assert!(!is_on());
    }
}
