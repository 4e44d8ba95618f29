//! Servers that send to an asynchronous client what no server may send, or what nobody has asked for: the connection
//! ends, or nothing happens, and each request has its outcome.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use support::answering_broker::{malformed_connacks, malformed_packets};
use support::library::Library;
use support::program::Program;
use support::scripted_broker::{Listener, Peer, ScriptedBroker};
use support::wire::{
    DISCONNECT, PUBACK, PUBCOMP, PUBREC, PUBREL, Publish, SUBACK, SUBSCRIBE, UNSUBACK, V5, acknowledgement,
    connack, subscription_answer,
};

/// Runs the program against a server that does this; gives what it has said.
fn fate(
    version: u8,
    timeout: &str,
    is_watched: bool,
    script: impl FnOnce(&Listener) + Send + 'static,
) -> String {
    let broker = ScriptedBroker::start(script);
    let run = Program::compile("tests/c/async_fate.c").with(Library::Ours);
    let run = run.arguments(&[&*broker.uri(), &version.to_string(), timeout]);
    let output = if is_watched { run.under_valgrind().output() } else { run.output() };
    broker.finish();
    output
}

/// Welcomes a client, and lets its four requests come: a SUBSCRIBE, and a message of each QoS.
fn welcome(listener: &Listener) -> (Peer, [u16; 3]) {
    let (mut peer, _) = listener.welcome();
    let subscribe = peer.expect(SUBSCRIBE).id();
    let [_, second, third] = [(); 3].map(|()| peer.expect_publish().id);
    (peer, [subscribe, second, third])
}

/// W-206: before MQTT 5 without a word, so that the will is published; in MQTT 5 at most with a DISCONNECT that
/// reports the error.
fn ends_the_connection(version: u8, name: &'static str, packet: Vec<u8>) {
    let output = fate(version, "30", false, move |listener| {
        let (mut peer, _) = welcome(listener);
        peer.send(&packet);
        for last in peer.expect_end() {
            let is_reported = version >= V5 && last.body.first().is_some_and(|&reason| reason >= 0x80);
            assert!(last.kind() == DISCONNECT && is_reported, "{name}: {last:02x?}");
        }
    });
    assert_eq!(output, "lost\n", "{name}, version {version}");
}

#[test]
fn malformed_packets_end_the_connection() {
    for version in [4, 5] {
        for (name, packet) in malformed_packets(version) {
            ends_the_connection(version, name, packet);
        }
    }
}

///
#[test]
fn a_server_may_say_goodbye() {
    for (packet, reason) in [(vec![DISCONNECT << 4, 0], 0), (vec![DISCONNECT << 4, 1, 0x8b], 0x8b)] {
        let output = fate(5, "30", false, move |listener| {
            let (mut peer, _) = welcome(listener);
            peer.send(&packet);
            assert_eq!(peer.expect_end(), []);
        });
        assert_eq!(output, format!("goodbye {reason}\n"));
    }
}

/// In the middle of a packet of any kind, and with one that is announced as larger than any memory.
#[test]
fn a_packet_that_never_ends_is_no_packet() {
    for version in [4, 5] {
        for head in [
            vec![0x20],
            vec![0x30, 0xff, 0xff, 0xff, 0x7f],
            vec![0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, b'a', b'x'],
            vec![0x32, 0x0a, 0, 4],
            vec![0x40, 2, 0],
            vec![0x90, 0xff, 0xff, 0xff, 0x7f, 0, 1],
        ] {
            let output = fate(version, "30", false, move |listener| {
                let (mut peer, _) = welcome(listener);
                peer.send(&head);
                peer.close();
            });
            assert_eq!(output, "lost\n");
        }
    }
}

