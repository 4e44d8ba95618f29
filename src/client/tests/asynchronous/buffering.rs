//! Requests that are made without a connection, and what becomes of those that had one.

use super::*;
use crate::protocol::packet::Subscription;
use std::io::Write;

fn client(peer: &Peer, buffering: Buffering) -> Client {
    Client::with(&peer.uri(), V3, buffering, Persistence::None, TestApplication::default())
}

/// Contract.
#[test]
fn messages_wait_for_a_connection_if_they_may() {
    let peer = Peer::new(V3);
    for (while_disconnected, at_any_time) in [(false, false), (false, true), (true, false)] {
        let client = client(&peer, Buffering { while_disconnected, at_any_time, ..offline() });
        assert!(matches!(client.publish("x", 0, SILENT), Err(Error::Disconnected)));
        assert!(client.client.may_publish().is_err());
    }
    let client = client(&peer, offline());
    client.client.may_publish().unwrap();
    for (number, qos) in [(2, 0), (3, 1), (4, 2)] {
        client.publish(&number.to_string(), qos, token(number)).unwrap();
    }
    assert_eq!(client.client.pending().unwrap(), [0, 1, 2]);
    let filters = [Subscription { filter: b"a", options: 0 }];
    let subscribed = client.client.subscribe(&filters, PropertyList::EMPTY, SILENT, |_| {});
    assert!(matches!(subscribed, Err(Error::Disconnected)), "contract A-9.6");
    let mut server = client.connect(&peer, options(V3));
    let expected = ["PUBLISH 0 0 t 2", "PUBLISH 1 1 t 3", "PUBLISH 2 2 t 4"];
    assert_eq!([(); 3].map(|()| server.read()), expected);
    assert_eq!(client.hear(), Heard::Published(2, 0, "t 2".into(), 0));
}

/// Contract: a client for MQTT 5.0 may connect with an earlier version.
#[test]
fn messages_wait_for_a_connection_of_another_version() {
    let peer = Peer::new(V3);
    let application = TestApplication::default();
    let client = Client::with(&peer.uri(), V5, offline(), Persistence::None, application);
    for (number, qos) in [(2, 0), (3, 1)] {
        client.publish(&number.to_string(), qos, token(number)).unwrap();
    }
    let mut server = client.connect(&peer, options(V3));
    assert_eq!([(); 2].map(|()| server.read()), ["PUBLISH 0 0 t 2", "PUBLISH 1 1 t 3"]);
    assert_eq!(client.hear(), Heard::Published(2, 0, "t 2".into(), 0));
    server.puback(1);
    assert_eq!(
        [client.hear(), client.hear()],
        [Heard::Delivered(1), Heard::Published(3, 1, "t 3".into(), 0)]
    );
}

/// Contract: the oldest goes, and that is told on the thread that publishes.
#[test]
fn no_more_wait_than_may() {
    let peer = Peer::new(V3);
    let limited = Buffering { max_messages: Some(3), ..offline() };
    let strict = client(&peer, limited);
    for number in 0..3 {
        strict.publish("x", 1, token(number)).unwrap();
    }
    assert!(matches!(strict.publish("x", 1, token(3)), Err(Error::BufferFull)));
    assert_eq!(strict.client.pending().unwrap(), [1, 2, 3]);

    let client = client(&peer, Buffering { delete_oldest: true, ..limited });
    let deleted = "no more messages can wait";
    for number in 1..=6 {
        client.publish(&number.to_string(), 1, token(number)).unwrap();
        if number > 3 {
            let (number, id) = (number - 3, u16::try_from(number - 3).unwrap());
            assert_eq!(client.heard.try_recv(), Ok(Heard::Failed(number, id, deleted.into())));
        }
    }
    assert_eq!(client.client.pending().unwrap(), [4, 5, 6]);
    let mut server = client.connect(&peer, options(V3));
    assert_eq!(server.read(), "PUBLISH 4 1 t 4");
}

/// Contract.
#[test]
fn a_session_that_is_kept_goes_on_after_a_loss() {
    let peer = Peer::new(V3);
    let client = client(&peer, offline());
    let mut server = client.connect(&peer, options(V3));
    client.publish("one", 1, token(2)).unwrap();
    let filters = [Subscription { filter: b"a", options: 0 }];
    client.client.subscribe(&filters, PropertyList::EMPTY, token(3), |_| {}).unwrap();
    assert_eq!([server.read(), server.read()], ["PUBLISH 1 1 t one", "SUBSCRIBE 2 a"]);
    drop(server);
    // Nobody answers it any more.
    assert_eq!([client.hear(), client.hear()], [Heard::Failed(3, 2, "discarded".into()), Heard::Lost]);
    client.publish("two", 1, token(4)).unwrap();
    assert_eq!(client.client.pending().unwrap(), [3, 1]);
    client.client.connect(options(V3), None, token(5)).unwrap();
    let mut server = peer.accept(true);
    assert_eq!([server.read(), server.read()], ["PUBLISH 1 1 t one again", "PUBLISH 3 1 t two"]);
    server.puback(1);
    assert!(matches!(client.hear(), Heard::ConnectSucceeded { token: 5, session_present: true, .. }));
    let expected = [Heard::Connected(true), Heard::Delivered(1), Heard::Published(2, 1, "t one".into(), 0)];
    assert_eq!([(); 3].map(|()| client.hear()), expected);
}

