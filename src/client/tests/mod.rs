//! Whole clients, in memory but for a socket to a server of the test.

#[cfg(feature = "async")]
mod asynchronous;
mod calling;
#[cfg(feature = "interleavings")]
mod interleavings;
mod layers;
mod server;
mod workers;
