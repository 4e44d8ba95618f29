//! What the operating system does for the other rooms, and nothing of what they make of it. Each file has one thing.
//!
//! This is Linux. A port to another system has another directory like this one; what else it takes is in
//! `docs/portability.md`. No other room uses `rustix`. Threads, signals and the C library's streams are reached
//! through C functions, from `c_api`.

pub mod clock;
pub mod events;
pub mod files;
pub mod polls;
pub mod processor;
pub mod random;
pub mod sockets;
pub mod timer;
pub mod words;
