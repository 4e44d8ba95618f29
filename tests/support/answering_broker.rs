//! A broker that answers every packet correctly, for one client, and can be made to deliver its
//! answers badly: in single bytes, in heaps, damaged, or only in part.

use std::thread;
use std::time::{Duration, Instant};

use super::PATIENCE;
use super::scripted_broker::{Arrival, Listener, Peer};
use super::wire::{
    CONNACK, CONNECT, Connect, DISCONNECT, PINGREQ, PINGRESP, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL,
    Packet, Publish, SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE, V5, acknowledgement, connack, filters,
    matches, subscription_answer,
};

/// How a broker's bytes reach the client.
#[derive(Clone, Copy, Debug)]
pub enum Delivery {
    /// Each answer as it is due.
    Prompt,
    /// Byte by byte.
    Bytewise,
    /// All answers together, once the client has been silent so long.
    InHeaps(Duration),
    /// So many bytes in all, then the connection is closed.
    CutAfter(usize),
    /// So many bytes in all, then the connection is reset.
    ResetAfter(usize),
    /// Promptly, with the byte at this place of the whole stream replaced. The connection ends when the
    /// client then falls silent: it may be waiting for what the damage has made of a packet.
    Damaged(usize, u8),
}

/// What the client did with it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many bytes there were to send.
    pub sent: usize,
    /// The client's packets.
    pub received: Vec<Packet>,
}

/// Serves one connection to its end: each PUBLISH is acknowledged and, if the client subscribed to it, sent back.
pub fn serve(peer: &mut Peer, delivery: Delivery) -> Outcome {
    let mut broker = Answers { version: 4, subscriptions: Vec::new(), next_id: 0, expelled: false };
    let mut outcome = Outcome::default();
    let mut held = Vec::new();
    let mut last_request = Instant::now();
    while last_request.elapsed() < PATIENCE {
        let pause = match delivery {
            Delivery::InHeaps(pause) if !held.is_empty() => pause,
            Delivery::Damaged(place, _) if place < outcome.sent => Duration::from_millis(150),
            _ => PATIENCE,
        };
        let answers = match peer.next(pause) {
            Arrival::End => return outcome,
            Arrival::Nothing if held.is_empty() => return outcome,
            Arrival::Nothing => std::mem::take(&mut held),
            Arrival::Packet(packet) => {
                held.extend(broker.answer(&packet));
                let ended = packet.kind() == DISCONNECT || broker.expelled;
                if packet.kind() != PINGREQ {
                    last_request = Instant::now();
                }
                outcome.received.push(packet);
                if ended {
                    peer.send(&held);
                    return outcome;
                }
                match delivery {
                    Delivery::InHeaps(_) => continue,
                    _ => std::mem::take(&mut held),
                }
            }
        };
        let before = outcome.sent;
        outcome.sent += answers.len();
        if !deliver(peer, delivery, before, answers) {
            return outcome;
        }
    }
    panic!("the client neither disconnected nor ended");
}

/// Sends `answers`, which follow on `before` earlier bytes. False: the connection must end now.
fn deliver(peer: &mut Peer, delivery: Delivery, before: usize, mut answers: Vec<u8>) -> bool {
    match delivery {
        Delivery::Prompt | Delivery::InHeaps(_) => peer.send(&answers),
        Delivery::Bytewise => peer.send_bytewise(&answers),
        Delivery::CutAfter(limit) | Delivery::ResetAfter(limit) => {
            let left = limit.saturating_sub(before);
            if left < answers.len() {
                peer.send(&answers[..left]);
                return false;
            }
            peer.send(&answers);
        }
        Delivery::Damaged(place, value) => {
            if let Some(byte) = place.checked_sub(before).and_then(|place| answers.get_mut(place)) {
                *byte = value;
            }
            peer.send(&answers);
        }
    }
    true
}

/// Serves every connection that comes, all at once, until the listener has been idle for long.
///
/// A client that publishes to the topic `expel` is thrown out; in MQTT 5 it is told why.
pub fn serve_all(listener: &Listener) {
    while let Some(mut peer) = listener.accept_within(PATIENCE) {
        thread::spawn(move || serve(&mut peer, Delivery::Prompt));
    }
}

/// The state of a connection, as far as correct answers need it.
struct Answers {
    version: u8,
    subscriptions: Vec<(String, u8)>,
    next_id: u16,
    expelled: bool,
}

impl Answers {
    fn answer(&mut self, packet: &Packet) -> Vec<u8> {
        match packet.kind() {
            CONNECT => {
                self.version = Connect::parse(&packet.body).expect("a well-formed CONNECT").version;
                connack(self.version, false, 0).encode()
            }
            SUBSCRIBE => {
                let asked = filters(packet, self.version).expect("a well-formed SUBSCRIBE");
                let codes: Vec<u8> = asked.iter().map(|(_, options)| options & 3).collect();
                self.subscriptions.extend(asked);
                subscription_answer(SUBACK, self.version, packet.id(), &codes).encode()
            }
            UNSUBSCRIBE => {
                let asked = filters(packet, self.version).expect("a well-formed UNSUBSCRIBE");
                self.subscriptions.retain(|(filter, _)| !asked.iter().any(|(other, _)| other == filter));
                subscription_answer(UNSUBACK, self.version, packet.id(), &vec![0; asked.len()]).encode()
            }
            PUBLISH => self.take_publish(packet),
            PUBREC => acknowledgement(PUBREL, packet.id()).encode(),
            PUBREL => acknowledgement(PUBCOMP, packet.id()).encode(),
            PINGREQ => Packet::new(PINGRESP << 4, []).encode(),
            PUBACK | PUBCOMP | DISCONNECT => Vec::new(),
            kind => panic!("a client must not send packet type {kind}"),
        }
    }

