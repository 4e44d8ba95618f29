//! Floods over connections that are cut a thousand times, at bytes that chance chooses, in a session that
//! is kept: nothing is lost, nothing overtakes, and no QoS 2 message comes twice. Both ways, over TCP, WebSocket and TLS.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

#[allow(dead_code, reason = "what it sees of handshakes does not matter here")]
#[path = "tls/relay.rs"]
mod relay;
mod support;

use std::collections::{BTreeSet, HashMap, VecDeque};

use relay::{Kind, TlsRelay};
use support::certificates::{Authority, HERE};
use support::cutting_broker::{CuttingBroker, Line, Lives, Session};
use support::cutting_relay::CuttingRelay;
use support::files::Scratch;
use support::library::Library;
use support::program::Program;
use support::wire::{
    PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, Packet, Publish, SUBACK, SUBSCRIBE, acknowledgement, filters,
    subscription_answer,
};

/// Messages, and connections that are cut while they travel.
const MESSAGES: usize = 100_000;
const CUTS: usize = 1000;

/// Which part of them a mode with TLS has: there are four, and handshakes take their time.
const TLS_SHARE: usize = 4;

/// Which part of them a mode has. With a store it is the order of things that matters, not the disk's speed; and
/// a client that comes back by itself takes a second for it.
fn share(mode: &str) -> usize {
    match mode {
        "automatic" => 50,
        _ if mode.ends_with("stored") => 20,
        // What happens to a session depends on the transport no more than this.
        _ if mode.starts_with(WEBSOCKET) => 4,
        _ if mode.starts_with(TLS) || mode.starts_with(SECURE_WEBSOCKET) => TLS_SHARE,
        _ => 1,
    }
}

/// What a mode begins with whose connections are WebSockets.
const WEBSOCKET: &str = "ws ";

/// And if they go through TLS, or through both.
const TLS: &str = "tls ";
const SECURE_WEBSOCKET: &str = "wss ";

/// For all that chance chooses.
const SEED: u64 = 2024;

/// The same over TLS, where somebody on the way cuts connections, be it in their handshake.
fn flood_through_tls<S: Session>(program: &str, version: &str, mode: &str, lives: Lives, session: S) -> S {
    let (is_websocket, scheme, mode) = match mode.strip_prefix(SECURE_WEBSOCKET) {
        Some(mode) => (true, "wss", mode),
        None => (false, "ssl", mode.trim_start_matches(TLS)),
    };
    let broker = if is_websocket {
        CuttingBroker::start_with_websocket(SEED, Lives::ENDLESS, session)
    } else {
        CuttingBroker::start(SEED, Lives::ENDLESS, session)
    };
    let authority = Authority::new("Test CA");
    let port = broker.uri().rsplit(':').next().unwrap().parse().unwrap();
    let server = TlsRelay::start(&authority.issue("server", HERE), Kind::default(), port);
    let lives = Lives { received: lives.received + 1600, sent: lives.sent + 1600 };
    let relay = CuttingRelay::start(SEED, lives, server.port());
    let uri = format!("{scheme}://localhost:{}", relay.port());
    let count = (MESSAGES / TLS_SHARE).to_string();
    let run =
        Program::compile_with_tls(program).with(Library::Ours).arguments(&[&*uri, version, mode, &*count]);
    let finished = run.environment("TRUST_STORE", authority.certificate().to_str().unwrap()).finish();
    let (session, _) = broker.finish();
    finished.expect_success();
    assert!(relay.cuts() >= CUTS / TLS_SHARE, "{} cuts with seed {SEED}", relay.cuts());
    session
}

