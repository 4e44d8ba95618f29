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
mod reconnect;
pub(super) mod report;
#[cfg(test)]
pub(super) mod testing;
pub(super) mod turn;
pub(super) mod watch;

pub(super) use dialing::{Dialing, Next};
pub(super) use failure::without_connack;
pub(super) use plan::Plan;
#[cfg(feature = "async")]
pub use reconnect::AutomaticReconnect;
#[cfg(feature = "async")]
pub(super) use reconnect::Reconnect;

use crate::engine::{Connection, Interests};
use crate::transport::SocketFd;
use std::sync::Arc;

/// The connection.
pub(super) enum Link {
    Down,
    /// A socket on its way to a connection, and what is waited for: the TCP handshake, or one of a layer's.
    Opening(Arc<SocketFd>, Interests),
    /// From the moment when CONNECT can be sent.
    Up(Connection),
}

impl Link {
    /// The socket to watch.
    pub fn socket(&self) -> Option<&Arc<SocketFd>> {
        match self {
            Link::Down => None,
            Link::Opening(socket, _) => Some(socket),
            Link::Up(connection) => Some(connection.socket()),
        }
    }
}

/// Somebody connects: from the begin to the end, so also while CONNACK is awaited and the link is up.
pub(super) struct Attempt {
    /// The thread that began it.
    pub thread: usize,
    /// It is to end, whatever there is still to try.
    pub is_cancelled: bool,
    /// Why the last connection ended before it was accepted, in words.
    pub ended: Option<String>,
    /// What was wrong with TLS, if that is why.
    pub tls_failure: Option<String>,
}

impl Attempt {
    /// An attempt of this thread's.
    pub fn new(thread: usize) -> Attempt {
        Attempt { thread, is_cancelled: false, ended: None, tls_failure: None }
    }
}
