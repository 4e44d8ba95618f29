//! What an application asks of transports when it connects.

use super::Proxies;
use super::websocket::HttpHeader;
use std::sync::Arc;

/// All of it is the application's own copy: it may free what it gave to connect.
#[derive(Clone, Debug, Default)]
pub struct TransportOptions {
    /// Which proxies are before the servers.
    pub proxies: Proxies,
    /// More headers for the request of a WebSocket.
    pub http_headers: Arc<[HttpHeader]>,
}
