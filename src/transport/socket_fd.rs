//! A socket's descriptor, which the program may have closed behind our back.

use crate::sync::DroppedWhole;
use crate::sys::{events, files, sockets};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;

/// The descriptor of a socket, shared by those who wait on it.
///
/// Whoever lets go of it last closes it, and that may be a worker that comes late. By then the program may
/// have closed all descriptors, as daemons do, and opened others, which get the same numbers: such a one is
/// not ours to close.
#[derive(Debug)]
pub struct SocketFd {
    /// Counted only so that it can be kept from being closed.
    fd: DroppedWhole<Arc<OwnedFd>>,
    /// Device and number of the file: which socket this is.
    file: (u64, u64),
    /// Of what stands for several sockets, and cannot be shut down itself.
    bell: Option<Box<SocketFd>>,
}

impl SocketFd {
    /// Takes over a socket that was just made.
    pub fn new(fd: OwnedFd) -> io::Result<SocketFd> {
        let file = files::identity(&fd)?;
        Ok(SocketFd { fd: DroppedWhole::new(Arc::new(fd)), file, bell: None })
    }

    /// Takes over what stands for several sockets, and the event that wakes who waits for it.
    pub(super) fn with_bell(fd: OwnedFd, bell: OwnedFd) -> io::Result<SocketFd> {
        let mut whole = SocketFd::new(fd)?;
        whole.bell = Some(Box::new(SocketFd::new(bell)?));
        Ok(whole)
    }

    /// Wakes whoever waits for it to be connected. It never will be.
    pub fn give_up(&self) {
        let _ = match &self.bell {
            None => sockets::shut_down(self),
            Some(bell) => events::ring(&**bell),
        };
    }

    /// Whether the program has left the descriptor alone.
    pub fn is_ours(&self) -> bool {
        files::identity(self).is_ok_and(|file| file == self.file)
    }
}

impl Drop for SocketFd {
    fn drop(&mut self) {
        if !self.is_ours() {
            std::mem::forget(Arc::clone(&self.fd));
        }
    }
}

impl AsFd for SocketFd {
    #[inline]
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl AsRawFd for SocketFd {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::net::TcpListener;

    use super::*;

    fn target(number: RawFd) -> Option<std::path::PathBuf> {
        fs::read_link(format!("/proc/self/fd/{number}")).ok()
    }

    #[test]
    fn a_descriptor_that_has_become_the_programs_is_not_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut fd = OwnedFd::from(listener);
        let (number, before) = (fd.as_raw_fd(), files::identity(&fd).unwrap());
        let file = File::open("/proc/self/stat").unwrap();
        rustix::io::dup2(&file, &mut fd).unwrap();
        let socket = SocketFd { fd: DroppedWhole::new(Arc::new(fd)), file: before, bell: None };
        assert!(!socket.is_ours());
        drop(socket);
        assert_eq!(target(number), target(file.as_raw_fd()));
    }

    #[test]
    fn a_socket_is_closed_by_who_lets_go_of_it_last() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = Arc::new(SocketFd::new(listener.into()).unwrap());
        let (number, other) = (socket.as_raw_fd(), socket.clone());
        let this = target(number);
        drop(socket);
        assert_eq!(target(number), this);
        drop(other);
        assert_ne!(target(number), this);
    }
}
