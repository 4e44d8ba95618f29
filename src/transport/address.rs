//! Server URIs: `scheme://host:port`. Contract T-101 to T-103.

use crate::error::Error;
use std::borrow::Cow;
use std::io;
use std::path::Path;

/// Where a server is, as the application wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUri {
    scheme: Scheme,
    without_scheme: Box<str>,
    #[cfg(test)]
    test_layers: usize,
}

/// How to speak to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Tcp,
    Tls,
    Unix,
    WebSocket,
    WebSocketTls,
}

/// A port as it was written. What is wrong with it is said when somebody connects, not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Port {
    Valid(u16),
    Invalid,
}

impl Scheme {
    fn default_port(self) -> u16 {
        match self {
            Scheme::Tcp => 1883,
            Scheme::Tls => 8883,
            Scheme::Unix => 0,
            Scheme::WebSocket => 80,
            Scheme::WebSocketTls => 443,
        }
    }
}

impl ServerUri {
    /// Reads a URI. Only the scheme is judged here; a URI without one is plain TCP.
    pub fn parse(uri: &str) -> Result<ServerUri, Error> {
        let (scheme, without_scheme) = match uri.split_once("://") {
            None => (Scheme::Tcp, uri),
            Some(("tcp" | "mqtt", rest)) => (Scheme::Tcp, rest),
            Some(("ssl" | "tls" | "mqtts", rest)) if cfg!(feature = "any-tls") => (Scheme::Tls, rest),
            Some(("unix", rest)) => (Scheme::Unix, rest),
            Some(("ws", rest)) => (Scheme::WebSocket, rest),
            Some(("wss", rest)) if cfg!(feature = "any-tls") => (Scheme::WebSocketTls, rest),
            Some(("ssl" | "tls" | "mqtts" | "wss", _)) => {
                return Err(Error::NotInThisLibrary);
            }
            Some(_) => return Err(Error::BadScheme),
        };
        Ok(ServerUri {
            scheme,
            without_scheme: without_scheme.into(),
            #[cfg(test)]
            test_layers: 0,
        })
    }

    /// What comes first in a URI, for those who are told what is wrong with it.
    pub fn scheme_of(uri: &str) -> &str {
        uri.find("://").map_or(uri, |end| &uri[..end + 3])
    }

    /// The URI less its scheme, as stores and `returned.serverURI` have it.
    pub fn without_scheme(&self) -> &str {
        &self.without_scheme
    }

    /// The same for people, who are not to see a password: a URI may have one in front of its host, though MQTT sends it
    /// elsewhere.
    pub fn shown(&self) -> Cow<'_, str> {
        let text = &*self.without_scheme;
        let end = text.find(['/', '?', '#']).unwrap_or(text.len());
        match self.scheme {
            Scheme::Unix => text.into(),
            // A password with a slash makes something of the URI that is none.
            _ if self.authority().1 == Some(Port::Invalid) => without_login(text),
            _ => match without_login(&text[..end]) {
                Cow::Borrowed(_) => text.into(),
                Cow::Owned(shown) => (shown + &text[end..]).into(),
            },
        }
    }

    /// The host name or address, without brackets.
    pub fn host(&self) -> &str {
        self.authority().0
    }

    /// Host and port; `None`: the scheme's default.
    fn authority(&self) -> (&str, Option<Port>) {
        match self.scheme {
            // All of it is the path.
            Scheme::Unix => (&self.without_scheme, None),
            Scheme::Tcp | Scheme::Tls | Scheme::WebSocket | Scheme::WebSocketTls => {
                split_authority(&self.without_scheme)
            }
        }
    }

    /// Whether it is spoken to through TLS.
    pub fn has_tls(&self) -> bool {
        matches!(self.scheme, Scheme::Tls | Scheme::WebSocketTls)
    }

    /// The path of a Unix domain socket, contract T-206.
    pub fn socket_path(&self) -> Option<&Path> {
        (self.scheme == Scheme::Unix).then(|| Path::new(&*self.without_scheme))
    }

    /// Whether a WebSocket is to be made of the connection.
    pub fn is_websocket(&self) -> bool {
        matches!(self.scheme, Scheme::WebSocket | Scheme::WebSocketTls)
    }

    /// Path and query, for HTTP. Empty if the URI has none.
    pub fn target(&self) -> &str {
        authority_end(&self.without_scheme).map_or("", |end| &self.without_scheme[end..])
    }

    /// The port, if the URI has a valid one.
    pub fn written_port(&self) -> Option<u16> {
        match self.authority().1 {
            Some(Port::Valid(port)) => Some(port),
            Some(Port::Invalid) | None => None,
        }
    }

    /// How many layers of the test's are to be put on the connection.
    #[cfg(test)]
    pub fn test_layers(&self) -> usize {
        self.test_layers
    }

    /// The same server, spoken to through so many layers of the test's.
    #[cfg(test)]
    pub fn with_test_layers(self, count: usize) -> ServerUri {
        ServerUri { test_layers: count, ..self }
    }

    /// The port, or an error if what was written is not one.
    pub fn port(&self) -> io::Result<u16> {
        match self.authority().1 {
            None => Ok(self.scheme.default_port()),
            Some(Port::Valid(port)) => Ok(port),
            Some(Port::Invalid) => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "the port is not a number from 1 to 65535"))
            }
        }
    }
}

/// A host for people: without the user name and the password in front of it.
pub fn without_login(text: &str) -> Cow<'_, str> {
    text.rfind('@').map_or(text.into(), |end| format!("***{}", &text[end..]).into())
}

