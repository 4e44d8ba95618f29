//! What an application asks of transports when it connects.

use super::Proxies;
#[cfg(feature = "any-tls")]
use super::tls::TlsOptions;
use super::websocket::HttpHeader;
use std::fmt;
use std::sync::Arc;

/// All of it is the application's own copy: it may free what it gave to connect.
#[derive(Clone, Debug, Default)]
pub struct TransportOptions {
    /// Which proxies are before the servers.
    pub proxies: Proxies,
    /// More headers for the request of a WebSocket.
    pub http_headers: Arc<[HttpHeader]>,
    /// How to use TLS, for servers with that.
    #[cfg(feature = "any-tls")]
    pub tls: Option<Arc<TlsOptions>>,
    /// Whom to tell what goes wrong with TLS.
    pub on_tls_error: Option<OnTlsError>,
}

/// Takes lines about what goes wrong with TLS.
#[derive(Clone)]
pub struct OnTlsError(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl OnTlsError {
    /// Gives them to this function, which says whether it wants the next one, too.
    #[cfg_attr(not(feature = "any-tls"), expect(dead_code, reason = "there is no TLS that could go wrong"))]
    pub fn new(take_line: impl Fn(&str) -> bool + Send + Sync + 'static) -> OnTlsError {
        OnTlsError(Arc::new(take_line))
    }

    /// Tells each line of a text, with a newline at its end. No lock may be held: it runs the application's code.
    pub fn tell(&self, text: &str) {
        let _all = text.lines().all(|line| (self.0)(&format!("{line}\n")));
    }
}

impl fmt::Debug for OnTlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnTlsError")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::Mutex;

    /// Contract T-510.
    #[test]
    fn lines_are_told_until_they_are_not_wanted() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let lines = told.clone();
        let on_error = OnTlsError::new(move |line| {
            lines.lock().push(line.to_owned());
            !line.starts_with("last")
        });
        on_error.tell("first\nlast\nnot told");
        assert_eq!(*told.lock(), ["first\n", "last\n"]);
    }
}
