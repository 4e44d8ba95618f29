//! What requests tell, and that no call waits for anything.

use std::thread;
use std::time::Duration;

use crate::support::library::Library;
use crate::support::mosquitto::Mosquitto;
use crate::support::program::Program;
use crate::support::scripted_broker::ScriptedBroker;
use crate::support::wire::{
    DISCONNECT, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, Packet, Publish, SUBACK, SUBSCRIBE, UNSUBACK,
    UNSUBSCRIBE, acknowledgement, connack, subscription_answer,
};

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

/// Contract A-3, for what the original does not survive.
#[test]
fn wrong_arguments_are_refused() {
    let broker = Mosquitto::start(&[]);
    let output = Program::compile("tests/c/async_checks.c").run(&[&*broker.uri(), "ours"]);
    let codes: Vec<i32> =
        output.lines().map(|line| line.rsplit(": ").next().unwrap().parse().unwrap()).collect();
    #[rustfmt::skip]
    let expected = [
        // Without a client.
        -1, -1, -1, -6, -2, -2,
        // Without a connection.
        -1, -1, -3,
        // With one, which lives on.
        -5, -6, -6, -5, -5, -1, -1, -6, -6, -1, -6, 1,
        // With a handle that was one.
        0, -1, -1,
        // MQTT 5.0: options for each filter, or for none.
        0, -15,
    ];
    assert_eq!(codes, expected, "{output}");
}

/// Runs the side client with these commands, and gives its lines that begin so.
fn lines_of(uri: &str, commands: &str, beginning: &str) -> Vec<String> {
    let mut arguments = vec![uri.to_owned()];
    arguments.extend(commands.split(';').map(|command| command.trim().to_owned()));
    let output = Program::compile("tests/c/async_side_client.c").run(&arguments);
    output.lines().filter_map(|line| line.strip_prefix(beginning)).map(str::to_owned).collect()
}

/// which packet was the answer.
#[test]
fn a_failure_says_which_packet_it_came_from() {
    let broker = ScriptedBroker::start(|listener| {
        let (mut peer, _) = listener.welcome();
        for (kind, reason) in [(PUBACK, 0x87), (PUBREC, 0x97), (PUBREC, 0)] {
            let [high, low] = peer.expect_publish().id.to_be_bytes();
            peer.send_packet(&Packet::new(kind << 4, [high, low, reason]));
        }
        let [high, low] = peer.expect(PUBREL).id().to_be_bytes();
        peer.send_packet(&Packet::new(PUBCOMP << 4, [high, low, 0x92]));
        peer.expect_end();
    });
    let commands = "create 5 buffer=1 anytime=1 max=1 oldest=1; types; send 1 a deleted; send 1 a x; await failure 1; connect; \
                    await failure 2; send 2 b y; await failure 3; send 2 b z; await failure 4; destroy";
    // A PUBLISH that did not leave; PUBACK, PUBREC, PUBCOMP.
    let types = lines_of(&broker.uri(), commands, "back from packet type ");
    assert_eq!(types, ["3", "4", "5", "7"]);
    broker.finish();
}

/// Decision 3: what the application has been told, it is not told again, although it has disconnected before the
/// server knew.
#[test]
fn a_message_that_was_told_before_a_disconnect_is_not_told_again() {
    for version in [4_u8, 5] {
        for _ in 0..20 {
            let broker = ScriptedBroker::start(move |listener| {
                let (mut peer, _) = listener.welcome();
                let publish = Publish { topic: "a".into(), qos: 2, id: 7, ..Publish::default() };
                peer.publish(&publish);
                if version == 4 {
                    peer.expect(PUBREC);
                    peer.send_packet(&acknowledgement(PUBREL, 7));
                }
                let last = if version == 4 { PUBCOMP } else { PUBREC };
                let was_answered = peer.expect_end().iter().any(|packet| packet.kind() == last);
                let mut peer = listener.accept();
                let connect = peer.expect_connect();
                assert!(!connect.clean);
                peer.send_packet(&connack(connect.version, true, 0));
                if version == 5 && !was_answered {
                    peer.publish(&Publish { duplicate: true, ..publish });
                    peer.expect(PUBREC);
                }
                if version == 5 || !was_answered {
                    peer.send_packet(&acknowledgement(PUBREL, 7));
                    peer.expect(PUBCOMP);
                }
                // So that nothing is on its way any more.
                peer.publish(&Publish { topic: "end".into(), ..Publish::default() });
                peer.expect_end();
            });
            let session = if version == 5 { "clean=0 p.17=100" } else { "clean=0" };
            let commands = format!(
                "create {version}; callbacks; connect {session}; await message 1; disconnect 0; await disconnect 1; \
                 connect {session}; await message 2; disconnect 0; await disconnect 2; destroy"
            );
            let told = lines_of(&broker.uri(), &commands, "back message: ");
            assert!(told.len() == 2 && told[1].starts_with("(3) end"), "{told:?}");
            broker.finish();
        }
    }
}
