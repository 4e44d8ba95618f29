//! Locks, and waits for what others do under them.
//!
//! All locks of the crate come from here, since it lives in processes that fork. Each is one word of memory,
//! and what waits for it waits in the kernel, by the address of that word. A child of `fork` has a copy of the
//! word and none of the waiting threads, which is as it should be; a table of waiting threads, as many
//! libraries keep one, would lead the child into the stacks of threads that it does not have.
//!
//! The guards and what can be done with them are those of parking_lot's `lock_api`. As there, a panic does not
//! poison a lock, and a lock that is let go is free: it is not handed over to a thread that waits for it.

#![allow(unsafe_code)] // Only to promise that a lock locks, and to let go of it, or of a value, later.

#[cfg(all(test, feature = "interleavings"))]
pub mod interleavings;
mod place;
mod table;
mod uncancelled;

pub use place::{Place, change_place, enter, place, while_waiting};
pub use table::{Found, Free, Table};
pub use uncancelled::{DroppedWhole, Uncancelled, set_cancellation};

use crate::sys::words;
use std::hint::spin_loop;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Guards data.
pub type Mutex<T> = lock_api::Mutex<RawLock, T>;

/// A [`Mutex`], held.
pub type MutexGuard<'a, T> = lock_api::MutexGuard<'a, RawLock, T>;

/// A lock that is held from one side of a fork to the other, so that no other thread has it then. Without a
/// destructor it can be kept in a variable of the thread that outlives `exit`, in whose handlers a program
/// may fork.
pub type Held<T> = ManuallyDrop<MutexGuard<'static, T>>;

/// Lets go of a lock that was held during a fork.
pub fn release<T>(held: Option<Held<T>>) {
    drop(held.map(ManuallyDrop::into_inner));
}

/// Takes a lock for the time of a fork. Without waiting, the thread may hold it itself already.
pub fn hold<T>(lock: &'static Mutex<T>, may_wait: bool) -> Option<Held<T>> {
    let guard = if may_wait { Some(lock.lock()) } else { lock.try_lock() };
    guard.map(ManuallyDrop::new)
}

/// A lock that is held, together with a share in what it is a part of.
pub struct HeldIn<O, T> {
    owner: Arc<O>,
    lock: *const Mutex<T>,
}

impl<O, T> HeldIn<O, T> {
    /// Takes the lock, if it can be had by the deadline.
    pub fn take(owner: Arc<O>, lock: fn(&O) -> &Mutex<T>, deadline: Instant) -> Option<HeldIn<O, T>> {
        let lock = lock(&owner);
        std::mem::forget(lock.try_lock().or_else(|| lock.try_lock_until(deadline))?);
        let lock = std::ptr::from_ref(lock);
        Some(HeldIn { owner, lock })
    }

    /// What the lock is a part of, and what it guards.
    pub fn parts(&mut self) -> (&O, &mut T) {
        // SAFETY: the lock is a part of the owner, which lives and stays where it is; and it is held by this.
        (&self.owner, unsafe { &mut *(*self.lock).data_ptr() })
    }
}

impl<O, T> Drop for HeldIn<O, T> {
    fn drop(&mut self) {
        // SAFETY: as above. `take` has left it locked, on this thread: a pointer keeps this from being sent.
        unsafe { (*self.lock).force_unlock() };
    }
}

/// How often to look at a lock before waiting in the kernel. Most are held for less time than that takes.
const SPINS: u32 = 100;

const FREE: u32 = 0;
const HELD: u32 = 1;
/// Held, and maybe somebody waits in the kernel. Whoever has waited leaves this behind, since there may be others.
const CONTENDED: u32 = 2;

/// The lock in a [`Mutex`].
pub struct RawLock {
    word: AtomicU32,
}

impl RawLock {
    #[cold]
    fn lock_contended(&self, deadline: Option<Instant>) -> bool {
        let mut seen = self.spin();
        if seen == FREE {
            match self.word.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(other) => seen = other,
            }
        }
        loop {
            if seen != CONTENDED && self.word.swap(CONTENDED, Ordering::Acquire) == FREE {
                return true;
            }
            if !wait_while(&self.word, CONTENDED, deadline) {
                return false;
            }
            seen = self.spin();
        }
    }

    /// Looks for a while whether the lock becomes free, unless others wait for it already.
    fn spin(&self) -> u32 {
        for _ in 0..SPINS {
            match self.word.load(Ordering::Relaxed) {
                HELD => spin_loop(),
                other => return other,
            }
        }
        self.word.load(Ordering::Relaxed)
    }
}

