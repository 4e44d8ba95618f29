//! A client whose transport makes everything as hard as it may: see [`TestLayer`].

use crate::client::publish::BACKLOG_HIGH;
use crate::client::{
    Application, Client, ConnectOptions, CreateOptions, Event, Kind, MqttVersion, Persistence, SyncApi,
};
use crate::engine::clock;
use crate::protocol::packet::{
    Acknowledgement, ConnAck, Framing, Packet, Properties, PropertyList, Publish, SubAck, Subscription, frame,
};
use crate::protocol::session::OutgoingMessage;
use crate::protocol::{Qos, ReasonCode, Version};
use crate::transport::test_layer::TestLayer;
use crate::transport::{Layer, Piece, ServerUri, Stack};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Long enough for anything on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

const VERSION: Version = Version::V3_1_1;

/// An application that takes messages if it has somewhere to put them.
#[derive(Clone, Default)]
struct Collector(Option<Sender<Vec<u8>>>);

impl Application for Collector {
    type Message = Vec<u8>;
    type Api = SyncApi;

    fn message(publish: &Publish<'_>) -> Option<Vec<u8>> {
        Some(publish.payload.to_vec())
    }

    fn handles(&self, kind: Kind) -> bool {
        kind == Kind::Message && self.0.is_some()
    }

    fn deliver(&self, event: Event<'_, Collector>) -> Result<(), Vec<u8>> {
        let Event::Message(message) = event else { panic!("nobody wants to hear of it") };
        self.0.as_ref().unwrap().send(message).map_err(|error| error.0)
    }
}

/// A server that sends each message back.
struct Server {
    socket: TcpStream,
    stack: Stack,
    seen: Seen,
}

/// What a server has seen when the connection is over.
#[derive(Default)]
struct Seen {
    payloads: Vec<Vec<u8>>,
    said_disconnect: bool,
    said_goodbye: bool,
}

impl Server {
    /// Serves one connection, through so many layers, once it may begin to read behind the CONNECT.
    fn start(layers: usize, may_read: Receiver<()>) -> (ServerUri, JoinHandle<Seen>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("tcp://{}", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let socket = listener.accept().unwrap().0;
            let layers = (0..layers).map(|_| Box::new(TestLayer::server()) as Box<dyn Layer>);
            Server { socket, stack: Stack::new(layers.collect()), seen: Seen::default() }.serve(&may_read)
        });
        (ServerUri::parse(&uri).unwrap().with_test_layers(layers), server)
    }

    fn serve(mut self, may_read: &Receiver<()>) -> Seen {
        let (mut buffer, mut plain, mut wire) = ([0; 3000], Vec::new(), Vec::new());
        let mut is_open = self.stack.handshake(&[], &mut wire).unwrap();
        loop {
            let count = self.socket.read(&mut buffer).unwrap();
            if count == 0 {
                return self.seen;
            }
            if is_open {
                self.stack.receive(&buffer[..count], &mut plain, &mut wire);
            } else {
                is_open = self.stack.handshake(&buffer[..count], &mut wire).unwrap();
                if is_open {
                    self.stack.receive(&[], &mut plain, &mut wire);
                }
            }
            let mut handled = 0;
            while let Framing::Complete(length) = frame(&plain[handled..]).unwrap() {
                self.handle(&plain[handled..handled + length], &mut wire);
                handled += length;
            }
            plain.drain(..handled);
            match self.socket.write_all(&wire) {
                // A client that has gone takes no more echoes. What it has sent is still to be read.
                Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {}
                written => written.unwrap(),
            }
            wire.clear();
            if let Some(end) = self.stack.take_end() {
                assert_eq!(end.kind(), std::io::ErrorKind::UnexpectedEof);
                self.seen.said_goodbye = true;
            }
            if is_open && handled > 0 {
                // Once; afterwards nobody is there to hold it up.
                let _ = may_read.recv();
            }
        }
    }

    fn handle(&mut self, packet: &[u8], wire: &mut Vec<u8>) {
        let (reason, properties) = (ReasonCode::SUCCESS, PropertyList::default());
        let mut send = |packet: Packet<'_>| {
            let mut bytes = Vec::new();
            packet.encode(VERSION, &mut bytes).unwrap();
            self.stack.send(Piece::whole(&bytes), wire).unwrap();
        };
        match Packet::decode(packet, VERSION).unwrap() {
            Packet::Connect(_) => {
                send(Packet::ConnAck(ConnAck { session_present: false, reason, properties }));
            }
            Packet::Subscribe(subscribe) => {
                let packet_id = subscribe.packet_id;
                send(Packet::SubAck(SubAck { packet_id, properties, reasons: &[0] }));
            }
            Packet::Publish(publish) => {
                if publish.qos == Qos::AtLeastOnce {
                    let packet_id = publish.packet_id;
                    send(Packet::PubAck(Acknowledgement { packet_id, reason, properties }));
                }
                send(Packet::Publish(Publish { qos: Qos::AtMostOnce, packet_id: 0, ..publish }));
                self.seen.payloads.push(publish.payload.to_vec());
            }
            Packet::PingReq => send(Packet::PingResp),
            Packet::Disconnect(_) => self.seen.said_disconnect = true,
            other => panic!("{other:?}"),
        }
    }
}

