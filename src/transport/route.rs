//! The way to a server: what the socket is connected to, and what is put on the connection.

use super::layer::Layer;
use super::proxy::{Proxy, Server};
#[cfg(test)]
use super::test_layer::TestLayer;
use super::websocket::{Request, WebSocket};
use super::{ConnectError, ServerUri, TransportMemory, TransportOptions};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// How a server is reached.
pub struct Route {
    /// Where the socket is connected to.
    pub first_hop: Hop,
    /// What is put on the connection, the lowest first.
    pub layers: Vec<Box<dyn Layer>>,
    /// What is at the first hop instead of the server.
    pub proxy: Option<Proxy>,
}

/// What [`Route::to`] finds.
pub enum Way {
    /// The whole way.
    Known(Route),
    /// The proxy is to be asked for an address of this host.
    ByAddressOf(String, u16),
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
    ///
    /// `address`: one of the server's, if that was wanted.
    pub fn to(
        server: &ServerUri,
        options: &TransportOptions,
        memory: &TransportMemory,
        address: Option<SocketAddr>,
    ) -> Result<Way, ConnectError> {
        if let Some(path) = server.socket_path() {
            let first_hop = Hop::Unix(path.to_owned());
            return Ok(Way::Known(Route { first_hop, layers: Vec::new(), proxy: None }));
        }
        let port = server.port().map_err(|error| ConnectError { phase: "URI", error })?;
        let mut layers: Vec<Box<dyn Layer>> = Vec::new();
        let proxy = options.proxies.before(server, server.has_tls()).map_err(in_proxy)?;
        let first_hop = match &proxy {
            None => Hop::Host(server.host().to_owned(), port),
            Some(proxy) => {
                let server = match address {
                    Some(address) => Server::Address(address),
                    None if proxy.wants_address() => {
                        return Ok(Way::ByAddressOf(server.host().to_owned(), port));
                    }
                    None => Server::Name(server.host(), port),
                };
                layers.push(proxy.layer(server).map_err(in_proxy)?);
                Hop::Host(proxy.host.clone(), proxy.port)
            }
        };
        if server.has_tls() {
            layers.push(tls_layer(server, options, memory)?);
        }
        #[cfg(test)]
        layers.extend((0..server.test_layers()).map(|_| Box::new(TestLayer::client()) as Box<dyn Layer>));
        if server.is_websocket() {
            layers.push(Box::new(WebSocket::new(Request {
                host: server.host().to_owned(),
                port,
                target: server.target().to_owned(),
                is_secure: server.has_tls(),
                headers: options.http_headers.clone(),
            })));
        }
        Ok(Way::Known(Route { first_hop, layers, proxy }))
    }
}

fn in_proxy(error: io::Error) -> ConnectError {
    ConnectError { phase: "proxy", error }
}

/// TLS for this server. May read files that the options name.
#[cfg(feature = "any-tls")]
fn tls_layer(
    server: &ServerUri,
    options: &TransportOptions,
    memory: &TransportMemory,
) -> Result<Box<dyn Layer>, ConnectError> {
    let layer = match &options.tls {
        Some(options) => memory.tls.layer(options, server.host()),
        None => Err(io::Error::new(io::ErrorKind::InvalidInput, "there are none")),
    };
    match layer {
        Ok(layer) => Ok(Box::new(layer)),
        Err(error) => Err(ConnectError { phase: "TLS options", error }),
    }
}

/// There is no such server: see [`ServerUri::parse`].
#[cfg(not(feature = "any-tls"))]
fn tls_layer(
    _: &ServerUri,
    _: &TransportOptions,
    _: &TransportMemory,
) -> Result<Box<dyn Layer>, ConnectError> {
    Err(ConnectError { phase: "TLS", error: io::ErrorKind::Unsupported.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Proxies;

    fn route(uri: &str, proxy: Option<&str>, address: Option<&str>) -> Result<Way, String> {
        let server = ServerUri::parse(uri).unwrap();
        let proxies = Proxies::new(proxy.map(str::as_bytes), None);
        let address = address.map(|address| address.parse().unwrap());
        let options = TransportOptions { proxies, ..TransportOptions::default() };
        Route::to(&server, &options, &TransportMemory::default(), address).map_err(|error| error.to_string())
    }

    fn first_hop(uri: &str) -> Result<Hop, String> {
        route(uri, None, None).map(|way| match way {
            Way::Known(route) => route.first_hop,
            Way::ByAddressOf(..) => panic!("there is no proxy"),
        })
    }

    #[test]
    fn a_websocket_is_a_layer() {
        for (uri, phases) in [("ws://h", &["WebSocket upgrade"][..]), ("tcp://h", &[])] {
            let Ok(Way::Known(route)) = route(uri, None, None) else { panic!("{uri}") };
            assert!(route.layers.iter().map(|layer| layer.phase()).eq(phases.iter().copied()), "{uri}");
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

    /// First hop and handshake.
    fn through(uri: &str, proxy: &str, address: Option<&str>) -> (Hop, &'static str) {
        match route(uri, Some(proxy), address) {
            Ok(Way::Known(route)) => (route.first_hop, route.layers[0].phase()),
            Ok(Way::ByAddressOf(host, port)) => (Hop::Host(host, port), "to look up"),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn with_a_proxy_the_first_hop_is_the_proxy() {
        let host = |name: &str, port| Hop::Host(name.to_owned(), port);
        assert_eq!(through("tcp://h", "p", None), (host("p", 8080), "HTTP proxy CONNECT"));
        assert_eq!(through("tcp://h", "socks5h://p:99", None), (host("p", 99), "SOCKS5"));
        assert_eq!(through("tcp://h", "socks5://p", None), (host("h", 1883), "to look up"));
        assert_eq!(through("tcp://h", "socks5://p", Some("1.2.3.4:1")), (host("p", 1080), "SOCKS5"));
        let unix = route("unix:///run/x", Some("p"), None).unwrap();
        assert!(matches!(unix, Way::Known(Route { first_hop: Hop::Unix(_), proxy: None, .. })));
    }

    #[test]
    fn without_a_usable_proxy_there_is_no_way() {
        for (uri, proxy, reason) in [
            ("tcp://h", "", "proxy: httpProxy cannot be used: it names no host"),
            ("tcp://a b", "p", "proxy: an HTTP proxy cannot be asked for this host"),
            ("tcp://a b", "socks5h://p", "proxy: a SOCKS5 proxy cannot be asked for this host"),
        ] {
            assert_eq!(route(uri, Some(proxy), None).map(drop).unwrap_err(), reason);
        }
    }
}
