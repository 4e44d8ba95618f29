//! Timers of the kernel.

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

/// A timer of the kernel that a worker can wait for like for a socket.
pub struct KernelTimer(Arc<OwnedFd>);

impl KernelTimer {
    pub fn new() -> io::Result<KernelTimer> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        Ok(KernelTimer(Arc::new(timerfd_create(TimerfdClockId::Monotonic, flags)?)))
    }

    /// Fires once, this much later.
    pub fn fire_after(&self, delay: Duration) {
        // A zero would switch the timer off.
        let spec = Itimerspec {
            it_interval: timespec(Duration::ZERO),
            it_value: timespec(delay.max(Duration::from_nanos(1))),
        };
        let _ = timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &spec);
    }

    /// Its descriptor.
    pub fn fd(&self) -> &Arc<OwnedFd> {
        &self.0
    }
}

impl AsFd for KernelTimer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec::try_from(duration).unwrap_or(Timespec { tv_sec: i64::from(i32::MAX), tv_nsec: 0 })
}
