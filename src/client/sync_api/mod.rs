//! The API that waits: `MQTTClient_*`.
//!
//! Each operation is one of [`Client`](super::Client), on the thread that calls, which waits for its answer.

mod api;
mod completion;
mod connect;
mod destroy;
mod disconnect;
mod front_end;
mod publish;
mod receive;
mod requests;
mod subscribe;
mod waiting;

pub use api::SyncApi;
#[cfg(test)]
pub(super) use api::ToTell;
pub use receive::yield_all;
