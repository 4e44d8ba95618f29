//! Waiting for a few descriptors, on the calling thread: poll.

use super::events::Interests;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

/// A descriptor that is waited for, and afterwards what has come of it.
pub type Polled<'a> = PollFd<'a>;

/// To wait for a descriptor. Its end counts, too, whatever else is waited for.
pub fn polled<'a>(descriptor: &'a impl AsFd, interests: Interests) -> Polled<'a> {
    let mut flags = PollFlags::empty();
    flags.set(PollFlags::IN, interests.readable);
    flags.set(PollFlags::OUT, interests.writable);
    PollFd::new(descriptor, flags)
}

/// Whether it is ready.
pub fn is_ready(polled: &Polled<'_>) -> bool {
    !polled.revents().is_empty()
}

/// Waits until one of them is ready or the time is up. How many are.
pub fn wait(polled: &mut [Polled<'_>], timeout: Option<Duration>) -> io::Result<usize> {
    // A time too long for the kernel's format is none.
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    Ok(poll(polled, timeout.as_ref())?)
}
