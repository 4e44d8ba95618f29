//! MQTTAsync: what programs may do with it, and what they get for it. The C programs are those of `tests/c`.
//!
//! What the original does right, it shows with the same programs; the rest is of ours alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

#[path = "../support/mod.rs"]
mod support;

mod callbacks;
mod forks;
mod links;
mod memory;
mod offline;
mod requests;
mod threads;
