//! Transports: a socket, and above it layers that transform buffers. Nothing here waits; no MQTT here.

mod address;
mod connect_error;
mod endpoint;
mod excerpt;
mod layer;
mod memory;
mod options;
pub mod proxy;
mod route;
mod socket;
mod socket_fd;
mod socket_group;
mod stack;
#[cfg(test)]
pub mod test_layer;
#[cfg(feature = "any-tls")]
mod tls;
pub mod websocket;

pub use address::{ServerUri, without_login};
pub use connect_error::{ConnectError, tls_failure_in};
pub use endpoint::Endpoint;
#[cfg(test)]
pub use layer::Handshake;
pub use layer::{Layer, Piece};
pub use memory::TransportMemory;
pub use options::{OnTlsError, TransportOptions};
pub use proxy::{Proxies, Proxy};
pub use route::{Hop, Route, Way};
pub use socket::{Socket, write_to_socket};
pub use socket_fd::SocketFd;
pub use socket_group::SocketGroup;
pub use stack::Stack;
#[cfg(feature = "any-tls")]
pub use tls::TlsOptions;
pub use websocket::HttpHeader;
