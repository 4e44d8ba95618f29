//! A receiver that is killed: nothing is lost that it acknowledged, and what comes again is only the
//! message that was being handed over.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::broker::resume;
use crate::random::Random;
use crate::shell::{Client, Stores};
use crate::support::PATIENCE;
use crate::support::files::Scratch;
use crate::support::library::Library;
use crate::support::program::{Program, Running};
use crate::support::scripted_broker::{Arrival, Listener, Peer, ScriptedBroker};
use crate::support::wire::{
    DISCONNECT, PUBACK, PUBCOMP, PUBREC, PUBREL, Packet, Publish, acknowledgement, connack,
};

/// How often a flooded client is killed.
const KILLS: u32 = 30;

/// How many messages may be under way at once.
const WINDOW: usize = 200;

/// A message that the broker is about to deliver.
struct Outgoing {
    id: u16,
    number: u32,
    qos: u8,
    /// QoS 2: PUBREC came.
    received: bool,
}

/// How a message was sent, and how often.
struct Sent {
    qos: u8,
    times: u32,
}

/// A broker that has a session for one client, and delivers numbers to it.
#[derive(Default)]
struct Broker {
    outgoing: VecDeque<Outgoing>,
    last_id: u16,
    /// The last number that was sent.
    last_number: u32,
    /// By number.
    sent: HashMap<u32, Sent>,
    /// The numbers that are done.
    done: Vec<u32>,
}

impl Broker {
    fn publish(&mut self, qos: u8) -> Vec<u8> {
        self.last_id = self.last_id % u16::MAX + 1;
        self.last_number += 1;
        self.sent.insert(self.last_number, Sent { qos, times: 1 });
        self.outgoing.push_back(Outgoing {
            id: self.last_id,
            number: self.last_number,
            qos,
            received: false,
        });
        self.outgoing.back().expect("it").encode(false)
    }

    /// Goes on with the session on a new connection: all that is not done again.
    fn resume(&mut self) -> Vec<u8> {
        for outgoing in &self.outgoing {
            self.sent.get_mut(&outgoing.number).expect("it").times += 1;
        }
        self.outgoing.iter().flat_map(|outgoing| outgoing.encode(true)).collect()
    }

    /// Takes an answer of the client; gives what follows.
    fn take(&mut self, packet: &Packet) -> Vec<u8> {
        let id = packet.id();
        let place = self.outgoing.iter().position(|outgoing| outgoing.id == id);
        match (packet.kind(), place) {
            (PUBACK | PUBCOMP, Some(place)) => {
                let outgoing = self.outgoing.remove(place).expect("it");
                assert_eq!(outgoing.qos, if packet.kind() == PUBACK { 1 } else { 2 });
                self.done.push(outgoing.number);
            }
            (PUBREC, Some(place)) => {
                self.outgoing[place].received = true;
                return acknowledgement(PUBREL, id).encode();
            }
            // From before the connection was lost.
            (PUBACK | PUBREC | PUBCOMP | DISCONNECT, _) => {}
            (kind, _) => panic!("packet type {kind}"),
        }
        Vec::new()
    }
}

impl Outgoing {
    fn encode(&self, duplicate: bool) -> Vec<u8> {
        if self.received {
            return acknowledgement(PUBREL, self.id).encode();
        }
        let payload = self.number.to_string().into_bytes();
        let publish = Publish {
            topic: "t".to_owned(),
            payload,
            qos: self.qos,
            id: self.id,
            duplicate,
            ..Publish::default()
        };
        publish.packet(VERSION.get()).encode()
    }
}

thread_local! {
    /// The MQTT version that this test's client speaks.
    static VERSION: std::cell::Cell<u8> = const { std::cell::Cell::new(4) };
}

/// The client's lives, and what it got in each.
struct Ground {
    listener: Listener,
    stores: Stores,
    with_store: bool,
    notes: PathBuf,
    version: u8,
    program: Program,
    runs: u32,
    broker: Broker,
    _scratch: Scratch,
}

