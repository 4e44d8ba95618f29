use super::*;
use crate::transport::Stack;
use crate::transport::tls::options::TlsOptions;
use crate::transport::tls::testing::{Openssl, mutations};
use crate::transport::tls::{TlsMemory, is_from_tls};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::{HandshakeKind, ServerConfig, ServerConnection, SupportedProtocolVersion};
use std::io::{Read, Write};

/// A server's end, and the client's memory.
struct Scene {
    options: Arc<TlsOptions>,
    memory: TlsMemory,
    server: Arc<ServerConfig>,
}

impl Scene {
    fn new(version: &'static SupportedProtocolVersion) -> Scene {
        Scene::with_fragments(version, None)
    }

    /// A server of which no record is longer than this.
    fn with_fragments(version: &'static SupportedProtocolVersion, longest: Option<usize>) -> Scene {
        let files = Openssl::new();
        files.self_signed("server", "/CN=server");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![files.certificate("server")],
                PrivateKeyDer::from_pem_slice(&files.bytes("server.key")).unwrap(),
            )
            .unwrap();
        server.max_fragment_size = longest;
        // Who trusts nobody checks nothing.
        let options = Arc::default();
        Scene { options, memory: TlsMemory::default(), server: Arc::new(server) }
    }

    fn ends(&self) -> Ends {
        let layer = self.memory.layer(&self.options, "server").unwrap();
        Ends {
            client: Stack::new(vec![Box::new(layer)]),
            server: ServerConnection::new(self.server.clone()).unwrap(),
        }
    }

    /// With their handshake done, in which the client gets so many bytes at a time.
    fn connected(&self, piece: usize) -> Ends {
        let mut ends = self.ends();
        assert!(ends.handshake(piece));
        ends
    }
}

struct Ends {
    client: Stack,
    server: ServerConnection,
}

impl Ends {
    /// Whether it succeeds.
    fn handshake(&mut self, piece: usize) -> bool {
        let mut to_server = Vec::new();
        assert!(!self.client.handshake(&mut [], &mut to_server).unwrap());
        loop {
            self.give_to_server(&to_server);
            to_server.clear();
            let to_client = self.take_from_server();
            if to_client.is_empty() {
                return false;
            }
            let mut pieces = to_client.chunks(piece);
            while let Some(piece) = pieces.next() {
                if self.client.handshake(&mut piece.to_vec(), &mut to_server).unwrap() {
                    // What comes behind it goes the usual way.
                    let rest: Vec<u8> = pieces.flatten().copied().collect();
                    self.client.receive(&mut rest.clone(), &mut Vec::new(), &mut to_server);
                    self.give_to_server(&to_server);
                    return !self.server.is_handshaking();
                }
            }
        }
    }

    fn give_to_server(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            self.server.read_tls(&mut bytes).unwrap();
            self.server.process_new_packets().unwrap();
        }
    }

    fn take_from_server(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.server.wants_write() {
            self.server.write_tls(&mut bytes).unwrap();
        }
        bytes
    }

    /// What the server reads of this.
    fn read_as_server(&mut self, wire: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        for piece in wire.chunks(1000) {
            self.give_to_server(piece);
            let _ = self.server.reader().read_to_end(&mut plain);
        }
        plain
    }

    /// Sends a message as the engine does: its head, and the rest in pieces.
    fn send(&mut self, head: &[u8], payload: &[u8]) -> Vec<u8> {
        let mut wire = Vec::new();
        self.client.send(Piece { bytes: head, follows: payload.len() }, &mut wire).unwrap();
        let mut rest = payload;
        while !rest.is_empty() {
            let (bytes, behind) = rest.split_at(rest.len().min(RECORD));
            rest = behind;
            self.client.send(Piece { bytes, follows: rest.len() }, &mut wire).unwrap();
        }
        assert_eq!(self.client.held(), 0);
        wire
    }
}

/// How many bytes each record has.
fn records(mut wire: &[u8]) -> Vec<usize> {
    let mut records = Vec::new();
    while let [_, _, _, high, low, rest @ ..] = wire {
        let length = usize::from(*high) << 8 | usize::from(*low);
        records.push(length);
        wire = &rest[length..];
    }
    records
}

const VERSIONS: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

#[test]
fn bytes_pass_however_they_are_cut() {
    for version in VERSIONS {
        let scene = Scene::new(version);
        for piece in [1, 7, usize::MAX] {
            let mut ends = scene.connected(piece);
            assert_eq!(ends.server.protocol_version(), Some(version.version));
            let payload: Vec<u8> = (0..100_000u32).map(|number| number.to_le_bytes()[0]).collect();
            let wire = ends.send(b"head", &payload);
            assert_eq!(ends.read_as_server(&wire), [b"head", payload.as_slice()].concat());

            ends.server.set_buffer_limit(None);
            ends.server.writer().write_all(&payload).unwrap();
            let (wire, mut plain) = (ends.take_from_server(), Vec::new());
            for piece in wire.chunks(piece) {
                ends.client.receive(&mut piece.to_vec(), &mut plain, &mut Vec::new());
                assert!(ends.client.take_end().is_none());
            }
            assert_eq!(plain, payload);
        }
    }
}

