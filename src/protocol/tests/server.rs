//! A server with one client: strict about what it receives, and with a session of its own.

use std::collections::{BTreeSet, VecDeque};

use super::pair::{about, bytes, connack, two_byte};
use crate::protocol::packet::{Framing, Packet, Properties, PropertyId, PropertyList, Publish, frame};
use crate::protocol::{Qos, Version};

/// How many QoS 1 and 2 messages each side may have under way.
pub(super) const WINDOW: u16 = 20;

/// The server, and what it must be able to say at the end.
pub(super) struct Server {
    version: Version,
    has_session: bool,
    connected: bool,
    /// Whether the order of resent messages is to be as it was sent first.
    pub(super) checks_order: bool,
    input: Vec<u8>,
    pub(super) output: Vec<u8>,
    /// Messages from the client, in the order of arrival.
    pub(super) received: Vec<(u32, Qos)>,
    /// Incoming QoS 2 messages that the client has not released.
    unreleased: BTreeSet<u16>,
    /// What the client has under way on this connection.
    under_way: BTreeSet<u16>,
    /// The last message that came with DUP on this connection, and whether one came without.
    last_repeated: Option<u32>,
    saw_new: bool,
    /// Messages for the client.
    pub(super) to_send: VecDeque<(u32, Qos)>,
    unfinished: VecDeque<Outgoing>,
    last_id: u16,
}

struct Outgoing {
    id: u16,
    number: u32,
    qos: Qos,
    released: bool,
}

/// A payload whose length depends on its number, so that packets have all sizes.
pub(super) fn payload(number: u32) -> Vec<u8> {
    let mut payload = number.to_be_bytes().to_vec();
    payload.resize(4 + number as usize % 150, b'.');
    payload
}

pub(super) fn number(payload: &[u8]) -> u32 {
    assert_eq!(payload, self::payload(u32::from_be_bytes(payload[..4].try_into().unwrap())));
    u32::from_be_bytes(payload[..4].try_into().unwrap())
}

