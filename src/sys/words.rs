//! Waiting for a word of memory to change: futex.

use rustix::thread::futex::{self, Flags, Timespec};
use std::sync::atomic::AtomicU32;
use std::time::Duration;

/// Waits while the word has this value, until somebody [wakes](wake) this thread or the time is up. May end early.
pub fn wait(word: &AtomicU32, value: u32, timeout: Option<Duration>) {
    // A time too long for the kernel's format is none.
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    let _ = futex::wait(word, Flags::PRIVATE, value, timeout.as_ref());
}

/// Wakes so many of the threads that wait, at most.
pub fn wake(word: &AtomicU32, most: u32) {
    let _ = futex::wake(word, Flags::PRIVATE, most);
}