fn client(server: ServerUri, application: Collector) -> Arc<Client<Collector>> {
    let (version, persistence) = (MqttVersion::Fixed(VERSION), Persistence::None);
    let options = CreateOptions { server, client_id: b"c".to_vec(), version, persistence };
    let (client, created) = Client::create(options);
    created.unwrap();
    client.set_application(|it| *it = application).unwrap();
    let options = ConnectOptions {
        keep_alive: 60,
        clean: true,
        window: 10,
        username: None,
        password: None,
        will: None,
        connect_timeout: PATIENCE,
        retry_interval: None,
        servers: Vec::new(),
        http_proxy: false,
        version,
        properties: Properties::default(),
    };
    client.connect(&options).unwrap();
    client.set_command_timeout(PATIENCE).unwrap();
    client
}

/// A server that reads from the beginning.
fn reading() -> Receiver<()> {
    channel().1
}

fn publish(client: &Client<Collector>, payload: &[u8], qos: Qos) {
    let properties = PropertyList::default();
    client
        .publish(&OutgoingMessage { topic: b"t", payload, qos, retain: false, properties }, |_| {})
        .unwrap();
}

fn disconnect(client: &Client<Collector>) {
    client.disconnect(PATIENCE, ReasonCode::SUCCESS, None).unwrap();
    client.destroy();
}

/// Many sizes, and one so large that it is not copied.
fn payloads() -> Vec<Vec<u8>> {
    let mut payloads: Vec<_> =
        (0..200_usize).map(|number| vec![number.to_le_bytes()[0]; number * number % 1501]).collect();
    payloads.push(vec![3; 40_000]);
    payloads.push(vec![4; 3]);
    payloads
}

fn qos(number: usize) -> Qos {
    if number.is_multiple_of(3) { Qos::AtLeastOnce } else { Qos::AtMostOnce }
}

#[test]
fn calling_threads_drive_layers() {
    for layers in 0..3 {
        let (uri, server) = Server::start(layers, reading());
        let client = client(uri, Collector::default());
        let subscription = Subscription { filter: b"t", options: 0 };
        client.subscribe(&[subscription], PropertyList::default()).unwrap();
        let payloads = payloads();
        for (number, payload) in payloads.iter().enumerate() {
            publish(&client, payload, qos(number));
        }
        for payload in &payloads {
            assert_eq!(client.receive(PATIENCE, || ()).unwrap().message.as_ref(), Some(payload));
        }
        disconnect(&client);
        let seen = server.join().unwrap();
        assert_eq!(seen.payloads, payloads);
        assert!(seen.said_disconnect);
        assert_eq!(seen.said_goodbye, layers > 0);
    }
}

#[test]
fn workers_drive_layers() {
    for layers in 0..3 {
        let (uri, server) = Server::start(layers, reading());
        let (sender, messages) = channel();
        let client = client(uri, Collector(Some(sender)));
        let payloads = payloads();
        let publishers: Vec<_> = (0..2)
            .map(|_| {
                let (client, payloads) = (client.clone(), payloads.clone());
                thread::spawn(move || {
                    for (number, payload) in payloads.iter().enumerate() {
                        publish(&client, payload, qos(number));
                    }
                })
            })
            .collect();
        let mut echoed: Vec<_> =
            (0..2 * payloads.len()).map(|_| messages.recv_timeout(PATIENCE).unwrap()).collect();
        for publisher in publishers {
            publisher.join().unwrap();
        }
        // What the second message of a pair belongs to is lost, so the sizes and bytes are compared.
        let mut sent = [payloads.clone(), payloads].concat();
        sent.sort();
        echoed.sort();
        assert!(echoed == sent, "{layers} layers");
        disconnect(&client);
        assert!(server.join().unwrap().said_disconnect);
    }
}

/// A server that does not read, so that the layers get no more credit: publishers wait when much is unsent,
/// and go on when it has gone. A disconnect waits for all of it.
#[test]
fn a_publisher_waits_for_what_layers_keep() {
    let (resume, may_read) = channel();
    let (uri, server) = Server::start(2, may_read);
    let client = client(uri, Collector::default());
    let publisher = {
        let client = client.clone();
        thread::spawn(move || (0..30).for_each(|_| publish(&client, &[5; 64 << 10], Qos::AtMostOnce)))
    };
    let give_up = clock::now() + PATIENCE;
    while client.lock().unwrap().unsent() < BACKLOG_HIGH {
        assert!(clock::now() < give_up, "layers keep bytes that nobody counts");
        thread::yield_now();
    }
    // No more than the one message too many.
    assert!(client.lock().unwrap().unsent() < BACKLOG_HIGH + (65 << 10));
    assert!(!publisher.is_finished());
    drop(resume);
    publisher.join().unwrap();
    disconnect(&client);
    let seen = server.join().unwrap();
    assert_eq!(seen.payloads, vec![vec![5; 64 << 10]; 30]);
    assert!(seen.said_disconnect && seen.said_goodbye);
}
