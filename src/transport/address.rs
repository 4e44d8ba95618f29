//! Server URIs: `scheme://host:port`. Contract T-101 to T-103.

use crate::error::Error;
use std::io;

/// Where a server is, as the application wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUri {
    without_scheme: String,
    host: String,
    /// `None`: the scheme's default.
    port: Option<Port>,
}

/// A port as it was written. What is wrong with it is said when somebody connects, not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    Valid(u16),
    Invalid,
}

const DEFAULT_PORT: u16 = 1883;

impl ServerUri {
    /// Reads a URI. Only the scheme is judged here; a URI without one is plain TCP.
    pub fn parse(uri: &str) -> Result<ServerUri, Error> {
        let without_scheme = match uri.split_once("://") {
            None => uri,
            Some(("tcp" | "mqtt", rest)) => rest,
            Some(_) => return Err(Error::BadScheme),
        };
        let (host, port) = split_authority(without_scheme);
        Ok(ServerUri { without_scheme: without_scheme.to_owned(), host: host.to_owned(), port })
    }

    /// The URI less its scheme, as stores and `returned.serverURI` have it.
    pub fn without_scheme(&self) -> &str {
        &self.without_scheme
    }

    /// The host name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, or an error if what was written is not one.
    pub fn port(&self) -> io::Result<u16> {
        match self.port {
            None => Ok(DEFAULT_PORT),
            Some(Port::Valid(port)) => Ok(port),
            Some(Port::Invalid) => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "the port is not a number from 1 to 65535"))
            }
        }
    }
}

/// Splits `host:port/path` or `[v6]:port/path`. As Paho, `::1:1883` is the address `::1` and a port.
fn split_authority(text: &str) -> (&str, Option<Port>) {
    if let Some(bracketed) = text.strip_prefix('[') {
        let Some((host, rest)) = bracketed.split_once(']') else {
            return (text, None); // never resolves, so the connect fails
        };
        let port = rest.strip_prefix(':').map(parse_port);
        return (host, port);
    }
    let authority = text.split('/').next().unwrap_or(text);
    match authority.rsplit_once(':') {
        Some((host, port)) => (host, Some(parse_port(port))),
        None => (authority, None),
    }
}

/// Text behind the digits is ignored (contract C-2.3), numbers that are no port are not.
fn parse_port(text: &str) -> Port {
    let digits = text.find(|c: char| !c.is_ascii_digit()).map_or(text, |end| &text[..end]);
    match digits.parse::<u16>() {
        Ok(port) if port > 0 => Port::Valid(port),
        _ => Port::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(uri: &str) -> (String, Option<u16>) {
        let uri = ServerUri::parse(uri).unwrap();
        (uri.host().to_owned(), uri.port().ok())
    }

    #[test]
    fn hosts_and_ports_are_split_as_paho_does() {
        for (uri, host, port) in [
            ("tcp://localhost:1884", "localhost", Some(1884)),
            ("mqtt://localhost", "localhost", Some(1883)),
            ("localhost:99", "localhost", Some(99)),
            ("", "", Some(1883)),
            ("tcp://h:1883/anything", "h", Some(1883)),
            ("tcp://h/a:b", "h", Some(1883)),
            ("tcp://::1:24216", "::1", Some(24216)),
            ("tcp://[::1]:24216/x", "::1", Some(24216)),
            ("tcp://[::1]", "::1", Some(1883)),
            ("tcp://[::1", "[::1", Some(1883)),
            ("tcp://h:", "h", None),
            ("tcp://h:0", "h", None),
            ("tcp://h:port", "h", None),
            ("tcp://h:87666", "h", None),
        ] {
            assert_eq!(parts(uri), (host.to_owned(), port), "{uri}");
        }
    }

    #[test]
    fn a_scheme_that_is_not_served_is_refused() {
        for uri in ["TCP://h", "http://h", "ssl://h", "://h"] {
            assert!(matches!(ServerUri::parse(uri), Err(Error::BadScheme)), "{uri}");
        }
    }
}
