//! The API that waits: `MQTTClient_*`.
//!
//! Each operation is one of [`Client`](super::Client), on the thread that calls, which waits for its answer.

mod completion;
mod connect;
mod destroy;
mod disconnect;
pub(super) mod publish;
mod receive;
mod subscribe;
mod waiting;

pub use receive::yield_all;
