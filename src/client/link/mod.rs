//! The link to a server: whether there is a connection, and whether somebody is making one.

use crate::engine::Connection;
use crate::engine::resolver::Question;
use crate::transport::SocketFd;
use rustix::net::{Shutdown, shutdown};
use std::sync::Arc;

/// The connection, from the moment when CONNECT can be sent.
pub(super) enum Link {
    Down,
    Up(Connection),
}

/// A thread is in `connect`: from its begin to its end, so also while CONNACK is awaited and the link is up.
pub(super) struct Attempt {
    /// The thread.
    pub thread: usize,
    /// It is to give up, whatever there is still to try.
    pub is_cancelled: bool,
    /// What it waits for, if that is a name's addresses.
    pub resolver: Option<Arc<Question>>,
    /// What it waits for, if that is a socket without a connection yet.
    pub socket: Option<Arc<SocketFd>>,
    /// Why the last connection ended before it was accepted, in words.
    pub ended: Option<String>,
}

impl Attempt {
    /// An attempt of this thread's.
    pub fn new(thread: usize) -> Attempt {
        Attempt { thread, is_cancelled: false, resolver: None, socket: None, ended: None }
    }

    /// Has the thread give up. It wakes if it waits for one of these.
    pub fn cancel(&mut self) {
        self.is_cancelled = true;
        if let Some(resolver) = &self.resolver {
            resolver.cancel();
        }
        if let Some(socket) = &self.socket {
            let _ = shutdown(socket, Shutdown::Both);
        }
    }
}
