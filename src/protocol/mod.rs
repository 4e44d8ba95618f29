//! MQTT 3.1, 3.1.1 and 5.0: packets and sessions, for all three versions together.
//!
//! Sans-IO: bytes and the time come in, bytes and events go out. No socket, file, lock, thread or
//! clock may appear here, so every rule can be tested in memory with simulated time.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

#[doc(hidden)]
#[cfg(any(test, feature = "internals"))]
pub mod fuzzing;
pub mod packet;
pub mod session;
#[cfg(test)]
mod tests;
mod types;

pub use types::{PacketId, Qos, ReasonCode, Version};
