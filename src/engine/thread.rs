//! Starting threads of our own in a process that is not ours.

use std::io;
use std::ptr;
use std::sync::OnceLock;
use std::thread::{Builder, JoinHandle};

/// Runs the function it is given such that a thread started in it blocks all signals: they are the
/// application's, and belong on its own threads.
pub type SpawnGuard = fn(&mut dyn FnMut());

static SPAWN_GUARD: OnceLock<SpawnGuard> = OnceLock::new();

/// Callbacks run on our threads, so these get the stack that threads of a C program have.
const STACK_SIZE: usize = 8 << 20;

thread_local! {
    static MARK: u8 = const { 0 };
}

/// Tells the calling thread from all other living ones. `std::thread::current` would leave memory
/// behind on threads that are not ours.
pub fn this_thread() -> usize {
    MARK.with(|mark| ptr::from_ref(mark).addr())
}

/// Sets what surrounds every start of a thread. Changing signal masks is for the C side. Only the first
/// call counts.
pub fn set_spawn_guard(guard: SpawnGuard) {
    let _ = SPAWN_GUARD.set(guard);
}

/// Starts a thread with a name that is visible in `/proc`.
pub fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    let mut builder = Some((Builder::new().name(name.to_owned()).stack_size(STACK_SIZE), body));
    let mut spawned = None;
    let mut start = || {
        if let Some((builder, body)) = builder.take() {
            spawned = Some(builder.spawn(body));
        }
    };
    match SPAWN_GUARD.get() {
        Some(guard) => guard(&mut start),
        None => start(),
    }
    spawned.unwrap_or_else(|| Err(io::Error::other("the thread was not started")))
}
