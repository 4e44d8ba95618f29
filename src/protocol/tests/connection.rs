//! Connecting, disconnecting, keep alive, and what a server must not send.

use std::time::Duration;

use super::pair::{ALL_VERSIONS, Heard, Pair, bytes, connack, publish, two_byte};
use crate::error::ProtocolError;
use crate::protocol::packet::{
    Auth, Connect, Disconnect, Packet, Properties, PropertyId, PropertyList, PropertyValue, Subscribe,
    Subscription, Unsubscribe,
};
use crate::protocol::session::Session;
use crate::protocol::{Qos, ReasonCode, Version};

/// Contract W-101 has the first and the last.
#[test]
fn connect_is_the_first_packet() {
    let mut pair = Pair::new(Version::V3_1);
    (pair.clean, pair.keep_alive) = (true, 1);
    assert_eq!(pair.send_connect(), b"\x10\x0f\0\x06MQIsdp\x03\x02\0\x01\0\x01w");
    pair.version = Version::V3_1_1;
    assert_eq!(pair.send_connect(), b"\x10\x0d\0\x04MQTT\x04\x02\0\x01\0\x01w");
    pair.version = Version::V5;
    assert_eq!(pair.send_connect(), b"\x10\x0e\0\x04MQTT\x05\x02\0\x01\0\0\x01w");
}

#[test]
fn is_connected_from_connack_to_close() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::new(version);
        pair.send_connect();
        assert!(!pair.session.is_connected());
        pair.server_sends(&connack(true, 0, &Properties::default()));
        assert!(pair.session.is_connected());
        // MQTT 3.1 has no such flag: contract C-3.8.
        let session_present = version != Version::V3_1;
        assert_eq!(pair.heard(), [Heard::Connected { session_present }]);
        // Contract W-206: a second one means nothing.
        pair.server_sends(&connack(false, 5, &Properties::default()));
        assert_eq!(pair.heard(), []);
        pair.lose_connection();
        assert!(!pair.session.is_connected());
    }
}

/// Contract C-3.7: any code but 0 is passed on.
#[test]
fn a_refusal_is_reported_and_final() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::new(version);
        pair.send_connect();
        pair.server_sends(&connack(false, 0x86, &Properties::default()));
        assert_eq!(pair.heard(), [Heard::Refused(0x86)]);
        pair.server_sends(&Packet::Publish(publish(1, b"", Qos::AtLeastOnce)));
        assert!(!pair.session.is_connected());
        assert_eq!((pair.heard(), pair.client_sent().len()), (vec![], 0));
    }
}

/// Contract C-3.7: messages before the CONNACK are taken. C-3.13: a clean connection drops them.
#[test]
fn messages_may_come_before_the_connack() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.send_connect();
    pair.server_sends(&Packet::Publish(publish(1, b"x", Qos::AtLeastOnce)));
    assert_eq!(pair.messages(), [b"x"]);
    pair.acknowledge();
    assert_eq!(pair.client_sent(), [b"\x40\x02\0\x01"]);
    pair.lose_connection();
    pair.clean = true;
    pair.send_connect();
    pair.server_sends(&Packet::Publish(publish(1, b"x", Qos::AtLeastOnce)));
    pair.server_sends(&connack(false, 0, &Properties::default()));
    assert!(matches!(
        pair.heard()[..],
        [Heard::Message { .. }, Heard::Cleared, Heard::Connected { session_present: false }]
    ));
    pair.acknowledge();
    assert_eq!(pair.client_sent().len(), 0, "the token went with the session");
}