/// Messages of the handshake that come in several records, and records of which a part has come while others are sent.
#[test]
fn bytes_pass_however_records_are_cut() {
    for version in VERSIONS {
        let scene = Scene::with_fragments(version, Some(40));
        for piece in [1, 50, usize::MAX] {
            let mut ends = scene.connected(piece);
            let payload = [7; 1000];
            ends.server.writer().write_all(&payload).unwrap();
            let (wire, mut plain) = (ends.take_from_server(), Vec::new());
            for (number, piece) in wire.chunks(piece.min(90)).enumerate() {
                ends.client.receive(&mut piece.to_vec(), &mut plain, &mut Vec::new());
                assert!(ends.client.take_end().is_none());
                let said = number.to_string();
                let wire = ends.send(said.as_bytes(), b"");
                assert_eq!(ends.read_as_server(&wire), said.as_bytes());
            }
            assert_eq!(plain, payload);
        }
    }
}

/// A server that cannot go on with a session would fail each time.
#[test]
fn a_session_with_which_a_handshake_has_failed_is_not_resumed_again() {
    let scene = Scene::new(&rustls::version::TLS12);
    scene.connected(usize::MAX);
    let mut failing = scene.ends();
    let mut to_server = Vec::new();
    failing.client.handshake(&mut [], &mut to_server).unwrap();
    failing.give_to_server(&to_server);
    let mut spoiled = failing.take_from_server();
    assert_eq!(failing.server.handshake_kind(), Some(HandshakeKind::Resumed));
    *spoiled.last_mut().unwrap() ^= 1;
    assert!(failing.client.handshake(&mut spoiled, &mut to_server).is_err());
    for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
        assert_eq!(scene.connected(usize::MAX).server.handshake_kind(), Some(expected));
    }
}

/// An idle client needs no memory for what was read.
#[test]
fn nothing_is_kept_of_records_that_have_come_whole() {
    for version in VERSIONS {
        let scene = Scene::new(version);
        let mut layer = scene.memory.layer(&scene.options, "server").unwrap();
        let mut server = ServerConnection::new(scene.server.clone()).unwrap();
        let mut to_server = Vec::new();
        let mut from_server = Vec::new();
        while layer.handshake(&mut from_server.as_slice(), &mut to_server).unwrap() == Handshake::Waiting {
            server.read_tls(&mut mem::take(&mut to_server).as_slice()).unwrap();
            server.process_new_packets().unwrap();
            from_server.clear();
            while server.wants_write() {
                server.write_tls(&mut from_server).unwrap();
            }
        }
        server.read_tls(&mut mem::take(&mut to_server).as_slice()).unwrap();
        server.process_new_packets().unwrap();
        server.writer().write_all(&[7; 1000]).unwrap();
        from_server.clear();
        while server.wants_write() {
            server.write_tls(&mut from_server).unwrap();
        }
        let (cut, mut plain) = (from_server.split_off(from_server.len() - 10), Vec::new());
        layer.receive(&mut from_server, &mut plain, &mut to_server).unwrap();
        assert!(plain.is_empty() && !layer.kept.is_empty(), "the last record is not there");
        layer.receive(&mut cut.clone(), &mut plain, &mut to_server).unwrap();
        assert_eq!(plain, [7; 1000]);
        assert_eq!((layer.kept.capacity(), layer.early.capacity()), (0, 0), "{version:?}");
    }
}

/// Some servers look for one packet in a record.
#[test]
fn a_packet_is_one_record_and_a_long_one_is_as_few_as_there_can_be() {
    let mut ends = Scene::new(&rustls::version::TLS13).connected(usize::MAX);
    // The kind of record, which is hidden, and the authentication tag.
    const MORE: usize = 17;
    assert_eq!(records(&ends.send(b"head", b"")), [4 + MORE]);
    assert_eq!(records(&ends.send(b"head", &[7; 100])), [104 + MORE]);
    assert_eq!(records(&ends.send(b"head", &[7; RECORD - 4])), [RECORD + MORE]);
    assert_eq!(records(&ends.send(b"head", &[7; RECORD])), [RECORD + MORE, 4 + MORE]);
    assert_eq!(records(&ends.send(b"head", &[7; 40_000])), [RECORD + MORE, RECORD + MORE, 7236 + MORE]);
}

#[test]
fn both_ends_say_goodbye() {
    for version in VERSIONS {
        let scene = Scene::new(version);
        let mut ends = scene.connected(usize::MAX);
        let mut wire = Vec::new();
        ends.client.close(&mut wire);
        ends.server.read_tls(&mut wire.as_slice()).unwrap();
        assert!(ends.server.process_new_packets().unwrap().peer_has_closed());

        let mut ends = scene.connected(usize::MAX);
        ends.server.writer().write_all(b"last").unwrap();
        ends.server.send_close_notify();
        let (wire, mut plain) = (ends.take_from_server(), Vec::new());
        ends.client.receive(&mut wire.clone(), &mut plain, &mut Vec::new());
        assert_eq!(plain, b"last");
        assert_eq!(ends.client.take_end().map(|end| end.kind()), Some(io::ErrorKind::UnexpectedEof));
    }
}

