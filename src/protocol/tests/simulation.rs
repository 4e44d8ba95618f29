//! Thousands of messages both ways, over connections that are cut at random bytes.
//!
//! Every random choice comes from a seed: a failure happens again.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::pair::ALL_VERSIONS;
use super::server::{Server, WINDOW, number, payload};
use crate::error::PersistError;
use crate::protocol::packet::{Connect, Framing, PropertyList, Publish, frame};
use crate::protocol::session::{
    AckToken, Acknowledge, ConnectionOptions, Event, Host, OutgoingMessage, Session, SessionState, StoreKey,
};
use crate::protocol::{Qos, Version};

const MESSAGES: u32 = 6_000;

/// Xorshift: George Marsaglia's, good enough to be unpredictable for the code under test.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn qos(&mut self) -> Qos {
        if self.below(2) == 0 { Qos::AtLeastOnce } else { Qos::ExactlyOnce }
    }
}

/// The application and its store.
#[derive(Default)]
struct Application {
    has_store: bool,
    records: HashMap<StoreKey, Vec<u8>>,
    /// Arrived and not taken.
    queue: VecDeque<(u32, Option<AckToken>)>,
    taken: Vec<u32>,
    completed: u32,
}

impl Host for Application {
    fn persist(&mut self, key: StoreKey, record: &[&[u8]]) -> Result<(), PersistError> {
        self.records.insert(key, record.concat());
        Ok(())
    }

    fn forget(&mut self, key: StoreKey) {
        self.records.remove(&key);
    }

    fn message(&mut self, publish: &Publish<'_>, ack_token: Option<AckToken>) -> Acknowledge {
        self.queue.push_back((number(publish.payload), ack_token));
        Acknowledge::WithToken
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Completed { .. } => self.completed += 1,
            Event::Cleared => panic!("nothing was to be dropped"),
            _ => {}
        }
    }

    fn has_store(&self) -> bool {
        self.has_store
    }
}

struct Simulation {
    random: Random,
    version: Version,
    now: Instant,
    session: Session,
    application: Application,
    server: Server,
    /// Received by the client, not yet a whole packet.
    input: Vec<u8>,
    /// How many bytes in each direction this connection still carries.
    to_server: usize,
    to_client: usize,
    published: u32,
    qos_of: BTreeMap<u32, Qos>,
    connections: u32,
    crashes: u32,
}

impl Simulation {
    fn new(version: Version, seed: u64, has_store: bool) -> Simulation {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut server = Server::new(version);
        server.checks_order = !has_store;
        server.to_send = (0..MESSAGES).map(|number| (number, random.qos())).collect();
        Simulation {
            random,
            version,
            now: Instant::now(),
            session: Session::new(),
            application: Application { has_store, ..Application::default() },
            server,
            input: Vec::new(),
            to_server: 0,
            to_client: 0,
            published: 0,
            qos_of: BTreeMap::new(),
            connections: 0,
            crashes: 0,
        }
    }

    fn run(&mut self) {
        let qos_to_client: BTreeMap<u32, Qos> = self.server.to_send.iter().copied().collect();
        self.connect();
        while !self.is_done() {
            match self.random.below(6) {
                0 => self.publish(),
                1 => (0..self.random.below(8)).for_each(|_| self.server.send_next()),
                2 => self.carry_to_server(),
                3 => self.carry_to_client(),
                4 => self.take_messages(),
                _ => self.now += Duration::from_millis(10),
            }
            if self.to_server == 0 || self.to_client == 0 {
                self.cut();
            }
        }
        check(&self.qos_of, self.server.received.iter().map(|&(number, _)| number));
        check(&qos_to_client, self.application.taken.iter().copied());
        assert_eq!(self.application.records, HashMap::new(), "records of finished messages remain");
        assert!(self.connections > 50, "{} connections", self.connections);
    }

    fn is_done(&self) -> bool {
        self.published == MESSAGES
            && self.session.pending().next().is_none()
            && self.server.is_idle()
            && self.application.queue.is_empty()
            && self.session.is_quiet()
    }

    fn connect(&mut self) {
        self.connections += 1;
        let queued: Vec<_> = self.application.queue.iter().filter_map(|&(_, ack_token)| ack_token).collect();
        self.session.expect_duplicates(queued.into_iter());
        let connect = Connect {
            version: self.version,
            clean: false,
            keep_alive: 60,
            properties: PropertyList::EMPTY,
            client_id: b"simulated",
            will: None,
            username: None,
            password: None,
        };
        let options = ConnectionOptions { window: WINDOW, retry_interval: None, forgets_with_server: false };
        self.session.connect(self.now, &connect, options).unwrap();
        // Some connections do not even get through the handshake.
        self.to_server = 1 + self.random.below(8_000);
        self.to_client = 1 + self.random.below(8_000);
    }

