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

/// What the application has set, if we have changed it.
type OfApplication = Cell<Option<Settings>>;

thread_local! {
    /// What the application has set, while we have disabled it.
    static OF_APPLICATION: OfApplication = const { Cell::new(None) };
}

/// For [`restore`]. `None`: it was disabled before.
pub(super) type State = Option<c_int>;

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
    if OF_APPLICATION.get().is_some() {
        return None;
    }
    let state = set(PTHREAD_CANCEL_DISABLE);
    OF_APPLICATION.set(Some(Settings { state, kind }));
    Some(state)
}

/// Ends what [`disable`] has begun.
pub(super) fn restore(state: State) {
    if let Some(old) = state {
        OF_APPLICATION.set(None);
        set(old);
    }
}

/// Runs the application's code, in which the thread may be cancelled if the application has not disabled that. To be
/// called where an end of the thread is caught: see [`super::ending`].
#[inline]
pub(super) fn as_application<T>(of_application: &OfApplication, call: impl FnOnce() -> T) -> T {
    let Some(settings) = of_application.get() else { return call() };
    of_application.set(None);
    settings.restore();
    let outcome = call();
    of_application.set(Some(Settings::take()));
    outcome
}

/// Hands over what [`as_application`] needs: where that runs, it would have to be looked for.
#[inline]
pub(super) fn with_state_of_application<T>(then: impl FnOnce(&OfApplication) -> T) -> T {
    OF_APPLICATION.with(then)
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
