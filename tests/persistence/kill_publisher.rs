//! Publishers that are killed again and again: whatever they were told is published arrives, QoS 2 once.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;

use crate::broker::answer;
use crate::random::Random;
use crate::shell::{Stores, files_in};
use crate::support::PATIENCE;
use crate::support::files::Scratch;
use crate::support::library::Library;
use crate::support::program::{Program, Running};
use crate::support::scripted_broker::{Arrival, Listener, Peer};
use crate::support::wire::{CONNECT, Connect, DISCONNECT, PUBLISH, PUBREL, Packet, Publish, connack};

/// What the broker knows: the session's QoS 2 messages that are not released, and all that arrived.
#[derive(Default)]
struct Broker {
    unreleased: HashSet<u16>,
    /// How often each message came: its run and number in it.
    arrived: HashMap<(usize, u32), usize>,
}

impl Broker {
    /// Takes a packet, and gives the answer.
    fn take(&mut self, peer: &mut Peer, packet: &Packet) -> Option<Packet> {
        match packet.kind() {
            CONNECT => {
                let connect = Connect::parse(&packet.body).expect("a well-formed CONNECT");
                assert!(!connect.clean);
                peer.version = connect.version;
                return Some(connack(connect.version, true, 0));
            }
            PUBLISH => {
                let publish = Publish::parse(packet, peer.version).expect("a well-formed PUBLISH");
                if publish.qos == 1 || self.unreleased.insert(publish.id) {
                    *self.arrived.entry(message(&publish)).or_default() += 1;
                }
            }
            PUBREL => {
                self.unreleased.remove(&packet.id());
            }
            _ => {}
        }
        answer(packet, peer.version)
    }
}

/// The run and the number of a message.
fn message(publish: &Publish) -> (usize, u32) {
    let text = String::from_utf8_lossy(&publish.payload);
    let mut numbers = text.split(' ');
    let mut number = || numbers.next().and_then(|text| text.parse::<u32>().ok()).expect("a number");
    let run = number();
    let number = number();
    assert_eq!(publish.qos, if number % 2 == 0 { 2 } else { 1 });
    (run as usize, number)
}

/// Who publishes: a program, and its ways.
#[derive(Clone, Copy)]
struct Publisher {
    source: &'static str,
    modes: [&'static str; 2],
}

/// With MQTTClient: driven by the calls, or by the library's threads.
const SYNC: Publisher = Publisher { source: "tests/c/persist_flood.c", modes: ["calling", "callbacks"] };
/// With MQTTAsync: messages that are in flight, or wait for a connection.
const ASYNC: Publisher = Publisher { source: "tests/c/async_flood.c", modes: ["connected", OFFLINE] };
/// The mode without a connection.
const OFFLINE: &str = "offline";

/// The place of a session's life, and of its many ends.
struct Ground {
    listener: Listener,
    stores: Stores,
    notes: PathBuf,
    version: u8,
    program: Program,
    modes: [&'static str; 2],
    random: Random,
    broker: Broker,
    _scratch: Scratch,
}

impl Ground {
    fn new(publisher: Publisher, version: u8, seed: u64) -> Ground {
        let scratch = Scratch::new();
        Ground {
            listener: Listener::new(),
            stores: Stores::new(),
            notes: scratch.file("notes"),
            version,
            program: Program::compile(publisher.source),
            modes: publisher.modes,
            random: Random::new(seed),
            broker: Broker::default(),
            _scratch: scratch,
        }
    }

    fn start(&self, library: Library, run: usize, mode: &str) -> Running {
        let arguments = [
            self.listener.uri(),
            "flood".to_owned(),
            self.version.to_string(),
            self.stores.path(),
            self.notes.to_str().unwrap().to_owned(),
            run.to_string(),
            mode.to_owned(),
        ];
        self.program.with(library).arguments(&arguments).start()
    }

