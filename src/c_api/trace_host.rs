//! What the trace needs of the C library: local time, and the program's own standard output.

use std::cell::RefCell;
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::sync::{Held, Mutex, hold, release};
use crate::trace;

/// How often to try for standard output, each time after all other threads had their turn. In the
/// middle of a printf a thread has it for a moment only.
const TRIES: usize = 100;

static LOCAL_TIME: LocalTime = LocalTime::new();

thread_local! {
    static HELD: RefCell<Option<Held<()>>> = const { RefCell::new(None) };
}

/// Lets the trace have all this. Once is enough.
pub(super) fn prepare() {
    trace::set_host(trace::Host { ahead_of_utc, write_to_stdout });
}

/// To be called before a fork, on the thread that forks: the C library has a lock around local time,
/// and a child gets it as it is.
pub(super) fn before_fork(may_wait: bool) {
    trace::before_fork(may_wait);
    HELD.set(hold(&LOCAL_TIME.asking, may_wait));
}

/// To be called after a fork, in both processes.
pub(super) fn after_fork() {
    release(HELD.take());
    trace::after_fork();
}

fn ahead_of_utc(seconds: i64) -> i32 {
    LOCAL_TIME.ahead_of_utc(seconds, ask_for_local_time)
}

/// How far local time is ahead of UTC, asked for once a minute.
///
/// The C library takes a lock for the answer, reads the environment and at first a file. That is not
/// for each line, least of all in a handler of a signal or in a child of fork.
struct LocalTime {
    /// The minute that was asked about, counted from 1970, and the answer in seconds.
    answer: AtomicU64,
    asking: Mutex<()>,
}

impl LocalTime {
    const fn new() -> LocalTime {
        // The first minute of 1970 in UTC: wrong in most places, and never looked at.
        LocalTime { answer: AtomicU64::new(0), asking: Mutex::new(()) }
    }

    fn ahead_of_utc(&self, seconds: i64, ask: impl FnOnce(i64) -> i32) -> i32 {
        let minute = u32::try_from(seconds.div_euclid(60)).unwrap_or(0);
        let answer = self.answer.load(Ordering::Relaxed);
        if answer >> 32 == u64::from(minute) {
            return unpack(answer);
        }
        // Who has the lock may be this thread, further up its stack, below the handler of a signal.
        let Some(_asking) = self.asking.try_lock() else { return unpack(answer) };
        let ahead = ask(seconds);
        self.answer.store(u64::from(minute) << 32 | u64::from(ahead as u32), Ordering::Relaxed);
        ahead
    }
}

/// The lower half.
#[allow(clippy::cast_possible_truncation)]
fn unpack(answer: u64) -> i32 {
    answer as u32 as i32
}

/// The system's time ends in 2038 where it has 32 bits, and with it what the C library knows of time zones.
#[allow(clippy::cast_possible_truncation)]
fn ask_for_local_time(seconds: i64) -> i32 {
    let seconds = seconds as libc::time_t;
    let mut local = MaybeUninit::<libc::tm>::uninit();
    // SAFETY: `local` is written unless the result is NULL. All bytes zero are a `tm`, too.
    unsafe {
        if libc::localtime_r(&seconds, local.as_mut_ptr()).is_null() {
            return 0;
        }
        i32::try_from(local.assume_init().tm_gmtoff).unwrap_or(0)
    }
}

/// Writes to the stream that printf writes to, so that the lines of both come in the order in which
/// they were made, wherever standard output goes.
///
/// Never waits for another thread that has locked the stream: it may wait for a lock that is held here.
fn write_to_stdout(block: &[u8]) -> bool {
    // SAFETY: the stream is locked first, and is there until the process ends, open or not; `block` has
    // as many bytes as it says.
    unsafe {
        let stream = stdout;
        if stream.is_null() {
            return true;
        }
        if !(0..TRIES).any(|_| ftrylockfile(stream) == 0 || libc::sched_yield() != 0) {
            return false;
        }
        // What is not written, because standard output is closed or the disk full, is not written again.
        libc::fwrite(block.as_ptr().cast(), 1, block.len(), stream);
        libc::fflush(stream);
        funlockfile(stream);
    }
    true
}

unsafe extern "C" {
    static stdout: *mut libc::FILE;
    fn ftrylockfile(stream: *mut libc::FILE) -> c_int;
    fn funlockfile(stream: *mut libc::FILE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_asked_for_once_a_minute() {
        let local = LocalTime::new();
        let asked = std::cell::Cell::new(0);
        let ask = |seconds| {
            asked.set(asked.get() + 1);
            // Daylight saving ends.
            if seconds < 1_800_000_000 { 7200 } else { -3600 }
        };
        for (seconds, ahead, times) in [
            (1_799_999_940, 7200, 1),
            (1_799_999_941, 7200, 1),
            (1_799_999_999, 7200, 1),
            (1_800_000_000, -3600, 2),
            (1_800_000_059, -3600, 2),
            (1_800_000_060, -3600, 3),
        ] {
            assert_eq!(local.ahead_of_utc(seconds, ask), ahead, "{seconds}");
            assert_eq!(asked.get(), times, "{seconds}");
        }
        // Somebody is asking just now: the last answer must do.
        let asking = local.asking.lock();
        assert_eq!(local.ahead_of_utc(1_900_000_000, ask), -3600);
        assert_eq!(asked.get(), 3);
        drop(asking);
        assert_eq!(local.ahead_of_utc(1_900_000_000, ask), -3600);
        assert_eq!(asked.get(), 4);
    }
}
