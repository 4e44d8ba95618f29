//! What the library does to the process it is in: as little as possible, and only from the first
//! create on (contract A-104).

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};
use std::sync::Once;

use super::boundary::guard_untraced;
use super::cancellation;
use super::our_threads;
use super::trace_host;
use super::version_info::VersionInfo;
use super::{HeldHandles, hold_handles};
use crate::sync::{Held, Mutex, hold, release};
use crate::sync::{Place, place};
use crate::{client, trace};

/// How many clients there are. The trace file is open while there are any. Held during forks: see
/// [`Held`].
static LIVE_CLIENTS: Mutex<usize> = Mutex::new(0);

/// What is held during a fork.
type HeldLocks = (Option<Held<usize>>, HeldHandles);

thread_local! {
    static HELD: RefCell<HeldLocks> = const { RefCell::new((None, [None, None])) };
}

/// A client has been created. The first one starts the trace (contract C-2.6), which begins with what the
/// library says of itself.
pub(super) fn client_created(library: &VersionInfo) {
    prepare();
    let mut live = LIVE_CLIENTS.lock();
    if *live == 0 {
        trace::initialise(&library.pairs());
    }
    *live += 1;
}

/// A client has been destroyed. The last one ends the trace.
pub(super) fn client_destroyed() {
    // What is queued is handed out first, without the lock.
    trace::flush();
    let mut live = LIVE_CLIENTS.lock();
    *live = live.saturating_sub(1);
    if *live == 0 {
        trace::shut_down();
    }
}

/// Whether there is any client.
pub(super) fn has_clients() -> bool {
    *LIVE_CLIENTS.lock() > 0
}

fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        ignore_sigpipe();
        keep_panics_quiet();
        client::set_thread_support(our_threads::SUPPORT);
        cancellation::prepare();
        trace_host::prepare();
        // SAFETY: the functions are ours, take nothing, and live as long as the library, which
        // the C library unregisters them with. Without memory there is nobody to tell.
        unsafe {
            libc::pthread_atfork(Some(before_fork), Some(after_fork_in_parent), Some(after_fork_in_child));
            libc::atexit(at_exit);
        }
    });
}

/// As Paho, and programs rely on it: a write of theirs to a closed socket does not kill them. Where
/// they have a handler of their own it stays.
fn ignore_sigpipe() {
    let mut current = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: asks for the present action, then sets one that is initialised.
    unsafe {
        if libc::sigaction(libc::SIGPIPE, null(), current.as_mut_ptr()) != 0 {
            return;
        }
        let mut action = current.assume_init();
        if action.sa_sigaction == libc::SIG_DFL {
            action.sa_sigaction = libc::SIG_IGN;
            libc::sigaction(libc::SIGPIPE, &action, null_mut());
        }
    }
}

/// A panic is a bug of ours; the application's standard error is not the place to report it. In
/// builds for developers it is.
fn keep_panics_quiet() {
    if !cfg!(debug_assertions) {
        std::panic::set_hook(Box::new(|_| ()));
    }
}

extern "C" fn before_fork() {
    // A signal handler, or a function of a store, may fork in the middle of a call.
    let may_wait = place() == Place::Application;
    client::before_fork(may_wait);
    // Released on the other side. In the order in which they are taken everywhere.
    HELD.set((hold(&LIVE_CLIENTS, may_wait), hold_handles(may_wait)));
    trace_host::before_fork(may_wait);
}

extern "C" fn after_fork_in_parent() {
    trace_host::after_fork();
    release_all();
    client::after_fork_in_parent();
}

extern "C" fn after_fork_in_child() {
    trace_host::after_fork();
    release_all();
    client::after_fork_in_child();
}

fn release_all() {
    let (live_clients, handles) = HELD.take();
    handles.into_iter().for_each(release);
    release(live_clients);
}

extern "C" fn at_exit() {
    let may_wait = place() == Place::Application;
    guard_untraced(
        "exit",
        |_| (),
        || {
            client::at_exit(may_wait);
            Ok(())
        },
    );
    if may_wait {
        trace::flush();
    }
}
