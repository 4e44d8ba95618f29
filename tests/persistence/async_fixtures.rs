//! What the original's MQTTAsync left behind, taken up: `tests/fixtures/persistence/README.md` says what comes of it.

use crate::broker::{answer, packets, resume};
use crate::shell::{Files, Stores, files_in};
use crate::support::PATIENCE;
use crate::support::library::Library;
use crate::support::program::Program;
use crate::support::scripted_broker::{Arrival, Peer, ScriptedBroker};
use crate::support::wire::{
    DISCONNECT, PUBCOMP, PUBREL, SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE, acknowledgement, filters,
    subscription_answer,
};

const BOTH: [Library; 2] = [Library::Ours, Library::Original];

/// Runs `tests/c/async_side_client.c` on the store of a fixture; `commands` follow the client's creation, and it
/// disconnects when it is told so by the script's end. Gives its lines, what it sent after CONNECT, and what is left.
fn run(
    library: Library,
    (case, client_id, version): (&str, &str, u8),
    commands: &[&str],
    script: impl FnOnce(&mut Peer) + Send + 'static,
) -> (Vec<String>, Vec<Vec<u8>>, Option<Files>) {
    let stores = Stores::new();
    let broker = ScriptedBroker::start(move |listener| {
        let mut peer = resume(listener);
        script(&mut peer);
        answer_all(&mut peer)
    });
    let uri = broker.uri();
    stores.take_fixture(case, client_id, &uri);
    let create = format!("create {version} buffer=1 anytime=1 store={} id={client_id}", stores.path());
    let connect = if version == 5 { "connect clean=0 p.17=100" } else { "connect clean=0" };
    let mut arguments = vec![uri.clone(), create, "pending".into(), "callbacks".into(), connect.into()];
    arguments.extend(commands.iter().map(|command| (*command).to_owned()));
    arguments.extend(["disconnect 5000", "await disconnect 1", "pending", "destroy"].map(str::to_owned));
    let program = Program::compile("tests/c/async_side_client.c");
    let output = program.with(library).arguments(&arguments).output();
    let left = files_in(&stores.of(client_id, &uri));
    (output.lines().map(str::to_owned).collect(), broker.finish(), left)
}

/// Answers the client's packets until it leaves, subscriptions too; gives them, as bytes.
fn answer_all(peer: &mut Peer) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    loop {
        match peer.next(PATIENCE) {
            Arrival::Packet(packet) if packet.kind() == DISCONNECT => {}
            Arrival::Packet(packet) => {
                let subscription = match packet.kind() {
                    SUBSCRIBE => Some(SUBACK),
                    UNSUBSCRIBE => Some(UNSUBACK),
                    _ => None,
                };
                let reply = match subscription {
                    Some(kind) => {
                        let count = filters(&packet, peer.version).expect("filters").len();
                        Some(subscription_answer(kind, peer.version, packet.id(), &vec![0; count]))
                    }
                    None => answer(&packet, peer.version),
                };
                if let Some(reply) = reply {
                    peer.send_packet(&reply);
                }
                packets.push(packet.encode());
            }
            Arrival::End => return packets,
            Arrival::Nothing => panic!("the client does not end, after {packets:02x?}"),
        }
    }
}

fn has_pending(lines: &[String], tokens: &str) {
    let pending: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("call pending: 0,")).collect();
    assert_eq!(pending, [tokens, " none"], "{lines:#?}");
}

/// P-501 to P-508.
#[test]
fn messages_that_were_never_sent_are_sent() {
    for library in BOTH {
        for (case, version) in
            [(("async-v4-offline", "offline-v4", 4), 4), (("async-v5-offline", "offline-v5", 5), 5)]
        {
            let (lines, sent, left) = run(library, case, &["await complete 2"], |_| {});
            has_pending(&lines, " 0 1 2");
            let first: Vec<u8> = sent.iter().map(|packet| packet[0]).collect();
            // Without DUP, the second retained; and PUBREL for the third.
            assert_eq!(first, [0x30, 0x33, 0x34, 0x62], "{library:?}, {version}: {sent:02x?}");
            assert_eq!(left.unwrap_or_default().len(), 0, "{library:?}, {version}");
        }
    }
}

