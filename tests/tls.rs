//! TLS: with mosquitto and with servers of the tests' own, both APIs, and beside the original where that can do the
//! same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

#[path = "tls/connecting.rs"]
mod connecting;
#[path = "tls/errors.rs"]
mod errors;
#[path = "tls/files.rs"]
mod files;
#[path = "tls/guest.rs"]
mod guest;
#[path = "tls/hostile.rs"]
mod hostile;
#[path = "tls/offer.rs"]
mod offer;
#[path = "tls/relay.rs"]
mod relay;
mod support;
#[path = "tls/tampering.rs"]
mod tampering;
#[path = "tls/throttled.rs"]
mod throttled;

use support::certificates::{Authority, Certificates, HERE, Issued};
use support::library::Library;
use support::mosquitto::Mosquitto;
use support::program::{Finished, Program, Run};

/// Both APIs, the first of which has two modes.
const CLIENTS: [(&str, &str); 3] =
    [("tests/c/tls.c", "calling"), ("tests/c/tls.c", "callbacks"), ("tests/c/async_tls.c", "-")];

/// A run of such a client.
fn client((source, mode): (&str, &str), library: Library, uri: &str, arguments: &[String]) -> Run {
    Program::compile(source).with(library).arguments(&[uri, mode]).arguments(arguments)
}

/// The same, to its end.
fn run(which: (&str, &str), uri: &str, arguments: &[String]) -> Finished {
    client(which, Library::Ours, uri, arguments).finish().expect_success()
}

impl Certificates {
    /// A mosquitto with TLS, and with more lines of configuration.
    fn mosquitto(&self, more: &[&str]) -> Mosquitto {
        let lines = self.server.listener(&self.authority);
        let lines: Vec<_> = lines.iter().map(String::as_str).chain(more.iter().copied()).collect();
        Mosquitto::start(&lines)
    }

    /// The argument that has it trusted.
    fn trust(&self) -> String {
        format!("trust={}", self.authority.certificate().display())
    }

    fn client_certificate(&self) -> [String; 2] {
        let client = self.authority.issue("client", "extendedKeyUsage=clientAuth");
        [format!("cert={}", client.certificate.display()), format!("key={}", client.key.display())]
    }
}

/// The URI of a server with TLS on this port.
fn tls_uri(port: u16) -> String {
    format!("ssl://localhost:{port}")
}

/// What a client says that connects once, without errors.
const ONCE: &str = "connect: 0\necho: round 1\n";

/// The lines that a client was told.
fn lines(said: &str) -> Vec<&str> {
    said.lines().filter_map(|line| line.strip_prefix("line: ")).collect()
}
