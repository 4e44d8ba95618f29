//! The kernel's ticks.

use rustix::time::{ClockId, clock_gettime};

/// Seconds and nanoseconds from some moment on.
pub use rustix::time::Timespec;

/// The monotonic time as of the last tick, which is known without looking at a clock.
#[inline]
pub fn coarse() -> Timespec {
    clock_gettime(ClockId::MonotonicCoarse)
}