/// W-206: answers to what nobody has asked, and of a kind that does not fit. Afterwards the client works.
fn answers_that_fit_nothing(version: u8, is_watched: bool) {
    let output = fate(version, "30", is_watched, move |listener| {
        let (mut peer, [subscribe, once, exactly]) = welcome(listener);
        peer.send_packet(&connack(version, true, 0));
        peer.send_packet(&connack(version, false, 5));
        if version < V5 {
            // There is no such packet of a server's.
            peer.send(&[DISCONNECT << 4, 0]);
        }
        for id in [0xffff, 4711] {
            for kind in [PUBACK, PUBCOMP] {
                peer.send_packet(&acknowledgement(kind, id));
            }
            // To these there is an answer, or the server would ask for ever.
            for (kind, answer) in [(PUBREC, PUBREL), (PUBREL, PUBCOMP)] {
                peer.send_packet(&acknowledgement(kind, id));
                assert_eq!(peer.expect(answer).id(), id);
            }
            peer.send_packet(&subscription_answer(SUBACK, version, id, &[1]));
            peer.send_packet(&subscription_answer(UNSUBACK, version, id, &[0]));
        }
        // Each for the request of another.
        peer.send_packet(&subscription_answer(SUBACK, version, once, &[1]));
        peer.send_packet(&subscription_answer(UNSUBACK, version, exactly, &[0]));
        peer.send_packet(&acknowledgement(PUBACK, subscribe));
        peer.send_packet(&acknowledgement(PUBACK, exactly));
        peer.send_packet(&acknowledgement(PUBCOMP, exactly));
        peer.send_packet(&acknowledgement(PUBREC, once));
        assert_eq!(peer.expect(PUBREL).id(), once);
        peer.send_hex("d0 00");
        // All this changes nothing.
        peer.send_packet(&acknowledgement(PUBACK, once));
        peer.send_packet(&acknowledgement(PUBREC, exactly));
        assert_eq!(peer.expect(PUBREL).id(), exactly);
        // Twice.
        peer.send_packet(&acknowledgement(PUBREC, exactly));
        assert_eq!(peer.expect(PUBREL).id(), exactly);
        peer.send_packet(&acknowledgement(PUBCOMP, exactly));
        peer.send_packet(&acknowledgement(PUBCOMP, exactly));
        peer.send_packet(&subscription_answer(SUBACK, version, subscribe, &[2]));
        peer.send_packet(&subscription_answer(SUBACK, version, subscribe, &[2]));
        let works = Publish { topic: "fate".into(), payload: b"works".to_vec(), ..Publish::default() };
        peer.publish(&works);
        assert!(peer.expect_end().iter().all(|packet| packet.kind() == DISCONNECT));
    });
    assert_eq!(output, "works\n", "version {version}");
}

#[test]
fn answers_that_fit_nothing_are_ignored() {
    for version in [4, 5] {
        answers_that_fit_nothing(version, false);
    }
}

#[test]
fn so_they_are_cleanly() {
    answers_that_fit_nothing(5, true);
}

/// More return codes than were asked for, or fewer: nothing beyond them is read.
#[test]
fn a_suback_may_have_any_number_of_codes() {
    for version in [4, 5] {
        for codes in [[1].as_slice(), &[2, 1, 0, 0x80, 0x87], &[0x80; 200]] {
            let codes = codes.to_vec();
            let output = fate(version, "30", false, move |listener| {
                let (mut peer, [subscribe, ..]) = welcome(listener);
                peer.send_packet(&subscription_answer(SUBACK, version, subscribe, &codes));
                let works =
                    Publish { topic: "fate".into(), payload: b"works".to_vec(), ..Publish::default() };
                peer.publish(&works);
                peer.expect_end();
            });
            assert_eq!(output, "works\n", "version {version}");
        }
    }
}

/// The timeout of 2 s also ends those that are only incomplete.
#[test]
fn a_malformed_answer_to_connect_is_a_failure() {
    for version in [4, 5] {
        for (name, answer) in malformed_connacks() {
            let output = fate(version, "2", false, move |listener| {
                let mut peer = listener.accept();
                peer.expect_connect();
                peer.send(&answer);
                if answer.is_empty() {
                    peer.close();
                } else {
                    peer.expect_end();
                }
            });
            assert!(output.starts_with("failed: -1, TCP connect "), "{name}, version {version}: {output}");
            assert_eq!(output.lines().count(), 1, "{output}");
        }
    }
}

/// C-3.7: a message may come before CONNACK. All else that is none means nothing then, but for the end.
#[test]
fn what_comes_before_connack_takes_its_place_never() {
    for version in [4, 5] {
        let output = fate(version, "30", false, move |listener| {
            let mut peer = listener.accept();
            peer.expect_connect();
            for kind in [PUBACK, PUBCOMP] {
                peer.send_packet(&acknowledgement(kind, 1));
            }
            for kind in [SUBACK, UNSUBACK] {
                peer.send_packet(&subscription_answer(kind, version, 1, &[0]));
            }
            peer.send_hex("d0 00");
            peer.send_packet(&connack(version, false, 0));
            peer.expect(SUBSCRIBE);
            peer.publish(&Publish { topic: "fate".into(), payload: b"works".to_vec(), ..Publish::default() });
            peer.expect_end();
        });
        assert_eq!(output, "works\n", "version {version}");
    }
    let output = fate(5, "30", false, move |listener| {
        let mut peer = listener.accept();
        peer.expect_connect();
        peer.send_hex("e0 00");
        assert_eq!(peer.expect_end(), []);
    });
    assert!(output.starts_with("failed: -1, "), "{output}");
}

/// any code is handed on as it is, with words.
#[test]
fn a_refusal_is_told_by_its_code() {
    for (version, codes) in [(4, [1, 2, 5, 6, 0x7f, 0xff]), (5, [0x80, 0x81, 0x87, 0x8a, 0x9f, 0xff])] {
        for code in codes {
            let output = fate(version, "30", false, move |listener| {
                let mut peer = listener.accept();
                peer.expect_connect();
                peer.send_packet(&connack(version, false, code));
                assert_eq!(peer.expect_end(), []);
            });
            assert!(output.starts_with(&format!("failed: {code}, CONNACK return code")), "{output}");
        }
    }
}
