//! Disks that take nothing more: the call that could not store its message says so.

use std::sync::mpsc::channel;

use crate::broker::{answer, answer_all, resume};
use crate::shell::{Client, Shell, Stores, files_in};
use crate::support::PATIENCE;
use crate::support::library::Library;
use crate::support::scripted_broker::ScriptedBroker;
use crate::support::wire::{PUBACK, PUBLISH, Publish};

/// Starts a program with a file system of its own, so big, at the store's path. Needs no root.
fn start_on_disk(client: &Client<'_>, options: &str) -> Shell {
    let mount = format!("mount -t tmpfs -o {options} none '{}' && exec \"$0\" \"$@\"", client.store);
    client.start_by(&["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", &mount], &[])
}

/// `x` so often.
fn payload(length: usize) -> String {
    "x".repeat(length)
}

#[test]
fn a_message_that_cannot_be_stored_is_not_published() {
    let stores = Stores::new();
    let broker = ScriptedBroker::start(|listener| answer_all(&mut resume(listener)));
    let uri = broker.uri();
    let client = Client { library: Library::Ours, uri: &uri, id: "full", version: 4, store: stores.path() };
    let mut shell = client.create();
    shell.expect("connect 0", "0");
    shell.expect("limit 100", "0");
    for qos in [1, 2] {
        shell.expect(&format!("publish {qos} 0 long {}", payload(200)), "-2 0");
        shell.expect("tokens", "0");
    }
    let left = files_in(&stores.of("full", &uri)).expect("a store");
    assert!(left.is_empty(), "half a record: {:?}", left.keys());
    shell.expect("publish 1 0 short x", "0 1");
    shell.expect(&format!("publish 0 0 unstored {}", payload(200)), "0 0");
    shell.expect("drain", "0");
    shell.expect("disconnect 1000", "0");
    shell.end();
    let topics = broker.finish().into_iter().map(|packet| packet[4..].to_vec());
    let topics: Vec<_> = topics.filter(|rest| rest.starts_with(b"short") || rest.contains(&b'u')).collect();
    assert_eq!(topics.len(), 2, "the short one, and the one that need not be stored");
}

/// With a full disk what was stored before is safe; as soon as there is room it goes on.
#[test]
fn a_full_disk_takes_what_it_can() {
    let (is_full, full) = channel::<()>();
    let stores = Stores::new();
    let broker = ScriptedBroker::start(move |listener| {
        let mut peer = resume(listener);
        full.recv_timeout(PATIENCE).unwrap();
        let publish = Publish {
            topic: "in".to_owned(),
            payload: payload(30).into(),
            qos: 1,
            id: 9,
            ..Publish::default()
        };
        peer.publish(&publish);
        // Everything that the client was told is published comes, and nothing else.
        let mut count = 0;
        loop {
            let packet = peer.expect_any();
            match packet.kind() {
                PUBLISH => {
                    count += 1;
                    let answer = answer(&packet, 4).expect("QoS 1");
                    peer.send_packet(&answer);
                }
                PUBACK => assert_eq!(packet.id(), 9),
                _ => return count,
            }
        }
    });
    let uri = broker.uri();
    let client = Client { library: Library::Ours, uri: &uri, id: "full", version: 4, store: stores.path() };
    let mut shell = start_on_disk(&client, "size=64k");
    assert_eq!(shell.created, "0");
    shell.expect("connect 0", "0");
    let mut published = 0;
    while published < 100 {
        let answer = shell.ask(&format!("publish 1 0 t {}", payload(100)));
        if answer.starts_with("-2") {
            break;
        }
        published += 1;
        assert_eq!(answer, format!("0 {published}"));
    }
    assert!((5..100).contains(&published), "{published} records on a disk of 64 KiB");
    is_full.send(()).unwrap();
    // It cannot be stored, so it is acknowledged when it is here.
    shell.expect("receive 60000", &format!("0 in qos 1 retained 0 dup 0 id 9 {}", payload(30)));
    shell.expect("drain", "0");
    shell.expect(&format!("publish 1 0 t {}", payload(100)), &format!("0 {}", published + 1));
    shell.expect("drain", "0");
    shell.expect("disconnect 1000", "0");
    shell.end();
    assert_eq!(broker.finish(), published + 1);
}

#[test]
fn a_disk_that_cannot_be_written_fails_create() {
    let stores = Stores::new();
    let uri = "tcp://127.0.0.1:1";
    let client = Client { library: Library::Ours, uri, id: "fixed", version: 4, store: stores.path() };
    let shell = start_on_disk(&client, "ro");
    assert_eq!(shell.created, "-2");
    shell.end();
}

/// A disk that turns read-only, as they do after an error: what was under way is finished.
#[test]
fn a_disk_that_turns_read_only_ends_no_connection() {
    let stores = Stores::new();
    let (has_turned, turned) = channel::<()>();
    let broker = ScriptedBroker::start(move |listener| {
        let mut peer = resume(listener);
        let publish = peer.expect(PUBLISH);
        turned.recv_timeout(PATIENCE).unwrap();
        peer.send_packet(&answer(&publish, 4).expect("QoS 2"));
        answer_all(&mut peer).len()
    });
    let uri = broker.uri();
    let client = Client { library: Library::Ours, uri: &uri, id: "fixed", version: 4, store: stores.path() };
    let mut shell = start_on_disk(&client, "size=64k");
    shell.expect("connect 0", "0");
    shell.expect("publish 2 0 t x", "0 1");
    shell.expect(&format!("system mount -o remount,ro '{}'", stores.path()), "0");
    has_turned.send(()).unwrap();
    shell.expect("drain", "0");
    shell.expect("publish 1 0 t x", "-2 0");
    shell.expect("publish 2 0 t x", "-2 0");
    shell.expect("disconnect 1000", "0");
    shell.end();
    assert_eq!(broker.finish(), 1, "PUBREL");
}
