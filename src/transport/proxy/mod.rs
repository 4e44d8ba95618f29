//! Proxies: which one is before which server, and the layers that ask it for a connection. Contract T-401 to T-407.

#[doc(hidden)]
#[cfg(any(test, feature = "internals"))]
pub mod fuzzing;
mod http;
mod socks5;
mod value;

pub use value::Proxy;

use super::ServerUri;
use super::layer::Layer;
use crate::trace::{self, Level};
use http::HttpConnect;
use socks5::Socks5;
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStringExt;
use value::Kind;

/// Which proxies a program and its environment ask for. Has passwords, and shows none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// `None`: for none, as most do.
    asked: Option<Box<Asked>>,
}

/// What is asked for.
#[derive(Clone, PartialEq, Eq)]
struct Asked {
    /// For connections without TLS, and for those with it if there is no other.
    http: Option<Wish>,
    /// For connections with TLS.
    https: Option<Wish>,
    /// Servers that the environment's proxies are not for.
    exceptions: String,
}

/// A proxy that is asked for.
#[derive(Clone, PartialEq, Eq)]
struct Wish {
    value: Vec<u8>,
    /// Who asks, in words.
    asked_by: &'static str,
    /// The exceptions are the environment's, too.
    has_exceptions: bool,
}

/// The proxies of the environment count if this begins with TRUE.
const OPT_IN: &str = "PAHO_C_CLIENT_USE_HTTP_PROXY";

impl Proxies {
    /// Those of the options, and of the environment where the options have none.
    pub fn new(http: Option<&[u8]>, https: Option<&[u8]>) -> Proxies {
        Proxies::from_options_and(http, https, |name| env::var_os(name).map(OsString::into_vec))
    }

    fn from_options_and(
        http: Option<&[u8]>,
        https: Option<&[u8]>,
        variable: impl Fn(&str) -> Option<Vec<u8>>,
    ) -> Proxies {
        let is_used = variable(OPT_IN).is_some_and(|value| value.starts_with(b"TRUE"));
        // Looked at only where it counts: each variable costs a walk through all of them.
        let in_environment = |name| if is_used { variable(name) } else { None };
        let wish = |option: Option<&[u8]>, option_name, variable_name, asked_by| match option {
            Some(value) => Some(Wish { value: value.to_vec(), asked_by: option_name, has_exceptions: false }),
            // An empty one is how shells take it away from a single command.
            None => in_environment(variable_name).filter(|value| !value.is_empty()).map(|value| Wish {
                value,
                asked_by,
                has_exceptions: true,
            }),
        };
        let http = wish(http, "httpProxy", "http_proxy", "the environment variable http_proxy");
        let https = wish(https, "httpsProxy", "https_proxy", "the environment variable https_proxy");
        if http.is_none() && https.is_none() {
            return Proxies::default();
        }
        let exceptions = in_environment("no_proxy").unwrap_or_default();
        let exceptions = String::from_utf8_lossy(&exceptions).into_owned();
        Proxies { asked: Some(Box::new(Asked { http, https, exceptions })) }
    }

    /// The proxy before this server. A value that names none is an error, and nobody goes without: a proxy may be the
    /// only way to some servers, and for some data.
    pub fn before(&self, server: &ServerUri, uses_tls: bool) -> io::Result<Option<Proxy>> {
        let Some(wish) = self.asked.as_ref().and_then(|asked| asked.wish_for(server, uses_tls)) else {
            return Ok(None);
        };
        match Proxy::parse(&wish.value) {
            Ok(proxy) => {
                trace::line(Level::Protocol, format_args!("Setting {} proxy to {proxy}", wish.name()));
                Ok(Some(proxy))
            }
            Err(reason) => Err(io::Error::other(format!("{} cannot be used: {reason}", wish.asked_by))),
        }
    }
}

impl Asked {
    fn wish_for(&self, server: &ServerUri, uses_tls: bool) -> Option<&Wish> {
        let wishes = [self.https.as_ref().filter(|_| uses_tls), self.http.as_ref()];
        wishes.into_iter().flatten().find(|wish| !self.is_exempt(wish, server))
    }

    fn is_exempt(&self, wish: &Wish, server: &ServerUri) -> bool {
        if !wish.has_exceptions {
            return false;
        }
        let matched = exception(&self.exceptions, server);
        if let Some(entry) = matched {
            let server = server.shown();
            trace::line(
                Level::Protocol,
                format_args!("Matched destination {server} against no_proxy {entry}. Don't use proxy."),
            );
        }
        matched.is_some()
    }
}

impl Wish {
    /// As Paho calls it in the trace.
    fn name(&self) -> &'static str {
        if self.asked_by.contains("https") { "https" } else { "http" }
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = |wish: &Option<Wish>| wish.as_ref().map(|wish| wish.asked_by);
        let shown =
            self.asked.as_ref().map(|asked| (source(&asked.http), source(&asked.https), &asked.exceptions));
        formatter.debug_tuple("Proxies").field(&shown).finish()
    }
}

impl Proxy {
    /// Whether the server's address is to be looked up here, for [`Proxy::layer`].
    pub fn wants_address(&self) -> bool {
        self.kind == Kind::Socks5
    }

    /// What asks the proxy for a connection to a server.
    pub fn layer(&self, server: Server<'_>) -> io::Result<Box<dyn Layer>> {
        let login = || self.login.clone();
        Ok(match (self.kind, server) {
            (Kind::Http, Server::Name(host, port)) => {
                Box::new(HttpConnect::new(host, port, self.login.as_ref())?)
            }
            (Kind::Http, Server::Address(address)) => {
                let host = address.ip().to_string();
                Box::new(HttpConnect::new(&host, address.port(), self.login.as_ref())?)
            }
            (_, Server::Name(host, port)) => Box::new(Socks5::to_name(host, port, login())?),
            (_, Server::Address(address)) => Box::new(Socks5::to_address(address, login())?),
        })
    }
}

