//! The client APIs in safe Rust: waiting, queues, tokens, callbacks.
//!
//! [`Client`] is the core. What stands behind `MQTTClient_*` is `sync_api`, whose operations wait; behind `MQTTAsync_*`
//! it is `async_api`, whose requests are queued. The core knows an API by two traits, in `api` and `front_end`. A
//! client has two modes:
//!
//! * *Calling*: no client of the process has a message callback. The thread that calls drives the socket,
//!   nobody else.
//! * *Workers*: some client has. The engine's workers drive the sockets of all and run the callbacks: see
//!   `background`. A thread that has to wait takes the socket over meanwhile, so that the answer wakes it
//!   directly.
//!
//! One lock guards a client, and none is held while the application's code runs.

mod api;
mod application;
#[cfg(feature = "async")]
mod async_api;
mod background;
mod backlog;
#[allow(clippy::module_inception, reason = "what a client is, among what is done with one")]
mod client;
mod connect;
mod create;
mod delivery;
mod engaged;
mod front_end;
mod handler;
mod host;
mod io;
mod link;
mod locked;
mod options;
#[cfg(feature = "async")]
mod outcome;
mod pacing;
mod publish;
mod records;
mod registered;
mod registry;
mod state;
mod sync_api;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use crate::engine::{ThreadSupport, set_callback_turn, set_thread_support};
pub use application::{Application, Event, Kind};
#[cfg(feature = "async")]
pub use async_api::{AsyncApi, AsyncApplication, AsyncClient, Buffering, Credentials, DisconnectOptions};
pub use client::{Client, leave_parents_client};
#[cfg(feature = "async")]
pub use link::AutomaticReconnect;
pub use options::{Answer, ConnectOptions, Connected, CreateOptions, MqttVersion, Persistence, WillOptions};
#[cfg(feature = "async")]
pub use outcome::{ConnectionMade, Failure, Outcome, PublishedMessage, Success};
pub use registry::{after_fork_in_child, after_fork_in_parent, at_exit, before_fork};
pub use sync_api::{SyncApi, yield_all};