fn flood<S: Session>(program: &str, version: &str, mode: &str, lives: Lives, session: S) -> S {
    if mode.starts_with(TLS) || mode.starts_with(SECURE_WEBSOCKET) {
        return flood_through_tls(program, version, mode, lives, session);
    }
    let files = Scratch::new();
    let broker = if mode.starts_with(WEBSOCKET) {
        // Each needs an upgrade first, in which it may end, too.
        let lives = Lives { received: lives.received + 300, sent: lives.sent + 200 };
        CuttingBroker::start_with_websocket(SEED, lives, session)
    } else {
        CuttingBroker::start(SEED, lives, session)
    };
    let count = (MESSAGES / share(mode)).to_string();
    let mut arguments =
        vec![broker.uri(), version.into(), mode.replace(" stored", "").replace(WEBSOCKET, ""), count];
    if mode.ends_with("stored") {
        arguments.push(files.file("").display().to_string());
    }
    let finished = Program::compile(program).with(Library::Ours).arguments(&arguments).finish();
    // The broker is asked first: where it failed, the program could not but fail, too.
    let (session, cuts) = broker.finish();
    finished.expect_success();
    assert!(cuts >= CUTS / share(mode), "{cuts} cuts");
    session
}

/// What the broker knows of the messages that the client publishes, numbered in the order of publishing.
#[derive(Default)]
struct Inbound {
    messages: Vec<Message>,
    /// Which message had a packet identifier last.
    numbers: HashMap<u16, usize>,
    /// Those whose last answer may not have reached the client.
    unfinished: BTreeSet<usize>,
    connection: usize,
    /// The last PUBLISH and PUBREL of this connection.
    last_publish: Option<usize>,
    last_pubrel: Option<usize>,
    /// A message was published on this connection for the first time.
    goes_on: bool,
}

struct Message {
    id: u16,
    qos: u8,
    released: bool,
    /// The connection on which the client last said something of it.
    seen_on: usize,
}

impl Inbound {
    fn take_publish(&mut self, publish: &Publish) -> usize {
        let text = String::from_utf8_lossy(&publish.payload);
        let number: usize = text.split(' ').next().unwrap().parse().expect("a number");
        assert!(self.last_publish < Some(number), "{number} after {:?}", self.last_publish);
        self.last_publish = Some(number);
        if let Some(message) = self.messages.get_mut(number) {
            assert!(publish.duplicate, "{number} came again without DUP");
            assert_eq!((publish.id, publish.qos), (message.id, message.qos), "{number} came again");
            assert!(!message.released, "{number} came again after its PUBREL");
            message.seen_on = self.connection;
            return number;
        }
        assert_eq!(number, self.messages.len(), "some were lost or overtaken");
        if !publish.duplicate && !self.goes_on {
            let forgotten = self.unfinished.iter().find(|&&old| self.messages[old].seen_on < self.connection);
            assert_eq!(forgotten, None, "{number} overtook an unfinished message");
        }
        // With DUP it was sent before, and lost on its way.
        assert!(!publish.duplicate || !self.goes_on, "{number} was repeated after a new message");
        self.goes_on |= !publish.duplicate;
        let former = self.numbers.insert(publish.id, number);
        assert!(former.is_none_or(|old| !self.unfinished.contains(&old)), "{} is in use", publish.id);
        let (id, qos) = (publish.id, publish.qos);
        self.messages.push(Message { id, qos, released: false, seen_on: self.connection });
        self.unfinished.insert(number);
        number
    }
}

impl Session for Inbound {
    fn connected(&mut self, _: &mut Line) {
        self.connection += 1;
        (self.last_publish, self.last_pubrel, self.goes_on) = (None, None, false);
    }

    fn handle(&mut self, line: &mut Line, packet: &Packet) {
        match packet.kind() {
            PUBLISH => {
                let publish = Publish::parse(packet, line.version).expect("a well-formed PUBLISH");
                let number = self.take_publish(&publish);
                match publish.qos {
                    1 => line.send_marked(&acknowledgement(PUBACK, publish.id), number),
                    _ => line.send(&acknowledgement(PUBREC, publish.id)),
                }
            }
            PUBREL => {
                let number = self.numbers[&packet.id()];
                assert!(self.last_pubrel < Some(number), "PUBREL of {number} after {:?}", self.last_pubrel);
                self.last_pubrel = Some(number);
                let message = &mut self.messages[number];
                assert_eq!(message.qos, 2);
                (message.released, message.seen_on) = (true, self.connection);
                line.send_marked(&acknowledgement(PUBCOMP, packet.id()), number);
            }
            kind => panic!("packet type {kind}"),
        }
    }

