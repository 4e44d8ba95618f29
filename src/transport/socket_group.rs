//! Several sockets that are being connected, to be waited for as one.

use super::SocketFd;
use crate::sys::events::{self, Interests, Trigger};
use std::io;
use std::sync::Arc;

/// Is readable when one of its sockets is connected or has failed. A socket that is closed leaves it.
pub struct SocketGroup {
    fd: Arc<SocketFd>,
}

impl SocketGroup {
    /// A group without sockets.
    pub fn new() -> io::Result<SocketGroup> {
        let group = events::new()?;
        // Without one, nobody could wake who waits: there is nothing to shut down.
        let bell = events::new_bell()?;
        events::watch(&group, &bell, 0, Trigger::Level(Interests::READABLE))?;
        Ok(SocketGroup { fd: Arc::new(SocketFd::with_bell(group, bell)?) })
    }

    /// Adds a socket. One that is in it already stays.
    pub fn add(&self, socket: &SocketFd) -> io::Result<()> {
        match events::watch(&self.fd, socket, 0, Trigger::Level(Interests::WRITABLE)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    /// What to wait on.
    pub fn fd(&self) -> &Arc<SocketFd> {
        &self.fd
    }
}