/// The original does not survive its own records of UNSUBSCRIBE (P-505).
#[test]
fn subscriptions_that_were_never_sent_are_sent() {
    let case = ("async-v4-commands", "limited-v4", 4);
    let (lines, sent, left) = run(Library::Ours, case, &["await complete 2"], |_| {});
    has_pending(&lines, " 6 1");
    let first: Vec<u8> = sent.iter().map(|packet| packet[0]).collect();
    assert_eq!(first, [0x3a, 0x82, 0x82, 0xa2, 0xa2, 0x34, 0x62], "{sent:02x?}");
    let unsubscriptions =
        ["a20d0004 0009 756e7375622f6f6e65", "a2140005 0006 6d616e792f61 0008 6d616e792f622f2b"];
    assert_eq!(sent[3..5], packets(&unsubscriptions));
    assert_eq!(left.unwrap_or_default().len(), 0);

    let case = ("async-v5-commands", "limited-v5", 5);
    let (lines, sent, left) = run(Library::Ours, case, &["await complete 2"], |_| {});
    has_pending(&lines, " 6 1");
    let first: Vec<u8> = sent.iter().map(|packet| packet[0]).collect();
    assert_eq!(first, [0x3a, 0x82, 0x82, 0xa2, 0xa2, 0x34, 0x62], "{sent:02x?}");
    assert_eq!(sent[1].last(), Some(&0x25), "the options of the first");
    assert_eq!(sent[3][..4], [0xa2, 0x0e, 0x00, 0x04]);
    assert_eq!(sent[4][..4], [0xa2, 0x15, 0x00, 0x05]);
    assert_eq!(left.unwrap_or_default().len(), 0);
}

/// what the application had refused is offered to the next one, in order.
#[test]
fn messages_that_were_refused_are_told_again() {
    for library in BOTH {
        for (case, topics) in [
            (("async-v4-queued-incoming", "queue-v4", 4), ["in/q0", "in/q1", "in/q1r", "in/q2", "in/q2b"]),
            (("async-v5-queued-incoming", "queue-v5", 5), ["in/q0", "in/q1", "in/q1r", "in/q2", "in/q2b"]),
        ] {
            let (lines, sent, left) =
                run(library, case, &["await connect 1", "await message 5", "pause 1000"], |peer| {
                    // The original goes on when packets come.
                    for id in [103, 104] {
                        peer.send_packet(&acknowledgement(PUBREL, id));
                        assert_eq!(peer.expect(PUBCOMP).id(), id);
                    }
                    for _ in 0..3 {
                        peer.send_packet(&acknowledgement(PUBREL, 104));
                    }
                });
            let told: Vec<&str> = lines
                .iter()
                .filter_map(|line| line.strip_prefix("back message: ("))
                .filter_map(|line| line.split(' ').nth(1))
                .collect();
            assert_eq!(told, topics, "{library:?}, {case:?}");
            let pubcomp = acknowledgement(PUBCOMP, 104).encode();
            assert!(sent.iter().all(|packet| *packet == pubcomp), "{library:?}, {case:?}: {sent:02x?}");
            assert_eq!(left.unwrap_or_default().len(), 0, "{library:?}, {case:?}");
        }
    }
}

/// P-501 to P-508: the same bytes, so that either library can take up what the other left.
#[test]
fn records_of_requests_are_the_originals() {
    for version in ["4", "5"] {
        let [ours, original] = BOTH.map(|library| {
            let stores = Stores::new();
            // Nothing listens there: all of it waits.
            let uri = "tcp://127.0.0.1:1";
            let mut arguments = vec![uri.to_owned()];
            arguments.push(format!("create {version} buffer=1 anytime=1 store={} id=records", stores.path()));
            arguments.extend(
                [
                    "message 0 o/1 one retained=1 p.38=k:v p.3=text",
                    "message 1 o/2 two",
                    "message 2 long/topic p.2=60 payload",
                    "fill 1 o/3 300",
                    "destroy",
                ]
                .map(str::to_owned),
            );
            Program::compile("tests/c/async_side_client.c").with(library).arguments(&arguments).output();
            files_in(&stores.of("records", uri)).expect("a store")
        });
        assert_eq!(ours.len(), 4, "{ours:?}");
        assert_eq!(ours, original, "version {version}");
    }
}
