//! Threads that are cancelled (`pthread_cancel`) while they are in a call. Decision 14.
//!
//! A call that may block looks at its two edges whether its thread has been cancelled, and is not to be cancelled
//! in between: nothing stays locked, and the client goes on working from other threads. The functions here
//! may unwind, as far as the C library does that to end a thread. Nothing that has a destructor may be alive in
//! the frames that call them, nor may they run inside of what catches panics.

use std::cell::Cell;
use std::ffi::c_int;

use crate::sync::{Place, place, set_cancellation};

unsafe extern "C-unwind" {
    fn pthread_setcancelstate(state: c_int, old: *mut c_int) -> c_int;
    fn pthread_setcanceltype(kind: c_int, old: *mut c_int) -> c_int;
    fn pthread_testcancel();
}

const PTHREAD_CANCEL_DISABLE: c_int = 1;
const PTHREAD_CANCEL_DEFERRED: c_int = 0;

/// Whether a thread may be cancelled, and at once or where the C library looks for that.
#[derive(Clone, Copy)]
pub(super) struct Settings {
    state: c_int,
    kind: c_int,
}

impl Settings {
    /// Changes them to what our code needs, and returns what they were.
    ///
    /// Who cancels a thread that may be cancelled at any time sends it a signal. glibc 2.36 looks at the kind alone when
    /// that arrives, even if the thread has disabled cancellation meanwhile. So the kind is deferred where our code runs.
    #[inline]
    fn take() -> Settings {
        Settings { kind: set_kind(PTHREAD_CANCEL_DEFERRED), state: set(PTHREAD_CANCEL_DISABLE) }
    }

    #[inline]
    fn restore(self) {
        set(self.state);
        restore_kind(self.kind);
    }
}

/// How a thread may be cancelled just now.
#[derive(Clone, Copy)]
pub(super) enum Now {
    /// As the application has it.
    AsApplication,
    /// Not at all. The application has these settings.
    Disabled { settings: Settings, between_callbacks: bool },
    /// In our code between two callbacks: as the application has it, but for its kind. So nothing that the C library
    /// might cancel the thread in may be called without [`disable`].
    BetweenCallbacks { kind: c_int },
}

/// How the thread that has it may be cancelled just now.
type OfThread = Cell<Now>;

thread_local! {
    static OF_THREAD: OfThread = const { Cell::new(Now::AsApplication) };
}

/// For [`restore`]: whether it was not disabled before.
pub(super) type State = bool;

/// Lets the other rooms disable cancellation, too. Once is enough.
pub(super) fn prepare() {
    set_cancellation((disable, restore));
}

/// From now on the calling thread is not cancelled, but in the application's code. It must not be one that may be
/// cancelled at any time.
pub(super) fn disable() -> State {
    disable_over(PTHREAD_CANCEL_DEFERRED)
}

/// As [`disable`], for a thread whose kind is deferred now, and in the application's code is this.
fn disable_over(kind: c_int) -> State {
    let (kind, between_callbacks) = match OF_THREAD.get() {
        Now::Disabled { .. } => return false,
        Now::AsApplication => (kind, false),
        Now::BetweenCallbacks { kind } => (kind, true),
    };
    let settings = Settings { state: set(PTHREAD_CANCEL_DISABLE), kind };
    OF_THREAD.set(Now::Disabled { settings, between_callbacks });
    true
}

/// Ends what [`disable`] has begun.
pub(super) fn restore(state: State) {
    let Now::Disabled { settings, between_callbacks } = OF_THREAD.get() else { return };
    if state {
        OF_THREAD.set(match between_callbacks {
            true => Now::BetweenCallbacks { kind: settings.kind },
            false => Now::AsApplication,
        });
        set(settings.state);
    }
}

/// Runs the application's code, in which the thread may be cancelled if the application has not disabled that. To be
/// called where an end of the thread is caught: see [`super::ending`].
#[inline]
pub(super) fn as_application<T>(of_thread: &OfThread, call: impl FnOnce() -> T) -> T {
    match of_thread.get() {
        Now::AsApplication => call(),
        Now::BetweenCallbacks { kind } => {
            of_thread.set(Now::AsApplication);
            restore_kind(kind);
            let outcome = call();
            of_thread.set(Now::BetweenCallbacks { kind: set_kind(PTHREAD_CANCEL_DEFERRED) });
            outcome
        }
        Now::Disabled { settings, between_callbacks } => {
            of_thread.set(Now::AsApplication);
            settings.restore();
            let outcome = call();
            of_thread.set(Now::Disabled { settings: Settings::take(), between_callbacks });
            outcome
        }
    }
}

/// Hands over what [`as_application`] needs: where that runs, it would have to be looked for.
#[inline]
pub(super) fn with_state_of_thread<T>(then: impl FnOnce(&OfThread) -> T) -> T {
    OF_THREAD.with(then)
}

