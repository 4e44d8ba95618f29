//! The test ground: C programs, real brokers, misbehaving brokers, and the patience to wait for them.
//!
//! Everything here waits for events and has a deadline; nothing sleeps in the hope that something
//! has happened meanwhile. Each test starts what it needs on a port of its own, so that all tests
//! may run at once, and ends only what it started.

#![allow(dead_code, reason = "every test file uses another part of the test ground")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

pub mod answering_broker;
pub mod built;
pub mod certificates;
pub mod cutting_broker;
pub mod cutting_relay;
pub mod files;
pub mod fuzzing;
pub mod library;
pub mod lines;
pub mod mosquitto;
pub mod namespace;
pub mod program;
pub mod proxies;
pub mod scripted_broker;
pub mod websocket;
pub mod wire;

use std::time::Duration;

/// How long a test waits for what must happen. Generous: it is only ever used up by a failure, and
/// the machine may be busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(60);
