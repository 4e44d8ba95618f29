//! Sessions against peers in memory: time is moved by hand, nothing waits.

mod connection;
mod incoming;
mod limits;
mod outgoing;
mod pair;
#[cfg(feature = "async")]
mod queued;
mod reconnect;
mod server;
mod simulation;
