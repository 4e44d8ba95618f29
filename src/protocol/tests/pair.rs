//! A session and, in place of the server, the test itself.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::error::{Error, PersistError, ProtocolError};
use crate::protocol::packet::{
    Acknowledgement, ConnAck, Connect, Framing, Packet, Properties, Property, PropertyId, PropertyList,
    PropertyValue, Publish, SubAck, UnsubAck, frame,
};
use crate::protocol::session::{
    AckToken, Acknowledge, ConnectionOptions, Event, Host, OutgoingMessage, Session, SessionState, StoreKey,
};
use crate::protocol::{Qos, ReasonCode, Version};

pub(super) const ALL_VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];

/// What a session told or asked, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Persisted(StoreKey),
    Forgot(StoreKey),
    Connected { session_present: bool },
    Refused(u8),
    Cleared,
    Message { topic: Vec<u8>, payload: Vec<u8>, dup: bool },
    Completed { packet_id: u16, packet_type: u8, reason: u8 },
    Subscribed { packet_id: u16, reasons: Vec<u8> },
    Unsubscribed { packet_id: u16 },
    Disconnected(u8),
}

/// A host that keeps what it hears.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) heard: Vec<Heard>,
    pub(super) ack_tokens: Vec<AckToken>,
    pub(super) records: BTreeMap<String, Vec<u8>>,
    pub(super) store_is_full: bool,
    /// Messages are stored as they come, and so are safe at once.
    pub(super) stores_messages: bool,
    pub(super) last_properties: Properties,
    /// Of messages that nobody needs any more.
    pub(super) spent: Vec<(u16, Vec<u8>)>,
}

impl Host for Recorder {
    fn persist(&mut self, key: StoreKey, record: &[&[u8]]) -> Result<(), PersistError> {
        if self.store_is_full {
            return Err(PersistError { code: -2 });
        }
        self.heard.push(Heard::Persisted(key));
        self.records.insert(format!("{key:?}"), record.concat());
        Ok(())
    }

    fn forget(&mut self, key: StoreKey) {
        self.heard.push(Heard::Forgot(key));
        self.records.remove(&format!("{key:?}"));
    }

    fn message(&mut self, publish: &Publish<'_>, ack_token: Option<AckToken>) -> Acknowledge {
        self.last_properties = publish.properties.into();
        let (topic, payload) = (publish.topic.to_vec(), publish.payload.to_vec());
        self.heard.push(Heard::Message { topic, payload, dup: publish.dup });
        if self.stores_messages {
            return Acknowledge::Now;
        }
        self.ack_tokens.extend(ack_token);
        Acknowledge::WithToken
    }

    fn spent(&mut self, packet_id: u16, packet: Vec<u8>, _: Version) {
        self.spent.push((packet_id, packet));
    }

    fn event(&mut self, event: Event<'_>) {
        let mut keep = |properties: PropertyList<'_>| self.last_properties = properties.into();
        self.heard.push(match event {
            Event::Connected { session_present, properties } => {
                keep(properties);
                Heard::Connected { session_present }
            }
            Event::Refused { reason, .. } => Heard::Refused(reason.0),
            Event::Cleared => Heard::Cleared,
            Event::Completed { packet_id, packet_type, reason, properties } => {
                keep(properties);
                Heard::Completed { packet_id, packet_type, reason: reason.0 }
            }
            Event::Subscribed { packet_id, reasons, .. } => {
                Heard::Subscribed { packet_id, reasons: reasons.to_vec() }
            }
            Event::Unsubscribed { packet_id, .. } => Heard::Unsubscribed { packet_id },
            Event::Disconnected { reason, properties } => {
                keep(properties);
                Heard::Disconnected(reason.0)
            }
        });
    }
}

/// The session, its host, the time, and the test as the server.
pub(super) struct Pair {
    pub(super) session: Session,
    pub(super) host: Recorder,
    pub(super) now: Instant,
    pub(super) version: Version,
    pub(super) clean: bool,
    pub(super) keep_alive: u16,
    pub(super) window: u16,
    pub(super) retry_interval: Option<Duration>,
    pub(super) connect_properties: Properties,
    pub(super) forgets_with_server: bool,
}

impl Pair {
    /// Not connected yet. Continues its session.
    pub(super) fn new(version: Version) -> Pair {
        Pair {
            session: Session::new(),
            host: Recorder::default(),
            now: Instant::now(),
            version,
            clean: false,
            keep_alive: 60,
            window: 10,
            retry_interval: None,
            connect_properties: Properties::default(),
            forgets_with_server: false,
        }
    }

    pub(super) fn connected(version: Version) -> Pair {
        let mut pair = Pair::new(version);
        pair.connect(true);
        pair
    }

    /// Sends the CONNECT and takes it off the wire.
    pub(super) fn send_connect(&mut self) -> Vec<u8> {
        let connect = Connect {
            version: self.version,
            clean: self.clean,
            keep_alive: self.keep_alive,
            properties: self.connect_properties.as_list(),
            client_id: b"w",
            will: None,
            username: None,
            password: None,
        };
        let (window, retry_interval) = (self.window, self.retry_interval);
        let forgets_with_server = self.forgets_with_server;
        let options = ConnectionOptions { window, retry_interval, forgets_with_server };
        self.session.connect(self.now, &connect, options).unwrap();
        let mut sent = self.client_sent();
        assert_eq!(sent.len(), 1);
        sent.remove(0)
    }