    fn answered(&mut self, number: usize) {
        self.unfinished.remove(&number);
    }
}

fn publish_flood(version: &str, mode: &str) {
    published_by("tests/c/reconnect_publish.c", version, mode);
}

fn async_publish_flood(version: &str, mode: &str) {
    published_by("tests/c/async_reconnect_publish.c", version, mode);
}

fn published_by(program: &str, version: &str, mode: &str) {
    let lives = Lives { received: 3200, sent: 400 };
    let session = flood(program, version, mode, lives, Inbound::default());
    assert_eq!(session.messages.len(), MESSAGES / share(mode));
    assert!(session.messages.iter().all(|message| message.released == (message.qos == 2)));
}

/// A flood that the broker sends: QoS 1 and QoS 2 in turn.
#[derive(Default)]
struct Outbound {
    total: usize,
    subscribed: bool,
    sent: usize,
    /// Not finished, oldest first.
    window: VecDeque<Sent>,
}

#[derive(Debug)]
struct Sent {
    id: u16,
    number: usize,
    /// PUBREC came.
    received: bool,
}

impl Outbound {
    const WINDOW: u16 = 40;

    fn publish(&self, line: &mut Line, number: usize, id: u16, duplicate: bool) {
        let qos = if number % 2 == 0 { 1 } else { 2 };
        let payload = format!("{:08}{}", number / 2, ".".repeat(number % 61)).into_bytes();
        let publish =
            Publish { topic: format!("flood/{qos}"), payload, qos, duplicate, id, ..Publish::default() };
        line.send(&publish.packet(line.version));
    }

    /// Fills the window. The smallest free identifier is used, so that each is used again as soon as may be.
    fn go_on(&mut self, line: &mut Line) {
        while self.subscribed && self.sent < self.total {
            let is_free = |id: &u16| self.window.iter().all(|sent| sent.id != *id);
            let Some(id) = (1..=Self::WINDOW).find(is_free) else { return };
            self.publish(line, self.sent, id, false);
            self.window.push_back(Sent { id, number: self.sent, received: false });
            self.sent += 1;
        }
    }

    /// The message that an acknowledgement is for, by its place in the window.
    fn place(&self, packet: &Packet, qos: usize) -> usize {
        self.window
            .iter()
            .position(|sent| sent.id == packet.id() && 1 + sent.number % 2 == qos)
            .unwrap_or_else(|| panic!("{packet:02x?} acknowledges nothing of {:?}", self.window))
    }
}

impl Session for Outbound {
    fn connected(&mut self, line: &mut Line) {
        for sent in &self.window {
            match sent.received {
                true => line.send(&acknowledgement(PUBREL, sent.id)),
                false => self.publish(line, sent.number, sent.id, true),
            }
        }
        self.go_on(line);
    }

    fn handle(&mut self, line: &mut Line, packet: &Packet) {
        match packet.kind() {
            SUBSCRIBE => {
                assert_eq!(filters(packet, line.version), Some(vec![("flood/#".to_owned(), 2)]));
                line.send(&subscription_answer(SUBACK, line.version, packet.id(), &[2]));
                self.subscribed = true;
            }
            PUBACK => {
                let place = self.place(packet, 1);
                self.window.remove(place);
            }
            PUBREC => {
                let place = self.place(packet, 2);
                self.window[place].received = true;
                line.send(&acknowledgement(PUBREL, packet.id()));
            }
            PUBCOMP => {
                let place = self.place(packet, 2);
                assert!(self.window[place].received, "PUBCOMP without PUBREL");
                self.window.remove(place);
            }
            kind => panic!("packet type {kind}"),
        }
        self.go_on(line);
    }
}

fn receive_flood(version: &str, mode: &str) {
    received_by("tests/c/reconnect_receive.c", version, mode);
}

fn async_receive_flood(version: &str, mode: &str) {
    received_by("tests/c/async_reconnect_receive.c", version, mode);
}

fn received_by(program: &str, version: &str, mode: &str) {
    let lives = Lives { received: 320, sent: 3200 };
    let session = Outbound { total: MESSAGES / share(mode), ..Outbound::default() };
    let session = flood(program, version, mode, lives, session);
    assert_eq!(session.sent, session.total);
}