/// A server that is full may say so at once.
#[test]
fn what_comes_together_with_the_end_of_the_handshake_counts() {
    let mut ends = Scene::new(&rustls::version::TLS12).ends();
    let (mut to_server, mut plain) = (Vec::new(), Vec::new());
    let mut to_client = Vec::new();
    while !ends.client.handshake(&mut to_client, &mut to_server).unwrap() {
        ends.give_to_server(&mem::take(&mut to_server));
        if !ends.server.is_handshaking() {
            ends.server.writer().write_all(b"last").unwrap();
            ends.server.send_close_notify();
        }
        to_client = ends.take_from_server();
    }
    ends.client.receive(&mut [], &mut plain, &mut Vec::new());
    assert_eq!(plain, b"last");
    assert_eq!(ends.client.take_end().map(|end| end.kind()), Some(io::ErrorKind::UnexpectedEof));
}

#[test]
fn keys_are_renewed_when_the_server_asks_for_that() {
    let mut ends = Scene::new(&rustls::version::TLS13).connected(usize::MAX);
    ends.server.refresh_traffic_keys().unwrap();
    ends.server.writer().write_all(b"with new keys").unwrap();
    let (wire, mut plain) = (ends.take_from_server(), Vec::new());
    ends.client.receive(&mut wire.clone(), &mut plain, &mut Vec::new());
    assert_eq!(plain, b"with new keys");
    let wire = ends.send(b"with new keys, too", b"");
    assert_eq!(records(&wire).len(), 2, "the keys go first");
    assert_eq!(ends.read_as_server(&wire), b"with new keys, too");
}

/// A second connection of the same client is quicker, whatever the version.
#[test]
fn sessions_are_resumed() {
    for version in VERSIONS {
        let scene = Scene::new(version);
        for expected in [rustls::HandshakeKind::Full, rustls::HandshakeKind::Resumed] {
            let mut ends = scene.connected(usize::MAX);
            assert_eq!(ends.server.handshake_kind(), Some(expected), "{version:?}");
            // Tickets of TLS 1.3 come behind the handshake.
            let wire = ends.take_from_server();
            ends.client.receive(&mut wire.clone(), &mut Vec::new(), &mut Vec::new());
        }
    }
}

#[test]
fn a_record_that_was_changed_on_its_way_ends_the_connection() {
    for version in VERSIONS {
        let mut ends = Scene::new(version).connected(usize::MAX);
        ends.server.writer().write_all(b"message").unwrap();
        let mut wire = ends.take_from_server();
        *wire.last_mut().unwrap() ^= 1;
        let (mut plain, mut alert) = (Vec::new(), Vec::new());
        ends.client.receive(&mut wire.clone(), &mut plain, &mut alert);
        let error = ends.client.take_end().unwrap();
        assert!(is_from_tls(&error) && error.to_string().contains("changed on its way"), "{error}");
        assert!(plain.is_empty() && !alert.is_empty(), "the server is told");
    }
}

#[test]
fn what_is_no_tls_is_said_to_be_none() {
    let scene = Scene::new(&rustls::version::TLS13);
    for answer in
        [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"\x20\x02\x00\x00", b"SSH-2.0-OpenSSH_9.2p1\r\n"]
    {
        let mut client = scene.ends().client;
        let mut wire = Vec::new();
        assert!(!client.handshake(&mut [], &mut wire).unwrap());
        // A whole header is needed to tell.
        let result = client
            .handshake(&mut answer.to_vec(), &mut wire)
            .and_then(|_| client.handshake(&mut b"     ".to_vec(), &mut wire));
        let error = result.unwrap_err();
        assert!(is_from_tls(&error) && error.to_string().contains("is no TLS"), "{error}");
    }
}

/// Fuzz target. Whatever a server sends, it is refused or waited for, and what is kept of it is bounded.
#[test]
fn hostile_servers_are_refused() {
    for version in VERSIONS {
        let scene = Scene::new(version);
        let mut ends = scene.ends();
        let mut hello = Vec::new();
        ends.client.handshake(&mut [], &mut hello).unwrap();
        ends.give_to_server(&hello);
        let flight = ends.take_from_server();
        mutations(&flight, 200, |bytes| {
            let mut client = scene.ends().client;
            let mut wire = Vec::new();
            client.handshake(&mut [], &mut wire).unwrap();
            let _ = client
                .handshake(&mut bytes.to_vec(), &mut wire)
                .and_then(|_| client.handshake(&mut flight.clone(), &mut wire));
            assert!(wire.len() < 10_000, "{}", wire.len());
        });
        let mut ends = scene.connected(usize::MAX);
        ends.server.writer().write_all(&[7; 1000]).unwrap();
        let records = ends.take_from_server();
        mutations(&records, 50, |bytes| {
            let mut client = scene.connected(usize::MAX).client;
            let (mut plain, mut wire) = (Vec::new(), Vec::new());
            client.receive(&mut bytes.to_vec(), &mut plain, &mut wire);
            assert!(plain.is_empty(), "it is of another connection");
        });
    }
}
