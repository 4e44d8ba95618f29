//! Whole clients, in memory but for a socket to a server of the test.

mod layers;
mod server;
mod workers;
