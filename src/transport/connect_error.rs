//! Why there is no connection.

use std::io;

/// What has failed, and how.
#[derive(Debug, thiserror::Error)]
#[error("{phase}: {error}")]
pub struct ConnectError {
    /// In which phase: "TCP", "TLS handshake", "WebSocket upgrade".
    pub phase: &'static str,
    /// What happened.
    pub error: io::Error,
}
