//! TLS in front of a broker that has none: a server of the test's own, which tells what clients have offered.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, poll};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{Acceptor, ClientHello, WebPkiClientVerifier};
use rustls::{ProtocolVersion, RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion};

use crate::support::PATIENCE;
use crate::support::certificates::{Authority, Issued};

/// What a client has offered, and what has come of it.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The host that it named.
    pub name: Option<String>,
    /// The protocols of ALPN.
    pub protocols: Vec<Vec<u8>>,
    /// The cipher suites, as they are called in the specification.
    pub suites: Vec<String>,
    /// The groups for the exchange of keys.
    pub groups: Vec<String>,
    /// `None`: the handshake has failed.
    pub version: Option<ProtocolVersion>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// The suite that is used.
    pub suite: Option<String>,
}

/// How the server is to be.
#[derive(Clone, Copy, Default)]
pub struct Kind<'a> {
    /// Only this version.
    pub version: Option<&'static SupportedProtocolVersion>,
    /// Wants a certificate of this authority's.
    pub clients_of: Option<&'a Authority>,
    /// The protocol that it has.
    pub protocol: Option<&'a [u8]>,
}

/// A server that relays to a port of this machine. It serves as long as the test runs.
pub struct TlsRelay {
    port: u16,
    seen: Arc<(Mutex<Vec<Seen>>, Condvar)>,
}

impl TlsRelay {
    pub fn start(issued: &Issued, kind: Kind<'_>, to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let config = Arc::new(config(issued, kind));
        let seen: Arc<(Mutex<Vec<Seen>>, Condvar)> = Arc::default();
        let tell = Arc::clone(&seen);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (config, tell) = (Arc::clone(&config), Arc::clone(&tell));
                thread::spawn(move || serve(client.unwrap(), config, to, &tell));
            }
        });
        Self { port, seen }
    }

    pub fn uri(&self) -> String {
        format!("ssl://localhost:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// What was seen of the first so many handshakes, when they are over.
    pub fn seen(&self, count: usize) -> Vec<Seen> {
        let (seen, more) = &*self.seen;
        let deadline = Instant::now() + PATIENCE;
        let mut seen = seen.lock().unwrap();
        while seen.len() < count {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "only {seen:?}");
            seen = more.wait_timeout(seen, left).unwrap().0;
        }
        seen.clone()
    }
}

fn config(issued: &Issued, kind: Kind<'_>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let both = [&rustls::version::TLS13, &rustls::version::TLS12];
    let versions = kind.version.map_or(both.to_vec(), |version| vec![version]);
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = builder.with_protocol_versions(&versions).unwrap();
    let builder = match kind.clients_of {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(authority.certificate()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let chain = CertificateDer::pem_file_iter(&issued.certificate).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(&issued.key).unwrap();
    let mut config = builder.with_single_cert(chain, key).unwrap();
    config.alpn_protocols = kind.protocol.map(<[u8]>::to_vec).into_iter().collect();
    config
}

fn serve(mut client: TcpStream, config: Arc<ServerConfig>, to: u16, tell: &(Mutex<Vec<Seen>>, Condvar)) {
    let mut seen = Seen::default();
    let connection = handshake(&mut client, config, &mut seen);
    if let Ok(connection) = &connection {
        seen.version = connection.protocol_version();
        seen.resumed = connection.handshake_kind() == Some(rustls::HandshakeKind::Resumed);
        seen.suite = connection.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
    }
    tell.0.lock().unwrap().push(seen);
    tell.1.notify_all();
    if let Ok(mut connection) = connection {
        let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
        // Whoever ends it, it is the end for both.
        let _ = relay(&mut connection, &client, &server);
        let _ = connection.write_tls(&mut client);
        let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
    }
}

fn handshake(
    client: &mut TcpStream,
    config: Arc<ServerConfig>,
    seen: &mut Seen,
) -> io::Result<ServerConnection> {
    let mut acceptor = Acceptor::default();
    let accepted = loop {
        if acceptor.read_tls(client)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        match acceptor.accept() {
            Ok(Some(accepted)) => break accepted,
            Ok(None) => {}
            Err((error, mut alert)) => {
                alert.write_all(client)?;
                return Err(io::Error::other(error));
            }
        }
    };
    note(&accepted.client_hello(), seen);
    let mut connection = match accepted.into_connection(config) {
        Ok(connection) => connection,
        Err((error, mut alert)) => {
            alert.write_all(client)?;
            return Err(io::Error::other(error));
        }
    };
    while connection.is_handshaking() {
        connection.complete_io(client)?;
    }
    Ok(connection)
}

fn note(hello: &ClientHello<'_>, seen: &mut Seen) {
    seen.name = hello.server_name().map(str::to_owned);
    seen.protocols = hello.alpn().into_iter().flatten().map(<[u8]>::to_vec).collect();
    seen.suites = hello.cipher_suites().iter().map(|suite| format!("{suite:?}")).collect();
    seen.groups = hello.named_groups().into_iter().flatten().map(|group| format!("{group:?}")).collect();
}

fn relay(connection: &mut ServerConnection, client: &TcpStream, server: &TcpStream) -> io::Result<()> {
    client.set_nonblocking(true)?;
    let (mut client_io, mut server_io) = (client, server);
    let mut buffer = vec![0; 64 << 10];
    loop {
        // Some may have come together with the end of the handshake.
        let state = connection.process_new_packets().map_err(io::Error::other)?;
        while let Some(count @ 1..) = would_block(connection.reader().read(&mut buffer))? {
            server_io.write_all(&buffer[..count])?;
        }
        if state.peer_has_closed() {
            return Ok(());
        }
        let wants = if connection.wants_write() { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
        let mut ready = [PollFd::new(client, wants), PollFd::new(server, PollFlags::IN)];
        poll(&mut ready, None)?;
        let (of_client, of_server) = (ready[0].revents(), ready[1].revents());
        if connection.wants_write() {
            would_block(connection.write_tls(&mut client_io))?;
        }
        let is_readable = !(of_client & !PollFlags::OUT).is_empty();
        if is_readable && would_block(connection.read_tls(&mut client_io))? == Some(0) {
            return Ok(());
        }
        if !of_server.is_empty() && !connection.wants_write() {
            match server_io.read(&mut buffer)? {
                0 => {
                    connection.send_close_notify();
                    return Ok(());
                }
                count => connection.writer().write_all(&buffer[..count])?,
            }
        }
    }
}

fn would_block(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
