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

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::{MaybeUninit, needs_drop};
use std::ptr::null_mut;

use crate::engine;

thread_local! {
    /// What is being thrown, as the unwinder knows it. It is part of the C library's description of the thread.
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
        unsafe { _Unwind_Resume(exception) }
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

type Run = unsafe extern "C-unwind" fn(*mut c_void);

unsafe extern "C-unwind" {
    fn _Unwind_Resume(exception: *mut c_void) -> !;
    fn _Unwind_SetGR(context: *mut c_void, register: c_int, value: usize);
    fn _Unwind_SetIP(context: *mut c_void, address: usize);
    fn _Unwind_GetLanguageSpecificData(context: *mut c_void) -> usize;
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
unsafe extern "C-unwind" {
    /// Calls the function. Returns NULL, or what unwinds the stack if a thread's end does: it stops here.
    ///
    /// The language-specific data of this frame is the address where it goes on then, in the register in which
    /// functions return a value. Debuggers see through this frame like through any other.
    #[link_name = "ferro_mqtt_enter"]
    fn enter(run: Run, slot: *mut c_void) -> *mut c_void;
}

/// Writes [`enter`] in assembly, to be seen inside this library only.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! enter {
    ($($line:literal,)*) => {
        std::arch::global_asm!(
            ".pushsection .text.ferro_mqtt_enter, \"ax\", @progbits",
            ".balign 16",
            ".globl ferro_mqtt_enter",
            ".hidden ferro_mqtt_enter",
            ".type ferro_mqtt_enter, @function",
            "ferro_mqtt_enter:",
            ".cfi_startproc",
            ".cfi_personality 0x1b, {personality}", // as distances, in four bytes with a sign
            ".cfi_lsda 0x1b, .Lends_here",
            $($line,)*
            ".cfi_endproc",
            ".size ferro_mqtt_enter, . - ferro_mqtt_enter",
            ".popsection",
            personality = sym stop_here,
        );
    };
}

#[cfg(target_arch = "x86_64")]
enter! {
    "push rbp",
    ".cfi_def_cfa_offset 16",
    ".cfi_offset rbp, -16",
    "mov rbp, rsp",
    ".cfi_def_cfa_register rbp",
    "mov rax, rdi",
    "mov rdi, rsi",
    "call rax",
    "xor eax, eax",
    ".Lends_here:",
    "pop rbp",
    ".cfi_def_cfa rsp, 8",
    "ret",
}

#[cfg(target_arch = "aarch64")]
enter! {
    "stp x29, x30, [sp, #-16]!",
    ".cfi_def_cfa_offset 16",
    ".cfi_offset x29, -16",
    ".cfi_offset x30, -8",
    "mov x29, sp",
    ".cfi_def_cfa_register x29",
    "mov x8, x0",
    "mov x0, x1",
    "blr x8",
    "mov x0, #0",
    ".Lends_here:",
    "ldp x29, x30, [sp], #16",
    ".cfi_def_cfa sp, 0",
    "ret",
}

/// On other processors a thread that ends in a callback still ends the process.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
unsafe extern "C-unwind" fn enter(run: Run, slot: *mut c_void) -> *mut c_void {
    // SAFETY: our caller's promise.
    unsafe { run(slot) };
    null_mut()
}

/// What the unwinder asks when it comes by `enter`: to stop if a thread ends, and to go on otherwise, since
/// an exception of C++ that leaves a callback is an error of the application's.
unsafe extern "C-unwind" fn stop_here(
    _version: c_int,
    actions: c_int,
    _class: u64,
    exception: *mut c_void,
    context: *mut c_void,
) -> c_int {
    const CLEANUP_PHASE: c_int = 2;
    const FORCE_UNWIND: c_int = 8;
    const INSTALL_CONTEXT: c_int = 7;
    const CONTINUE_UNWIND: c_int = 8;
    /// The one in which functions return a value: rax, x0.
    const REGISTER: c_int = 0;
    if actions & CLEANUP_PHASE == 0 || actions & FORCE_UNWIND == 0 {
        return CONTINUE_UNWIND;
    }
    // SAFETY: the unwinder's context, and the address that `enter` names.
    unsafe {
        _Unwind_SetGR(context, REGISTER, exception.addr());
        _Unwind_SetIP(context, _Unwind_GetLanguageSpecificData(context));
    }
    INSTALL_CONTEXT
}