impl Ground {
    fn new(version: u8, with_store: bool) -> Ground {
        VERSION.set(version);
        let scratch = Scratch::new();
        Ground {
            listener: Listener::new(),
            stores: Stores::new(),
            with_store,
            notes: scratch.file("notes"),
            version,
            program: Program::compile("tests/c/persist_consumer.c"),
            runs: 0,
            broker: Broker::default(),
            _scratch: scratch,
        }
    }

    /// Starts the client, and takes its connection up.
    fn start(&mut self, mode: &str, count: usize) -> (Running, Peer) {
        self.runs += 1;
        let store = if self.with_store { self.stores.path() } else { "none".to_owned() };
        let arguments = [
            self.listener.uri(),
            "consumer".to_owned(),
            self.version.to_string(),
            store,
            self.notes.to_str().unwrap().to_owned(),
            self.runs.to_string(),
            mode.to_owned(),
            count.to_string(),
        ];
        let running = self.program.with(Library::Ours).arguments(&arguments).start();
        let mut peer = self.listener.accept();
        assert!(!peer.expect_connect().clean);
        peer.send_packet(&connack(peer.version, true, 0));
        let again = self.broker.resume();
        peer.send(&again);
        (running, peer)
    }

    /// What the client got: run and number.
    fn got(&self) -> Vec<(u32, u32)> {
        let words: Vec<u32> = fs::read(&self.notes)
            .unwrap()
            .chunks(4)
            .map(|bytes| u32::from_ne_bytes(bytes.try_into().unwrap()))
            .collect();
        let count = words[0] as usize;
        words[1..=2 * count].chunks(2).map(|pair| (pair[0], pair[1])).collect()
    }

    /// The numbers, in the order in which the client got them.
    fn numbers(&self) -> Vec<u32> {
        self.got().into_iter().map(|(_, number)| number).collect()
    }

    /// Answers until nothing is under way.
    fn settle(&mut self, peer: &mut Peer) {
        while !self.broker.outgoing.is_empty() {
            let Arrival::Packet(packet) = peer.next(PATIENCE) else { panic!("not all is acknowledged") };
            let answer = self.broker.take(&packet);
            peer.send(&answer);
        }
    }

    /// Takes what the client sent before its end.
    fn bury(&mut self, running: Running, peer: &mut Peer) {
        running.finish();
        while let Arrival::Packet(packet) = peer.next(PATIENCE) {
            self.broker.take(&packet);
        }
    }
}

/// Ten messages in one heap. In the fifth, messageArrived kills the process.
fn dies_in_message_arrived(version: u8, with_store: bool, qos: u8) {
    let case = format!("MQTT {version}, store {with_store}, QoS {qos}");
    let mut ground = Ground::new(version, with_store);
    let (running, mut peer) = ground.start("kill", 5);
    let heap: Vec<u8> = (0..10).flat_map(|_| ground.broker.publish(qos)).collect();
    peer.send(&heap);
    // The exchanges of QoS 2 go on as far as they do.
    while let Arrival::Packet(packet) = peer.next(PATIENCE) {
        let answer = ground.broker.take(&packet);
        peer.send(&answer);
    }
    ground.bury(running, &mut peer);
    assert_eq!(ground.numbers(), [1, 2, 3, 4, 5], "{case}");
    assert!(!ground.broker.done.contains(&5), "{case}: acknowledged before it was taken");
    let (running, mut peer) = ground.start("callbacks", 0);
    ground.settle(&mut peer);
    running.signal(Signal::KILL);
    running.finish();
    assert_eq!(ground.numbers()[5..], [5, 6, 7, 8, 9, 10], "{case}");
}

#[test]
fn a_kill_in_message_arrived_repeats_that_message() {
    for version in [4, 5] {
        for with_store in [true, false] {
            for qos in [1, 2] {
                // What MQTT 3 holds back until the PUBREL is nowhere without a store.
                if with_store || qos == 1 || version == 5 {
                    dies_in_message_arrived(version, with_store, qos);
                }
            }
        }
    }
}