    fn take_publish(&mut self, packet: &Packet) -> Vec<u8> {
        let mut publish = Publish::parse(packet, self.version).expect("a well-formed PUBLISH");
        if publish.topic == "expel" {
            self.expelled = true;
            // Session taken over.
            return if self.version >= V5 { vec![DISCONNECT << 4, 2, 0x8e, 0] } else { Vec::new() };
        }
        let mut answers = match publish.qos {
            0 => Vec::new(),
            1 => acknowledgement(PUBACK, publish.id).encode(),
            _ => acknowledgement(PUBREC, publish.id).encode(),
        };
        let granted = self.subscriptions.iter().find(|(filter, _)| matches(filter, &publish.topic));
        if let Some((_, options)) = granted {
            publish.qos = publish.qos.min(options & 3);
            publish.duplicate = false;
            self.next_id += 1;
            publish.id = self.next_id;
            answers.extend(publish.packet(self.version).encode());
        }
        answers
    }
}

/// Packets that break the rules, each with a name; none may harm a client that is connected with `version`.
pub fn malformed_packets(version: u8) -> Vec<(&'static str, Vec<u8>)> {
    let mut packets = vec![
        ("type 0", vec![0x00, 0x00]),
        ("remaining length of five bytes", vec![0x30, 0xff, 0xff, 0xff, 0xff, 0x01]),
        ("remaining length that never ends", vec![0x30, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("PUBLISH without topic length", vec![0x30, 0x01, 0x00]),
        ("PUBLISH with a topic beyond its end", vec![0x30, 0x04, 0x00, 0x09, b'a', b'b']),
        ("PUBLISH of QoS 1 without packet identifier", vec![0x32, 0x03, 0x00, 0x01, b'a']),
        ("PUBLISH of QoS 3", vec![0x36, 0x07, 0x00, 0x01, b'a', 0x00, 0x01, b'x', b'y']),
        ("empty PUBLISH", vec![0x30, 0x00]),
        ("empty PUBACK", vec![0x40, 0x00]),
        ("PUBREC of one byte", vec![0x50, 0x01, 0x00]),
        ("PUBREL of one byte", vec![0x62, 0x01, 0x00]),
        ("PUBCOMP of one byte", vec![0x70, 0x01, 0x00]),
        ("empty SUBACK", vec![0x90, 0x00]),
        ("CONNECT from a server", vec![0x10, 0x0c, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 0, 0, 0]),
        ("SUBSCRIBE from a server", vec![0x82, 0x06, 0, 1, 0, 1, b'a', 0]),
        ("UNSUBSCRIBE from a server", vec![0xa2, 0x05, 0, 1, 0, 1, b'a']),
        ("PINGREQ from a server", vec![0xc0, 0x00]),
    ];
    if version >= V5 {
        packets.extend([
            ("PUBLISH without properties", vec![0x30, 0x03, 0x00, 0x01, b'a']),
            ("property list beyond the packet", vec![0x30, 0x05, 0x00, 0x01, b'a', 0x7f, 0x01]),
            ("property list with endless length", vec![0x30, 0x08, 0, 1, b'a', 0xff, 0xff, 0xff, 0xff, 0xff]),
            ("unknown property", vec![0x30, 0x06, 0x00, 0x01, b'a', 0x02, 0x7e, 0x00]),
            ("property cut short", vec![0x30, 0x06, 0x00, 0x01, b'a', 0x02, 0x02, 0x00]),
            (
                "repeated single-value property",
                vec![0x30, 0x08, 0x00, 0x01, b'a', 0x04, 0x01, 0x00, 0x01, 0x00],
            ),
            ("topic alias 0", vec![0x30, 0x07, 0x00, 0x01, b'a', 0x03, 0x23, 0x00, 0x00]),
            ("topic alias that was not offered", vec![0x30, 0x06, 0x00, 0x00, 0x03, 0x23, 0x00, 0x07]),
            ("SUBACK without reasons", vec![0x90, 0x03, 0x00, 0x01, 0x00]),
        ]);
    } else {
        packets.push(("AUTH before MQTT 5", vec![0xf0, 0x00]));
        packets.push(("empty topic before MQTT 5", vec![0x30, 0x03, 0x00, 0x00, b'x']));
    }
    packets
}

/// A CONNACK and other first answers that are no proper CONNACK.
pub fn malformed_connacks() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("nothing, then the end", vec![]),
        ("half a header", vec![CONNACK << 4]),
        ("empty CONNACK", vec![CONNACK << 4, 0x00]),
        ("CONNACK of one byte", vec![CONNACK << 4, 0x01, 0x00]),
        ("endless remaining length", vec![CONNACK << 4, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("half a CONNACK", vec![CONNACK << 4, 0x02, 0x00]),
        ("text of another protocol", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
    ]
}
