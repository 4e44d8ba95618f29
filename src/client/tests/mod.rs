//! Whole clients, in memory but for a socket to a server of the test.

#[cfg(feature = "async")]
mod asynchronous;
mod layers;
mod server;
mod workers;
