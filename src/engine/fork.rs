//! What is left of a process after `fork`: in the child, a copy of everything but the threads.
//!
//! The child's copies of sockets, of the engine, and of clients that had a connection belong to the parent:
//! touching them would write into its connections. So the child begins a new generation, and what is of another
//! one is dead.

use super::pool::{CURRENT, EngineRef};
use crate::sync::{Held, hold, release};
use std::cell::RefCell;
use std::sync::Weak;
use std::sync::atomic::{AtomicU32, Ordering};

static GENERATION: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static HELD: RefCell<Option<Held<Weak<EngineRef>>>> = const { RefCell::new(None) };
}

/// The number of forks between the first process and this one.
pub fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// To be called before a fork, on the thread that forks.
pub fn before_fork(may_wait: bool) {
    HELD.set(hold(&CURRENT, may_wait));
}

/// To be called after a fork in the parent.
pub fn after_fork_in_parent() {
    release(HELD.take());
}

/// To be called after a fork in the child.
pub fn after_fork_in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    let mut held = HELD.take();
    if let Some(current) = &mut held {
        // Its workers did not come along. Whoever holds the old engine is dead, too.
        ***current = Weak::new();
    }
    release(held);
}
