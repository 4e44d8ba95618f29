//! A server of a test, behind layers that make everything as hard as they may: see [`TestLayer`].

use crate::client::{ConnectOptions, MqttVersion};
use crate::protocol::packet::{
    Acknowledgement, ConnAck, Framing, Packet, Properties, PropertyList, Publish, SubAck, frame,
};
use crate::protocol::{Qos, ReasonCode, Version};
use crate::transport::TransportOptions;
use crate::transport::test_layer::TestLayer;
use crate::transport::{Layer, Piece, ServerUri, Stack};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Long enough for anything on a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub const VERSION: Version = Version::V3_1_1;

/// How to connect to it.
pub fn connect_options() -> ConnectOptions {
    ConnectOptions {
        keep_alive: 60,
        clean: true,
        window: 10,
        username: None,
        password: None,
        will: None,
        connect_timeout: PATIENCE,
        retry_interval: None,
        servers: Vec::new(),
        transport: TransportOptions::default(),
        version: MqttVersion::Fixed(VERSION),
        properties: Properties::default(),
    }
}

/// A server that sends each message back.
pub struct Server {
    socket: TcpStream,
    stack: Stack,
    seen: Seen,
}

/// What a server has seen when the connection is over.
#[derive(Default)]
pub struct Seen {
    pub payloads: Vec<Vec<u8>>,
    pub said_disconnect: bool,
    pub said_goodbye: bool,
}

impl Server {
    /// Serves one connection, through so many layers, once it may begin to read behind the CONNECT.
    pub fn start(layers: usize, may_read: Receiver<()>) -> (ServerUri, JoinHandle<Seen>) {
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
        let mut is_open = self.stack.handshake(&mut [], &mut wire).unwrap();
        loop {
            let count = self.socket.read(&mut buffer).unwrap();
            if count == 0 {
                return self.seen;
            }
            if is_open {
                self.stack.receive(&mut buffer[..count], &mut plain, &mut wire);
            } else {
                is_open = self.stack.handshake(&mut buffer[..count], &mut wire).unwrap();
                if is_open {
                    self.stack.receive(&mut [], &mut plain, &mut wire);
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

/// A server that reads from the beginning.
pub fn reading() -> Receiver<()> {
    channel().1
}
