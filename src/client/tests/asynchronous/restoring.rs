//! Requests that survive their process, in the original's records (contract, P-501 to P-508).

use super::peer::about;
use super::*;
use crate::protocol::packet::{Packet, Property, PropertyId, PropertyValue, Subscription};
use crate::scratch::Scratch;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A client with files in a directory.
fn client(peer: &Peer, id: &str, files: &Path, buffering: Buffering) -> Client {
    let (server, persistence) =
        (ServerUri::parse(&peer.uri()).unwrap(), Persistence::Files(Some(files.to_owned())));
    let (sender, heard) = channel();
    let version = MqttVersion::Fixed(peer.version);
    let options = CreateOptions { server, client_id: id.into(), version, persistence };
    let client = AsyncClient::create(options, buffering).unwrap();
    client.set_application(|it: &mut TestApplication| it.heard = Some(sender)).unwrap();
    Client { client, heard }
}

/// Where a client's files are.
fn directory(peer: &Peer, id: &str, files: &Path) -> PathBuf {
    files.join(format!("{id}-{}", peer.address().replace(':', "-")))
}

/// A copy of what the original has left, for a client of this server.
fn fixture(peer: &Peer, case: &str, id: &str) -> Scratch {
    let scratch = Scratch::new();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/persistence").join(case);
    let to = directory(peer, id, &scratch);
    fs::create_dir(&to).unwrap();
    for file in fs::read_dir(from.join(format!("{id}-127.0.0.1-24100"))).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    scratch
}

/// The records there are now.
fn records(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(files) = fs::read_dir(directory) else { return BTreeMap::new() };
    let read = |file: std::io::Result<fs::DirEntry>| {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        (name.trim_end_matches(".msg").to_owned(), fs::read(file.path()).unwrap())
    };
    files.map(read).collect()
}

fn keys(directory: &Path) -> String {
    Vec::from_iter(records(directory).into_keys()).join(" ")
}

/// The session goes on after a connection.
fn lasting(version: Version) -> ConnectOptions {
    let mut options = options(version);
    if version.has_properties() {
        let value = PropertyValue::FourByteInteger(3600);
        options.properties.push(Property { id: PropertyId::SessionExpiryInterval, value }).unwrap();
    }
    options
}

fn connect(client: &Client, peer: &Peer) -> peer::Connection {
    client.client.connect(lasting(peer.version), None, token(1)).unwrap();
    peer.accept(true)
}

#[test]
fn what_the_original_has_left_offline_is_sent() {
    for (version, case, id) in
        [(V3, "async-v4-offline", "offline-v4"), (V5, "async-v5-offline", "offline-v5")]
    {
        let peer = Peer::new(version);
        let files = fixture(&peer, case, id);
        let client = client(&peer, id, &files, offline());
        assert_eq!(client.client.pending().unwrap(), [0, 1, 2]);
        let mut server = connect(&client, &peer);
        let expected = [0, 1, 2].map(|qos| format!("PUBLISH {qos} {qos} off/q{qos} offline qos {qos}"));
        assert_eq!([(); 3].map(|()| server.read()), expected);
        server.puback(1);
        server.send(&Packet::PubRec(about(2, 0)));
        assert_eq!(server.read(), "PUBREL 2");
        server.send(&Packet::PubComp(about(2, 0)));
        // They have no callbacks of their own (contract ).
        let heard: Vec<_> = (0..4).map(|_| client.hear()).skip(2).collect();
        assert_eq!(heard, [Heard::Delivered(1), Heard::Delivered(2)]);
        client.client.destroy();
        assert_eq!(keys(&directory(&peer, id, &files)), "");
    }
}

/// With all kinds of requests, also those that the original cannot read again (contract P-505).
#[test]
fn what_the_original_has_queued_is_sent() {
    for (version, case, id) in
        [(V3, "async-v4-commands", "limited-v4"), (V5, "async-v5-commands", "limited-v5")]
    {
        let peer = Peer::new(version);
        let files = fixture(&peer, case, id);
        let client = client(&peer, id, &files, offline());
        assert_eq!(client.client.pending().unwrap(), [6, 1]);
        let mut server = connect(&client, &peer);
        let expected = [
            "PUBLISH 1 1 t/noack/x block again",
            "SUBSCRIBE 2 sub/one/#",
            "SUBSCRIBE 3 many/a many/b/+ many/c/#",
            "UNSUBSCRIBE 4",
            "UNSUBSCRIBE 5",
            "PUBLISH 6 2 t/later ",
        ];
        assert_eq!([(); 6].map(|()| server.read()), expected);
        let prefix = if version == V5 { "s5" } else { "s" };
        assert_eq!(keys(&directory(&peer, id, &files)), format!("{prefix}-1 {prefix}-6"));
    }
}

