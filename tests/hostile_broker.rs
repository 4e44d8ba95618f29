//! Servers that deliver badly, cut the connection anywhere, or send what no server may send: no crash,
//! no hang, no leak, and no good message lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is test code")]

mod support;

use std::time::Duration;

use support::answering_broker::{Delivery, malformed_connacks, malformed_packets, serve};
use support::library::Library;
use support::program::Program;
use support::scripted_broker::{Listener, Peer, ScriptedBroker};
use support::wire::{
    DISCONNECT, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, Publish, SUBACK, SUBSCRIBE, V5, acknowledgement,
    subscription_answer,
};

/// Each combination of MQTT version and way to receive.
const KINDS: [(&str, &str); 4] = [("4", "receive"), ("4", "callback"), ("5", "receive"), ("5", "callback")];

/// Plays sessions with [`Delivery`] after delivery, and sees that nothing is left of them.
fn survives(version: &str, mode: &str, deliveries: Vec<Delivery>) {
    let sessions = deliveries.len().to_string();
    let broker = ScriptedBroker::start(move |listener| {
        for delivery in deliveries {
            serve(&mut listener.accept(), delivery);
        }
    });
    let program = Program::compile("tests/c/survive.c");
    let run = program.with(Library::Ours).arguments(&[&broker.uri(), version, mode, &sessions]);
    let output = run.within(Duration::from_secs(240)).output();
    assert_eq!(output, "0 descriptors left\n", "version {version}, {mode}");
    broker.finish();
}

/// How many bytes a server sends in one undisturbed session of the surviving program.
fn length_of_a_session(version: &str, mode: &str) -> usize {
    let broker = ScriptedBroker::start(|listener| serve(&mut listener.accept(), Delivery::Prompt).sent);
    Program::compile("tests/c/survive.c").run(&[&broker.uri(), version, mode, "1"]);
    broker.finish()
}

fn survives_a_cut_at_every_byte(version: &str, mode: &str) {
    let length = length_of_a_session(version, mode);
    survives(version, mode, (0..length).map(Delivery::CutAfter).collect());
}

#[test]
fn a_receiving_client_survives_a_cut_at_every_byte() {
    survives_a_cut_at_every_byte("4", "receive");
}

#[test]
fn a_client_with_callbacks_survives_a_cut_at_every_byte() {
    survives_a_cut_at_every_byte("4", "callback");
}

#[test]
fn a_receiving_client_of_mqtt_5_survives_a_cut_at_every_byte() {
    survives_a_cut_at_every_byte("5", "receive");
}

#[test]
fn a_client_of_mqtt_5_with_callbacks_survives_a_cut_at_every_byte() {
    survives_a_cut_at_every_byte("5", "callback");
}

#[test]
fn clients_survive_a_reset_of_the_connection() {
    for (version, mode) in KINDS {
        survives(version, mode, (0..60).step_by(4).map(Delivery::ResetAfter).collect());
    }
}

#[test]
fn clients_survive_damage_to_any_byte() {
    for (version, mode) in KINDS {
        let damages = (0..length_of_a_session(version, mode))
            .map(|place| Delivery::Damaged(place, [0x00, 0xff, 0x80, 0x7f][place % 4]));
        survives(version, mode, damages.collect());
    }
}

/// A server whose every byte arrives alone.
#[test]
fn packets_may_arrive_byte_by_byte() {
    for (version, mode) in KINDS {
        survives(version, mode, vec![Delivery::Bytewise]);
        receives_all(version, mode, 12, |peer, packets| peer.send_bytewise(packets));
    }
}

/// Twenty packets in one segment, the SUBACK first.
#[test]
fn twenty_packets_may_arrive_at_once() {
    for (version, mode) in KINDS {
        survives(version, mode, vec![Delivery::InHeaps(Duration::from_millis(20))]);
        receives_all(version, mode, 20, |peer, packets| peer.send(packets));
    }
}

/// Thousands of messages at once are more than any buffer, and cut anywhere.
#[test]
fn a_flood_of_messages_arrives_complete_and_in_order() {
    for (version, mode) in KINDS {
        receives_all(version, mode, 20_000, |peer, packets| peer.send(packets));
    }
}

/// Lets a program receive so many messages, which `send` sends.
fn receives_all(version: &str, mode: &str, count: usize, send: impl Fn(&mut Peer, &[u8]) + Send + 'static) {
    let broker = flood(count, send);
    let count = count.to_string();
    let output = Program::compile("tests/c/burst.c").run(&[&broker.uri(), version, mode, &count]);
    assert_eq!(output, "all\n", "version {version}, {mode}");
    broker.finish();
}

/// Messages that wait in the queue, and callbacks for many at a time.
#[test]
fn a_flood_of_messages_is_handled_cleanly() {
    for (version, mode) in KINDS {
        let broker = flood(300, |peer, packets| peer.send(packets));
        let program = Program::compile("tests/c/burst.c").with(Library::Ours);
        program.arguments(&[&broker.uri(), version, mode, "300"]).under_valgrind().output();
        broker.finish();
    }
}

