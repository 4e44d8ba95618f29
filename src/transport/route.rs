//! The way to a server: what the socket is connected to, and what is put on the connection.

use super::layer::Layer;
#[cfg(test)]
use super::test_layer::TestLayer;
use super::websocket::{Request, WebSocket};
use super::{ConnectError, ServerUri, TransportOptions, proxy};
use std::io;
use std::path::PathBuf;

/// How a server is reached.
pub struct Route {
    /// Where the socket is connected to.
    pub first_hop: Hop,
    /// What is put on the connection, the lowest first.
    pub layers: Vec<Box<dyn Layer>>,
}

/// The server, or what is on the way to it.
#[derive(Debug, PartialEq, Eq)]
pub enum Hop {
    /// A host whose addresses are to be looked up.
    Host(String, u16),
    /// A Unix domain socket.
    Unix(PathBuf),
}

impl Route {
    /// The way to this server. May read files that the options name, and call the application to tell what is wrong
    /// with them.
    pub fn to(server: &ServerUri, options: &TransportOptions) -> Result<Route, ConnectError> {
        if let Some(path) = server.socket_path() {
            return Ok(Route { first_hop: Hop::Unix(path.to_owned()), layers: Vec::new() });
        }
        let port = server.port().map_err(|error| ConnectError { phase: "URI", error })?;
        // The only way to some servers, and for some data: never without it, and without a word.
        if let Some(asked_by) = proxy::asked_for(options.http_proxy.is_some(), server) {
            let text = format!("{asked_by} asks for an HTTP proxy, which this library cannot use yet");
            return Err(ConnectError { phase: "proxy", error: io::Error::other(text) });
        }
        let mut layers: Vec<Box<dyn Layer>> = Vec::new();
        #[cfg(test)]
        layers.extend((0..server.test_layers()).map(|_| Box::new(TestLayer::client()) as Box<dyn Layer>));
        if server.is_websocket() {
            layers.push(Box::new(WebSocket::new(Request {
                host: server.host().to_owned(),
                port,
                target: server.target().to_owned(),
                is_secure: false,
                headers: options.http_headers.clone(),
            })));
        }
        Ok(Route { first_hop: Hop::Host(server.host().to_owned(), port), layers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_hop(uri: &str) -> Result<Hop, String> {
        let server = ServerUri::parse(uri).unwrap();
        let route = Route::to(&server, &TransportOptions::default());
        route.map(|route| route.first_hop).map_err(|error| error.to_string())
    }

    #[test]
    fn a_websocket_is_a_layer() {
        for (uri, phases) in [("ws://h", &["WebSocket upgrade"][..]), ("tcp://h", &[])] {
            let route = Route::to(&ServerUri::parse(uri).unwrap(), &TransportOptions::default());
            let layers = route.map(|route| route.layers).unwrap_or_default();
            assert!(layers.iter().map(|layer| layer.phase()).eq(phases.iter().copied()), "{uri}");
        }
    }

    #[test]
    fn without_a_proxy_the_first_hop_is_the_server() {
        assert_eq!(first_hop("tcp://h:99"), Ok(Hop::Host("h".to_owned(), 99)));
        assert_eq!(first_hop("h"), Ok(Hop::Host("h".to_owned(), 1883)));
        assert_eq!(first_hop("unix:///run/a:b/[c"), Ok(Hop::Unix(PathBuf::from("/run/a:b/[c"))));
        assert_eq!(first_hop("ws://h/path"), Ok(Hop::Host("h".to_owned(), 80)));
        assert_eq!(first_hop("h:0"), Err("URI: the port is not a number from 1 to 65535".to_owned()));
    }
}
