//! Eclipse Paho's C client libraries for MQTT, rebuilt: same symbols, same structures, same
//! behaviour, without the crashes, stalls and losses.
//!
//! The map. Arrows point one way, and `tests/architecture.rs` keeps them so:
//!
//! ```text
//! c_api → client → engine → { protocol, transport, store }
//! ```
//!
//! * [`protocol`]: MQTT itself, without sockets, files, threads or clocks.
//! * `transport`: a socket, and layers above it that transform bytes. They know nothing of MQTT.
//! * [`store`]: where unfinished messages survive the process.
//! * `engine`: workers, timers, name resolution, the only clock.
//! * `client`: the two APIs in safe Rust.
//! * `c_api`: the only door for C.
//! * [`error`], [`trace`], [`sync`]: used by all. `trace` uses `sync`, the others none.

mod c_api;
pub mod client;
pub mod engine;
pub mod error;
pub mod protocol;
pub mod store;
pub mod sync;
pub mod trace;
pub mod transport;

#[cfg(test)]
mod scratch;
