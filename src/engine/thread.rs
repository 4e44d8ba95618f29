//! Starting threads of our own in a process that is not ours, and waiting for their end.

use super::clock;
#[cfg(all(test, feature = "interleavings"))]
use crate::sync::interleavings;
use crate::sys::events;
use std::cell::Cell;
use std::io;
use std::os::fd::BorrowedFd;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// What has to be done to threads of ours, and only the C side can do.
#[derive(Clone, Copy)]
pub struct ThreadSupport {
    /// Runs the function it is given such that a thread started in it blocks all signals: they are the
    /// application's, and belong on its own threads.
    pub start: fn(&mut dyn FnMut()),
    /// What such a thread begins with.
    pub begin: fn(),
    /// The stack for a thread. The application's callbacks run on it.
    pub stack_size: fn() -> usize,
    /// Waits until a thread has ended, but not for the calling thread, and not after the deadline. Gives it back if
    /// it has not ended.
    pub join: fn(JoinHandle<()>, Instant) -> Result<(), JoinHandle<()>>,
    /// Keeps the library's code in memory from now on: a thread that runs it was left to itself.
    pub keep_loaded: fn(),
    /// Waits for one event of an epoll instance, for so many milliseconds at most. What the event carries.
    pub wait_for_event: fn(BorrowedFd<'_>, i32) -> io::Result<Option<u64>>,
}

static SUPPORT: OnceLock<ThreadSupport> = OnceLock::new();

/// The stack of a thread where nobody knows better.
const STACK_SIZE: usize = 8 << 20;

thread_local! {
    static MARK: u8 = const { 0 };
    static IS_ENDING: Cell<bool> = const { Cell::new(false) };
}

/// How many threads are ending. Nearly always none, and to ask that is faster than to ask for one thread.
static ENDING: AtomicUsize = AtomicUsize::new(0);

/// The application has ended the calling thread in one of its callbacks. What is under way is to be finished,
/// without further callbacks and without waiting, and then the thread ends.
pub fn begin_ending() {
    if !IS_ENDING.replace(true) {
        ENDING.fetch_add(1, Ordering::Relaxed);
    }
}

/// The calling thread is about to end, and our part of that is done.
pub fn stop_ending() {
    if IS_ENDING.replace(false) {
        ENDING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether the calling thread is ending: see [`begin_ending`].
#[inline]
pub fn is_ending() -> bool {
    ENDING.load(Ordering::Relaxed) != 0 && is_this_ending()
}

#[cold]
fn is_this_ending() -> bool {
    IS_ENDING.get()
}

/// Tells the calling thread from all other living ones. `std::thread::current` would leave memory
/// behind on threads that are not ours.
pub fn this_thread() -> usize {
    #[cfg(all(test, feature = "interleavings"))]
    if interleavings::is_on() {
        return interleavings::this_task();
    }
    MARK.with(|mark| ptr::from_ref(mark).addr())
}

/// Sets how threads are started and waited for. Only the first call counts.
pub fn set_thread_support(support: ThreadSupport) {
    let _ = SUPPORT.set(support);
}

/// Waits for one event of an epoll instance, for so many milliseconds at most. What the event carries.
pub fn wait_for_event(epoll: BorrowedFd<'_>, milliseconds: i32) -> io::Result<Option<u64>> {
    if let Some(support) = SUPPORT.get() {
        return (support.wait_for_event)(epoll, milliseconds);
    }
    #[cfg(all(test, feature = "interleavings"))]
    if interleavings::is_on() {
        let ask = || events::wait(epoll, Duration::ZERO).transpose();
        return interleavings::ask_until(None, ask).transpose();
    }
    events::wait(epoll, Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0)))
}

/// Starts a thread with a name that is visible in `/proc`.
pub fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    let support = SUPPORT.get();
    let stack_size = support.map_or(STACK_SIZE, |support| (support.stack_size)());
    let body = move || {
        if let Some(support) = support {
            (support.begin)();
        }
        body();
        stop_ending();
    };
    #[cfg(all(test, feature = "interleavings"))]
    if interleavings::is_on() {
        interleavings::spawn(body);
        // Stands for the task: it is not waited for.
        return Builder::new().spawn(|| ());
    }
    let mut builder = Some((Builder::new().name(name.to_owned()).stack_size(stack_size), body));
    let mut spawned = None;
    let mut start = || {
        if let Some((builder, body)) = builder.take() {
            spawned = Some(builder.spawn(body));
        }
    };
    match support {
        Some(support) => (support.start)(&mut start),
        None => start(),
    }
    spawned.unwrap_or_else(|| Err(io::Error::other("the thread was not started")))
}

/// Waits until a thread of ours has ended. One that has not by the deadline is left to itself, and so is the
/// calling thread: then the code that it runs stays in memory.
pub fn join(thread: JoinHandle<()>, deadline: Instant) {
    match SUPPORT.get() {
        Some(support) => {
            if (support.join)(thread, deadline).is_err() {
                (support.keep_loaded)();
            }
        }
        // Without C nothing can unload the code.
        None => drop(thread),
    }
}

/// Gives a thread of ours back, unless it has ended, to its last destructor. It is never waited for.
///
/// When its first function has returned is not the end: then the application's destructors for the thread run, and
/// our code.
pub fn keep_unless_ended(thread: JoinHandle<()>) -> Option<JoinHandle<()>> {
    match SUPPORT.get() {
        Some(support) => (support.join)(thread, clock::now()).err(),
        None => (!thread.is_finished()).then_some(thread),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_thread_is_ending_by_itself() {
        begin_ending();
        begin_ending();
        assert!(is_ending());
        std::thread::scope(|scope| scope.spawn(|| assert!(!is_ending())).join().unwrap());
        stop_ending();
        stop_ending();
        assert!(!is_ending());
    }

    #[test]
    fn a_thread_of_ours_has_its_name_and_its_own_mark() {
        let (tell, told) = channel();
        let body = move || {
            let name = std::fs::read_to_string("/proc/thread-self/comm").unwrap();
            tell.send((name, this_thread())).unwrap();
        };
        let thread = spawn("of-ours", body).unwrap();
        let (name, mark) = told.recv().unwrap();
        thread.join().unwrap();
        assert_eq!((name.trim_end(), mark != this_thread()), ("of-ours", true));
        assert_eq!(this_thread(), this_thread());
    }
}
