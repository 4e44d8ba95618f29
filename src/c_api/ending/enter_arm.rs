//! The frame at which the end of a thread stops, for ARM of 32 bits.
//!
//! C is compiled without tables for unwinding there. So the C library unwinds nothing of a program in C: it jumps to
//! where a cleanup handler was pushed last, as the macro `pthread_cleanup_push` does it, or to where the thread began.
//! This frame is such a place. It uses the functions that the macro uses, which are in every program with a cleanup
//! handler; only that it goes on where the macro would go on unwinding.
//!
//! An exception of C++ that leaves a callback is an error of the application's, and ends the process in our frames
//! behind this one.

use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;

pub type Run = unsafe extern "C-unwind" fn(*mut c_void);

/// `__pthread_unwind_buf_t` of glibc: a `jmp_buf` of 64 words, whether signals are kept, and four pointers.
#[repr(C, align(8))]
struct Place([u32; SIZE / 4]);

/// Of that, with what keeps the stack aligned.
const SIZE: usize = 280;

unsafe extern "C-unwind" {
    fn __pthread_register_cancel(place: *mut Place);
    fn __pthread_unregister_cancel(place: *mut Place);
    fn __pthread_unwind_next(place: *mut Place) -> !;
    fn __sigsetjmp(place: *mut Place, keep_signals: c_int) -> c_int;
}

unsafe extern "C-unwind" {
    /// Calls the function. Returns NULL, or something else if the thread is to end, which comes here then.
    #[link_name = "ferro_mqtt_enter"]
    pub fn enter(run: Run, slot: *mut c_void) -> *mut c_void;
}

std::arch::global_asm!(
    ".pushsection .text.ferro_mqtt_enter, \"ax\", %progbits",
    ".arm",
    ".balign 4",
    ".globl ferro_mqtt_enter",
    ".hidden ferro_mqtt_enter",
    ".type ferro_mqtt_enter, %function",
    "ferro_mqtt_enter:",
    ".fnstart",
    "push {{r4, r5, r6, lr}}",
    ".save {{r4, r5, r6, lr}}",
    "sub sp, sp, #{size}",
    ".pad #{size}",
    "mov r4, r0",
    "mov r5, r1",
    "mov r0, sp",
    "mov r1, #0",
    "bl {remember}",
    "cmp r0, #0",
    "bne 2f",
    "mov r0, sp",
    "bl {register}",
    "mov r0, r5",
    "blx r4",
    "mov r4, #0",
    "1:",
    "mov r0, sp",
    "bl {unregister}",
    "mov r0, r4",
    "add sp, sp, #{size}",
    "pop {{r4, r5, r6, pc}}",
    "2:", // the thread ends
    "mov r4, #1",
    "b 1b",
    ".fnend",
    ".size ferro_mqtt_enter, . - ferro_mqtt_enter",
    ".popsection",
    size = const SIZE,
    remember = sym __sigsetjmp,
    register = sym __pthread_register_cancel,
    unregister = sym __pthread_unregister_cancel,
);

/// Goes on with the end of the thread, from the caller's frame on.
///
/// # Safety
/// The thread is ending.
pub unsafe fn unwind_on(_exception: *mut c_void) -> ! {
    let mut place = MaybeUninit::uninit();
    // SAFETY: this is the macro's way from one handler to the next one. What jumps goes there, and not here.
    unsafe {
        __pthread_register_cancel(place.as_mut_ptr());
        __pthread_unwind_next(place.as_mut_ptr())
    }
}