    /// Connects, and forgets what was heard of it.
    pub(super) fn connect(&mut self, session_present: bool) {
        self.connect_with(session_present, &Properties::default());
        self.heard();
    }

    pub(super) fn connect_with(&mut self, session_present: bool, properties: &Properties) {
        self.send_connect();
        self.server_sends(&connack(session_present, 0, properties));
    }

    pub(super) fn lose_connection(&mut self) {
        if self.session.connection_closed() == SessionState::Dropped {
            self.host.heard.push(Heard::Cleared);
        }
    }

    pub(super) fn advance(&mut self, duration: Duration) {
        self.now += duration;
    }

    pub(super) fn handle_timeout(&mut self) -> Result<(), ProtocolError> {
        self.session.handle_timeout(self.now, &mut self.host)
    }

    pub(super) fn try_publish(&mut self, payload: &[u8], qos: Qos) -> Result<Option<u16>, Error> {
        let message =
            OutgoingMessage { topic: b"a/b", payload, qos, retain: false, properties: PropertyList::EMPTY };
        let id = self.session.publish(self.now, &message, &mut self.host)?;
        Ok(id.map(|id| id.get()))
    }

    /// Publishes with QoS 1 or 2. Returns the packet identifier.
    pub(super) fn publish(&mut self, payload: &[u8], qos: Qos) -> u16 {
        self.try_publish(payload, qos).unwrap().unwrap()
    }

    /// The packets that have gone out, each as its bytes.
    pub(super) fn client_sent(&mut self) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        loop {
            self.session.refill(self.now, &mut self.host);
            let bytes = self.session.outgoing();
            if bytes.is_empty() {
                return packets;
            }
            let Ok(Framing::Complete(length)) = frame(bytes) else { panic!("half a packet: {bytes:02x?}") };
            packets.push(bytes[..length].to_vec());
            self.session.consume(self.now, length);
        }
    }

    pub(super) fn server_sends(&mut self, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes).unwrap();
        self.server_sends_bytes(&bytes).unwrap();
    }

    pub(super) fn server_sends_bytes(&mut self, packet: &[u8]) -> Result<(), ProtocolError> {
        self.session.handle_packet(self.now, packet, &mut self.host)
    }

    /// What was heard since the last call.
    pub(super) fn heard(&mut self) -> Vec<Heard> {
        std::mem::take(&mut self.host.heard)
    }

    /// The payloads of the messages that arrived since anything was last asked.
    pub(super) fn messages(&mut self) -> Vec<Vec<u8>> {
        let payload = |heard| match heard {
            Heard::Message { payload, .. } => Some(payload),
            _ => None,
        };
        self.heard().into_iter().filter_map(payload).collect()
    }

    /// The application takes the oldest message that it has not taken.
    pub(super) fn acknowledge(&mut self) {
        let ack_token = self.host.ack_tokens.remove(0);
        self.session.acknowledge(self.now, ack_token, &mut self.host);
    }

    pub(super) fn pending(&self) -> Vec<u16> {
        self.session.pending().collect()
    }
}

pub(super) fn connack(session_present: bool, reason: u8, properties: &Properties) -> Packet<'_> {
    let (reason, properties) = (ReasonCode(reason), properties.as_list());
    Packet::ConnAck(ConnAck { session_present, reason, properties })
}

pub(super) fn publish(packet_id: u16, payload: &[u8], qos: Qos) -> Publish<'_> {
    let (dup, retain, properties) = (false, false, PropertyList::EMPTY);
    Publish { dup, qos, retain, topic: b"a/b", packet_id, properties, payload }
}

/// An acknowledgement's body without a reason.
pub(super) fn about(packet_id: u16) -> Acknowledgement<'static> {
    failed(packet_id, 0)
}

pub(super) fn failed(packet_id: u16, reason: u8) -> Acknowledgement<'static> {
    Acknowledgement { packet_id, reason: ReasonCode(reason), properties: PropertyList::EMPTY }
}

pub(super) fn suback(packet_id: u16, reasons: &[u8]) -> Packet<'_> {
    Packet::SubAck(SubAck { packet_id, properties: PropertyList::EMPTY, reasons })
}

pub(super) fn unsuback(packet_id: u16, reasons: &[u8]) -> Packet<'_> {
    Packet::UnsubAck(UnsubAck { packet_id, properties: PropertyList::EMPTY, reasons })
}

pub(super) fn bytes(packet: &Packet<'_>, version: Version) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(version, &mut bytes).unwrap();
    bytes
}

pub(super) fn property(id: PropertyId, value: PropertyValue<'_>) -> Properties {
    let mut properties = Properties::default();
    properties.push(Property { id, value }).unwrap();
    properties
}

pub(super) fn two_byte(id: PropertyId, value: u16) -> Properties {
    property(id, PropertyValue::TwoByteInteger(value))
}