    fn cut(&mut self) {
        assert_eq!(self.session.connection_closed(), SessionState::Kept, "nothing was to be dropped");
        self.server.close();
        self.input.clear();
        if self.application.has_store && self.random.below(4) == 0 {
            self.crash();
        }
        if self.random.below(3) == 0 {
            self.take_messages();
        }
        self.connect();
    }

    /// The process ends. What is stored, and what the store has queued, begins the next.
    fn crash(&mut self) {
        self.crashes += 1;
        self.session = Session::new();
        let records = &self.application.records;
        for (key, record) in records {
            match key {
                StoreKey::SentPublish(id) => {
                    let pubrel_sent = records.contains_key(&StoreKey::SentPubRel(*id));
                    assert_eq!(self.session.restore_sent(record, self.version, pubrel_sent), Ok(*id));
                }
                StoreKey::ReceivedPublish(id) => {
                    assert_eq!(self.session.restore_received(record, self.version), Ok(*id));
                }
                StoreKey::SentPubRel(id) => assert!(records.contains_key(&StoreKey::SentPublish(*id))),
            }
        }
        self.session.restore_finished();
        for (_, ack_token) in &mut self.application.queue {
            assert_eq!(*ack_token, None);
        }
    }

    fn publish(&mut self) {
        for _ in 0..self.random.below(8) {
            if self.published == MESSAGES || self.session.window_is_full() || !self.session.is_connected() {
                return;
            }
            let qos = self.random.qos();
            let payload = payload(self.published);
            let message = OutgoingMessage {
                topic: b"to/server",
                payload: &payload,
                qos,
                retain: false,
                properties: PropertyList::EMPTY,
            };
            self.session.publish(self.now, &message, &mut self.application).unwrap();
            self.qos_of.insert(self.published, qos);
            self.published += 1;
        }
    }

    fn carry_to_server(&mut self) {
        self.session.refill(self.now, &mut self.application);
        let wanted = 1 + self.random.below(1000);
        let count = wanted.min(self.session.outgoing().len()).min(self.to_server);
        self.to_server -= count;
        self.server.receive(&self.session.outgoing()[..count]);
        self.session.consume(self.now, count);
    }

    fn carry_to_client(&mut self) {
        let wanted = 1 + self.random.below(1000);
        let count = wanted.min(self.server.output.len()).min(self.to_client);
        self.to_client -= count;
        self.input.extend(self.server.output.drain(..count));
        while let Framing::Complete(length) = frame(&self.input).unwrap() {
            let packet: Vec<u8> = self.input.drain(..length).collect();
            self.session.handle_packet(self.now, &packet, &mut self.application).unwrap();
            if self.application.has_store {
                self.acknowledge_stored();
            }
        }
    }

    /// What is queued in a store is safe: it is acknowledged before the application has it.
    fn acknowledge_stored(&mut self) {
        for index in 0..self.application.queue.len() {
            if let Some(ack_token) = self.application.queue[index].1.take() {
                self.session.acknowledge(self.now, ack_token, &mut self.application);
            }
        }
    }

    fn take_messages(&mut self) {
        for _ in 0..self.random.below(10) {
            let Some((number, ack_token)) = self.application.queue.pop_front() else { return };
            self.application.taken.push(number);
            if let Some(ack_token) = ack_token {
                self.session.acknowledge(self.now, ack_token, &mut self.application);
            }
        }
    }
}

/// Every message arrived; QoS 2 exactly once.
fn check(expected: &BTreeMap<u32, Qos>, arrived: impl Iterator<Item = u32>) {
    let mut times: BTreeMap<u32, u32> = expected.keys().map(|&number| (number, 0)).collect();
    for number in arrived {
        *times.get_mut(&number).unwrap() += 1;
    }
    for (number, times) in times {
        match expected[&number] {
            Qos::ExactlyOnce => assert_eq!(times, 1, "message {number}"),
            _ => assert!(times >= 1, "message {number} is lost"),
        }
    }
}

/// MQTT 3.1.1 §4.3 and §4.4, MQTT 5.0 the same: each message arrives, QoS 2 exactly once,
/// wherever connections are cut; identifiers are unique, the order of resending is kept.
#[test]
fn nothing_is_lost_or_doubled_over_cut_connections() {
    for version in ALL_VERSIONS {
        for seed in 1..=4 {
            let mut simulation = Simulation::new(version, seed, false);
            simulation.run();
            assert_eq!(simulation.application.completed, MESSAGES);
        }
    }
}

/// Design D8: the same when the process ends now and then, and begins again from its store.
#[test]
fn nothing_is_lost_or_doubled_over_restarts() {
    for version in ALL_VERSIONS {
        for seed in 1..=4 {
            let mut simulation = Simulation::new(version, seed, true);
            simulation.run();
            assert!(simulation.crashes > 10);
        }
    }
}
