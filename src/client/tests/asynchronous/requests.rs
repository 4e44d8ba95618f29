//! Requests and their outcomes, with a connection.

use super::application::Reaction;
use super::peer::about;
use super::*;
use crate::protocol::packet::{Packet, Publish, Subscription};
use std::sync::Arc;

/// Contract: deliveryComplete first.
#[test]
fn messages_are_sent_and_their_outcomes_told() {
    let peer = Peer::new(V3);
    let client = Client::new(&peer.uri(), V3);
    let mut server = client.connect(&peer, options(V3));
    assert_eq!(client.publish("zero", 0, token(2)).unwrap(), 0);
    assert_eq!(server.read(), "PUBLISH 0 0 t zero");
    assert_eq!(client.hear(), Heard::Published(2, 0, "t zero".into(), 0));
    assert_eq!(client.publish("one", 1, token(3)).unwrap(), 1);
    assert_eq!(client.publish("two", 2, token(4)).unwrap(), 2);
    assert_eq!(client.publish("silent", 1, SILENT).unwrap(), 3);
    assert_eq!(
        [(); 3].map(|()| server.read()),
        ["PUBLISH 1 1 t one", "PUBLISH 2 2 t two", "PUBLISH 3 1 t silent"]
    );
    assert_eq!(client.client.pending().unwrap(), [1, 2, 3]);
    assert!(!client.client.is_complete(1).unwrap());
    server.puback(1);
    assert_eq!(
        [client.hear(), client.hear()],
        [Heard::Delivered(1), Heard::Published(3, 1, "t one".into(), 0)]
    );
    assert!(client.client.is_complete(1).unwrap());
    server.send(&Packet::PubRec(about(2, 0)));
    assert_eq!(server.read(), "PUBREL 2");
    server.send(&Packet::PubComp(about(2, 0)));
    assert_eq!(
        [client.hear(), client.hear()],
        [Heard::Delivered(2), Heard::Published(4, 2, "t two".into(), 0)]
    );
    server.puback(3);
    assert_eq!(client.hear(), Heard::Delivered(3));
    client.disconnect(PATIENCE, token(5)).unwrap();
    assert_eq!(server.read(), "DISCONNECT 0");
    assert_eq!(client.hear(), Heard::Disconnected(5));
    assert_eq!(server.read(), "end");
    assert!(client.has_heard_all() && !client.client.is_connected());
}

/// Contract.
#[test]
fn subscriptions_are_answered() {
    for version in [V3, V5] {
        let peer = Peer::new(version);
        let client = Client::new(&peer.uri(), version);
        let mut server = client.connect(&peer, options(version));
        let filters = [b"a".as_slice(), b"b"].map(|filter| Subscription { filter, options: 1 });
        let subscribe = |count: usize, number| {
            client.client.subscribe(&filters[..count], PropertyList::EMPTY, token(number), |_| {}).unwrap()
        };
        assert_eq!((subscribe(2, 2), subscribe(1, 3), subscribe(1, 4)), (1, 2, 3));
        assert_eq!([(); 3].map(|()| server.read()), ["SUBSCRIBE 1 a b", "SUBSCRIBE 2 a", "SUBSCRIBE 3 a"]);
        assert_eq!(client.client.pending().unwrap(), [0_u16; 0]);
        assert!(client.client.is_complete(1).unwrap(), "one that was sent counts as complete");
        server.suback(1, &[0x80, 0x80]);
        server.suback(3, &[0x80]);
        server.suback(2, &[1]);
        assert_eq!(client.hear(), Heard::Subscribed(2, 1, vec![0x80, 0x80]));
        let refused = if version == V5 { "reason 128 in 0" } else { "refused by the server with code 128" };
        assert_eq!(client.hear(), Heard::Failed(4, 3, refused.into()));
        assert_eq!(client.hear(), Heard::Subscribed(3, 2, vec![1]));
        let id = client.client.unsubscribe(&[b"a"], PropertyList::EMPTY, token(5), |_| {}).unwrap();
        assert_eq!(server.read(), format!("UNSUBSCRIBE {id}"));
        let reasons: &[u8] = if version == V5 { &[0x87] } else { &[] };
        server.unsuback(id, reasons);
        assert_eq!(client.hear(), Heard::Unsubscribed(5, id, reasons.to_vec()));
        assert!(matches!(
            client.client.subscribe(&[], PropertyList::EMPTY, token(6), |_| {}),
            Err(Error::BadArgument)
        ));
    }
}

/// Contract.
#[test]
fn a_message_that_is_refused_was_delivered_and_has_failed() {
    let peer = Peer::new(V5);
    let client = Client::new(&peer.uri(), V5);
    let mut server = client.connect(&peer, options(V5));
    client.publish("x", 1, token(2)).unwrap();
    client.publish("y", 2, token(3)).unwrap();
    server.read();
    server.read();
    server.send(&Packet::PubAck(about(1, 0x87)));
    server.send(&Packet::PubRec(about(2, 0x97)));
    let expected = [
        Heard::Delivered(1),
        Heard::Failed(2, 1, "reason 135 in 4".into()),
        Heard::Delivered(2),
        Heard::Failed(3, 2, "reason 151 in 5".into()),
    ];
    assert_eq!([(); 4].map(|()| client.hear()), expected);
}

