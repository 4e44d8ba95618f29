//! One library goes on where the other was killed. Contract P-801, P-802.

use std::fs;
use std::sync::mpsc::{Receiver, channel};

use crate::broker::{again, answer_all, resume};
use crate::shell::{Client, Files, Stores, files_in};
use crate::support::PATIENCE;
use crate::support::library::Library;
use crate::support::scripted_broker::{Peer, ScriptedBroker};
use crate::support::wire::{PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, Publish, acknowledgement};

/// A session that was cut off, and the broker that knows it.
struct CutOff {
    stores: Stores,
    broker: ScriptedBroker<Vec<Vec<u8>>>,
    uri: String,
    version: u8,
}

const ID: &str = "heir";

impl CutOff {
    /// One message waits for PUBACK, one for PUBREC and one for PUBCOMP; three messages are received and
    /// not fetched, a fourth is not released yet. Then the client is killed.
    fn by(library: Library, version: u8) -> CutOff {
        let (all_is_there, is_there) = channel();
        let broker = ScriptedBroker::start(move |listener| {
            let mut peer = resume(listener);
            begin(&mut peer);
            all_is_there.send(()).unwrap();
            peer.expect_end();
            let mut peer = resume(listener);
            peer.send_packet(&acknowledgement(PUBREL, 104));
            answer_all(&mut peer)
        });
        let cut_off = CutOff { stores: Stores::new(), uri: broker.uri(), broker, version };
        cut_off.kill_the_first(library, &is_there);
        cut_off
    }

    fn client(&self, library: Library) -> Client<'_> {
        Client { library, uri: &self.uri, id: ID, version: self.version, store: self.stores.path() }
    }

    fn kill_the_first(&self, library: Library, is_there: &Receiver<()>) {
        let mut shell = self.client(library).create();
        shell.expect("connect 0", "0");
        shell.expect("publish 1 1 out/one first", "0 1");
        shell.expect("publish 2 0 out/two second", "0 2");
        shell.expect("publish 2 0 out/three third", "0 3");
        shell.tell("yield 60000");
        is_there.recv_timeout(PATIENCE).expect("what was to be under way");
        shell.kill();
    }

    fn files(&self) -> Files {
        files_in(&self.stores.of(ID, &self.uri)).expect("a store")
    }
}

/// The broker's side of the first connection.
fn begin(peer: &mut Peer) {
    for _ in 0..3 {
        peer.expect(PUBLISH);
    }
    peer.send_packet(&acknowledgement(PUBREC, 3));
    assert_eq!(peer.expect(PUBREL).id(), 3);
    for (qos, id) in [(0, 0), (1, 102), (2, 103), (2, 104)] {
        let (topic, payload) = (format!("in/{id}"), format!("payload {id}").into_bytes());
        peer.publish(&Publish { topic, payload, qos, id, ..Publish::default() });
    }
    for (kind, id) in [(PUBACK, 102), (PUBREC, 103), (PUBREC, 104)] {
        assert_eq!(peer.expect(kind).id(), id);
    }
    peer.send_packet(&acknowledgement(PUBREL, 103));
    assert_eq!(peer.expect(PUBCOMP).id(), 103);
}

/// The second library does what is left of the work, and leaves nothing.
fn taken_over(by: Library, cut_off: CutOff) {
    let before = cut_off.files();
    let five = if cut_off.version == 5 { "5" } else { "" };
    let record = |number| again(&before[&format!("s{five}-{number}.msg")]);
    let expected = [
        record(1),
        record(2),
        acknowledgement(PUBREL, 3).encode(),
        acknowledgement(PUBCOMP, 104).encode(),
        acknowledgement(PUBREL, 2).encode(),
    ];
    let mut shell = cut_off.client(by).create();
    shell.expect("tokens", "0 1 2 3");
    shell.expect("connect 0", "0");
    // The original does not store what an MQTT 5 client is yet to fetch (contract P-403).
    let queue = before.keys().any(|name| name.starts_with('q'));
    if queue {
        for (qos, id) in [(0, 0), (1, 102), (2, 103)] {
            shell.expect(
                "receive 60000",
                &format!("0 in/{id} qos {qos} retained 0 dup 0 id {id} payload {id}"),
            );
        }
    }
    // MQTT 5 delivers at the PUBLISH, so this one is in the queue as well.
    if queue || cut_off.version < 5 {
        shell.expect("receive 60000", "0 in/104 qos 2 retained 0 dup 0 id 104 payload 104");
    }
    shell.expect("drain", "0");
    shell.expect("receive 200", "0 none");
    shell.expect("disconnect 1000", "0");
    shell.end();
    let mut sent = cut_off.broker.finish();
    // The answer to the PUBREL may come before or after what is resent.
    let position = |packet: &[u8]| sent.iter().position(|other| other == packet);
    assert!(position(&expected[3]).is_some(), "{sent:02x?}");
    sent.retain(|packet| *packet != expected[3]);
    assert_eq!(sent, [&expected[..3], &expected[4..]].concat());
    assert_eq!(files_in(&cut_off.stores.of(ID, &cut_off.uri)), None, "all is done");
}

#[test]
fn ours_goes_on_where_the_original_was_killed() {
    for version in [4, 5] {
        taken_over(Library::Ours, CutOff::by(Library::Original, version));
    }
}

#[test]
fn the_original_goes_on_where_ours_was_killed() {
    for version in [4, 5] {
        taken_over(Library::Original, CutOff::by(Library::Ours, version));
    }
}

#[test]
fn ours_goes_on_where_ours_was_killed() {
    for version in [4, 5] {
        taken_over(Library::Ours, CutOff::by(Library::Ours, version));
    }
}

/// What only we leave in a directory, a record that was set aside and one that was being written when the
/// process ended, is not in the original's way.
#[test]
fn the_original_does_not_stumble_over_our_other_files() {
    let cut_off = CutOff::by(Library::Ours, 4);
    let directory = cut_off.stores.of(ID, &cut_off.uri);
    let record = fs::read(directory.join("s-1.msg")).unwrap();
    fs::write(directory.join("corrupt-s-9.msg"), &record[..5]).unwrap();
    fs::write(directory.join("t-4711-1.msg"), &record[..7]).unwrap();
    fs::write(directory.join("t-4711-2.msg"), "").unwrap();
    taken_over(Library::Original, cut_off);
}

/// Contract P-802: byte for byte the same files, but for those that the original fails to write (P-403).
#[test]
fn both_leave_the_same_files() {
    for version in [4, 5] {
        let ours = CutOff::by(Library::Ours, version);
        let original = CutOff::by(Library::Original, version);
        let (mut files, expected) = (ours.files(), original.files());
        if version == 5 {
            files.retain(|name, _| !name.starts_with("q5-"));
        }
        assert_eq!(files, expected, "MQTT {version}");
        taken_over(Library::Ours, ours);
        taken_over(Library::Ours, original);
    }
}