/// A server, for a proxy.
#[derive(Clone, Copy, Debug)]
pub enum Server<'a> {
    /// Host and port.
    Name(&'a str, u16),
    /// Where a host was found.
    Address(SocketAddr),
}

/// The entry of `no_proxy` that stands for this server: `host`, `.domain` or `*`, each perhaps with a port, which must
/// be the one in the URI.
fn exception<'a>(exceptions: &'a str, server: &ServerUri) -> Option<&'a str> {
    exceptions.split(',').find(|entry| {
        if is_same_or_below(entry, server.host()) {
            return true;
        }
        let Some((domain, port)) = entry.rsplit_once(':') else { return false };
        let is_its_port = port.parse().is_ok_and(|port| server.written_port() == Some(port));
        is_its_port && is_same_or_below(domain, server.host())
    })
}

/// `host` is the domain, or ends in a dot and the domain.
fn is_same_or_below(domain: &str, host: &str) -> bool {
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    match host.strip_suffix(domain) {
        _ if domain == "*" => true,
        Some(above) => !domain.is_empty() && (above.is_empty() || above.ends_with('.')),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contract T-406.
    #[test]
    fn exceptions_are_hosts_and_domains_and_ports() {
        for (exceptions, uri, exempt) in [
            ("*", "tcp://h", true),
            ("*:99", "tcp://h:99", true),
            ("*:98", "tcp://h:99", false),
            ("a,h,b", "tcp://h:99", true),
            ("a, h,b", "tcp://h:99", false),
            ("h:99", "tcp://h:99", true),
            ("h:1883", "tcp://h", false),
            ("h:port", "tcp://h", false),
            ("example.org", "tcp://mqtt.example.org:99", true),
            (".example.org:99", "tcp://mqtt.example.org:99", true),
            (".example.org", "tcp://example.org", true),
            ("example.org", "tcp://badexample.org", false),
            ("mqtt.example.org", "tcp://example.org", false),
            ("H", "tcp://h", false),
            ("::1", "tcp://[::1]:99", true),
            ("", "tcp://h", false),
            (",", "tcp://", false),
        ] {
            let server = ServerUri::parse(uri).unwrap();
            assert_eq!(exception(exceptions, &server).is_some(), exempt, "{exceptions} {uri}");
        }
    }

    const OPTED_IN: (&str, &str) = (OPT_IN, "TRUE");

    /// The proxy before tcp://h:99 or its like with TLS, with these options and this environment.
    fn before(http: Option<&str>, https: Option<&str>, variables: &[(&str, &str)], uses_tls: bool) -> String {
        let variable = |name: &str| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| value.as_bytes().to_vec())
        };
        let proxies = Proxies::from_options_and(http.map(str::as_bytes), https.map(str::as_bytes), variable);
        match proxies.before(&ServerUri::parse("tcp://h:99").unwrap(), uses_tls) {
            Ok(None) => "none".to_owned(),
            Ok(Some(proxy)) => proxy.host,
            Err(error) => error.to_string(),
        }
    }

    /// Contract T-401, T-402.
    #[test]
    fn options_count_more_than_the_environment() {
        let (a, b) = (Some("a"), Some("b"));
        let both = [OPTED_IN, ("http_proxy", "c"), ("https_proxy", "d")];
        let one = [OPTED_IN, ("http_proxy", "c"), ("HTTPS_PROXY", "d"), ("https_proxy", "")];
        let exempt = [OPTED_IN, ("http_proxy", "c"), ("https_proxy", "d"), ("no_proxy", "x,h")];
        let not_opted_in = [(OPT_IN, "true"), ("http_proxy", "c"), ("https_proxy", "d")];
        for (http, https, variables, plain, tls) in [
            (None, None, &[][..], "none", "none"),
            (a, None, &[], "a", "a"),
            (None, b, &[], "none", "b"),
            (a, b, &[], "a", "b"),
            (None, None, &both, "c", "d"),
            (a, None, &both, "a", "d"),
            (None, b, &both, "c", "b"),
            (a, b, &both, "a", "b"),
            (None, None, &one, "c", "c"),
            (None, None, &exempt, "none", "none"),
            (a, None, &exempt, "a", "a"),
            (None, b, &exempt, "none", "b"),
            (None, None, &not_opted_in, "none", "none"),
            (None, None, &[("http_proxy", "c")], "none", "none"),
            (None, None, &[(OPT_IN, "TRUE, please"), ("http_proxy", "c")], "c", "c"),
        ] {
            assert_eq!(before(http, https, variables, false), plain, "{http:?} {https:?} {variables:?}");
            assert_eq!(before(http, https, variables, true), tls, "{http:?} {https:?} {variables:?} TLS");
        }
    }

    #[test]
    fn nobody_goes_without_a_proxy_that_cannot_be_used() {
        let told = before(Some(""), None, &[], false);
        assert_eq!(told, "httpProxy cannot be used: it names no host");
        let told = before(Some("a"), Some("ftp://u:secret@b"), &[], true);
        assert_eq!(told, "httpsProxy cannot be used: its scheme is not http, https, socks5 or socks5h");
        let told = before(None, None, &[OPTED_IN, ("http_proxy", "a:0")], false);
        let begin = "the environment variable http_proxy cannot be used: its port is not";
        assert!(told.starts_with(begin), "{told}");
    }

    #[test]
    fn passwords_are_not_shown() {
        let proxies = Proxies::new(Some(b"u:secret@a"), Some(b"u:secret@b"));
        assert!(!format!("{proxies:?}").contains("secret"));
    }
}