/// Sends numbered messages of QoS 0 and 1 together with the SUBACK, in one piece of memory.
fn flood(count: usize, send: impl Fn(&mut Peer, &[u8]) + Send + 'static) -> ScriptedBroker<()> {
    ScriptedBroker::start(move |listener| {
        let (mut peer, _) = listener.welcome();
        let subscribe = peer.expect(SUBSCRIBE);
        let mut packets = subscription_answer(SUBACK, peer.version, subscribe.id(), &[2]).encode();
        for number in 0..count {
            let payload = number.to_string().into_bytes();
            let (qos, id) = if number % 2 == 0 { (0, 0) } else { (1, u16::try_from(number).unwrap()) };
            let publish = Publish { topic: "burst".into(), payload, qos, id, ..Publish::default() };
            packets.extend(publish.packet(peer.version).encode());
        }
        send(&mut peer, &packets);
        // Acknowledgements come in the order of arrival (decision 3). The program may publish its own
        // message while the last of them is still on its way.
        let mut acknowledged = Vec::new();
        let mut published = None;
        while acknowledged.len() < count / 2 || published.is_none() {
            let packet = peer.expect_any();
            match packet.kind() {
                PUBACK => acknowledged.push(usize::from(packet.id())),
                PUBLISH => published = Publish::parse(&packet, peer.version),
                kind => panic!("packet type {kind}"),
            }
        }
        assert!(acknowledged.into_iter().eq((1..count).step_by(2)), "acknowledged out of order");
        let id = published.expect("a message").id;
        peer.send_packet(&acknowledgement(PUBREC, id));
        assert_eq!(peer.expect(PUBREL).id(), id);
        peer.send_packet(&acknowledgement(PUBCOMP, id));
        peer.expect(DISCONNECT);
    })
}

/// W-206: the connection ends; before MQTT 5 without a word (the will must be published), in MQTT 5 at most
/// with a DISCONNECT that reports the error.
#[test]
fn malformed_packets_end_the_connection() {
    let program = Program::compile("tests/c/idle.c");
    for (version, mode) in KINDS {
        for (name, packet) in malformed_packets(version.parse().unwrap()) {
            let broker = ScriptedBroker::start(move |listener: &Listener| {
                let (mut peer, connect) = listener.welcome();
                peer.send(&packet);
                for last in peer.expect_end() {
                    let reported =
                        connect.version == V5 && last.body.first().is_some_and(|&reason| reason >= 0x80);
                    assert!(last.kind() == DISCONNECT && reported, "{name}: {last:02x?}");
                }
            });
            let output = program.run(&[&broker.uri(), version, "60", mode]);
            assert_eq!(output, "lost\n", "{name}, version {version}, {mode}");
            broker.finish();
        }
    }
}

/// C-3.7. The timeout of 2 s also ends those that are only incomplete.
#[test]
fn a_malformed_answer_to_connect_is_a_failure() {
    let program = Program::compile("tests/c/connect_time.c");
    for mode in ["receive", "callback"] {
        for (name, answer) in malformed_connacks() {
            let broker = ScriptedBroker::start(move |listener| {
                let mut peer = listener.accept();
                peer.expect_connect();
                peer.send(&answer);
                if answer.is_empty() {
                    peer.close();
                } else {
                    peer.expect_end();
                }
            });
            let output = program.run(&[&broker.uri(), mode, "1"]);
            assert!(output.ends_with(" ms, rc -1\n"), "{name}, {mode}: {output}");
            broker.finish();
        }
    }
}

/// C-3.7: any code is handed on as it is.
#[test]
fn a_refusal_is_told_by_its_code() {
    let program = Program::compile("tests/c/connect_time.c");
    for code in [1_u8, 2, 3, 4, 5, 6, 0x80, 0xff] {
        let broker = ScriptedBroker::start(move |listener| {
            let mut peer = listener.accept();
            peer.expect_connect();
            peer.send(&[0x20, 0x02, 0x00, code]);
            assert_eq!(peer.expect_end(), []);
        });
        let output = program.run(&[&broker.uri(), "receive", "10"]);
        assert!(output.ends_with(&format!(" ms, rc {code}\n")), "{output}");
        broker.finish();
    }
}

/// Runs the connecting program; gives its milliseconds and its return code.
fn connect_time(uri: &str, mode: &str, timeout: &str) -> (u64, i32) {
    let output = Program::compile("tests/c/connect_time.c").run(&[uri, mode, timeout]);
    let (time, rc) = output.trim().split_once(" ms, rc ").expect("time and code");
    (time.parse().unwrap(), rc.parse().unwrap())
}

/// C-3.16: a connect takes as long as the server takes. The original adds 100 to 300 ms.
#[test]
fn a_connect_takes_as_long_as_the_server_takes() {
    for mode in ["receive", "callback"] {
        for delay in [0_u64, 400] {
            // The best of several: the machine may be busy.
            let best = (0..5)
                .map(|_| {
                    let broker = ScriptedBroker::start(move |listener| {
                        let mut peer = listener.accept();
                        peer.expect_connect();
                        std::thread::sleep(Duration::from_millis(delay));
                        peer.send_hex("20 02 0000");
                        peer.expect_end();
                    });
                    let (time, rc) = connect_time(&broker.uri(), mode, "30");
                    assert_eq!(rc, 0);
                    broker.finish();
                    time
                })
                .min()
                .unwrap();
            assert!(
                (delay..delay + 60).contains(&best),
                "{mode}: {best} ms where the server took {delay} ms"
            );
        }
    }
}

/// C-3.6.
#[test]
fn a_connect_to_a_silent_server_ends_when_its_time_is_up() {
    for mode in ["receive", "callback"] {
        let broker = ScriptedBroker::start(|listener| {
            let mut peer = listener.accept();
            peer.expect_connect();
            assert_eq!(peer.expect_end(), []);
        });
        let (time, rc) = connect_time(&broker.uri(), mode, "2");
        assert_eq!(rc, -1);
        assert!((1900..2500).contains(&time), "{mode}: {time} ms instead of 2,000");
        broker.finish();
    }
}