/// MQTT 3.1.1 §3.1.2.4, MQTT 5.0 §3.1.2.11.2 and §3.2.2.3.2: the server's word counts.
#[test]
fn some_sessions_outlive_their_connection() {
    for version in ALL_VERSIONS {
        for clean in [false, true] {
            let mut pair = Pair::new(version);
            pair.clean = clean;
            pair.connect(false);
            assert_eq!(pair.session.outlives_connection(), !clean && version != Version::V5);
        }
    }
    let expiry = |seconds| {
        super::pair::property(PropertyId::SessionExpiryInterval, PropertyValue::FourByteInteger(seconds))
    };
    for (asked, granted, outlives) in
        [(7, None, true), (0, None, false), (7, Some(0), false), (0, Some(7), true)]
    {
        let mut pair = Pair::new(Version::V5);
        pair.connect_properties = expiry(asked);
        pair.connect_with(false, &granted.map(expiry).unwrap_or_default());
        assert_eq!(pair.session.outlives_connection(), outlives, "{asked}, {granted:?}");
    }
}

/// Contract C-4.3, W-113.
#[test]
fn disconnect_has_the_form_of_its_version() {
    let expiry = PropertyValue::FourByteInteger(7);
    let properties = super::pair::property(PropertyId::SessionExpiryInterval, expiry);
    for (version, reason, properties, expected) in [
        (Version::V3_1_1, 4, Some(properties.as_list()), &b"\xe0\0"[..]),
        (Version::V5, 0, None, b"\xe0\0"),
        (Version::V5, 4, None, b"\xe0\x01\x04"),
        (Version::V5, 0, Some(PropertyList::EMPTY), b"\xe0\x02\0\0"),
        (Version::V5, 4, Some(properties.as_list()), b"\xe0\x07\x04\x05\x11\0\0\0\x07"),
    ] {
        let mut pair = Pair::connected(version);
        pair.session.disconnect(pair.now, ReasonCode(reason), properties);
        assert_eq!(pair.client_sent(), [expected]);
        // MQTT 3.1.1 [MQTT-3.14.4-2]: nothing after it.
        pair.session.disconnect(pair.now, ReasonCode::SUCCESS, None);
        assert!(pair.try_publish(b"x", Qos::AtMostOnce).is_err());
        pair.server_sends(&Packet::Publish(publish(1, b"", Qos::AtLeastOnce)));
        pair.acknowledge();
        assert_eq!(pair.client_sent().len(), 0);
        assert_eq!(pair.session.deadline(), None);
    }
}

/// Decision 4: no DISCONNECT where no connection was accepted.
#[test]
fn no_disconnect_before_the_connack() {
    let mut pair = Pair::new(Version::V5);
    pair.session.disconnect(pair.now, ReasonCode::SUCCESS, None);
    pair.send_connect();
    pair.session.disconnect(pair.now, ReasonCode::SUCCESS, None);
    assert_eq!(pair.client_sent().len(), 0);
}

/// Contract C-4.8, W-114: reported, and not answered.
#[test]
fn a_servers_disconnect_is_the_end() {
    let mut pair = Pair::connected(Version::V5);
    pair.publish(b"x", Qos::AtLeastOnce);
    assert_eq!(pair.server_sends_bytes(b"\xe0\x01\x8e"), Ok(()));
    assert!(matches!(pair.heard()[..], [_, Heard::Disconnected(0x8e)]));
    assert!(pair.session.is_connected(), "until it is closed");
    assert_eq!(pair.client_sent().len(), 0);
    assert!(pair.try_publish(b"x", Qos::AtMostOnce).is_err());
    assert_eq!(pair.pending(), [1]);
    pair.lose_connection();
    pair.connect(false);
    assert_eq!(pair.server_sends_bytes(b"\xe0\0"), Ok(()));
    assert_eq!(pair.heard(), [Heard::Disconnected(0)]);
}

