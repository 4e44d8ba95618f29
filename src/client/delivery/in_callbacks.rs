//! Which client's callbacks a thread is in: it cannot wait for their end.

use std::cell::Cell;
use std::ptr;

thread_local! {
    /// The client whose callbacks this thread runs; by address, never used as a pointer.
    static DISPATCHING: Cell<*const ()> = const { Cell::new(ptr::null()) };
}

/// Whether the calling thread is in a callback of this client.
pub(in crate::client) fn is_dispatching<C>(client: &C) -> bool {
    DISPATCHING.get() == ptr::from_ref(client).cast()
}

/// Marks the calling thread as one that is in callbacks, as long as it lives.
pub(super) struct InCallbacks {
    outer: *const (),
}

impl InCallbacks {
    pub(super) fn of<C>(client: &C) -> InCallbacks {
        InCallbacks { outer: DISPATCHING.replace(ptr::from_ref(client).cast()) }
    }
}

impl Drop for InCallbacks {
    fn drop(&mut self) {
        DISPATCHING.set(self.outer);
    }
}

/// For tests in which tasks share a thread: see `sync::interleavings`.
#[cfg(all(test, feature = "interleavings"))]
pub(in crate::client) fn take_mark() -> Box<dyn FnOnce()> {
    let mark = DISPATCHING.replace(ptr::null());
    Box::new(move || DISPATCHING.set(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_in_the_callbacks_of_one_client_at_a_time() {
        let (one, other) = (1_u8, 2_u8);
        let outer = InCallbacks::of(&one);
        assert!(is_dispatching(&one) && !is_dispatching(&other));
        let inner = InCallbacks::of(&other);
        assert!(!is_dispatching(&one) && is_dispatching(&other));
        drop(inner);
        assert!(is_dispatching(&one));
        std::thread::scope(|scope| scope.spawn(|| assert!(!is_dispatching(&one))).join().unwrap());
        drop(outer);
        assert!(!is_dispatching(&one));
    }
}