macro_rules! floods {
    ($($name:ident: $flood:ident, $version:literal, $mode:literal;)*) => {
        $(#[test]
        fn $name() {
            $flood($version, $mode);
        })*
    };
}

// MQTT 3.1.1 [MQTT-4.4.0-1], [MQTT-4.6.0-1]; MQTT 5.0 [MQTT-4.4.0-1], [MQTT-4.3.3]; contract C-10.8.
floods! {
    nothing_published_is_lost_or_doubled_when_calls_tell_of_the_loss: publish_flood, "4", "receive";
    nothing_published_is_lost_or_doubled_when_connection_lost_tells: publish_flood, "4", "callback";
    nothing_published_is_lost_or_doubled_when_connection_lost_connects: publish_flood, "4", "inside";
    nothing_published_is_lost_or_doubled_with_5: publish_flood, "5", "callback";
    nothing_published_is_lost_or_doubled_with_a_store: publish_flood, "4", "callback stored";
    nothing_received_is_lost_or_doubled_when_messages_are_fetched: receive_flood, "4", "receive";
    nothing_received_is_lost_or_doubled_when_connection_lost_tells: receive_flood, "4", "callback";
    nothing_received_is_lost_or_doubled_when_connection_lost_connects: receive_flood, "4", "inside";
    nothing_received_is_lost_or_doubled_with_5: receive_flood, "5", "callback";
    nothing_received_is_lost_or_doubled_with_a_store: receive_flood, "4", "callback stored";
    nothing_received_is_lost_or_doubled_when_it_is_fetched_from_a_store: receive_flood, "4", "receive stored";
    nothing_received_is_lost_or_doubled_when_it_is_fetched_from_a_store_with_5: receive_flood, "5", "receive stored";
}

// The same over WebSocket.
floods! {
    nothing_published_over_websocket_is_lost_or_doubled_when_calls_tell: publish_flood, "4", "ws receive";
    nothing_published_over_websocket_is_lost_or_doubled_with_5: publish_flood, "5", "ws callback";
    nothing_received_over_websocket_is_lost_or_doubled_when_messages_are_fetched: receive_flood, "4", "ws receive";
    nothing_received_over_websocket_is_lost_or_doubled_with_5: receive_flood, "5", "ws callback";
    nothing_sent_over_websocket_is_lost_or_doubled: async_publish_flood, "5", "ws inside";
    nothing_that_arrives_over_websocket_is_lost_or_doubled: async_receive_flood, "4", "ws inside";
}

// The same through TLS.
floods! {
    nothing_published_through_tls_is_lost_or_doubled: publish_flood, "4", "tls callback";
    nothing_received_through_tls_is_lost_or_doubled: async_receive_flood, "5", "tls inside";
    nothing_published_over_secure_websocket_is_lost_or_doubled: async_publish_flood, "4", "wss inside";
    nothing_received_over_secure_websocket_is_lost_or_doubled: receive_flood, "5", "wss callback";
}

// Contract.
floods! {
    nothing_sent_is_lost_or_doubled_when_connection_lost_connects: async_publish_flood, "4", "inside";
    nothing_sent_is_lost_or_doubled_when_connection_lost_connects_with_5: async_publish_flood, "5", "inside";
    nothing_sent_is_lost_or_doubled_with_automatic_reconnect: async_publish_flood, "4", "automatic";
    nothing_sent_is_lost_or_doubled_with_a_store: async_publish_flood, "4", "inside stored";
    nothing_sent_is_lost_or_doubled_with_a_store_and_5: async_publish_flood, "5", "inside stored";
    nothing_that_arrives_is_lost_or_doubled_when_connection_lost_connects: async_receive_flood, "4", "inside";
    nothing_that_arrives_is_lost_or_doubled_when_connection_lost_connects_with_5: async_receive_flood, "5", "inside";
    nothing_that_arrives_is_lost_or_doubled_with_automatic_reconnect: async_receive_flood, "4", "automatic";
    nothing_that_arrives_is_lost_or_doubled_with_a_store: async_receive_flood, "4", "inside stored";
}
