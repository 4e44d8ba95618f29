//! The link to a server: whether there is a connection, whether somebody is making one, whose [`turn`] it is to
//! read, and what the engine is to [`watch`].
//!
//! How one is made is in [`plan`] (what to try), [`connecting`] (a state machine for it) and [`dialing`] (with the
//! network).

mod connecting;
mod dialing;
mod failure;
mod plan;
#[cfg(feature = "async")]
#[allow(dead_code, reason = "the asynchronous API is being built")]
mod reconnect;
#[cfg(test)]
pub(super) mod testing;
pub(super) mod turn;
pub(super) mod watch;

pub(super) use dialing::{Dialing, Next};
pub(super) use failure::without_connack;
pub(super) use plan::Plan;
#[cfg(feature = "async")]
#[allow(unused_imports, reason = "the asynchronous API is being built")]
pub use reconnect::AutomaticReconnect;
#[cfg(feature = "async")]
#[allow(unused_imports, reason = "the asynchronous API is being built")]
pub(super) use reconnect::Reconnect;

use crate::engine::Connection;
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
    /// What it waits for, if that is a socket without a connection yet.
    pub socket: Option<Arc<SocketFd>>,
    /// Why the last connection ended before it was accepted, in words.
    pub ended: Option<String>,
}

impl Attempt {
    /// An attempt of this thread's.
    pub fn new(thread: usize) -> Attempt {
        Attempt { thread, is_cancelled: false, socket: None, ended: None }
    }

    /// Has the thread give up. It wakes if it waits for its socket; callers wake it if it waits for something else.
    pub fn cancel(&mut self) {
        self.is_cancelled = true;
        if let Some(socket) = &self.socket {
            let _ = shutdown(socket, Shutdown::Both);
        }
    }
}