/// Contract W-206.
#[test]
fn what_only_a_client_may_send_is_a_violation() {
    let subscription = Subscription { filter: b"a", options: 0 };
    let properties = PropertyList::EMPTY;
    for version in ALL_VERSIONS {
        let connect = Connect {
            version,
            clean: true,
            keep_alive: 0,
            properties,
            client_id: b"",
            will: None,
            username: None,
            password: None,
        };
        let subscriptions = vec![subscription];
        for packet in [
            Packet::Connect(connect),
            Packet::Subscribe(Subscribe { packet_id: 1, properties, subscriptions }),
            Packet::Unsubscribe(Unsubscribe { packet_id: 1, properties, filters: vec![b"a"] }),
            Packet::PingReq,
        ] {
            let mut pair = Pair::connected(version);
            let result = pair.server_sends_bytes(&bytes(&packet, version));
            let violation = ProtocolError::Violation(packet.packet_type());
            assert_eq!(result, Err(violation));
            pair.session.report_error(violation);
            let told: &[&[u8]] = if version == Version::V5 { &[b"\xe0\x01\x82"] } else { &[] };
            assert_eq!(pair.client_sent(), told);
        }
    }
}

/// Contract W-206, W-202.
#[test]
fn what_cannot_be_read_is_malformed() {
    for (packet, only_v5) in [
        (&b"\x00\x00"[..], false),
        (b"\x36\x07\x00\x01a\x00\x01xx", false),
        (b"\x30\x03\x00\x05a", false),
        (b"\x40\x01\x00", false),
        (b"\x90\x01\x00", false),
        (b"\xb0\x03\x00\x01\x00", true),
        (b"\xf0\x00", true),
    ] {
        let mut pair = Pair::connected(Version::V5);
        let result = pair.server_sends_bytes(packet);
        assert_eq!(result, Err(ProtocolError::Malformed(packet[0] >> 4)), "{packet:02x?}");
        pair.session.report_error(result.unwrap_err());
        assert_eq!(pair.client_sent(), [b"\xe0\x01\x81"]);
        if !only_v5 {
            let mut pair = Pair::connected(Version::V3_1_1);
            assert!(pair.server_sends_bytes(packet).is_err(), "{packet:02x?}");
            pair.session.report_error(ProtocolError::Malformed(0));
            assert_eq!(pair.client_sent().len(), 0);
        }
    }
    // The will must be published when a server falls silent (decision 4).
    let mut pair = Pair::connected(Version::V5);
    pair.session.report_error(ProtocolError::KeepAlive);
    assert_eq!(pair.client_sent().len(), 0);
}

/// Contract W-206, C-4.8: DISCONNECT from an MQTT 3 server, AUTH in MQTT 5.0.
#[test]
fn what_means_nothing_is_ignored() {
    let mut pair = Pair::connected(Version::V3_1_1);
    for packet in [&b"\xe0\0"[..], b"\xe0\x03\0\0\0", b"\xd0\x01\0"] {
        assert_eq!(pair.server_sends_bytes(packet), Ok(()));
    }
    assert!(pair.server_sends_bytes(b"\xf0\x02\0\0").is_err());
    let mut pair = Pair::connected(Version::V5);
    pair.server_sends(&Packet::Auth(Auth { reason: ReasonCode(0x18), properties: PropertyList::EMPTY }));
    assert_eq!((pair.heard(), pair.client_sent().len()), (vec![], 0));
    // And without a connection nothing is anything.
    let mut pair = Pair::new(Version::V5);
    let reason = ReasonCode(0);
    pair.server_sends(&Packet::Disconnect(Disconnect { reason, properties: None }));
    assert_eq!(pair.heard(), []);
}

/// Contract C-11.2, C-11.3: at keep alive 2 the ping goes at 2.0 s, and the end is at 5.0 s.
#[test]
fn a_silent_server_is_pinged_and_given_up() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.keep_alive = 2;
    pair.connect(false);
    let start = pair.now;
    assert_eq!(pair.session.deadline(), Some(start + Duration::from_secs(2)));
    pair.advance(Duration::from_millis(1999));
    assert_eq!((pair.handle_timeout(), pair.client_sent().len()), (Ok(()), 0));
    pair.advance(Duration::from_millis(1));
    assert_eq!(pair.handle_timeout(), Ok(()));
    assert_eq!(pair.client_sent(), [b"\xc0\0"]);
    assert_eq!(pair.session.deadline(), Some(start + Duration::from_secs(5)));
    pair.advance(Duration::from_secs(3));
    assert_eq!(pair.handle_timeout(), Err(ProtocolError::KeepAlive));
    assert_eq!(pair.client_sent().len(), 0, "no DISCONNECT: contract C-4.6");
}