/// All are acknowledged, since the store has them; some are fetched. Then it is killed: the last message
/// that `receive` gave is still being handed over, for the program has not come back from what it does with it.
#[test]
fn a_kill_between_calls_of_receive_repeats_that_message() {
    for version in [4, 5] {
        for qos in [1, 2] {
            let mut ground = Ground::new(version, true);
            let (running, mut peer) = ground.start("receive", 3);
            let heap: Vec<u8> = (0..10).flat_map(|_| ground.broker.publish(qos)).collect();
            peer.send(&heap);
            if qos == 1 {
                ground.settle(&mut peer);
            } else {
                for _ in 0..10 {
                    let answer = ground.broker.take(&peer.expect(PUBREC));
                    peer.send(&answer);
                }
            }
            running.wait_for("ready");
            running.signal(Signal::KILL);
            ground.bury(running, &mut peer);
            let (running, mut peer) = ground.start("all", 0);
            ground.settle(&mut peer);
            running.finish().expect_success();
            assert_eq!(ground.numbers(), [1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10], "MQTT {version}, QoS {qos}");
        }
    }
}

/// A program that ends by itself has what it was given.
#[test]
fn a_message_that_was_received_does_not_come_again_after_an_orderly_end() {
    for ending in ["disconnect 1000", "destroy", "exit"] {
        let stores = Stores::new();
        let broker = ScriptedBroker::start(|listener| {
            for round in 0..2 {
                let mut peer = resume(listener);
                if round == 0 {
                    peer.send_hex("3206 0001 74 0001 78");
                }
                peer.expect_end();
            }
        });
        let uri = broker.uri();
        let client =
            Client { library: Library::Ours, uri: &uri, id: "ends", version: 4, store: stores.path() };
        let mut shell = client.create();
        shell.expect("connect 0", "0");
        shell.expect("receive 20000", "0 t qos 1 retained 0 dup 0 id 1 x");
        shell.ask(ending);
        if ending.starts_with("disconnect") {
            shell.kill()
        } else {
            shell.finish()
        }
        let mut shell = client.create();
        shell.expect("connect 0", "0");
        shell.expect("receive 100", "0 none");
        shell.end();
        broker.finish();
    }
}

/// The flood of a program that fetches as it goes.
fn receive_survives_kills(version: u8, seed: u64) {
    let mut ground = Ground::new(version, true);
    flood(&mut ground, "fetch", KILLS, &mut Random::new(seed));
    let (running, mut peer) = ground.start("all", 0);
    ground.settle(&mut peer);
    running.finish().expect_success();
    let got = ground.got();
    let last: HashMap<u32, u32> = got.iter().copied().collect();
    let runs = runs_of(&got);
    assert!(runs.keys().copied().eq(1..=ground.broker.last_number), "something was lost");
    for (number, runs) in runs {
        let Sent { qos, times } = ground.broker.sent[&number];
        let cut_short = runs.iter().filter(|&&run| last[&run] == number).count();
        let rightly = if qos == 1 { times as usize } else { 1 };
        assert!(runs.len() <= rightly + cut_short, "message {number}, QoS {qos}, came in runs {runs:?}");
    }
}

#[test]
fn a_flood_into_calls_of_receive_survives_kills() {
    receive_survives_kills(4, 7);
}

#[test]
fn a_flood_of_mqtt5_into_calls_of_receive_survives_kills() {
    receive_survives_kills(5, 8);
}

/// Kills it at random moments of a flood.
fn flood(ground: &mut Ground, mode: &str, runs: u32, random: &mut Random) {
    for _ in 0..runs {
        let (running, mut peer) = ground.start(mode, 0);
        let mut left = random.below(600);
        while left > 0 {
            let room = WINDOW.saturating_sub(ground.broker.outgoing.len()) as u64;
            let count = random.below(room + 1);
            let heap: Vec<u8> = (0..count)
                .flat_map(|_| ground.broker.publish(if random.once_in(2) { 1 } else { 2 }))
                .collect();
            peer.send(&heap);
            for _ in 0..=random.below(WINDOW as u64) {
                match peer.next(Duration::from_millis(20)) {
                    Arrival::Packet(packet) => {
                        left = left.saturating_sub(1);
                        let answer = ground.broker.take(&packet);
                        peer.send(&answer);
                    }
                    Arrival::Nothing => break,
                    Arrival::End => panic!("the program ended\n{}", running.transcript()),
                }
                if left == 0 {
                    break;
                }
            }
        }
        running.signal(Signal::KILL);
        ground.bury(running, &mut peer);
    }
}