/// Contract: strict order, and nobody waits.
#[test]
fn what_the_window_does_not_let_through_waits_in_order() {
    let peer = Peer::new(V3);
    let client = Client::new(&peer.uri(), V3);
    let mut server = client.connect(&peer, ConnectOptions { window: 1, ..options(V3) });
    for (number, qos) in [(2, 1), (3, 1), (4, 0), (5, 2)] {
        client.publish(&number.to_string(), qos, token(number)).unwrap();
    }
    let filters = [Subscription { filter: b"a", options: 0 }];
    let id = client.client.subscribe(&filters, PropertyList::EMPTY, SILENT, |_| {}).unwrap();
    assert_eq!(server.read(), "PUBLISH 1 1 t 2");
    assert_eq!(client.client.pending().unwrap(), [2, 0, 3, 1]);
    assert!(!client.client.is_complete(0).unwrap() && !client.client.is_complete(id).unwrap());
    server.puback(1);
    // A message of QoS 0 needs no window, but does not overtake.
    assert_eq!([server.read(), server.read()], ["PUBLISH 2 1 t 3", "PUBLISH 0 0 t 4"]);
    server.puback(2);
    assert_eq!(server.read(), "PUBLISH 3 2 t 5");
    server.send(&Packet::PubRec(about(3, 0)));
    assert_eq!(server.read(), "PUBREL 3");
    server.send(&Packet::PubComp(about(3, 0)));
    assert_eq!(server.read(), format!("SUBSCRIBE {id} a"));
    let mut published: Vec<_> = (0..7).map(|_| client.hear()).collect();
    published.retain(|heard| !matches!(heard, Heard::Delivered(_)));
    let done = |number: u32, id| Heard::Published(number, id, format!("t {number}"), 0);
    assert!([done(2, 1), done(3, 2), done(4, 0), done(5, 3)].iter().all(|it| published.contains(it)));
}

/// Contract, improved: who waits goes on at once.
#[test]
fn one_can_wait_for_a_message() {
    let peer = Peer::new(V3);
    let client = Client::new(&peer.uri(), V3);
    assert!(matches!(client.client.wait_for_completion(1, PATIENCE), Err(Error::Disconnected)));
    let mut server = client.connect(&peer, options(V3));
    let id = client.publish("x", 1, SILENT).unwrap();
    let late = client.client.wait_for_completion(id, Duration::from_millis(50));
    assert!(matches!(late, Err(Error::TimedOut)));
    let waiting = {
        let client = client.client.clone();
        std::thread::spawn(move || client.wait_for_completion(id, PATIENCE))
    };
    server.read();
    server.puback(id);
    waiting.join().unwrap().unwrap();
    client.client.wait_for_completion(777, PATIENCE).unwrap();
    let id = client.publish("y", 1, SILENT).unwrap();
    let waiting = {
        let client = client.client.clone();
        std::thread::spawn(move || client.wait_for_completion(id, PATIENCE))
    };
    drop(server);
    assert!(matches!(waiting.join().unwrap(), Err(Error::Disconnected)));
}

#[test]
fn messages_are_received() {
    let peer = Peer::new(V3);
    let client = Client::new(&peer.uri(), V3);
    let mut server = client.connect(&peer, options(V3));
    for number in 0..100 {
        server.publish("a", &number.to_string());
    }
    for number in 0..100 {
        assert_eq!(client.hear(), Heard::Message(format!("a {number}")));
    }
}

/// Contract: the server would send it again.
#[test]
fn a_message_that_is_being_taken_is_acknowledged_before_the_disconnect() {
    let peer = Peer::new(V3);
    let (go_on, may_go_on) = channel();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let (begun, has_begun) = channel();
    let reaction: Reaction = Arc::new(move |heard| {
        if matches!(heard, Heard::Message(_)) {
            begun.send(()).unwrap();
            may_go_on.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        }
    });
    let application = TestApplication { reaction: Some(reaction), ..TestApplication::default() };
    let client = Client::with(&peer.uri(), V3, Buffering::default(), Persistence::None, application);
    let mut server = client.connect(&peer, options(V3));
    for payload in ["taken", "waits"] {
        server.send(&Packet::Publish(Publish {
            dup: false,
            qos: Qos::AtLeastOnce,
            retain: false,
            topic: b"a",
            packet_id: if payload == "taken" { 7 } else { 8 },
            properties: PropertyList::EMPTY,
            payload: payload.as_bytes(),
        }));
    }
    has_begun.recv_timeout(PATIENCE).unwrap();
    client.disconnect(PATIENCE, token(2)).unwrap();
    go_on.send(()).unwrap();
    assert_eq!([server.read(), server.read()], ["PUBACK 7", "DISCONNECT 0"]);
    assert_eq!(server.read(), "end");
    // The other one has arrived, and is handed over.
    go_on.send(()).unwrap();
}

/// Contract: messages are no obstacle for anything else while nobody takes them, and wait for who does.
#[test]
fn messages_wait_for_a_callback() {
    let peer = Peer::new(V3);
    let application = TestApplication { takes_no_messages: true, ..TestApplication::default() };
    let client = Client::with(&peer.uri(), V3, Buffering::default(), Persistence::None, application);
    let mut server = client.connect(&peer, options(V3));
    let large = "x".repeat(100_000);
    let id = client.publish("y", 1, token(2)).unwrap();
    for _ in 0..200 {
        server.publish("a", &large);
    }
    assert_eq!(server.read(), "PUBLISH 1 1 t y");
    server.puback(id);
    assert_eq!(
        [client.hear(), client.hear()],
        [Heard::Delivered(1), Heard::Published(2, 1, "t y".into(), 0)]
    );
    client.client.set_application(|it| it.takes_no_messages = false).unwrap();
    server.publish("a", "last");
    for _ in 0..200 {
        assert!(matches!(client.hear(), Heard::Message(message) if message.len() > 100_000));
    }
    assert_eq!(client.hear(), Heard::Message("a last".into()));
}