/// Splits `host:port/path` or `[v6]:port/path`. As Paho, `::1:1883` is the address `::1` and a port,
/// and a bracket too many at an end of the host is overlooked. Contract T-103.
pub(super) fn split_authority(text: &str) -> (&str, Option<Port>) {
    let Some(end) = authority_end(text) else { return (text, None) }; // never resolves, so the connect fails
    let authority = &text[..end];
    let bracket = if text.starts_with('[') { authority.find(']') } else { None };
    let (host, port) = match authority.rfind(':') {
        Some(colon) if bracket.is_none_or(|bracket| colon > bracket) => {
            (&authority[..colon], Some(parse_port(&authority[colon + 1..])))
        }
        _ => (authority, None),
    };
    let host = host.strip_prefix('[').unwrap_or(host);
    (host.strip_suffix(']').unwrap_or(host), port)
}

/// Where host and port end, and a path begins if there is one. `None`: at a bracket that is not closed.
fn authority_end(text: &str) -> Option<usize> {
    let from = if text.starts_with('[') { text.find(']')? } else { 0 };
    Some(text[from..].find('/').map_or(text.len(), |slash| from + slash))
}

/// Reads as `atoi` does: white space and a sign may come before the digits, and any text behind them
/// (contract C-2.3, T-103). Numbers that are no port are refused.
fn parse_port(text: &str) -> Port {
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let text = text.strip_prefix('+').unwrap_or(text);
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
            ("ssl://localhost", "localhost", Some(8883)),
            ("wss://h/mqtt", "h", Some(443)),
            ("tls://[::1]:8884", "::1", Some(8884)),
            ("mqtts://h/x", "h", Some(8883)),
            ("mqtt://localhost", "localhost", Some(1883)),
            ("localhost:99", "localhost", Some(99)),
            ("", "", Some(1883)),
            ("tcp://h:1883/anything", "h", Some(1883)),
            ("tcp://h/a:b", "h", Some(1883)),
            ("tcp://::1:24216", "::1", Some(24216)),
            ("tcp://[::1]:24216/x", "::1", Some(24216)),
            ("tcp://[::1]", "::1", Some(1883)),
            ("tcp://[::1", "[::1", Some(1883)),
            ("tcp://127.0.0.1]:99", "127.0.0.1", Some(99)),
            ("tcp://[::1]x:99", "::1]x", Some(99)),
            ("tcp://[::1] :99", "::1] ", Some(99)),
            ("tcp://h:", "h", None),
            ("tcp://h:0", "h", None),
            ("tcp://h:port", "h", None),
            ("tcp://h:87666", "h", None),
            ("tcp://h: 1884", "h", Some(1884)),
            ("tcp://h:\t\n\u{b}\u{c}\r 1884", "h", Some(1884)),
            ("tcp://h:+1884", "h", Some(1884)),
            ("tcp://h: +001884 x", "h", Some(1884)),
            ("tcp://[::1]: 1884/x", "::1", Some(1884)),
            ("::1: 1884", "::1", Some(1884)),
            ("tcp://h:+ 1884", "h", None),
            ("tcp://h:++1884", "h", None),
            ("tcp://h:-1884", "h", None),
            ("tcp://h: ", "h", None),
            ("tcp://h:\u{a0}1884", "h", None),
            ("tcp:// h:1884", " h", Some(1884)),
            ("ws://h", "h", Some(80)),
            ("ws://h/a:b", "h", Some(80)),
            ("ws://[::1]:8080/x", "::1", Some(8080)),
        ] {
            assert_eq!(parts(uri), (host.to_owned(), port), "{uri}");
        }
    }

    #[test]
    fn paths_begin_behind_host_and_port() {
        for (uri, target) in [
            ("ws://h", ""),
            ("ws://h:80", ""),
            ("ws://h/", "/"),
            ("ws://h:80/a:b/c?d=/e", "/a:b/c?d=/e"),
            ("ws://[::1]:80/x", "/x"),
            ("ws://[::1]/x", "/x"),
            ("ws://::1:80/x", "/x"),
            ("ws://[::1/x", ""),
        ] {
            let uri = ServerUri::parse(uri).unwrap();
            assert!(uri.is_websocket());
            assert_eq!(uri.target(), target, "{uri:?}");
        }
        assert!(!ServerUri::parse("tcp://h/x").unwrap().is_websocket());
    }

    #[test]
    fn who_logs_in_is_not_shown() {
        for (uri, shown) in [
            ("tcp://h:1883", "h:1883"),
            ("ws://h/a@b", "h/a@b"),
            ("ws://[::1]:80/a:b@c", "[::1]:80/a:b@c"),
            ("ws://u:secret@h:80/a@b", "***@h:80/a@b"),
            ("mqtts://u:secret@h", "***@h"),
            ("tcp://secret@h/x", "***@h/x"),
            ("u:secret@[::1]:1883", "***@[::1]:1883"),
            ("tcp://u:sec@ret@h", "***@h"),
            ("tcp://u:sec/r@et@h:1883", "***@h:1883"),
            ("ws://u:sec?ret@h", "***@h"),
            ("ws://u:sec#ret@h", "***@h"),
            ("unix:///run/a@b", "/run/a@b"),
        ] {
            assert_eq!(ServerUri::parse(uri).unwrap().shown(), shown, "{uri}");
        }
    }

    #[test]
    fn a_scheme_that_is_not_served_is_refused() {
        for uri in ["TCP://h", "http://h", "://h"] {
            assert!(matches!(ServerUri::parse(uri), Err(Error::BadScheme)), "{uri}");
        }
    }
}