/// How often each number came, in the runs in which it did.
fn runs_of(got: &[(u32, u32)]) -> BTreeMap<u32, Vec<u32>> {
    let mut runs: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (run, number) in got {
        runs.entry(*number).or_default().push(*run);
    }
    runs
}

/// Nothing is lost.
fn callbacks_survive_kills(version: u8, seed: u64) {
    let mut ground = Ground::new(version, true);
    flood(&mut ground, "callbacks", KILLS, &mut Random::new(seed));
    finish_with_callbacks(&mut ground);
}

fn finish_with_callbacks(ground: &mut Ground) {
    let (running, mut peer) = ground.start("callbacks", 0);
    ground.settle(&mut peer);
    running.signal(Signal::KILL);
    running.finish();
    let runs = runs_of(&ground.got());
    assert!(runs.keys().copied().eq(1..=ground.broker.last_number), "something was lost");
}

#[test]
fn a_flood_into_callbacks_survives_kills() {
    callbacks_survive_kills(4, 1);
}

#[test]
fn a_flood_of_mqtt5_into_callbacks_survives_kills() {
    callbacks_survive_kills(5, 2);
}

/// Decision 3: acknowledged message by message, as the application has them.
///
/// The client gets each heap as a whole, and nothing behind it. If there were something unread when it is
/// killed, the kernel would drop acknowledgements that it was given and had not sent yet.
#[test]
fn of_many_messages_only_the_last_comes_again() {
    for (version, seed) in [(4, 5), (5, 6)] {
        let mut random = Random::new(seed);
        let mut ground = Ground::new(version, true);
        for _ in 0..KILLS {
            let (running, mut peer) = ground.start("slow", 20);
            ground.settle(&mut peer);
            let heap: Vec<u8> = (0..WINDOW).flat_map(|_| ground.broker.publish(1)).collect();
            peer.send(&heap);
            // A moment, not a time to wait for something.
            thread::sleep(Duration::from_micros(random.below(20_000)));
            running.signal(Signal::KILL);
            ground.bury(running, &mut peer);
        }
        finish_with_callbacks(&mut ground);
        let got = ground.got();
        let last: HashMap<u32, u32> = got.iter().copied().collect();
        for (number, runs) in &runs_of(&got) {
            for run in &runs[..runs.len() - 1] {
                assert_eq!(last[run], *number, "message {number} came again, in runs {runs:?}");
            }
        }
    }
}

/// What is in the store and acknowledged is there afterwards: with QoS 2 once, with QoS 1 maybe as often
/// as the server sent it.
fn store_survives_kills(version: u8, seed: u64) {
    let mut ground = Ground::new(version, true);
    flood(&mut ground, "leave", KILLS, &mut Random::new(seed));
    let (running, mut peer) = ground.start("leave", 0);
    ground.settle(&mut peer);
    running.signal(Signal::KILL);
    running.finish();
    let (running, mut peer) = ground.start("all", 0);
    ground.settle(&mut peer);
    running.finish().expect_success();
    let mut times: BTreeMap<u32, u32> = BTreeMap::new();
    for number in ground.numbers() {
        *times.entry(number).or_default() += 1;
    }
    assert!(times.keys().copied().eq(1..=ground.broker.last_number), "something was lost");
    for (number, times) in times {
        let Sent { qos, times: sent } = ground.broker.sent[&number];
        let most = if qos == 1 { sent } else { 1 };
        assert!(times <= most, "message {number} with QoS {qos}, sent {sent} times, came {times} times");
    }
}