/// Contract.
#[test]
fn messages_that_the_application_has_not_taken_are_handed_over() {
    for (version, case, id, count) in
        [(V3, "async-v4-queued-incoming", "queue-v4", 3), (V5, "async-v5-queued-incoming", "queue-v5", 5)]
    {
        let peer = Peer::new(version);
        let files = fixture(&peer, case, id);
        let client = client(&peer, id, &files, offline());
        let mut server = connect(&client, &peer);
        let mut heard: Vec<_> = (0..count + 2).map(|_| client.hear()).collect();
        heard.retain(|it| matches!(it, Heard::Message(_)));
        let all = ["in/q0 payload0", "in/q1 payload1", "in/q1r ", "in/q2 payload2", "in/q2b payload2b"];
        assert_eq!(heard, all[..count].iter().map(|it| Heard::Message((*it).into())).collect::<Vec<_>>());
        for packet_id in [103, 104] {
            server.send(&Packet::PubRel(about(packet_id, 0)));
            if version == V3 {
                assert!(matches!(client.hear(), Heard::Message(message) if message.starts_with("in/q2")));
            }
            assert_eq!(server.read(), format!("PUBCOMP {packet_id}"));
        }
        client.client.destroy();
        assert_eq!(keys(&directory(&peer, id, &files)), "");
    }
}

#[test]
fn what_waits_is_stored_and_taken_up_again() {
    let (peer, files) = (Peer::new(V3), Scratch::new());
    let place = directory(&peer, "me", &files);
    let first = client(&peer, "me", &files, offline());
    for (payload, qos) in [("one", 0), ("two", 1), ("three", 2)] {
        first.publish(payload, qos, token(2)).unwrap();
    }
    let two = b"\x03\0\0\0\x01\0\0\0t\0\x03\0\0\0two\x01\0\0\0\0\0\0\0";
    assert_eq!(records(&place).get("c-2").map(Vec::as_slice), Some(two.as_slice()));
    first.client.destroy();
    // Contract P-705, improved: who has not used them leaves them alone.
    client(&peer, "me", &files, offline()).client.destroy();
    assert_eq!(keys(&place), "c-1 c-2 c-3");
    let second = client(&peer, "me", &files, offline());
    assert_eq!(second.client.pending().unwrap(), [0, 1, 2]);
    // The numbers go on, of records and of messages.
    assert_eq!(second.publish("four", 1, SILENT).unwrap(), 3);
    assert_eq!(keys(&place), "c-1 c-2 c-3 c-4");
    let mut server = connect(&second, &peer);
    let expected = ["PUBLISH 0 0 t one", "PUBLISH 1 1 t two", "PUBLISH 2 2 t three", "PUBLISH 3 1 t four"];
    assert_eq!([(); 4].map(|()| server.read()), expected);
    assert_eq!(keys(&place), "s-1 s-2 s-3");
}

/// Contract, P-506 to P-508.
#[test]
fn what_need_not_be_kept_is_not() {
    let (peer, files) = (Peer::new(V3), Scratch::new());
    let place = directory(&peer, "me", &files);
    let buffering =
        Buffering { persist_qos0: false, max_messages: Some(2), delete_oldest: true, ..offline() };
    let first = client(&peer, "me", &files, buffering);
    first.publish("zero", 0, SILENT).unwrap();
    assert_eq!(keys(&place), "");
    for _ in 0..3 {
        first.publish("one", 1, SILENT).unwrap();
    }
    assert_eq!(keys(&place), "c-2 c-3");
    first.client.destroy();
    let second = client(&peer, "me", &files, Buffering { restore: false, ..offline() });
    assert_eq!(second.client.pending().unwrap(), [0_u16; 0]);
    assert_eq!(keys(&place), "");
}

