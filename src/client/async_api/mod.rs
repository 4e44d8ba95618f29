//! The API that does not wait: `MQTTAsync_*`. Requests are queued, workers do what is asked for, and the application
//! hears of the outcome.
//!
//! A request goes through [`requests`]: it waits if it cannot be sent at once, and then for its answer. Each worker that
//! visits the client goes on with what there is to do ([`advance`]): [`connect`], [`sending`], [`disconnect`].

mod advance;
mod api;
mod application;
mod client;
mod commands;
mod completion;
mod connect;
mod destroy;
mod disconnect;
mod disconnecting;
mod front_end;
mod options;
mod publish;
mod published;
mod requests;
mod restore;
mod sending;
mod subscribe;
mod telling;
mod to_tell;
mod wanted;

pub use api::AsyncApi;
pub use application::AsyncApplication;
pub use client::AsyncClient;
pub use options::{Buffering, Credentials, DisconnectOptions};
