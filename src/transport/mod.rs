//! Transports: a TCP socket, and above it layers that transform buffers. Nothing here waits; no MQTT here.

mod address;
mod layer;
pub mod proxy;
mod socket;
mod socket_fd;
mod stack;
#[cfg(test)]
pub mod test_layer;

pub use address::ServerUri;
#[cfg(test)]
pub use layer::Handshake;
pub use layer::{Layer, Piece};
pub use socket::{Socket, write_to_socket};
pub use socket_fd::SocketFd;
pub use stack::Stack;
