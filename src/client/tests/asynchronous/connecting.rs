//! Connecting, failing to, and losing connections.

use super::*;
use crate::protocol::ReasonCode;
use crate::protocol::packet::{ConnAck, Packet, Property, PropertyId, PropertyValue};
use std::io::Write;

/// Contract.
#[test]
fn connecting_tells_where_to_and_then_that_there_is_a_connection() {
    let peer = Peer::new(V3);
    let client = Client::new(&peer.uri(), V3);
    client.client.connect(options(V3), None, token(7)).unwrap();
    assert!(!client.client.is_connected());
    let _server = peer.accept(true);
    let server = peer.address();
    let made = Heard::ConnectSucceeded { token: 7, server, level: 4, session_present: true };
    assert_eq!([client.hear(), client.hear()], [made, Heard::Connected(true)]);
    assert!(client.client.is_connected());
    // Contract: nothing happens.
    client.client.connect(options(V3), None, token(8)).unwrap();
    client.publish("x", 0, token(9)).unwrap();
    assert!(matches!(client.hear(), Heard::Published(9, ..)));
}

/// Contract: all are tried, and it is told once.
#[test]
fn what_failed_is_said_in_words() {
    let peer = Peer::new(V3);
    let nobody = Peer::new(V3).uri();
    let client = Client::new(&peer.uri(), V3);
    let servers = vec![nobody, peer.uri()];
    client.client.connect(ConnectOptions { servers, ..options(V3) }, None, token(1)).unwrap();
    let mut server = peer.next();
    server.read();
    server.answer_connect(false, 5);
    let why = format!("CONNACK return code 5 from {}: Not authorized", peer.address());
    assert_eq!(client.hear(), Heard::Failed(1, 0, why));
    assert_eq!(server.read(), "end");
    // Contract: another one works, and is its own.
    let _server = client.connect(&peer, options(V3));
    assert!(client.has_heard_all());
}

#[test]
fn a_server_that_says_nothing_is_given_up_in_time() {
    let peer = Peer::new(V3);
    let client = Client::new(&peer.uri(), V3);
    let timeout = Duration::from_millis(300);
    let started = crate::engine::clock::now();
    client
        .client
        .connect(ConnectOptions { connect_timeout: timeout, ..options(V3) }, None, token(1))
        .unwrap();
    let _server = peer.next();
    let Heard::Failed(1, 0, why) = client.hear() else { panic!("it has failed") };
    assert!(why.starts_with("TCP connect timeout") && why.contains("no CONNACK"), "{why}");
    assert!(crate::engine::clock::now() - started >= timeout);
}

/// Contract: first connect included, and what to log in with is asked each time.
#[test]
fn a_client_connects_again_by_itself() {
    let peer = Peer::new(V3);
    let update: application::Update = std::sync::Arc::new(|credentials| {
        let again = credentials.password.as_ref().map_or(0, Vec::len);
        credentials.username = Some(b"me".to_vec());
        credentials.password = Some(vec![b'x'; again + 1]);
    });
    let application = TestApplication { update: Some(update), ..TestApplication::default() };
    let client = Client::with(&peer.uri(), V3, Buffering::default(), Persistence::None, application);
    client.client.connect(options(V3), soon(), token(1)).unwrap();
    drop(peer.next());
    let Heard::Failed(1, 0, why) = client.hear() else { panic!("it has failed") };
    assert!(why.contains("before CONNACK"), "{why}");
    for round in 1..4 {
        let mut server = peer.next();
        assert_eq!(server.read(), format!("CONNECT 0 me {}", "x".repeat(round)));
        server.accept(true);
        assert_eq!(client.hear(), Heard::Connected(false));
        drop(server);
        assert_eq!(client.hear(), Heard::Lost);
        assert!(!client.client.is_connected());
    }
    // Contract: disconnect ends it, though it fails.
    assert!(matches!(client.disconnect(Duration::ZERO, token(2)), Err(Error::Disconnected)));
    assert!(client.has_heard_all());
    assert!(matches!(client.client.reconnect(), Err(Error::NotNow)));
}

/// Contract.
#[test]
fn a_disconnect_gives_up_what_is_being_made() {
    let peer = Peer::new(V3);
    let client = Client::new(&peer.uri(), V3);
    client.client.connect(options(V3), soon(), token(1)).unwrap();
    let mut server = peer.next();
    server.read();
    assert!(matches!(client.disconnect(Duration::ZERO, token(2)), Err(Error::Disconnected)));
    assert_eq!(client.hear(), Heard::Failed(1, 0, "discarded".into()));
    assert_eq!(server.read(), "end");
    let _server = client.connect(&peer, options(V3));
}

/// Contract, improved.
#[test]
fn reconnect_uses_what_was_said_the_last_time() {
    let peer = Peer::new(V3);
    let client = Client::new(&peer.uri(), V3);
    assert!(matches!(client.client.reconnect(), Err(Error::NotNow)));
    let mut server = client.connect(&peer, options(V3));
    client.disconnect(Duration::ZERO, token(2)).unwrap();
    assert_eq!(server.read(), "DISCONNECT 0");
    assert_eq!(client.hear(), Heard::Disconnected(2));
    client.client.reconnect().unwrap();
    let _server = peer.accept(false);
    assert_eq!(client.hear(), Heard::Connected(false));
}

