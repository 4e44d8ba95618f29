//! Why there is no connection.

#[cfg(feature = "any-tls")]
use super::tls::is_from_tls;
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

impl From<ConnectError> for io::Error {
    fn from(error: ConnectError) -> io::Error {
        io::Error::new(error.error.kind(), error)
    }
}

/// What is wrong with TLS, if that is why: in an [`io::Error`] of a connection, or in one that has a [`ConnectError`].
pub fn tls_failure_in(error: &io::Error) -> Option<String> {
    #[cfg(feature = "any-tls")]
    {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ConnectError>());
        is_from_tls(inner.map_or(error, |inner| &inner.error)).then(|| error.to_string())
    }
    #[cfg(not(feature = "any-tls"))]
    {
        let _ = error;
        None
    }
}
