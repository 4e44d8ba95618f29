//! Where a thread runs.

/// The number of the processor that runs the calling thread, just now.
#[inline]
pub fn current() -> usize {
    rustix::thread::sched_getcpu()
}
