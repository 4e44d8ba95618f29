//! Which of many descriptors are ready, for any number of threads that wait: epoll. And bells: descriptors that are
//! ready when somebody has rung them.

use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};
use rustix::io::Errno;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// Which of a descriptor's two directions somebody waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interests {
    /// Bytes to read, or the end of the stream.
    pub readable: bool,
    /// Room to write.
    pub writable: bool,
}

impl Interests {
    /// What is waited for of a bell or a timer.
    pub const READABLE: Interests = Interests { readable: true, writable: false };
    /// What is waited for of a socket that is being connected.
    pub const WRITABLE: Interests = Interests { readable: false, writable: true };
}

/// How often a descriptor is told to be ready.
#[derive(Clone, Copy, Debug)]
pub enum Trigger {
    /// To each thread that waits, as long as it is.
    Level(Interests),
    /// To one thread, each time it becomes so.
    Edge(Interests),
    /// To one thread, once, until it is asked for again. The end of what can be read counts, too.
    Once(Interests),
}

/// A new set of watched descriptors.
pub fn new() -> io::Result<OwnedFd> {
    Ok(epoll::create(epoll::CreateFlags::CLOEXEC)?)
}

/// Watches a descriptor. Events carry its number.
pub fn watch(set: impl AsFd, descriptor: impl AsFd, number: u64, trigger: Trigger) -> io::Result<()> {
    Ok(epoll::add(set, descriptor, epoll::EventData::new_u64(number), flags(trigger))?)
}

/// Watches a descriptor otherwise, or again after an event that comes once.
pub fn watch_again(set: impl AsFd, descriptor: impl AsFd, number: u64, trigger: Trigger) -> io::Result<()> {
    Ok(epoll::modify(set, descriptor, epoll::EventData::new_u64(number), flags(trigger))?)
}

/// Stops to watch a descriptor.
pub fn unwatch(set: impl AsFd, descriptor: impl AsFd) -> io::Result<()> {
    Ok(epoll::delete(set, descriptor)?)
}

/// Whether a set watches the very file that is behind a descriptor now: it knows files, not only numbers.
pub fn is_watched(set: impl AsFd, descriptor: impl AsFd) -> bool {
    match epoll::add(&set, &descriptor, epoll::EventData::new_u64(0), epoll::EventFlags::empty()) {
        Err(error) => error == Errno::EXIST,
        Ok(()) => {
            let _ = epoll::delete(&set, &descriptor);
            false
        }
    }
}

/// Waits for one event, so long at most. The number that it carries.
pub fn wait(set: BorrowedFd<'_>, timeout: Duration) -> io::Result<Option<u64>> {
    let nothing = epoll::Event { flags: epoll::EventFlags::empty(), data: epoll::EventData::new_u64(0) };
    let mut events = [nothing];
    let count = epoll::wait(set, &mut events, Timespec::try_from(timeout).ok().as_ref())?;
    Ok((count > 0).then(|| events[0].data.u64()))
}

/// A new bell.
pub fn new_bell() -> io::Result<OwnedFd> {
    Ok(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)
}

/// Rings a bell: it is ready from now on, and an edge comes each time.
pub fn ring(bell: impl AsFd) -> io::Result<()> {
    rustix::io::write(bell, &1_u64.to_ne_bytes())?;
    Ok(())
}

fn flags(trigger: Trigger) -> epoll::EventFlags {
    let (interests, mut flags) = match trigger {
        Trigger::Level(interests) => (interests, epoll::EventFlags::empty()),
        Trigger::Edge(interests) => (interests, epoll::EventFlags::ET),
        Trigger::Once(interests) => (interests, epoll::EventFlags::ONESHOT),
    };
    flags.set(epoll::EventFlags::IN, interests.readable);
    flags.set(epoll::EventFlags::RDHUP, interests.readable && matches!(trigger, Trigger::Once(_)));
    flags.set(epoll::EventFlags::OUT, interests.writable);
    flags
}
