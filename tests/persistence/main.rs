//! Persistence, end to end: C programs, their stores, brokers, and sudden ends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

#[path = "../support/mod.rs"]
mod support;

mod async_fixtures;
mod broker;
mod disk;
mod fixtures;
mod kill_publisher;
mod kill_receiver;
mod random;
mod shell;
mod takeover;
mod user;
