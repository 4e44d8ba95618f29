//! Helpers that no header declares, but that the original exports and its test programs use
//! (contract A-203). Each thread helper has an old name and a new one.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use libc::{pthread_mutex_t, pthread_t};

use super::ending::call_out;
use super::memory;
use super::our_threads::stack_size;
use crate::engine;

/// What a thread is started with.
type ThreadFunction = Option<unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void>;

/// Use of the heap. Always zero: our memory is the C allocator's, and counted there.
#[repr(C)]
pub struct HeapInfo {
    current_size: UnsafeCell<usize>,
    max_size: UnsafeCell<usize>,
}

// SAFETY: never touched from here.
unsafe impl Sync for HeapInfo {}

static HEAP_INFO: HeapInfo = HeapInfo { current_size: UnsafeCell::new(0), max_size: UnsafeCell::new(0) };

/// The library's use of the heap.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn Heap_get_info() -> *const HeapInfo {
    &HEAP_INFO
}

/// Starts a detached thread, with the stack that the program's own threads have.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn Paho_thread_start(function: ThreadFunction, parameter: *mut c_void) {
    let Some(function) = function else { return };
    let start = Start { function, parameter };
    // There is nobody to report a failure to.
    let _ = std::thread::Builder::new().stack_size(stack_size()).spawn(move || start.run());
}

/// The old name of [`Paho_thread_start`].
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn Thread_start(function: ThreadFunction, parameter: *mut c_void) {
    // SAFETY: our caller's promise.
    unsafe { Paho_thread_start(function, parameter) }
}

/// A new mutex. `rc`, if not NULL, becomes 0 or an errno.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn Paho_thread_create_mutex(rc: *mut c_int) -> *mut pthread_mutex_t {
    let mutex: *mut pthread_mutex_t = memory::zeroed(size_of::<pthread_mutex_t>()).cast();
    let code = match mutex.is_null() {
        true => libc::ENOMEM,
        // SAFETY: new memory, large enough and aligned for every C type.
        false => unsafe { libc::pthread_mutex_init(mutex, std::ptr::null()) },
    };
    if !rc.is_null() {
        // SAFETY: our caller's promise.
        unsafe { rc.write(code) };
    }
    if code != 0 {
        // SAFETY: NULL, or allocated above.
        unsafe { memory::free(mutex.cast()) };
        return null_mut();
    }
    mutex
}

/// The old name of [`Paho_thread_create_mutex`].
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn Thread_create_mutex(rc: *mut c_int) -> *mut pthread_mutex_t {
    // SAFETY: our caller's promise.
    unsafe { Paho_thread_create_mutex(rc) }
}

/// Locks a mutex. 0 or an errno.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn Paho_thread_lock_mutex(mutex: *mut pthread_mutex_t) -> c_int {
    match mutex.is_null() {
        true => libc::EINVAL,
        // SAFETY: not NULL; our caller's promise.
        false => unsafe { libc::pthread_mutex_lock(mutex) },
    }
}

/// The old name of [`Paho_thread_lock_mutex`].
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn Thread_lock_mutex(mutex: *mut pthread_mutex_t) -> c_int {
    // SAFETY: our caller's promise.
    unsafe { Paho_thread_lock_mutex(mutex) }
}

/// Unlocks a mutex. 0 or an errno.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn Paho_thread_unlock_mutex(mutex: *mut pthread_mutex_t) -> c_int {
    match mutex.is_null() {
        true => libc::EINVAL,
        // SAFETY: not NULL; our caller's promise.
        false => unsafe { libc::pthread_mutex_unlock(mutex) },
    }
}

/// The old name of [`Paho_thread_unlock_mutex`].
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn Thread_unlock_mutex(mutex: *mut pthread_mutex_t) -> c_int {
    // SAFETY: our caller's promise.
    unsafe { Paho_thread_unlock_mutex(mutex) }
}

/// The calling thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn Paho_thread_getid() -> pthread_t {
    // SAFETY: always succeeds.
    unsafe { libc::pthread_self() }
}

/// The old name of [`Paho_thread_getid`].
#[unsafe(no_mangle)]
pub extern "C-unwind" fn Thread_getid() -> pthread_t {
    Paho_thread_getid()
}

/// A function on its way to its thread.
struct Start {
    function: unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void,
    parameter: *mut c_void,
}

// SAFETY: both are the caller's, who wants them on another thread.
unsafe impl Send for Start {}

impl Start {
    fn run(self) {
        let Start { function, parameter } = self;
        // SAFETY: the caller's function, with what the caller gave for it. It may end the thread, which it does
        // here, too.
        let _ = call_out(|| unsafe { function(parameter) });
        engine::stop_ending();
    }
}