/// Contract A-7.4 (a), (b), (c); what waits survives.
#[test]
fn what_was_under_way_is_given_up_with_its_session() {
    for clean in [true, false] {
        let peer = Peer::new(V3);
        let client = client(&peer, offline());
        let options = ConnectOptions { clean, ..options(V3) };
        let mut server = client.connect(&peer, options.clone());
        client.publish("one", 1, token(2)).unwrap();
        client.publish("two", 2, token(3)).unwrap();
        server.read();
        server.read();
        drop(server);
        let discarded = |number, id| Heard::Failed(number, id, "discarded".into());
        if clean {
            assert_eq!([client.hear(), client.hear()], [discarded(2, 1), discarded(3, 2)]);
        }
        assert_eq!(client.hear(), Heard::Lost);
        let waiting = client.publish("three", 1, token(4)).unwrap();
        assert_eq!(waiting, if clean { 1 } else { 3 });
        client.client.connect(options, None, token(5)).unwrap();
        let mut server = peer.accept(false);
        if !clean {
            assert_eq!([client.hear(), client.hear()], [discarded(2, 1), discarded(3, 2)]);
        }
        assert_eq!(server.read(), format!("PUBLISH {waiting} 1 t three"));
    }
}

/// Contract: nothing that was accepted is lost.
#[test]
fn a_disconnect_waits_for_what_is_under_way_and_later_requests_for_the_next_connection() {
    let peer = Peer::new(V3);
    let client = client(&peer, offline());
    let mut server = client.connect(&peer, ConnectOptions { window: 1, ..options(V3) });
    client.publish("one", 1, token(2)).unwrap();
    client.publish("two", 1, SILENT).unwrap();
    client.disconnect(PATIENCE, token(3)).unwrap();
    client.disconnect(PATIENCE, token(4)).unwrap();
    client.publish("later", 0, SILENT).unwrap();
    assert!(client.client.is_connected());
    assert_eq!(server.read(), "PUBLISH 1 1 t one");
    server.puback(1);
    assert_eq!(server.read(), "PUBLISH 2 1 t two");
    server.puback(2);
    assert_eq!(server.read(), "DISCONNECT 0");
    let expected = [
        Heard::Delivered(1),
        Heard::Published(2, 1, "t one".into(), 0),
        Heard::Delivered(2),
        Heard::Disconnected(3),
        Heard::Disconnected(4),
    ];
    assert_eq!([(); 5].map(|()| client.hear()), expected);
    let mut server = client.connect(&peer, options(V3));
    assert_eq!(server.read(), "PUBLISH 0 0 t later");
}

/// Contract: not before the timeout, and not long after.
#[test]
fn a_disconnect_does_not_wait_for_ever() {
    let peer = Peer::new(V3);
    let client = client(&peer, offline());
    let mut server = client.connect(&peer, ConnectOptions { window: 1, ..options(V3) });
    client.publish("one", 1, SILENT).unwrap();
    client.publish("two", 1, SILENT).unwrap();
    let started = crate::engine::clock::now();
    client.disconnect(Duration::from_millis(200), token(2)).unwrap();
    assert_eq!([server.read(), server.read()], ["PUBLISH 1 1 t one", "DISCONNECT 0"]);
    assert!(crate::engine::clock::now() - started >= Duration::from_millis(200));
    assert_eq!(client.hear(), Heard::Disconnected(2));
}

/// Contract: on this thread, and nothing afterwards.
#[test]
fn destroy_tells_all_who_wait() {
    let peer = Peer::new(V3);
    let client = client(&peer, offline());
    let mut server = client.connect(&peer, ConnectOptions { window: 1, ..options(V3) });
    client.publish("one", 1, token(2)).unwrap();
    client.publish("two", 1, token(3)).unwrap();
    client.publish("three", 0, token(4)).unwrap();
    client.client.destroy();
    let discarded = |number, id| Heard::Failed(number, id, "discarded".into());
    let heard: Vec<_> = client.heard.try_iter().collect();
    assert_eq!(heard, [discarded(2, 1), discarded(3, 2), discarded(4, 0)]);
    assert_eq!([server.read(), server.read(), server.read()], ["PUBLISH 1 1 t one", "DISCONNECT 0", "end"]);
    assert!(matches!(client.publish("x", 0, SILENT), Err(Error::InvalidHandle)));
    assert!(client.has_heard_all());
}

/// Contract: in a callback, and still each hears of its outcome once, and before destroy returns.
#[test]
fn destroy_in_a_callback_tells_all_who_wait() {
    let peer = Peer::new(V3);
    let client = client(&peer, offline());
    let mut server = client.connect(&peer, options(V3));
    let (own, (done, destroyed)) = (client.client.clone(), channel());
    let reaction: application::Reaction = std::sync::Arc::new(move |heard| {
        if *heard == Heard::Delivered(1) {
            own.destroy();
            done.send(()).unwrap();
        }
    });
    client.client.set_application(|it| it.reaction = Some(reaction)).unwrap();
    for number in 1..=5 {
        client.publish("x", 1, token(number)).unwrap();
        server.read();
    }
    // Three answers at once: what is told of the others is on its way already.
    server.socket.write_all(&[0x40, 2, 0, 1, 0x40, 2, 0, 2, 0x40, 2, 0, 3]).unwrap();
    destroyed.recv_timeout(PATIENCE).unwrap();
    let heard: Vec<_> = client.heard.try_iter().filter(|it| !matches!(it, Heard::Delivered(_))).collect();
    let done = |number: u32, id| Heard::Published(number, id, "t x".into(), 0);
    let discarded = |number, id| Heard::Failed(number, id, "discarded".into());
    assert_eq!(heard, [done(1, 1), done(2, 2), done(3, 3), discarded(4, 4), discarded(5, 5)]);
}