impl Server {
    pub(super) fn new(version: Version) -> Server {
        Server {
            version,
            has_session: false,
            connected: false,
            checks_order: true,
            input: Vec::new(),
            output: Vec::new(),
            received: Vec::new(),
            unreleased: BTreeSet::new(),
            under_way: BTreeSet::new(),
            last_repeated: None,
            saw_new: false,
            to_send: VecDeque::new(),
            unfinished: VecDeque::new(),
            last_id: 0,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.to_send.is_empty() && self.unfinished.is_empty() && self.unreleased.is_empty()
    }

    pub(super) fn close(&mut self) {
        self.connected = false;
        self.input.clear();
        self.output.clear();
        self.under_way.clear();
        self.last_repeated = None;
        self.saw_new = false;
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        while let Framing::Complete(length) = frame(&self.input).unwrap() {
            let packet: Vec<u8> = self.input.drain(..length).collect();
            self.handle(&Packet::decode(&packet, self.version).unwrap());
        }
    }

    /// Sends the next message, if the window allows.
    pub(super) fn send_next(&mut self) {
        if !self.connected || self.unfinished.len() >= usize::from(WINDOW) {
            return;
        }
        let Some((number, qos)) = self.to_send.pop_front() else { return };
        if qos == Qos::AtMostOnce {
            return self.send_publish(0, number, qos, false);
        }
        while self.last_id == 0 || self.unfinished.iter().any(|outgoing| outgoing.id == self.last_id) {
            // Few identifiers, so that each is used often.
            self.last_id = self.last_id % 50 + 1;
        }
        let id = self.last_id;
        self.last_id = self.last_id % 50 + 1;
        self.unfinished.push_back(Outgoing { id, number, qos, released: false });
        self.send_publish(id, number, qos, false);
    }

    fn send(&mut self, packet: &Packet<'_>) {
        self.output.extend(bytes(packet, self.version));
    }

    fn send_publish(&mut self, packet_id: u16, number: u32, qos: Qos, dup: bool) {
        self.send(&Packet::Publish(Publish {
            dup,
            qos,
            retain: false,
            topic: b"to/client",
            packet_id,
            properties: PropertyList::EMPTY,
            payload: &payload(number),
        }));
    }

    fn handle(&mut self, packet: &Packet<'_>) {
        assert_eq!(self.connected, !matches!(packet, Packet::Connect(_)), "CONNECT comes first, and once");
        match packet {
            Packet::Connect(_) => self.handle_connect(),
            Packet::Publish(publish) => self.handle_publish(publish),
            Packet::PubRel(pubrel) => {
                self.unreleased.remove(&pubrel.packet_id);
                self.under_way.remove(&pubrel.packet_id);
                self.send(&Packet::PubComp(about(pubrel.packet_id)));
            }
            Packet::PubAck(puback) => self.finish(puback.packet_id, Qos::AtLeastOnce),
            Packet::PubComp(pubcomp) => self.finish(pubcomp.packet_id, Qos::ExactlyOnce),
            Packet::PubRec(pubrec) => {
                let id = pubrec.packet_id;
                let message = self.unfinished.iter_mut().find(|message| message.id == id).unwrap();
                assert_eq!(message.qos, Qos::ExactlyOnce);
                message.released = true;
                self.send(&Packet::PubRel(about(id)));
            }
            other => panic!("{other:?}"),
        }
    }

    fn handle_connect(&mut self) {
        self.connected = true;
        let properties = if self.version == Version::V5 {
            two_byte(PropertyId::ReceiveMaximum, WINDOW)
        } else {
            Properties::default()
        };
        self.send(&connack(self.has_session, 0, &properties));
        self.has_session = true;
        let unfinished = std::mem::take(&mut self.unfinished);
        for message in &unfinished {
            if message.released {
                self.send(&Packet::PubRel(about(message.id)));
            } else {
                self.send_publish(message.id, message.number, message.qos, true);
            }
        }
        self.unfinished = unfinished;
    }

    fn handle_publish(&mut self, publish: &Publish<'_>) {
        let (number, id) = (number(publish.payload), publish.packet_id);
        if publish.qos != Qos::AtMostOnce {
            // MQTT 3.1.1 [MQTT-2.3.1-2]: an identifier is not used for two messages at once.
            assert!(self.under_way.insert(id), "{id} is under way twice");
            assert!(self.under_way.len() <= usize::from(WINDOW), "MQTT 5.0 [MQTT-3.3.4-9]");
        }
        if publish.dup {
            // MQTT 3.1.1 [MQTT-4.6.0-1]: the original order, before anything new.
            if self.checks_order {
                assert!(!self.saw_new && self.last_repeated < Some(number));
            }
            self.last_repeated = Some(number);
        } else {
            self.saw_new = true;
            assert!(!self.unreleased.contains(&id), "{id} is still in use");
        }
        match publish.qos {
            Qos::AtMostOnce => self.received.push((number, Qos::AtMostOnce)),
            Qos::AtLeastOnce => {
                self.received.push((number, Qos::AtLeastOnce));
                self.under_way.remove(&id);
                self.send(&Packet::PubAck(about(id)));
            }
            Qos::ExactlyOnce => {
                if self.unreleased.insert(id) {
                    self.received.push((number, Qos::ExactlyOnce));
                }
                self.send(&Packet::PubRec(about(id)));
            }
        }
    }

    fn finish(&mut self, id: u16, qos: Qos) {
        let position = self.unfinished.iter().position(|message| message.id == id);
        if let Some(message) = position.and_then(|position| self.unfinished.remove(position)) {
            assert_eq!(message.qos, qos);
            assert_eq!(message.released, qos == Qos::ExactlyOnce);
        } else {
            assert_eq!(qos, Qos::ExactlyOnce, "acknowledged twice");
        }
    }
}
