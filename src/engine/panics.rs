//! Panics on our threads. Each is a bug of ours, and must not cost more than the client it happened to.

use super::fork;
use super::registration::Handler;
use crate::trace;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Has a handler do something. A panic ends here: it is traced, and the handler ends its connection. `None` then.
pub(super) fn attend<T>(handler: &dyn Handler, deed: impl FnOnce() -> T) -> Option<T> {
    let generation = fork::generation();
    match catch_unwind(AssertUnwindSafe(deed)) {
        Ok(outcome) => Some(outcome),
        Err(panic) => {
            if generation != fork::generation() {
                // In a child of fork, where this thread has nothing to go on with.
                resume_unwind(panic);
            }
            trace::panicked("a thread of the library", &*panic);
            contain("the end of a connection", || handler.handle_panic());
            None
        }
    }
}

/// Runs code of ours that must not unwind any further. `None`: it has panicked, which is traced.
pub(super) fn contain<T>(place: &str, code: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(code)).inspect_err(|panic| trace::panicked(place, &**panic)).ok()
}