// SAFETY: only who changes the word from FREE has the lock: every other change of a held lock's word is one
// from HELD to CONTENDED, until its holder changes it to FREE.
unsafe impl lock_api::RawMutex for RawLock {
    // A new lock wherever it is named, which is what lock_api asks for.
    #[allow(clippy::declare_interior_mutable_const)]
    const INIT: RawLock = RawLock { word: AtomicU32::new(FREE) };

    type GuardMarker = lock_api::GuardNoSend;

    #[inline]
    fn lock(&self) {
        if !self.try_lock() {
            self.lock_contended(None);
        }
    }

    #[inline]
    fn try_lock(&self) -> bool {
        #[cfg(all(test, feature = "interleavings"))]
        interleavings::point();
        self.word.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[inline]
    unsafe fn unlock(&self) {
        if self.word.swap(FREE, Ordering::Release) == CONTENDED {
            wake(&self.word, 1);
        }
        #[cfg(all(test, feature = "interleavings"))]
        interleavings::point();
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.word.load(Ordering::Relaxed) != FREE
    }
}

// SAFETY: as above; these are the same but for the time.
unsafe impl lock_api::RawMutexTimed for RawLock {
    type Duration = Duration;
    type Instant = Instant;

    fn try_lock_for(&self, timeout: Duration) -> bool {
        use lock_api::RawMutex;
        // A time that no clock can show is none.
        self.try_lock() || self.lock_contended(Instant::now().checked_add(timeout))
    }

    fn try_lock_until(&self, deadline: Instant) -> bool {
        use lock_api::RawMutex;
        self.try_lock() || self.lock_contended(Some(deadline))
    }
}

/// What threads wait for that have looked at the data of a [`Mutex`], and want to look again when it changes.
///
/// Whoever changes the data calls [`Condvar::notify_all`] after it has taken the lock for that, with the lock or
/// soon afterwards. If nobody waits that costs a load.
pub struct Condvar {
    /// How many threads wait. Changes under the lock.
    waiting: AtomicU32,
    /// Counts the calls that have woken somebody. A thread that has seen one number does not fall asleep when
    /// there is another, so that no call is missed between letting go of the lock and falling asleep.
    calls: AtomicU32,
}

/// Whether a wait has ended because its time was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether the time was up, and nobody had called.
    pub fn timed_out(self) -> bool {
        self.0
    }
}

impl Condvar {
    /// One that nobody waits for yet.
    pub const fn new() -> Condvar {
        Condvar { waiting: AtomicU32::new(0), calls: AtomicU32::new(0) }
    }

    /// Wakes all that wait.
    #[inline]
    pub fn notify_all(&self) {
        if self.waiting.load(Ordering::Relaxed) != 0 {
            self.call();
        }
    }

    #[cold]
    fn call(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        wake(&self.calls, i32::MAX.unsigned_abs());
    }

    /// Lets go of the lock, waits for a call, and takes the lock again. May end without a call, too.
    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        self.wait_inner(guard, None);
    }

    /// As [`Condvar::wait`], up to a deadline.
    pub fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, deadline: Instant) -> WaitTimeoutResult {
        WaitTimeoutResult(!self.wait_inner(guard, Some(deadline)))
    }

    fn wait_inner<T>(&self, guard: &mut MutexGuard<'_, T>, deadline: Option<Instant>) -> bool {
        // Under the lock: whoever takes it after this thread sees that it waits, and makes the number another.
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let seen = self.calls.load(Ordering::Relaxed);
        let was_called =
            MutexGuard::unlocked(guard, || while_waiting(|| wait_while(&self.calls, seen, deadline)));
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        was_called
    }
}

impl Default for Condvar {
    fn default() -> Condvar {
        Condvar::new()
    }
}

/// Waits while the word has this value, until somebody wakes this thread. May end early. `false`: the deadline
/// has passed, and the word has still this value.
fn wait_while(word: &AtomicU32, value: u32, deadline: Option<Instant>) -> bool {
    #[cfg(all(test, feature = "interleavings"))]
    if interleavings::is_on() {
        return interleavings::wait_while(word, value, deadline);
    }
    let mut timeout = None;
    if let Some(deadline) = deadline {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return word.load(Ordering::Relaxed) != value;
        }
        timeout = Some(left);
    }
    // Whatever ends this, a signal or the time, the caller looks again.
    words::wait(word, value, timeout);
    true
}

fn wake(word: &AtomicU32, most: u32) {
    words::wake(word, most);
}

#[cfg(test)]
mod tests;
