//! The client APIs in safe Rust: waiting, queues, tokens, callbacks.
//!
//! [`SyncClient`] is what stands behind `MQTTClient_*`. It has two modes:
//!
//! * *Calling*: no client of the process has a message callback. The thread that calls drives the socket,
//!   nobody else.
//! * *Workers*: some client has. The engine's workers drive the sockets of all and run the callbacks: see
//!   `background`. A thread that has to wait takes the socket over meanwhile, so that the answer wakes it
//!   directly.
//!
//! One lock guards a client, and none is held while the application's code runs.

mod application;
mod background;
mod backlog;
mod completion;
mod connect;
mod delivery;
mod disconnect;
mod dispatch;
mod host;
mod lifecycle;
mod link;
mod locked;
mod options;
#[cfg(feature = "async")]
mod outcome;
mod pacing;
mod publish;
mod receive;
mod records;
mod registry;
mod requests;
mod state;
mod subscribe;
#[cfg(test)]
mod tests;
mod waiting;

pub use crate::engine::{ThreadSupport, set_callback_turn, set_thread_support};
pub use application::Application;
pub use lifecycle::SyncClient;
pub use options::{Answer, ConnectOptions, Connected, CreateOptions, MqttVersion, Persistence, WillOptions};
#[cfg(feature = "async")]
pub use outcome::{ConnectionMade, Failure, Outcome, PublishedMessage, Success};
pub use receive::yield_all;
pub use registry::{after_fork_in_child, after_fork_in_parent, at_exit, before_fork};
pub use waiting::leave_parents_client;