#[test]
fn a_flood_into_the_store_survives_kills() {
    store_survives_kills(4, 3);
}

#[test]
fn a_flood_of_mqtt5_into_the_store_survives_kills() {
    store_survives_kills(5, 4);
}

/// Lives of a client that reads into its store, and a broker that is played by hand and sends the same
/// message with QoS 2 each time: only the exchanges tell whether it is another one.
struct Lives {
    listener: Listener,
    stores: Stores,
    version: u8,
}

impl Lives {
    fn new(version: u8) -> Lives {
        Lives { listener: Listener::new(), stores: Stores::new(), version }
    }

    fn client(&self) -> Client<'_> {
        let uri = self.listener.uri().leak();
        let store = self.stores.path();
        Client { library: Library::Ours, uri, id: "lives", version: self.version, store }
    }

    /// Has the client read while this goes on, and kills it.
    fn live(&self, script: impl FnOnce(&mut Peer)) {
        let mut shell = self.client().create();
        shell.tell("connect 0");
        let mut peer = resume(&self.listener);
        shell.tell("yield 1000000");
        script(&mut peer);
        shell.kill();
    }

    /// The record with this name.
    fn record(&self, name: &str) -> PathBuf {
        self.stores.of("lives", &self.listener.uri()).join(name)
    }

    /// How many the application receives after this.
    fn received_after(&self, script: impl FnOnce(&mut Peer)) -> usize {
        self.live(script);
        let mut shell = self.client().create();
        shell.tell("connect 0");
        let _peer = resume(&self.listener);
        shell.skip(1);
        let count = (0..).take_while(|_| shell.ask("receive 100").contains("same")).count();
        shell.kill();
        count
    }
}

fn send_same(peer: &mut Peer, duplicate: bool) {
    let (topic, payload) = ("t".to_owned(), b"same".to_vec());
    peer.publish(&Publish { topic, payload, qos: 2, id: 1, duplicate, ..Publish::default() });
    assert_eq!(peer.expect(PUBREC).id(), 1);
}

fn release(peer: &mut Peer) {
    peer.send_packet(&acknowledgement(PUBREL, 1));
    assert_eq!(peer.expect(PUBCOMP).id(), 1);
}

/// A kill after the message was put into the queue, and before its exchange's record was removed.
#[test]
fn a_message_that_was_released_into_the_store_is_there_once() {
    let lives = Lives::new(4);
    let mut record = Vec::new();
    lives.live(|peer| {
        send_same(peer, false);
        record = fs::read(lives.record("r-1.msg")).unwrap();
        release(peer);
    });
    fs::write(lives.record("r-1.msg"), record).unwrap();
    assert_eq!(lives.received_after(release), 1);
}

/// A kill after the message was put into the queue, and before its exchange's record was written.
#[test]
fn a_message_of_mqtt5_that_comes_again_is_in_the_store_once() {
    let lives = Lives::new(5);
    lives.live(|peer| send_same(peer, false));
    fs::remove_file(lives.record("r5-1.msg")).unwrap();
    let again = |peer: &mut Peer| {
        send_same(peer, true);
        release(peer);
    };
    assert_eq!(lives.received_after(again), 1);
}

/// An exchange that came to its end, and another with the same identifier.
#[test]
fn another_message_with_the_same_identifier_and_content_is_another_one() {
    for version in [4, 5] {
        let whole = |peer: &mut Peer| {
            send_same(peer, false);
            release(peer);
        };
        // Killed in the middle of the second; it goes on.
        let lives = Lives::new(version);
        lives.live(whole);
        lives.live(|peer| send_same(peer, false));
        assert_eq!(lives.received_after(release), 2, "MQTT {version}");
        // The first transmission of the second was lost.
        let lives = Lives::new(version);
        lives.live(whole);
        let repeated = |peer: &mut Peer| {
            send_same(peer, true);
            release(peer);
        };
        assert_eq!(lives.received_after(repeated), 2, "MQTT {version}");
    }
}