/// Contract C-11.1, improved: each client's keep alive is its own; PINGRESP restarts it.
#[test]
fn an_answered_ping_is_followed_by_the_next() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.keep_alive = 3;
    pair.connect(false);
    for _ in 0..5 {
        pair.advance(Duration::from_secs(3));
        assert_eq!(pair.session.deadline(), Some(pair.now));
        assert_eq!(pair.handle_timeout(), Ok(()));
        assert_eq!(pair.client_sent(), [b"\xc0\0"]);
        pair.server_sends(&Packet::PingResp);
    }
}

/// Contract C-11.3 and C-11.4 improved: parts of packets are life, in both directions.
#[test]
fn a_slow_transfer_keeps_the_connection() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.keep_alive = 2;
    pair.connect(false);
    pair.try_publish(&[0; 1000], Qos::AtMostOnce).unwrap();
    for _ in 0..20 {
        pair.advance(Duration::from_millis(1500));
        pair.session.consume(pair.now, 10);
        assert_eq!(pair.handle_timeout(), Ok(()));
    }
    for _ in 0..20 {
        pair.advance(Duration::from_millis(1500));
        pair.session.note_received(pair.now);
        assert_eq!(pair.handle_timeout(), Ok(()));
    }
    pair.advance(Duration::from_secs(3));
    assert_eq!(pair.handle_timeout(), Err(ProtocolError::KeepAlive));
}

/// While reading pauses the server is pinged, and its silence means nothing.
#[test]
fn a_pause_in_reading_does_not_end_the_connection() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.keep_alive = 2;
    pair.connect(false);
    pair.session.pause_reading(pair.now, true);
    for _ in 0..10 {
        pair.advance(Duration::from_secs(2));
        assert_eq!(pair.handle_timeout(), Ok(()));
        assert_eq!(pair.client_sent(), [b"\xc0\0"]);
    }
    pair.session.pause_reading(pair.now, false);
    pair.advance(Duration::from_millis(2999));
    assert_eq!(pair.handle_timeout(), Ok(()));
}

/// MQTT 5.0 §3.2.2.3.14, contract C-3.12 and W-305: for this connection only; 0 turns it off.
#[test]
fn the_servers_keep_alive_takes_precedence() {
    let mut pair = Pair::new(Version::V5);
    pair.connect_with(false, &two_byte(PropertyId::ServerKeepAlive, 5));
    assert_eq!(pair.session.deadline(), Some(pair.now + Duration::from_secs(5)));
    pair.lose_connection();
    pair.connect_with(false, &two_byte(PropertyId::ServerKeepAlive, 0));
    assert_eq!(pair.session.deadline(), None);
    pair.lose_connection();
    pair.connect(false);
    assert_eq!(pair.session.deadline(), Some(pair.now + Duration::from_secs(60)));
}

/// Contract C-11.5.
#[test]
fn keep_alive_0_pings_never() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.keep_alive = 0;
    pair.connect(false);
    assert_eq!(pair.session.deadline(), None);
    pair.advance(Duration::from_secs(1_000_000));
    assert_eq!((pair.handle_timeout(), pair.client_sent().len()), (Ok(()), 0));
}

/// Design D14: thousands of idle clients fit into a process.
#[test]
fn an_idle_session_is_small() {
    assert!(size_of::<Session>() <= 1024, "{}", size_of::<Session>());
}
