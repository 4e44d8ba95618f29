//! What requests tell, and that no call waits for anything.

use std::thread;
use std::time::Duration;

use crate::support::library::Library;
use crate::support::program::Program;
use crate::support::scripted_broker::ScriptedBroker;
use crate::support::wire::{
    DISCONNECT, PUBLISH, PUBREC, PUBREL, Publish, SUBSCRIBE, UNSUBSCRIBE, acknowledgement,
};
use crate::support::wire::{PUBACK, PUBCOMP, SUBACK, UNSUBACK, connack, subscription_answer};

fn connect(uri: &str, version: &str, timeout: &str) -> String {
    Program::compile("tests/c/async_connect.c").run(&[uri, version, timeout, "0"])
}

/// The milliseconds and the message of a failure.
fn failure(output: &str, code: &str) -> (u64, String) {
    let line = output.lines().next().unwrap();
    let rest = line.strip_prefix(&format!("failed: token 0, code {code}, after ")).expect(line);
    let (time, message) = rest.split_once(" ms: ").unwrap();
    (time.parse().unwrap(), message.to_owned())
}

/// with words for people.
#[test]
fn a_connect_that_fails_says_what_failed_and_where() {
    let (_, refused) = failure(&connect("tcp://127.0.0.1:1", "4", "10"), "-1");
    assert!(refused.contains("127.0.0.1:1") && refused.to_lowercase().contains("refused"), "{refused}");
    let (_, unknown) = failure(&connect("tcp://no-such-host.invalid:1883", "4", "20"), "-1");
    assert!(unknown.contains("no-such-host.invalid"), "{unknown}");
    for (version, code, told, word) in [("4", 5, "5", "5"), ("5", 0x87, "-1", "135")] {
        let broker = ScriptedBroker::start(move |listener| {
            let mut peer = listener.accept();
            let connect = peer.expect_connect();
            peer.send_packet(&connack(connect.version, false, code));
            peer.expect_end();
        });
        let output = connect(&broker.uri(), version, "10");
        let (_, answered) = failure(&output, told);
        assert!(answered.contains(word) && answered.to_lowercase().contains("not authorized"), "{answered}");
        if version == "5" {
            assert!(output.contains("\nreason 135, "), "{output}");
        }
        broker.finish();
    }
    let broker = ScriptedBroker::start(|listener| listener.accept().expect_connect());
    let (_, closed) = failure(&connect(&broker.uri(), "4", "10"), "-1");
    assert!(closed.contains("127.0.0.1"), "{closed}");
}

/// all phases together, and never early.
#[test]
fn a_connect_takes_no_longer_than_it_may() {
    for version in ["4", "5"] {
        let broker = ScriptedBroker::start(|listener| {
            let mut peer = listener.accept();
            peer.expect_connect();
            peer.expect_end()
        });
        let (time, message) = failure(&connect(&broker.uri(), version, "2"), "-1");
        // A busy machine may be late; the original is late by a second or more.
        assert!((2000..4000).contains(&time), "{time} ms");
        assert!(message.to_lowercase().contains("time"), "{message}");
        // Without DISCONNECT: decision 4.
        assert!(broker.finish().iter().all(|packet| packet.kind() != DISCONNECT));
    }
}

/// the callbacks of a connect that has succeeded are no more called, whatever comes.
#[test]
fn a_connect_that_has_succeeded_does_not_fail_later() {
    for version in ["4", "5"] {
        let broker = ScriptedBroker::start(|listener| {
            let (peer, _) = listener.welcome();
            peer.close();
        });
        let run = Program::compile("tests/c/async_connect.c").with(Library::Ours);
        let output = run.arguments(&[&*broker.uri(), version, "10", "2"]).output();
        assert!(output.starts_with("connected to ") && output.ends_with("lost\n"), "{output}");
        assert!(!output.contains("failed"), "{output}");
    }
}

/// A server that reads nothing for two seconds, while 40 MB are to be sent to it.
#[test]
fn no_call_waits_for_a_server_that_does_not_read() {
    let broker = ScriptedBroker::start(|listener| {
        listener.narrow();
        let (mut peer, connect) = listener.welcome();
        thread::sleep(Duration::from_secs(2));
        let mut sizes = 0;
        loop {
            let packet = peer.expect_any();
            let answer = match packet.kind() {
                PUBLISH => {
                    let publish = Publish::parse(&packet, connect.version).unwrap();
                    sizes += publish.payload.len();
                    match publish.qos {
                        0 => continue,
                        1 => acknowledgement(PUBACK, publish.id),
                        _ => acknowledgement(PUBREC, publish.id),
                    }
                }
                PUBREL => acknowledgement(PUBCOMP, packet.id()),
                SUBSCRIBE => subscription_answer(SUBACK, connect.version, packet.id(), &[1]),
                UNSUBSCRIBE => subscription_answer(UNSUBACK, connect.version, packet.id(), &[0]),
                DISCONNECT => return sizes,
                kind => panic!("packet type {kind}"),
            };
            peer.send_packet(&answer);
        }
    });
    let output = Program::compile("tests/c/async_blocked.c").run(&[broker.uri()]);
    let longest: u64 = output.lines().next().unwrap().parse().unwrap();
    // A copy of 4 MB on a busy machine takes its time; the server's pause is longer.
    assert!(longest < 1000, "a call took {longest} ms");
    assert!(output.ends_with("all sent\n"));
    assert_eq!(broker.finish(), 40_000_000);
}
