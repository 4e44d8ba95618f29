//! Threads that end in the application's code: `pthread_exit` in a callback, or `pthread_cancel`.
//!
//! The C library ends a thread by unwinding its stack, frame by frame, up to where the thread began. Our frames
//! must not go away like that: they hold locks, and what they have begun is to be finished. So all calls into
//! the application go through [`call_out`]. There the unwinding stops, and it looks as if the function had
//! returned; our code finishes what is under way and calls the application no more, since the thread
//! [is ending](crate::engine::is_ending). A thread of ours then returns from its first function. On one of the
//! application's the unwinding goes on where the application has called us, see [`go_on`]: its cleanup handlers
//! and the destructors of C++ run. What is between the two, in functions that return nothing to drop, is
//! plain: [`go_on`] may unwind it (`extern "C-unwind"`).

#[cfg(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64"))]
mod enter;

#[cfg(all(target_arch = "arm", target_env = "gnu"))]
#[path = "ending/enter_arm.rs"]
mod enter;

use std::cell::Cell;
use std::ffi::c_void;
use std::mem::{MaybeUninit, needs_drop};
use std::ptr::null_mut;

use crate::engine;
use enter::{enter, unwind_on};

thread_local! {
    /// What [`enter`] has returned: what is being thrown, as the unwinder knows it. It is part of the C library's
    /// description of the thread.
    static EXCEPTION: Cell<*mut c_void> = const { Cell::new(null_mut()) };
}

/// Calls a function of the application's. `None`: the thread is to end, the function has not returned.
///
/// The frames that are unwound have nothing to drop.
#[inline]
pub(super) fn call_out<F: FnOnce() -> T, T: Copy>(call: F) -> Option<T> {
    const { assert!(!needs_drop::<F>()) };
    let mut slot = Slot { call: MaybeUninit::new(call), result: MaybeUninit::uninit() };
    // SAFETY: `run` is the one for this slot, which outlives the call.
    let exception = unsafe { enter(run::<F, T>, (&raw mut slot).cast()) };
    if exception.is_null() {
        // SAFETY: `run` has returned.
        return Some(unsafe { slot.result.assume_init() });
    }
    EXCEPTION.set(exception);
    engine::begin_ending();
    None
}

/// To be called at the end of every export: a thread that is to end does so here.
///
/// No frame between here and the application may have anything left to drop.
#[inline]
pub(super) fn go_on() {
    if engine::is_ending() {
        resume();
    }
}

#[cold]
fn resume() {
    let exception = EXCEPTION.replace(null_mut());
    if !exception.is_null() {
        // The application's code is next, and may call us again.
        engine::stop_ending();
        // SAFETY: caught in `call_out`, and not resumed since. Our frames above have nothing to drop.
        unsafe { unwind_on(exception) }
    }
}

/// A call, and room for what it returns.
struct Slot<F, T> {
    call: MaybeUninit<F>,
    result: MaybeUninit<T>,
}

/// # Safety
/// `slot` is a `Slot<F, T>` that has not been run.
unsafe extern "C-unwind" fn run<F: FnOnce() -> T, T: Copy>(slot: *mut c_void) {
    let slot: *mut Slot<F, T> = slot.cast();
    // SAFETY: our caller's promise.
    unsafe {
        let result = (*slot).call.assume_init_read()();
        (*slot).result.write(result);
    }
}

/// Where there is no such function, a thread that ends in a callback ends the process.
#[cfg(not(any(
    target_arch = "x86_64",
    target_arch = "x86",
    target_arch = "aarch64",
    all(target_arch = "arm", target_env = "gnu")
)))]
mod enter {
    use std::ffi::c_void;
    use std::ptr::null_mut;

    pub unsafe fn enter(run: unsafe extern "C-unwind" fn(*mut c_void), slot: *mut c_void) -> *mut c_void {
        // SAFETY: our caller's promise.
        unsafe { run(slot) };
        null_mut()
    }

    pub unsafe fn unwind_on(_exception: *mut c_void) -> ! {
        std::process::abort()
    }
}
