//! Bad links and bad servers: each request has its outcome, and has it once.

use std::time::Duration;

use crate::support::answering_broker::{Delivery, malformed_packets, serve};
use crate::support::cutting_broker::{CuttingBroker, Line, Lives, Session};
use crate::support::library::Library;
use crate::support::program::Program;
use crate::support::scripted_broker::ScriptedBroker;
use crate::support::wire::{
    PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, Packet, Publish, SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE,
    acknowledgement, filters, subscription_answer,
};

/// Answers everything, and sends nothing of its own.
struct Answering;

impl Session for Answering {
    fn connected(&mut self, _: &mut Line) {}

    fn handle(&mut self, line: &mut Line, packet: &Packet) {
        let answer = match packet.kind() {
            PUBLISH => {
                let publish = Publish::parse(packet, line.version).expect("a well-formed PUBLISH");
                match publish.qos {
                    0 => return,
                    1 => acknowledgement(PUBACK, publish.id),
                    _ => acknowledgement(PUBREC, publish.id),
                }
            }
            PUBREL => acknowledgement(PUBCOMP, packet.id()),
            SUBSCRIBE | UNSUBSCRIBE => {
                let count = filters(packet, line.version).expect("filters").len();
                let kind = if packet.kind() == SUBSCRIBE { SUBACK } else { UNSUBACK };
                subscription_answer(kind, line.version, packet.id(), &vec![0; count])
            }
            kind => panic!("packet type {kind}"),
        };
        line.send(&answer);
    }
}

fn tokens(version: &str, is_watched: bool) {
    let broker = CuttingBroker::start(7, Lives { received: 8000, sent: 1500 }, Answering);
    let program = Program::compile("tests/c/async_tokens.cpp").with(Library::Ours);
    let run = program.arguments(&[&broker.uri(), "10000", version]);
    let run = if is_watched { run.under_valgrind() } else { run };
    let output = run.within(Duration::from_secs(300)).output();
    assert_eq!(output, "each told once\n");
    broker.finish();
}

/// Each request has an object of its own, which its callback deletes: the shape of the C++ wrapper.
#[test]
fn ten_thousand_requests_over_a_link_that_flaps_are_told_once_each() {
    tokens("4", true);
}

#[test]
fn so_they_are_with_5() {
    tokens("5", false);
}

/// Plays sessions with delivery after delivery.
fn survives(version: &str, deliveries: Vec<Delivery>, is_watched: bool) {
    let sessions = deliveries.len().to_string();
    let broker = ScriptedBroker::start(move |listener| {
        for delivery in deliveries {
            serve(&mut listener.accept(), delivery);
        }
    });
    let run = Program::compile("tests/c/async_survive.c").with(Library::Ours);
    let run = run.arguments(&[&broker.uri(), version, &sessions]);
    let run = if is_watched { run.under_valgrind() } else { run };
    assert_eq!(run.within(Duration::from_secs(240)).output(), "survived\n", "version {version}");
    broker.finish();
}

/// How many bytes a server sends in one undisturbed session.
fn length_of_a_session(version: &str) -> usize {
    let broker = ScriptedBroker::start(|listener| serve(&mut listener.accept(), Delivery::Prompt).sent);
    Program::compile("tests/c/async_survive.c").run(&[&broker.uri(), version, "1"]);
    broker.finish()
}

#[test]
fn a_cut_at_every_byte_is_survived() {
    for version in ["4", "5"] {
        let length = length_of_a_session(version);
        survives(version, (0..length).map(Delivery::CutAfter).collect(), false);
        survives(version, (0..length).step_by(3).map(Delivery::ResetAfter).collect(), false);
    }
}

#[test]
fn damage_to_any_byte_is_survived() {
    for version in ["4", "5"] {
        let length = length_of_a_session(version);
        let damages = (0..length).map(|place| Delivery::Damaged(place, [0x00, 0xff, 0x80, 0x7f][place % 4]));
        survives(version, damages.collect(), false);
    }
}

#[test]
fn packets_may_arrive_byte_by_byte_and_in_heaps() {
    for version in ["3", "4", "5"] {
        let heaps = Delivery::InHeaps(Duration::from_millis(20));
        survives(version, vec![Delivery::Bytewise, heaps, Delivery::Prompt], false);
    }
}

#[test]
fn bad_servers_are_survived_cleanly() {
    for version in ["4", "5"] {
        let length = length_of_a_session(version);
        let mut deliveries: Vec<Delivery> = (0..length).step_by(5).map(Delivery::CutAfter).collect();
        deliveries.extend((0..length).step_by(7).map(|place| Delivery::Damaged(place, 0xff)));
        survives(version, deliveries, true);
    }
}

#[test]
fn malformed_packets_are_survived_cleanly() {
    for version in ["4", "5"] {
        let packets = malformed_packets(version.parse().unwrap());
        let sessions = packets.len().to_string();
        let broker = ScriptedBroker::start(move |listener| {
            for (_, packet) in packets {
                let (mut peer, _) = listener.welcome();
                peer.send(&packet);
                peer.expect_end();
            }
        });
        let run = Program::compile("tests/c/async_survive.c").with(Library::Ours).under_valgrind();
        let output = run.arguments(&[&broker.uri(), version, &sessions]).output();
        assert_eq!(output, "survived\n", "version {version}");
        broker.finish();
    }
}