    /// One life, from create to kill.
    fn run(&mut self, run: usize) {
        let mode = self.modes[usize::from(self.random.once_in(2))];
        let running = self.start(Library::Ours, run, mode);
        if mode == OFFLINE || self.random.once_in(10) {
            // A moment, not a time to wait for something: it is in create, or in connect, or between two messages.
            let longest = if mode == OFFLINE { 40_000 } else { 8000 };
            std::thread::sleep(Duration::from_micros(self.random.below(longest)));
            kill(running);
            while self.listener.accept_within(Duration::ZERO).is_some() {}
            return;
        }
        let mut peer = self.listener.accept();
        let mut left = if self.random.once_in(10) { self.random.below(3) } else { self.random.below(2000) };
        let mut held: Vec<Packet> = Vec::new();
        while left > 0 {
            let mut keep = self.random.below(100);
            let patience = Duration::from_millis(if held.is_empty() { 30 } else { 1 });
            match peer.next(patience) {
                Arrival::Packet(packet) => {
                    left -= 1;
                    held.extend(self.broker.take(&mut peer, &packet));
                }
                // It waits for an answer.
                Arrival::Nothing if held.is_empty() => left /= 2,
                Arrival::Nothing => keep = 0,
                Arrival::End => panic!("the program ended\n{}", running.transcript()),
            }
            // Answers come in heaps, and the last ones not in this life.
            if held.len() > 100 || keep < 5 {
                let count = held.len().saturating_sub(usize::try_from(keep).unwrap());
                let answers: Vec<u8> = held.drain(..count).flat_map(|one| one.encode()).collect();
                peer.send(&answers);
            }
        }
        kill(running);
        // What it had written before its end may arrive, or be lost with the connection.
        if self.random.once_in(2) {
            while let Arrival::Packet(packet) = peer.next(PATIENCE) {
                let _ = self.broker.take(&mut peer, &packet);
            }
        }
    }

    /// The last life: all that is under way arrives.
    fn drain(&mut self, library: Library) {
        let running = self.start(library, 0, "drain");
        let mut peer = self.listener.accept();
        while let Arrival::Packet(packet) = peer.next(PATIENCE) {
            if packet.kind() == DISCONNECT {
                break;
            }
            if let Some(answer) = self.broker.take(&mut peer, &packet) {
                peer.send_packet(&answer);
            }
        }
        drop(peer);
        running.finish().expect_success();
    }

    /// Everything that publish returned success for is there; QoS 2 once. Gives the number of messages.
    fn check(&self, runs: usize) -> u32 {
        let notes = fs::read(&self.notes).unwrap();
        let notes: Vec<u32> =
            notes.chunks(4).map(|bytes| u32::from_ne_bytes(bytes.try_into().unwrap())).collect();
        for (run, &count) in notes.iter().enumerate().take(runs + 1) {
            for number in 1..=count {
                let times = self.broker.arrived.get(&(run, number)).copied().unwrap_or(0);
                assert!(times > 0, "message {number} of run {run} was lost");
            }
        }
        for ((run, number), times) in &self.broker.arrived {
            assert!(number % 2 == 1 || *times == 1, "message {number} of run {run} came {times} times");
            // The last one may have been stored, and the call have returned to nobody.
            assert!(*number <= notes[*run] + 1, "message {number} of run {run} was never published");
        }
        notes.iter().sum()
    }
}

fn kill(running: Running) {
    running.signal(Signal::KILL);
    running.finish();
}

fn survives(publisher: Publisher, version: u8, kills: usize, seed: u64) {
    let mut ground = Ground::new(publisher, version, seed);
    for run in 1..=kills {
        ground.run(run);
    }
    ground.drain(Library::Ours);
    assert!(ground.check(kills) > 1000);
    assert_eq!(files_in(&ground.stores.of("flood", &ground.listener.uri())), None, "nothing is left");
}

#[test]
fn nothing_published_is_lost_by_a_hundred_kills() {
    survives(SYNC, 4, 100, 1);
}

#[test]
fn nothing_published_with_mqtt5_is_lost_by_a_hundred_kills() {
    survives(SYNC, 5, 100, 2);
}

#[test]
fn nothing_sent_is_lost_by_two_hundred_kills() {
    survives(ASYNC, 4, 200, 4);
}

#[test]
fn nothing_sent_with_mqtt5_is_lost_by_two_hundred_kills() {
    survives(ASYNC, 5, 200, 5);
}

fn the_original_inherits_from(publisher: Publisher, seed: u64) {
    let mut ground = Ground::new(publisher, 4, seed);
    for run in 1..=10 {
        ground.run(run);
    }
    ground.drain(Library::Original);
    ground.check(10);
}

#[test]
fn the_original_inherits_what_a_killed_flood_left() {
    the_original_inherits_from(SYNC, 3);
}

#[test]
fn the_original_inherits_what_a_killed_asynchronous_flood_left() {
    the_original_inherits_from(ASYNC, 6);
}
