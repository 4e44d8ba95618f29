use super::{Connection, ReadOutcome};
use crate::engine::{Connector, Interests, Step, clock, wait_one};
use crate::error::{Error, PersistError};
use crate::protocol::packet::{ConnAck, Connect, Framing, Packet, PropertyList, Publish, frame};
use crate::protocol::session::{
    AckToken, Acknowledge, ConnectionOptions, Event, Host, OutgoingMessage, Session, StoreKey,
};
use crate::protocol::{Qos, ReasonCode, Version};
use crate::transport::test_layer::{TestLayer, TestProxy};
use crate::transport::{Handshake, Layer, Piece, Stack};
use rustix::net::sockopt;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for anything on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keeps the payloads of messages.
#[derive(Default)]
struct Inbox(Vec<Vec<u8>>);

impl Host for Inbox {
    fn persist(&mut self, _: StoreKey, _: &[&[u8]]) -> Result<(), PersistError> {
        Ok(())
    }

    fn forget(&mut self, _: StoreKey) {}

    fn message(&mut self, publish: &Publish<'_>, _: Option<AckToken>) -> Acknowledge {
        self.0.push(publish.payload.to_vec());
        Acknowledge::WithToken
    }

    fn event(&mut self, _: Event<'_>) {}
}

/// The server's end: it reads and writes when the test says so.
struct Server {
    socket: TcpStream,
    stack: Stack,
    wire: Vec<u8>,
    plain: Vec<u8>,
    is_open: bool,
    /// The client has closed the stream.
    is_over: bool,
}

impl Server {
    /// Reads and writes what goes at once.
    fn work(&mut self) {
        let mut buffer = [0; 5000];
        loop {
            match self.socket.read(&mut buffer) {
                Ok(0) => self.is_over = true,
                Ok(count) if self.is_open => {
                    self.stack.receive(&mut buffer[..count], &mut self.plain, &mut self.wire);
                }
                Ok(count) => {
                    self.is_open = self.stack.handshake(&mut buffer[..count], &mut self.wire).unwrap();
                    if self.is_open {
                        self.stack.receive(&mut [], &mut self.plain, &mut self.wire);
                    }
                }
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
            let written = self.socket.write(&self.wire).unwrap_or(0);
            self.wire.drain(..written);
            if self.is_over || written == 0 && self.socket.peek(&mut [0]).is_err() {
                return;
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stack.send(Piece::whole(bytes), &mut self.wire).unwrap();
        self.work();
    }

    /// The packets that have come, whole.
    fn packets(&self) -> Vec<&[u8]> {
        let (mut packets, mut rest) = (Vec::new(), self.plain.as_slice());
        while !rest.is_empty() {
            let Ok(Framing::Complete(length)) = frame(rest) else { panic!("half a packet") };
            packets.push(&rest[..length]);
            rest = &rest[length..];
        }
        packets
    }
}

/// A session on a connection, and its server.
struct Scene {
    connection: Connection,
    session: Session,
    inbox: Inbox,
    server: Server,
}

impl Scene {
    /// With these layers at the two ends.
    fn new(client: Vec<Box<dyn Layer>>, server: Vec<Box<dyn Layer>>) -> Scene {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addresses = vec![listener.local_addr().unwrap().into()];
        let mut connector = Connector::new(addresses, client, clock::now() + PATIENCE);
        // The listener has the connection in its queue when this has gone as far as it can.
        let mut step = connector.advance(clock::now()).unwrap();
        let mut server = Server {
            socket: listener.accept().unwrap().0,
            stack: Stack::new(server),
            wire: Vec::new(),
            plain: Vec::new(),
            is_open: false,
            is_over: false,
        };
        server.socket.set_nonblocking(true).unwrap();
        server.is_open = server.stack.handshake(&mut [], &mut server.wire).unwrap();
        let pipe = loop {
            match step {
                Step::Connected(pipe, _) => break pipe,
                Step::Wait(socket, ..) => drop(wait_one(&socket, BOTH, clock::now(), Some(soon()))),
            }
            server.work();
            step = connector.advance(clock::now()).unwrap();
        };
        let (session, inbox) = (Session::new(), Inbox::default());
        Scene { connection: Connection::new(pipe), session, inbox, server }
    }

    /// With so many test layers, and past the CONNACK.
    fn connected(layers: usize) -> Scene {
        let client = (0..layers).map(|_| Box::new(TestLayer::client()) as Box<dyn Layer>);
        let server = (0..layers).map(|_| Box::new(TestLayer::server()) as Box<dyn Layer>);
        let mut scene = Scene::new(client.collect(), server.collect());
        scene.connect();
        scene
    }

    fn connect(&mut self) {
        let connect = Connect {
            version: Version::V5,
            clean: true,
            keep_alive: 0,
            properties: PropertyList::default(),
            client_id: b"c",
            will: None,
            username: None,
            password: None,
        };
        let options = ConnectionOptions { window: 10, retry_interval: None, forgets_with_server: false };
        self.session.connect(clock::now(), &connect, options).unwrap();
        self.flush();
        self.until(|scene| !scene.server.plain.is_empty());
        assert_eq!(self.server.packets().len(), 1);
        self.server.plain.clear();
        self.server.send(&connack());
        self.until(|scene| scene.session.is_connected());
    }

    fn flush(&mut self) {
        self.connection.flush(&mut self.session, clock::now(), &mut self.inbox).unwrap();
    }

    fn read(&mut self) -> Result<ReadOutcome, Error> {
        let mut buffer = vec![0; 64 << 10];
        self.connection.read(&mut self.session, clock::now(), &mut buffer, &mut self.inbox)
    }

    /// Lets client and server work until something is so.
    fn until(&mut self, is_so: impl Fn(&Scene) -> bool) {
        let give_up = clock::now() + PATIENCE;
        while !is_so(self) {
            assert!(clock::now() < give_up);
            self.server.work();
            self.read().unwrap();
            self.flush();
        }
    }

    fn publish(&mut self, payload: &[u8]) {
        self.session.publish(clock::now(), &message(payload), &mut self.inbox).unwrap();
    }

    /// Publishes without copying the payload.
    fn publish_large(&mut self, payload: &[u8]) {
        let now = clock::now();
        self.session.publish_head(now, &message(payload)).unwrap();
        self.connection.flush_with_payload(&mut self.session, now, payload).unwrap();
    }

    fn unsent(&self) -> usize {
        self.connection.unsent(&self.session)
    }

    /// The payloads that the server got.
    fn received(&self) -> Vec<&[u8]> {
        let payload = |packet| match Packet::decode(packet, Version::V5).unwrap() {
            Packet::Publish(publish) => publish.payload,
            other => panic!("{other:?}"),
        };
        self.server.packets().into_iter().map(payload).collect()
    }
}

const BOTH: Interests = Interests { readable: true, writable: true };

fn soon() -> Instant {
    clock::now() + Duration::from_millis(10)
}

fn message(payload: &[u8]) -> OutgoingMessage<'_> {
    let qos = Qos::AtMostOnce;
    OutgoingMessage { topic: b"t", payload, qos, retain: false, properties: PropertyList::default() }
}

fn connack() -> Vec<u8> {
    let properties = PropertyList::default();
    let connack = ConnAck { session_present: false, reason: ReasonCode::SUCCESS, properties };
    let mut bytes = Vec::new();
    Packet::ConnAck(connack).encode(Version::V5, &mut bytes).unwrap();
    bytes
}

fn publish_packet(payload: &[u8]) -> Vec<u8> {
    let publish = Publish {
        dup: false,
        qos: Qos::AtMostOnce,
        retain: false,
        topic: b"t",
        packet_id: 0,
        properties: PropertyList::default(),
        payload,
    };
    let mut bytes = Vec::new();
    Packet::Publish(publish).encode(Version::V5, &mut bytes).unwrap();
    bytes
}

/// Payloads of many sizes, a few of them long.
fn payloads() -> Vec<Vec<u8>> {
    (0..300_usize).map(|number| vec![number.to_le_bytes()[0]; number * number % 1501]).collect()
}

#[test]
fn packets_of_all_sizes_arrive_both_ways_through_layers() {
    for layers in 0..4 {
        let mut scene = Scene::connected(layers);
        let payloads = payloads();
        for (number, payload) in payloads.iter().enumerate() {
            match number % 3 {
                0 => scene.publish_large(payload),
                _ => scene.publish(payload),
            }
            scene.server.send(&publish_packet(payload));
        }
        let count = payloads.len();
        scene.until(|scene| scene.inbox.0.len() == count && scene.unsent() == 0);
        scene.server.work();
        scene.until(|scene| scene.server.wire.is_empty() && scene.server.stack.held() == 0);
        assert_eq!(scene.inbox.0, payloads, "{layers} layers");
        assert_eq!(scene.received(), payloads, "{layers} layers");
        assert!(!scene.connection.has_packet());
    }
}

/// What layers keep counts as unsent, and nobody waits for room for it: it needs an answer, not room.
#[test]
fn bytes_that_wait_for_the_server_are_unsent_and_not_blocked() {
    let mut scene = Scene::connected(2);
    scene.publish(&[7; 200_000]);
    scene.flush();
    assert!(scene.unsent() > 190_000, "no credit for so much");
    assert!(!scene.connection.wants_to_write(&scene.session) && !scene.connection.is_write_blocked());
    // Not all of it went into the layers, either.
    assert!(scene.session.outgoing().len() > 10_000);
    scene.until(|scene| scene.unsent() == 0);
    scene.server.work();
    assert_eq!(scene.received(), [[7; 200_000]]);
}

/// Pieces of packets: how many bytes, and how many of the same packet follow.
type Pieces = Arc<Mutex<Vec<(usize, usize)>>>;

/// A layer without limits of its own, that makes two bytes of each and notes what it was given.
#[derive(Clone, Default)]
struct Doubling {
    pieces: Pieces,
    heard_only_questions: bool,
}

impl Layer for Doubling {
    fn phase(&self) -> &'static str {
        "doubling"
    }

    fn handshake(&mut self, _: &mut &[u8], _: &mut Vec<u8>) -> io::Result<Handshake> {
        Ok(Handshake::Open)
    }

    fn receive(&mut self, received: &mut [u8], plain: &mut Vec<u8>, wire: &mut Vec<u8>) -> io::Result<()> {
        self.heard_only_questions = received.iter().all(|byte| *byte == b'?');
        for byte in received {
            match byte {
                b'?' => wire.push(b'!'),
                byte => plain.push(*byte),
            }
        }
        Ok(())
    }

    fn heard_only_control(&self) -> bool {
        self.heard_only_questions
    }

    fn send(&mut self, piece: Piece<'_>, wire: &mut Vec<u8>) -> io::Result<()> {
        self.pieces.lock().unwrap().push((piece.bytes.len(), piece.follows));
        wire.extend(piece.bytes.iter().flat_map(|byte| [*byte, *byte]));
        Ok(())
    }

    fn close(&mut self, wire: &mut Vec<u8>) {
        wire.extend_from_slice(b"bye");
    }
}

impl Scene {
    /// With one doubling layer, and a server that sees the wire as it is.
    fn doubling() -> (Scene, Pieces) {
        let layer = Doubling::default();
        let pieces = layer.pieces.clone();
        let mut scene = Scene::new(vec![Box::new(layer)], Vec::new());
        scene.session.connect(clock::now(), &connect_v5(), ONE_AT_A_TIME).unwrap();
        scene.flush();
        scene.server.send(&connack());
        scene.until(|scene| scene.session.is_connected());
        scene.until(|scene| scene.server.plain.len() > 30);
        scene.server.plain.clear();
        pieces.lock().unwrap().clear();
        (scene, pieces)
    }
}

const ONE_AT_A_TIME: ConnectionOptions =
    ConnectionOptions { window: 1, retry_interval: None, forgets_with_server: false };

fn connect_v5() -> Connect<'static> {
    Connect {
        version: Version::V5,
        clean: true,
        keep_alive: 60,
        properties: PropertyList::default(),
        client_id: b"client",
        will: None,
        username: None,
        password: None,
    }
}

/// WebSocket sends a packet a frame, so it must see where they begin and how long they are.
#[test]
fn the_layer_on_top_gets_packets() {
    let (mut scene, pieces) = Scene::doubling();
    for size in [0, 10, 20_000, 200] {
        scene.publish(&vec![b'x'; size]);
    }
    scene.flush();
    scene.publish_large(&[b'x'; 40_000]);
    let head = publish_packet(&[]).len();
    let expected = [
        (head, 0),
        (head + 10, 0),
        (16 << 10, head + 2 + 20_000 - (16 << 10)),
        (head + 2 + 20_000 - (16 << 10), 0),
        (head + 1 + 200, 0),
        (head + 2, 40_000),
        (16 << 10, 40_000 - (16 << 10)),
        (16 << 10, 40_000 - (32 << 10)),
        (40_000 - (32 << 10), 0),
    ];
    assert_eq!(*pieces.lock().unwrap(), expected);
}

/// A server that does not read: what waits for the socket stays little, however much there is to send.
#[test]
fn what_waits_for_the_socket_is_bounded() {
    const SIZE: usize = 6 << 20;
    let (mut scene, pieces) = Scene::doubling();
    sockopt::set_socket_recv_buffer_size(&scene.server.socket, 64 << 10).unwrap();
    let payload: Vec<u8> = (0..SIZE).map(|place| place.to_le_bytes()[place % 2]).collect();
    scene.publish_large(&payload);
    assert!(scene.connection.is_write_blocked());
    let given: usize = pieces.lock().unwrap().iter().map(|(bytes, _)| bytes).sum();
    assert!(scene.unsent() > 1 << 20, "the kernel took all of it");
    assert!(scene.unsent() - scene.session.outgoing().len() <= (64 + 2 * 16) << 10);
    // All are somewhere: with the layer or still with the session.
    let head = publish_packet(&[]).len() + 3;
    assert_eq!(given + scene.session.outgoing().len(), head + SIZE);
    assert!(scene.connection.wants_to_write(&scene.session));
    // What comes from the server is read all the same, and answered when there is room.
    scene.publish(b"behind it");
    scene.server.send(b"?");
    scene.until(|scene| scene.unsent() == 0);
    scene.server.work();
    let wire = &mut scene.server.plain;
    let answer = wire.iter().position(|byte| *byte == b'!');
    assert!(answer.is_some() || payload.contains(&b'!'));
    assert!(wire.ends_with(b"bbeehhiinndd  iitt"));
}

/// Keep alive goes by what the kernel has taken, not by what the layers have.
#[test]
fn what_waits_for_the_socket_is_not_sent() {
    let (mut scene, _) = Scene::doubling();
    sockopt::set_socket_recv_buffer_size(&scene.server.socket, 64 << 10).unwrap();
    while !scene.connection.is_write_blocked() {
        scene.publish(&[b'x'; 1000]);
        scene.flush();
    }
    assert!(scene.session.outgoing().is_empty() && scene.unsent() > 0, "the layer has all");
    let later = clock::now() + Duration::from_secs(30);
    // Something comes, so that only what was sent counts.
    scene.session.note_received(later);
    let deadline = scene.session.deadline();
    scene.publish(b"handed over");
    let give_up = clock::now() + PATIENCE;
    loop {
        let Scene { connection, session, inbox, .. } = &mut scene;
        connection.flush(session, later, inbox).unwrap();
        if scene.unsent() == 0 {
            break;
        }
        assert_eq!(scene.session.deadline(), deadline);
        assert!(clock::now() < give_up);
        scene.server.work();
    }
    assert_eq!(scene.session.deadline(), Some(later + Duration::from_secs(60)));
}

/// A gateway may send pings of WebSocket for a server that says nothing any more.
#[test]
fn what_is_said_between_layers_keeps_no_connection_alive() {
    let (mut scene, _) = Scene::doubling();
    let later = clock::now() + Duration::from_secs(30);
    // So that only what is received counts.
    scene.session.note_written(later, 1, false, false);
    let deadline = scene.session.deadline();
    let is_alive = |scene: &mut Scene, bytes: &[u8]| {
        scene.server.send(bytes);
        let (mut buffer, give_up) = (vec![0; 64 << 10], clock::now() + PATIENCE);
        let Scene { connection, session, inbox, .. } = scene;
        while connection.read(session, later, &mut buffer, inbox).unwrap() == ReadOutcome::Nothing {
            assert!(clock::now() < give_up);
            thread::yield_now();
        }
        session.deadline() != deadline
    };
    assert!(!is_alive(&mut scene, b"???"));
    // The first byte of a packet, and no more of it.
    assert!(is_alive(&mut scene, b"?\xd0"));
    assert_eq!(scene.session.deadline(), Some(later + Duration::from_secs(60)));
}

/// Whoever writes without holding the session has the wire's bytes; what comes meanwhile goes behind.
#[test]
fn the_wire_is_lent_to_a_writer() {
    let (mut scene, _) = Scene::doubling();
    let now = clock::now();
    scene.publish(b"one");
    let Scene { connection, session, inbox, .. } = &mut scene;
    let writing = connection.begin_writing(session, now, inbox).unwrap().unwrap();
    assert_eq!(writing.len(), 2 * publish_packet(b"one").len());
    scene.server.send(b"?");
    wait_one(scene.connection.socket(), Interests { readable: true, writable: false }, clock::now(), None)
        .unwrap();
    assert_eq!(scene.read().unwrap(), ReadOutcome::Drained);
    scene.publish(b"two");
    let result = writing.write();
    let Scene { connection, session, .. } = &mut scene;
    connection.end_writing(session, now, writing, result).unwrap();
    assert!(scene.connection.wants_to_write(&scene.session));
    scene.flush();
    assert_eq!(scene.unsent(), 0);
    let doubled = |packet: Vec<u8>| -> Vec<u8> { packet.iter().flat_map(|byte| [*byte; 2]).collect() };
    let expected = [doubled(publish_packet(b"one")), b"!".to_vec(), doubled(publish_packet(b"two"))].concat();
    scene.until(|scene| scene.server.plain.len() >= expected.len());
    assert_eq!(scene.server.plain, expected);
}

/// A goodbye goes behind all that was sent, and never into the middle of it.
#[test]
fn layers_say_goodbye_when_all_is_sent() {
    let (mut scene, _) = Scene::doubling();
    scene.publish(b"x");
    scene.flush();
    scene.connection.close();
    until_over(&mut scene.server);
    assert!(scene.server.plain.ends_with(b"xxbye"));

    let (mut scene, _) = Scene::doubling();
    scene.publish(b"x");
    let Scene { connection, session, inbox, .. } = &mut scene;
    let writing = connection.begin_writing(session, clock::now(), inbox).unwrap();
    scene.connection.close();
    until_over(&mut scene.server);
    assert!(writing.is_some() && scene.server.plain.is_empty());
}

fn until_over(server: &mut Server) {
    let give_up = clock::now() + PATIENCE;
    while !server.is_over {
        assert!(clock::now() < give_up);
        server.work();
        thread::yield_now();
    }
}

/// The end comes behind the packets that came before it, and is announced like a packet: the socket will
/// not tell of it if the server leaves it open.
#[test]
fn packets_before_the_end_are_handled_first() {
    let mut scene = Scene::connected(1);
    for number in 0..20 {
        scene.server.send(&publish_packet(&[number; 100]));
    }
    scene.server.stack.close(&mut scene.server.wire);
    let give_up = clock::now() + PATIENCE;
    let error = loop {
        assert!(clock::now() < give_up);
        scene.server.work();
        match scene.read() {
            Ok(ReadOutcome::More) => assert!(scene.connection.has_packet()),
            Ok(_) => scene.flush(),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof));
    assert_eq!(scene.inbox.0.len(), 20);
}

/// Behind a proxy, plain TCP is plain TCP, and nothing of what came with the reply is lost.
#[test]
fn a_proxy_leaves_a_plain_pipe() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let mut socket = listener.accept().unwrap().0;
        let mut request = [0; 8];
        socket.read_exact(&mut request).unwrap();
        let early = publish_packet(b"early");
        socket.write_all(&[b"OK\n", &connack()[..], &early[..4]].concat()).unwrap();
        socket.write_all(&early[4..]).unwrap();
        socket
    });
    let layers: Vec<Box<dyn Layer>> = vec![Box::new(TestProxy::default())];
    let mut connector = Connector::new(vec![address.into()], layers, clock::now() + PATIENCE);
    let pipe = loop {
        match connector.advance(clock::now()).unwrap() {
            Step::Connected(pipe, _) => break pipe,
            Step::Wait(socket, interests, until) => {
                drop(wait_one(&socket, interests, clock::now(), Some(until)))
            }
        }
    };
    assert!(pipe.layered.is_none());
    let mut connection = Connection::new(pipe);
    let (mut session, mut inbox) = (Session::new(), Inbox::default());
    session.connect(clock::now(), &connect_v5(), ONE_AT_A_TIME).unwrap();
    assert!(connection.has_packet(), "there is something to look at");
    while inbox.0.is_empty() {
        let now = clock::now();
        if !connection.has_packet() {
            wait_one(connection.socket(), BOTH, clock::now(), Some(now + PATIENCE)).unwrap();
        }
        connection.read(&mut session, now, &mut vec![0; 1000], &mut inbox).unwrap();
    }
    assert_eq!(inbox.0, [b"early"]);
    drop(server.join());
}