/// Contract: also while the end of the connection before is still waited for.
#[test]
fn reconnect_and_connect_come_behind_a_disconnect() {
    let peer = Peer::new(V3);
    let client = Client::new(&peer.uri(), V3);
    for round in 0..2 {
        let mut server = client.connect(&peer, options(V3));
        let packet_id = client.publish("x", 1, token(2)).unwrap();
        assert!(server.read().starts_with("PUBLISH"));
        client.disconnect(PATIENCE, token(3)).unwrap();
        if round == 0 {
            client.client.reconnect().unwrap();
        } else {
            client.client.connect(options(V3), None, token(4)).unwrap();
        }
        server.puback(packet_id);
        assert_eq!(server.read(), "DISCONNECT 0");
        assert_eq!(client.hear(), Heard::Delivered(packet_id));
        assert!(matches!(client.hear(), Heard::Published(2, ..)));
        assert_eq!(client.hear(), Heard::Disconnected(3));
        let mut server = peer.accept(false);
        if round == 1 {
            assert!(matches!(client.hear(), Heard::ConnectSucceeded { token: 4, .. }));
        }
        assert_eq!(client.hear(), Heard::Connected(round == 1));
        client.disconnect(Duration::ZERO, token(5)).unwrap();
        assert_eq!(server.read(), "DISCONNECT 0");
        assert_eq!(client.hear(), Heard::Disconnected(5));
    }
}

/// Contract.
#[test]
fn a_server_may_say_goodbye() {
    let peer = Peer::new(V5);
    let client = Client::new(&peer.uri(), V5);
    let mut server = client.connect(&peer, options(V5));
    server.socket.write_all(&[0xe0, 1, 0x8b]).unwrap();
    assert_eq!(client.hear(), Heard::Goodbye(0x8b));
    assert_eq!(server.read(), "end");
    assert!(client.has_heard_all());
}

/// Contract, improved.
#[test]
fn a_client_goes_on_with_the_name_that_the_server_has_given_it() {
    let peer = Peer::new(V5);
    let (client, heard) = {
        let (sender, heard) = channel();
        let server = ServerUri::parse(&peer.uri()).unwrap();
        let (version, persistence) = (MqttVersion::Fixed(V5), Persistence::None);
        let options = CreateOptions { server, client_id: Vec::new(), version, persistence };
        let client = AsyncClient::create(options, Buffering::default()).unwrap();
        client.set_application(|it: &mut TestApplication| it.heard = Some(sender)).unwrap();
        (client, heard)
    };
    let client = Client { client, heard };
    client.client.connect(options(V5), soon(), token(1)).unwrap();
    let mut server = peer.next();
    assert_eq!(server.read(), "CONNECT 0 as ");
    let mut properties = Properties::default();
    let value = PropertyValue::Utf8String(b"you");
    properties.push(Property { id: PropertyId::AssignedClientIdentifier, value }).unwrap();
    let (reason, properties) = (ReasonCode::SUCCESS, properties.as_list());
    server.send(&Packet::ConnAck(ConnAck { session_present: false, reason, properties }));
    assert!(matches!(client.hear(), Heard::ConnectSucceeded { .. }));
    drop(server);
    assert_eq!(peer.next().read(), "CONNECT 0 as you");
}

/// A connect that is asked for while an earlier one is given up has its own outcome.
#[test]
fn who_changes_his_mind_is_connected() {
    let peer = Peer::new(V3);
    let client = Client::new(&peer.uri(), V3);
    for number in 0..50 {
        client.client.connect(options(V3), None, token(number)).unwrap();
        let given_up = client.disconnect(Duration::ZERO, SILENT);
        if given_up.is_ok() {
            panic!("nobody has accepted it");
        }
        assert_eq!(client.hear(), Heard::Failed(number, 0, "discarded".into()));
    }
    client.client.connect(options(V3), None, token(99)).unwrap();
    loop {
        let mut server = peer.next();
        if server.read() == "CONNECT 0" {
            server.accept(false);
            if matches!(
                client.heard.recv_timeout(Duration::from_millis(100)),
                Ok(Heard::ConnectSucceeded { token: 99, .. })
            ) {
                break;
            }
        }
    }
}

/// Contract, improved: each round goes through all servers, and begins with the one that was used last.
#[test]
fn a_client_comes_back_to_every_server() {
    let (first, second) = (Peer::new(V3), Peer::new(V3));
    let client = Client::new(&first.uri(), V3);
    let servers = vec![first.uri(), second.uri()];
    client.client.connect(ConnectOptions { servers, ..options(V3) }, soon(), token(1)).unwrap();
    drop(first.next());
    let server = second.accept(true);
    let Heard::ConnectSucceeded { server: uri, .. } = client.hear() else { panic!("it is connected") };
    assert_eq!(uri, second.uri(), "contract A-5.5: as it was given");
    drop(server);
    drop(second.next());
    drop(first.next());
    drop(second.next());
    let _server = first.accept(true);
    let mut heard: Vec<_> = (0..3).map(|_| client.hear()).collect();
    assert_eq!(heard.pop(), Some(Heard::Connected(false)));
    assert_eq!(heard, [Heard::Connected(true), Heard::Lost]);
}

/// Contract: the last who asks hears of it, once.
#[test]
fn who_asks_again_takes_the_place_of_the_one_before() {
    let peer = Peer::new(V3);
    let client = Client::new(&peer.uri(), V3);
    client.client.connect(options(V3), None, token(1)).unwrap();
    let mut server = peer.next();
    server.read();
    client.client.connect(options(V3), None, token(2)).unwrap();
    server.accept(false);
    assert!(matches!(client.hear(), Heard::ConnectSucceeded { token: 2, .. }));
    assert_eq!(client.hear(), Heard::Connected(true));
    drop(server);
    assert_eq!(client.hear(), Heard::Lost);
    assert!(client.has_heard_all());
}
