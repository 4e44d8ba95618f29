//! A server that does what the test says, packet by packet.

use crate::protocol::packet::{
    Acknowledgement, ConnAck, Framing, Packet, PropertyList, Publish, SubAck, UnsubAck, frame,
};
use crate::protocol::{Qos, ReasonCode, Version};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// Long enough for anything on a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Peer {
    listener: TcpListener,
    pub version: Version,
}

impl Peer {
    pub fn new(version: Version) -> Peer {
        Peer { listener: TcpListener::bind("127.0.0.1:0").unwrap(), version }
    }

    pub fn on(listener: TcpListener, version: Version) -> Peer {
        Peer { listener, version }
    }

    pub fn uri(&self) -> String {
        format!("tcp://{}", self.listener.local_addr().unwrap())
    }

    /// Where clients find it, as they tell it.
    pub fn address(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    /// The next connection, before its CONNECT.
    pub fn next(&self) -> Connection {
        let socket = self.listener.accept().unwrap().0;
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Connection { socket, version: self.version, read: Vec::new() }
    }

    /// The next connection, accepted.
    pub fn accept(&self, session_present: bool) -> Connection {
        let mut connection = self.next();
        assert!(connection.read().starts_with("CONNECT"));
        connection.accept(session_present);
        connection
    }
}

pub struct Connection {
    pub socket: TcpStream,
    version: Version,
    read: Vec<u8>,
}

impl Connection {
    /// The next packet, as bytes; `None`: the client has closed the connection.
    fn next_packet(&mut self) -> Option<Vec<u8>> {
        let mut buffer = [0; 4096];
        loop {
            if let Framing::Complete(length) = frame(&self.read).unwrap() {
                return Some(self.read.drain(..length).collect());
            }
            match self.socket.read(&mut buffer) {
                Ok(0) => return None,
                Ok(count) => self.read.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The next packet, in words.
    pub fn read(&mut self) -> String {
        let Some(packet) = self.next_packet() else { return "end".to_owned() };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match Packet::decode(&packet, self.version).unwrap() {
            Packet::Connect(connect) => {
                let credentials =
                    [connect.username, connect.password].map(|it| it.map(text).unwrap_or_default());
                let id = if connect.client_id == b"c" {
                    String::new()
                } else {
                    format!(" as {}", text(connect.client_id))
                };
                let clean = u8::from(connect.clean);
                format!("CONNECT {clean} {}", credentials.join(" ")).trim_end().to_owned() + &id
            }
            Packet::Publish(publish) => {
                let Publish { topic, payload, qos, packet_id, dup, .. } = publish;
                let dup = if dup { " again" } else { "" };
                format!("PUBLISH {packet_id} {} {} {}{dup}", qos.level(), text(topic), text(payload))
            }
            Packet::Subscribe(subscribe) => {
                let filters: Vec<_> = subscribe.subscriptions.iter().map(|it| text(it.filter)).collect();
                format!("SUBSCRIBE {} {}", subscribe.packet_id, filters.join(" "))
            }
            Packet::Unsubscribe(unsubscribe) => format!("UNSUBSCRIBE {}", unsubscribe.packet_id),
            Packet::PubAck(it) => format!("PUBACK {}", it.packet_id),
            Packet::PubRec(it) => format!("PUBREC {}", it.packet_id),
            Packet::PubRel(it) => format!("PUBREL {}", it.packet_id),
            Packet::PubComp(it) => format!("PUBCOMP {}", it.packet_id),
            Packet::Disconnect(it) => format!("DISCONNECT {}", it.reason.0),
            Packet::PingReq => "PINGREQ".to_owned(),
            other => panic!("{other:?}"),
        }
    }

    pub fn send(&mut self, packet: &Packet<'_>) {
        self.try_send(packet).unwrap();
    }

    /// The client may have gone.
    pub fn try_send(&mut self, packet: &Packet<'_>) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes).unwrap();
        self.socket.write_all(&bytes)
    }

    pub fn accept(&mut self, session_present: bool) {
        self.answer_connect(session_present, 0);
    }

    pub fn answer_connect(&mut self, session_present: bool, reason: u8) {
        let (reason, properties) = (ReasonCode(reason), PropertyList::EMPTY);
        self.send(&Packet::ConnAck(ConnAck { session_present, reason, properties }));
    }

    pub fn puback(&mut self, packet_id: u16) {
        self.send(&Packet::PubAck(about(packet_id, 0)));
    }

    pub fn suback(&mut self, packet_id: u16, reasons: &[u8]) {
        self.send(&Packet::SubAck(SubAck { packet_id, properties: PropertyList::EMPTY, reasons }));
    }

    pub fn unsuback(&mut self, packet_id: u16, reasons: &[u8]) {
        self.send(&Packet::UnsubAck(UnsubAck { packet_id, properties: PropertyList::EMPTY, reasons }));
    }

    pub fn publish(&mut self, topic: &str, payload: &str) {
        self.send(&Packet::Publish(Publish {
            dup: false,
            qos: Qos::AtMostOnce,
            retain: false,
            topic: topic.as_bytes(),
            packet_id: 0,
            properties: PropertyList::EMPTY,
            payload: payload.as_bytes(),
        }));
    }
}

pub fn about(packet_id: u16, reason: u8) -> Acknowledgement<'static> {
    Acknowledgement { packet_id, reason: ReasonCode(reason), properties: PropertyList::EMPTY }
}