/// Between the record of a message under way and the end of the one that waited the process may be killed.
#[test]
fn a_message_with_two_records_is_one() {
    let (peer, files) = (Peer::new(V3), Scratch::new());
    let place = directory(&peer, "me", &files);
    let first = client(&peer, "me", &files, offline());
    first.publish("once", 2, SILENT).unwrap();
    let waiting = fs::read(place.join("c-1.msg")).unwrap();
    let mut server = connect(&first, &peer);
    assert_eq!(server.read(), "PUBLISH 1 2 t once");
    drop(server);
    while first.hear() != Heard::Lost {}
    first.client.destroy();
    fs::write(place.join("c-1.msg"), waiting).unwrap();
    let second = client(&peer, "me", &files, offline());
    assert_eq!(second.client.pending().unwrap(), [1]);
    assert_eq!(keys(&place), "s-1");
}

/// Contract, P-702 to P-705.
#[test]
fn the_application_may_change_what_is_in_its_store() {
    let (peer, files) = (Peer::new(V3), Scratch::new());
    let place = directory(&peer, "me", &files);
    let hide = |bytes: &mut [u8]| bytes.iter_mut().for_each(|byte| *byte ^= 0x55);
    let first = client(&peer, "me", &files, offline());
    first
        .client
        .set_before_write(Some(Box::new(move |parts| {
            assert_eq!(parts.len(), 7, "contract P-502");
            parts.iter_mut().for_each(|part| hide(part));
            Ok(())
        })))
        .unwrap();
    first.publish("secret", 1, SILENT).unwrap();
    assert!(!records(&place)["c-1"].windows(6).any(|it| it == b"secret"));
    first.client.destroy();
    let second = client(&peer, "me", &files, offline());
    second
        .client
        .set_after_read(Some(Box::new(move |mut record| {
            hide(&mut record);
            Ok(record)
        })))
        .unwrap();
    let mut server = connect(&second, &peer);
    assert_eq!(server.read(), "PUBLISH 1 1 t secret");
}

/// Contract, improved; P-505.
#[test]
fn what_cannot_be_read_is_set_aside_and_what_cannot_be_stored_is_not_taken() {
    let peer = Peer::new(V3);
    let files = fixture(&peer, "corrupt-v4", "cor");
    let client = client(&peer, "cor", &files, offline());
    assert_eq!(client.client.pending().unwrap(), [9]);
    let place = directory(&peer, "cor", &files);
    assert!(keys(&place).contains("corrupt-c-4") && !keys(&place).contains(" c-4"), "{}", keys(&place));
    client.client.set_before_write(Some(Box::new(|_| Err(crate::error::PersistError { code: 5 })))).unwrap();
    assert!(matches!(client.publish("x", 1, SILENT), Err(Error::Persistence(error)) if error.code == 5));
    assert_eq!(client.client.pending().unwrap(), [9]);

    let (peer, files) = (Peer::new(V5), Scratch::new());
    let other = self::client(&peer, "me", &files, offline());
    let mut server = connect(&other, &peer);
    other.publish("x", 1, SILENT).unwrap();
    server.read();
    drop(other);
    let server = ServerUri::parse(&peer.uri()).unwrap();
    let persistence = Persistence::Files(Some(files.to_path_buf()));
    let options =
        CreateOptions { server, client_id: b"me".to_vec(), version: MqttVersion::Default, persistence };
    let refused = AsyncClient::<TestApplication>::create(options, offline());
    assert_eq!(refused.err().map(|error| error.code), Some(-2));
}

/// Subscriptions wait only while the window is full; they are stored, too.
#[test]
fn a_subscription_that_waits_is_stored() {
    let (peer, files) = (Peer::new(V5), Scratch::new());
    let place = directory(&peer, "me", &files);
    let client = client(&peer, "me", &files, offline());
    let narrow = ConnectOptions { window: 1, ..lasting(V5) };
    client.client.connect(narrow, None, token(1)).unwrap();
    let mut server = peer.accept(true);
    while client.hear() != Heard::Connected(true) {}
    client.publish("x", 1, SILENT).unwrap();
    let filters = [Subscription { filter: b"a/#", options: 0b10_1101 }];
    client.client.subscribe(&filters, PropertyList::EMPTY, token(2), |_| {}).unwrap();
    let record = b"\x08\0\0\0\x02\0\0\0\x01\0\0\0a/#\0\x01\0\0\0MQSO\0\0\0\0\x01\x01\x02\0\0";
    assert_eq!(records(&place).get("c5-1").map(Vec::as_slice), Some(record.as_slice()));
    assert_eq!(server.read(), "PUBLISH 1 1 t x");
    server.puback(1);
    assert_eq!(server.read(), "SUBSCRIBE 2 a/#");
    assert_eq!(keys(&place), "");
}
