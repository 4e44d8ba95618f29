//! Eclipse Paho's C client libraries for MQTT, rebuilt: same symbols, same structures, same
//! behaviour, without the crashes, stalls and losses.
//!
//! The map. Arrows point one way, and `tests/architecture.rs` keeps them so:
//!
//! ```text
//! c_api → client → engine → { protocol, transport, store }
//! ```
//!
//! * `protocol`: MQTT itself, without sockets, files, threads or clocks.
//! * `transport`: a socket, and layers above it that transform bytes. They know nothing of MQTT.
//! * `store`: where unfinished messages survive the process.
//! * `engine`: workers, timers, name resolution, the only clock.
//! * `client`: the two APIs in safe Rust.
//! * `c_api`: the only door for C.
//! * `error`, `trace`, `sync`: used by all. `trace` uses `sync`, and that uses `sys`.
//! * `sys`: what the operating system does for the others.
//!
//! The rooms are private: what nobody uses is dead code, and the compiler says so. What the tests that are
//! programs of their own need is listed in `internals`. A library has one API, and does not use what the core has for
//! the other: dead is what neither uses, and `make lint` looks at both together, without tests.

#![cfg_attr(
    not(all(feature = "client", feature = "async")),
    allow(dead_code, unused_imports, reason = "it is there for the other API")
)]

mod c_api;
mod client;
mod engine;
mod error;
mod protocol;
mod store;
mod sync;
mod sys;
mod trace;
mod transport;

#[cfg(feature = "internals")]
pub mod internals;
#[cfg(test)]
mod scratch;