/// Runs callbacks one after the other, on a thread of ours. To allow that it is cancelled, and to disable it again, is a
/// good part of a short callback; so that is done once for all of them.
pub(super) fn allow_in_callbacks<T>(callbacks: impl FnOnce() -> T) -> T {
    let Now::Disabled { settings, .. } = OF_THREAD.get() else { return callbacks() };
    OF_THREAD.set(Now::BetweenCallbacks { kind: settings.kind });
    set(settings.state);
    let _allowed = Allowed;
    callbacks()
}

/// Ends what [`allow_in_callbacks`] has begun, also if a callback has ended the thread or we have panicked.
struct Allowed;

impl Drop for Allowed {
    fn drop(&mut self) {
        disable();
        if let Now::Disabled { settings, .. } = OF_THREAD.get() {
            OF_THREAD.set(Now::Disabled { settings, between_callbacks: false });
        }
    }
}

fn set(state: c_int) -> c_int {
    let mut old = PTHREAD_CANCEL_DISABLE;
    // SAFETY: a valid state, and a place to write to.
    unsafe { pthread_setcancelstate(state, &mut old) };
    old
}

/// Ends the thread if it has been cancelled, and may be, unless it is in a call that a signal handler has
/// interrupted.
#[inline]
pub(super) fn look() {
    if place() == Place::Application {
        // SAFETY: see above for what it asks of those who call this.
        unsafe { pthread_testcancel() };
    }
}

/// An export between its two edges, that may block, or need not after all.
pub(super) struct Between {
    /// How the application has its thread cancelled: deferred, or at any time.
    kind: c_int,
    disabled: Cell<Option<State>>,
}

impl Between {
    /// To be called before something that may block or that the C library might cancel the thread in, which is all but
    /// memory and the system calls for sockets. From now on the thread is not cancelled.
    pub fn may_block(&self) {
        if self.disabled.get().is_none() {
            self.disabled.set(Some(disable_over(self.kind)));
        }
    }
}

/// Runs an export that may block, and that the thread may end after, whatever has come of it.
#[inline]
pub(super) fn at_edges<T: Copy>(export: impl FnOnce() -> T + Copy) -> T {
    at_edges_if(|_| true, export)
}

/// Runs an export that may block. `is_empty`: the program loses nothing with the outcome, as it would with a
/// message.
#[inline]
pub(super) fn at_edges_if<T: Copy>(
    is_empty: impl FnOnce(&T) -> bool + Copy,
    export: impl FnOnce() -> T + Copy,
) -> T {
    between_edges(is_empty, |between| {
        between.may_block();
        export()
    })
}

/// As [`at_edges_if`], for an export that often need not block, and says so if it does.
///
/// A thread that may be cancelled at any time may end anywhere in here. What is copied has no destructor, and what
/// the export needs has a frame of its own; so there is nothing to do for this one when it is unwound.
#[inline]
pub(super) fn between_edges<T: Copy>(
    is_empty: impl FnOnce(&T) -> bool + Copy,
    export: impl FnOnce(&Between) -> T + Copy,
) -> T {
    // This comes first, since only from here on the thread does not end just anywhere. And it is enough where nothing
    // looks whether the thread is cancelled.
    let between = Between { kind: set_kind(PTHREAD_CANCEL_DEFERRED), disabled: Cell::new(None) };
    look();
    let outcome = run(|| export(&between));
    if let Some(state) = between.disabled.get() {
        restore(state);
    }
    if is_empty(&outcome) {
        look();
    }
    restore_kind(between.kind);
    outcome
}

/// Runs an export that does not block, but may call what the C library might cancel the thread in: it writes files, or
/// starts threads. That the thread has been cancelled is left to what the program calls next.
#[cfg(feature = "async")]
pub(super) fn in_one_piece<T: Copy>(export: impl FnOnce() -> T + Copy) -> T {
    let kind = set_kind(PTHREAD_CANCEL_DEFERRED);
    let state = disable_over(kind);
    let outcome = run(export);
    restore(state);
    restore_kind(kind);
    outcome
}

/// Runs an export that does not block, nor calls anything that the C library might cancel the thread in. It ends here
/// only if it may be cancelled at any time, and before or after the export.
#[inline]
pub(super) fn at_once<T: Copy>(export: impl FnOnce() -> T + Copy) -> T {
    let kind = set_kind(PTHREAD_CANCEL_DEFERRED);
    let outcome = run(export);
    restore_kind(kind);
    outcome
}

/// Ends what `set_kind(PTHREAD_CANCEL_DEFERRED)` has begun. A thread that may be cancelled at any time may end here.
#[inline]
fn restore_kind(kind: c_int) {
    if kind != PTHREAD_CANCEL_DEFERRED {
        set_kind(kind);
    }
}

fn set_kind(kind: c_int) -> c_int {
    let mut old = PTHREAD_CANCEL_DEFERRED;
    // SAFETY: a valid type, and a place to write to.
    unsafe { pthread_setcanceltype(kind, &mut old) };
    old
}

#[inline(never)]
fn run<T>(export: impl FnOnce() -> T) -> T {
    export()
}
