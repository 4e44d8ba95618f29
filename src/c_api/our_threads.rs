//! What the C library must do for threads of ours: their signals, their stacks, their ends.

use std::ffi::{CStr, c_int, c_long};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::thread::JoinHandleExt;
use std::ptr::{null, null_mut};
use std::sync::Once;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::cancellation;
use crate::client::ThreadSupport;
use crate::engine::clock;

/// How our threads are started and waited for.
pub(super) const SUPPORT: ThreadSupport =
    ThreadSupport { start: with_signals_blocked, begin, stack_size, join, keep_loaded, wait_for_event };

/// The bytes of a signal mask, as the kernel counts them.
const SIGNAL_MASK_SIZE: c_long = 8;

/// With all six arguments of the system call. The size of a signal mask counts for nothing without one, but checkers
/// of memory look at it, and where it is left out it is whatever the register has. Not by the C library's function:
/// that would be a place to cancel the thread in.
fn wait_for_event(epoll: BorrowedFd<'_>, milliseconds: c_int) -> io::Result<Option<u64>> {
    let mut event = libc::epoll_event { events: 0, u64: 0 };
    let (instance, most) = (c_long::from(epoll.as_raw_fd()), c_long::from(1));
    // SAFETY: there is room for one event, and no mask.
    let count = unsafe {
        libc::syscall(
            libc::SYS_epoll_pwait,
            instance,
            &raw mut event,
            most,
            c_long::from(milliseconds),
            null::<libc::sigset_t>(),
            SIGNAL_MASK_SIZE,
        )
    };
    match count {
        1 => Ok(Some(event.u64)),
        0 => Ok(None),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Programs built for the usual 8 MB get them, whatever the process was started with.
const SMALLEST_STACK: usize = 8 << 20;

/// Signals are the application's, and so are the threads that they belong on: a thread inherits the
/// mask of the one that starts it.
fn with_signals_blocked(start: &mut dyn FnMut()) {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `all` is initialised by the first call, `before` by the second if it succeeds.
    let is_blocked = unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) == 0
    };
    start();
    if is_blocked {
        // SAFETY: initialised above.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), null_mut()) };
    }
}

/// A thread of ours is only cancelled in the application's code: see [`super::ending`]. Ours would be left half
/// done, in the middle of a record or of a line of the trace.
fn begin() {
    cancellation::disable();
}

/// What a thread gets that a C program starts without saying more, which is what the original does: `ulimit -s`
/// as the C library has read it, or what the program has set since.
pub(super) fn stack_size() -> usize {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let mut size = 0;
    // SAFETY: asked, and destroyed, only once they are initialised.
    unsafe {
        if libc::pthread_attr_init(attributes.as_mut_ptr()) == 0 {
            libc::pthread_attr_getstacksize(attributes.as_ptr(), &mut size);
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
        }
    }
    size.max(SMALLEST_STACK)
}

/// The C library waits by a clock that people set. So it waits for so long at a time.
const JOIN_STEP: Duration = Duration::from_millis(200);

fn join(thread: JoinHandle<()>, deadline: Instant) -> Result<(), JoinHandle<()>> {
    // On musl it is a pointer in C, and a number for the standard library.
    let id = thread.as_pthread_t() as libc::pthread_t;
    // SAFETY: always succeeds.
    if unsafe { libc::pthread_equal(id, libc::pthread_self()) } != 0 {
        return Err(thread);
    }
    loop {
        let left = deadline.saturating_duration_since(clock::now());
        let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: plain memory to write the time to.
        unsafe { libc::clock_gettime(libc::CLOCK_REALTIME, &mut now) };
        let until = later(now, left.min(JOIN_STEP));
        // SAFETY: the thread has not been joined or detached, since its handle is there.
        match unsafe { libc::pthread_timedjoin_np(id, null_mut(), &until) } {
            0 => {
                // Joined, so there is nothing left to detach.
                let _ = thread.into_pthread_t();
                return Ok(());
            }
            libc::ETIMEDOUT if left > JOIN_STEP => {}
            _ => return Err(thread),
        }
    }
}

fn later(time: libc::timespec, by: Duration) -> libc::timespec {
    let nanoseconds = time.tv_nsec + libc::c_long::from(by.subsec_nanos() as i32);
    let seconds = libc::time_t::try_from(by.as_secs()).unwrap_or(libc::time_t::MAX / 2);
    libc::timespec {
        tv_sec: time.tv_sec + seconds + nanoseconds / 1_000_000_000,
        tv_nsec: nanoseconds % 1_000_000_000,
    }
}

/// Has the dynamic linker keep this library, as if it had been linked with `-z nodelete`.
fn keep_loaded() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let mut found = MaybeUninit::<libc::Dl_info>::uninit();
        // SAFETY: `found` is initialised if the call says that it found something; the name is a string then.
        unsafe {
            if libc::dladdr(keep_loaded as *const _, found.as_mut_ptr()) == 0 {
                return;
            }
            let name = found.assume_init().dli_fname;
            if !name.is_null() && !CStr::from_ptr(name).is_empty() {
                // Never closed. In a program that is linked statically there is nothing to find, or to keep.
                libc::dlopen(name, libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_thread_that_ends_is_joined() {
        let (go, wait) = mpsc::channel();
        let thread = thread::spawn(move || wait.recv().unwrap());
        go.send(()).unwrap();
        assert!(join(thread, clock::now() + LONG).is_ok());
    }

    #[test]
    fn a_thread_that_does_not_end_is_left_at_the_deadline() {
        let (go, wait) = mpsc::channel::<()>();
        let thread = thread::spawn(move || assert!(wait.recv().is_err()));
        let begun = clock::now();
        let thread = join(thread, begun + Duration::from_millis(300)).unwrap_err();
        assert!(clock::now() >= begun + Duration::from_millis(300));
        drop(go);
        assert!(join(thread, clock::now() + LONG).is_ok());
    }

    #[test]
    fn no_thread_joins_itself() {
        let (give, take) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        give.send(thread::spawn(move || tell.send(join(take.recv().unwrap(), clock::now() + LONG)).unwrap()))
            .unwrap();
        assert!(told.recv_timeout(LONG).unwrap().is_err());
    }

    #[test]
    fn times_of_day_are_added_up() {
        let time = |tv_sec, tv_nsec| libc::timespec { tv_sec, tv_nsec };
        let sum = later(time(5, 900_000_000), Duration::from_millis(1200));
        assert_eq!((sum.tv_sec, sum.tv_nsec), (7, 100_000_000));
    }

    #[test]
    fn stacks_are_not_small() {
        assert!(stack_size() >= SMALLEST_STACK);
    }
}
