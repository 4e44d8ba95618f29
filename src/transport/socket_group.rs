//! Several sockets that are being connected, to be waited for as one.

use super::SocketFd;
use rustix::event::{EventfdFlags, epoll, eventfd};
use rustix::io::Errno;
use std::io;
use std::sync::Arc;

/// Is readable when one of its sockets is connected or has failed. A socket that is closed leaves it.
pub struct SocketGroup {
    fd: Arc<SocketFd>,
}

impl SocketGroup {
    /// A group without sockets.
    pub fn new() -> io::Result<SocketGroup> {
        let group = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        // Without one, nobody could wake who waits: there is nothing to shut down.
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        epoll::add(&group, &bell, epoll::EventData::new_u64(0), epoll::EventFlags::IN)?;
        Ok(SocketGroup { fd: Arc::new(SocketFd::with_bell(group, bell)?) })
    }

    /// Adds a socket. One that is in it already stays.
    pub fn add(&self, socket: &SocketFd) -> io::Result<()> {
        match epoll::add(&self.fd, socket, epoll::EventData::new_u64(0), epoll::EventFlags::OUT) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What to wait on.
    pub fn fd(&self) -> &Arc<SocketFd> {
        &self.fd
    }
}
