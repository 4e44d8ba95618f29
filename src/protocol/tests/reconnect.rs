//! What goes on after a connection was lost.

use std::time::Duration;

use super::pair::{ALL_VERSIONS, Heard, Pair, about, bytes, property, publish, two_byte};
use crate::protocol::packet::{Packet, Properties, PropertyId, PropertyValue, Publish};
use crate::protocol::session::{AckToken, OutgoingMessage, StoreKey};
use crate::protocol::{Qos, Version};

/// A PUBLISH as it is sent again.
fn again(packet_id: u16, payload: &[u8], qos: Qos, version: Version) -> Vec<u8> {
    bytes(&Packet::Publish(Publish { dup: true, ..publish(packet_id, payload, qos) }), version)
}

fn send(pair: &mut Pair, packet_id: u16, payload: &[u8], qos: Qos, dup: bool) {
    pair.server_sends(&Packet::Publish(Publish { dup, ..publish(packet_id, payload, qos) }));
}

fn reconnect(pair: &mut Pair, session_present: bool) {
    pair.lose_connection();
    let ack_tokens: Vec<AckToken> = pair.host.ack_tokens.clone();
    pair.session.expect_duplicates(ack_tokens.into_iter());
    pair.connect(session_present);
}

/// MQTT 3.1.1 [MQTT-4.4.0-1], MQTT 5.0 [MQTT-4.4.0-1], contract C-10.8: in the original order, with
/// the original identifiers, DUP set but on PUBREL; whatever Session Present says (C-3.14).
#[test]
fn unfinished_messages_are_sent_again_in_order() {
    for (version, session_present) in ALL_VERSIONS.into_iter().zip([false, true, false]) {
        let mut pair = Pair::connected(version);
        pair.publish(b"1", Qos::AtLeastOnce);
        pair.publish(b"2", Qos::ExactlyOnce);
        pair.publish(b"3", Qos::ExactlyOnce);
        pair.publish(b"4", Qos::AtLeastOnce);
        pair.try_publish(b"0", Qos::AtMostOnce).unwrap();
        pair.publish(b"5", Qos::AtLeastOnce);
        pair.client_sent();
        pair.server_sends(&Packet::PubAck(about(1)));
        pair.server_sends(&Packet::PubRec(about(3)));
        let first_sent = bytes(&Packet::Publish(publish(4, b"4", Qos::AtLeastOnce)), version);
        pair.host.records.remove("SentPubRel(3)");
        for _ in 0..3 {
            pair.lose_connection();
            pair.connect(session_present);
            let expected = [
                again(2, b"2", Qos::ExactlyOnce, version),
                b"\x62\x02\x00\x03".to_vec(),
                again(4, b"4", Qos::AtLeastOnce, version),
                again(5, b"5", Qos::AtLeastOnce, version),
            ];
            assert_eq!(pair.client_sent(), expected);
            // Not as Paho (contract P-303, P-304): nothing is stored again.
            assert_eq!(pair.host.records["SentPublish(4)"], first_sent);
            assert!(!pair.host.records.contains_key("SentPubRel(3)"));
        }
        assert_eq!(pair.publish(b"6", Qos::AtLeastOnce), 6, "contract C-4.7: the counter goes on");
    }
}

/// Contract P-121: PUBREL goes out although it could not be stored, and is stored when it is sent
/// again, so that a restart does not send the message a second time.
#[test]
fn a_pubrel_that_could_not_be_stored_is_stored_later() {
    let mut pair = Pair::connected(Version::V3_1_1);
    pair.publish(b"1", Qos::ExactlyOnce);
    pair.host.store_is_full = true;
    pair.server_sends(&Packet::PubRec(about(1)));
    assert!(!pair.host.records.contains_key("SentPubRel(1)"));
    pair.host.store_is_full = false;
    pair.lose_connection();
    pair.connect(true);
    assert_eq!(pair.client_sent(), [b"\x62\x02\x00\x01"]);
    assert_eq!(pair.host.records["SentPubRel(1)"], b"\x62\x02\x00\x01");
}

/// Contract P-322, improved: the window holds for resending, too; new messages come after the old.
#[test]
fn resending_respects_the_window() {
    let mut pair = Pair::connected(Version::V5);
    for payload in [b"1", b"2", b"3", b"4", b"5"] {
        pair.publish(payload, Qos::ExactlyOnce);
    }
    pair.server_sends(&Packet::PubRec(about(4)));
    pair.lose_connection();
    pair.connect_with(true, &two_byte(PropertyId::ReceiveMaximum, 2));
    let first = |id: u16, payload| again(id, payload, Qos::ExactlyOnce, Version::V5);
    assert_eq!(pair.client_sent(), [first(1, b"1"), first(2, b"2")]);
    assert!(pair.session.window_is_full());
    pair.server_sends(&Packet::PubRec(about(1)));
    assert_eq!(pair.client_sent(), [b"\x62\x02\x00\x01"]);
    pair.server_sends(&Packet::PubComp(about(1)));
    assert_eq!(pair.client_sent(), [first(3, b"3"), b"\x62\x02\x00\x04".to_vec()]);
    assert!(pair.session.window_is_full());
    for id in [2, 3] {
        pair.server_sends(&Packet::PubRec(about(id)));
        pair.server_sends(&Packet::PubComp(about(id)));
    }
    pair.server_sends(&Packet::PubComp(about(4)));
    assert_eq!(pair.client_sent()[2..], [first(5, b"5")]);
    assert!(!pair.session.window_is_full());
    assert_eq!(pair.pending(), [5]);
}

/// Whatever the server answers of its own accord before we have sent it again, is not sent again.
#[test]
fn early_answers_shorten_the_resend() {
    let mut pair = Pair::connected(Version::V3_1_1);
    for payload in [b"1", b"2", b"3", b"4"] {
        pair.publish(payload, Qos::ExactlyOnce);
    }
    pair.lose_connection();
    pair.window = 1;
    pair.connect(true);
    assert_eq!(pair.client_sent().len(), 1);
    pair.server_sends(&Packet::PubRec(about(3)));
    pair.server_sends(&Packet::PubRec(about(2)));
    pair.server_sends(&Packet::PubComp(about(2)));
    assert_eq!(pair.client_sent(), [b"\x62\x02\x00\x03", b"\x62\x02\x00\x02"]);
    pair.server_sends(&Packet::PubRec(about(1)));
    pair.server_sends(&Packet::PubComp(about(1)));
    assert_eq!(pair.client_sent(), [b"\x62\x02\x00\x01"], "3 is under way and takes the window");
    pair.server_sends(&Packet::PubComp(about(3)));
    assert_eq!(pair.client_sent(), [again(4, b"4", Qos::ExactlyOnce, Version::V3_1_1)]);
}

/// A long resend does not fill the memory: it goes on when the output has room (contract C-10.9).
#[test]
fn a_long_resend_is_given_out_in_pieces() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.window = 1000;
    pair.connect(false);
    for _ in 0..100 {
        pair.publish(&[0; 10_000], Qos::AtLeastOnce);
    }
    pair.lose_connection();
    pair.connect(true);
    assert!(pair.session.outgoing().len() < 80_000);
    assert!(pair.session.window_is_full(), "new messages come after the old");
    assert_eq!(pair.client_sent().len(), 100);
    assert!(!pair.session.window_is_full());
}

/// Contract C-3.13: clean session and clean start drop everything at the CONNACK.
#[test]
fn a_clean_connection_starts_from_nothing() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::connected(version);
        pair.publish(b"1", Qos::AtLeastOnce);
        send(&mut pair, 9, b"x", Qos::ExactlyOnce, false);
        pair.lose_connection();
        pair.clean = true;
        pair.send_connect();
        assert_eq!(pair.pending(), [1], "not before the CONNACK");
        pair.heard();
        pair.server_sends(&super::pair::connack(false, 0, &Properties::default()));
        assert_eq!(pair.heard(), [Heard::Cleared, Heard::Connected { session_present: false }]);
        assert_eq!((pair.pending(), pair.client_sent().len()), (vec![], 0));
        assert!(pair.session.is_quiet());
        assert_eq!(pair.publish(b"2", Qos::AtLeastOnce), 1, "contract C-7.4");
    }
}

/// Contract C-3.13: a clean session of MQTT 3 ends with the connection, even one that failed;
/// MQTT 5.0 drops nothing at the end.
#[test]
fn a_clean_session_ends_with_its_connection() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::new(version);
        pair.clean = true;
        pair.connect(false);
        pair.publish(b"1", Qos::AtLeastOnce);
        pair.heard();
        pair.lose_connection();
        if version == Version::V5 {
            assert_eq!((pair.heard(), pair.pending()), (vec![], vec![1]));
        } else {
            assert_eq!((pair.heard(), pair.pending()), (vec![Heard::Cleared], vec![]));
        }
        pair.lose_connection();
        assert_eq!(pair.heard(), [], "it can be lost only once");
    }
}

/// Contract C-10.7, W-308: with a retry interval also during a connection, from 10 s on.
#[test]
fn unanswered_messages_are_retried_if_so_asked() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.retry_interval = Some(Duration::from_secs(1));
    pair.keep_alive = 0;
    pair.connect(false);
    let start = pair.now;
    pair.publish(b"1", Qos::AtLeastOnce);
    pair.publish(b"2", Qos::ExactlyOnce);
    pair.client_sent();
    pair.server_sends(&Packet::PubRec(about(2)));
    pair.client_sent();
    pair.advance(Duration::from_secs(5));
    pair.publish(b"3", Qos::AtLeastOnce);
    pair.client_sent();
    assert_eq!(pair.session.deadline(), Some(start + Duration::from_secs(10)));
    pair.advance(Duration::from_secs(5));
    pair.handle_timeout().unwrap();
    let first = again(1, b"1", Qos::AtLeastOnce, Version::V3_1_1);
    assert_eq!(pair.client_sent(), [first.clone(), b"\x62\x02\x00\x02".to_vec()]);
    assert_eq!(pair.session.deadline(), Some(start + Duration::from_secs(15)));
    pair.advance(Duration::from_secs(5));
    pair.handle_timeout().unwrap();
    assert_eq!(pair.client_sent(), [again(3, b"3", Qos::AtLeastOnce, Version::V3_1_1)]);
    pair.advance(Duration::from_secs(5));
    pair.handle_timeout().unwrap();
    assert_eq!(pair.client_sent(), [first, b"\x62\x02\x00\x02".to_vec()]);
    // What has not even left is not repeated.
    pair.advance(Duration::from_secs(5));
    pair.try_publish(b"0", Qos::AtMostOnce).unwrap();
    pair.handle_timeout().unwrap();
    assert_eq!(pair.client_sent().len(), 1);
    pair.server_sends(&Packet::PubAck(about(1)));
    pair.server_sends(&Packet::PubComp(about(2)));
    pair.server_sends(&Packet::PubAck(about(3)));
    pair.advance(Duration::from_secs(100));
    pair.handle_timeout().unwrap();
    assert_eq!((pair.client_sent().len(), pair.session.deadline()), (0, None));
}

/// Contract C-10.7: the default is not to.
#[test]
fn without_a_retry_interval_nothing_is_retried() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.keep_alive = 0;
    pair.connect(false);
    pair.publish(b"1", Qos::AtLeastOnce);
    pair.client_sent();
    assert_eq!(pair.session.deadline(), None);
    pair.advance(Duration::from_secs(100_000));
    pair.handle_timeout().unwrap();
    assert_eq!(pair.client_sent().len(), 0);
}

/// MQTT 5.0 [MQTT-4.4.0-1], contract W-308: again only after a reconnect, whatever was asked for. The
/// same client retries when it has connected with another version.
#[test]
fn nothing_is_retried_on_a_connection_of_mqtt_5() {
    let mut pair = Pair::new(Version::V5);
    pair.retry_interval = Some(Duration::from_secs(1));
    pair.keep_alive = 0;
    pair.connect(false);
    pair.publish(b"1", Qos::AtLeastOnce);
    pair.publish(b"2", Qos::ExactlyOnce);
    pair.client_sent();
    pair.server_sends(&Packet::PubRec(about(2)));
    pair.client_sent();
    assert_eq!(pair.session.deadline(), None);
    pair.advance(Duration::from_secs(100));
    pair.handle_timeout().unwrap();
    assert_eq!(pair.client_sent().len(), 0);
    for (version, repetitions) in [(Version::V5, 0), (Version::V3_1_1, 2), (Version::V5, 0)] {
        pair.lose_connection();
        pair.version = version;
        pair.connect(false);
        assert_eq!(pair.client_sent().len(), 2);
        pair.advance(Duration::from_secs(100));
        pair.handle_timeout().unwrap();
        assert_eq!(pair.client_sent().len(), repetitions, "{version:?}");
    }
}

/// Contract C-3.1 allows a client to reconnect with another version; P-331 keeps its messages.
#[test]
fn messages_survive_a_change_of_version() {
    let mut pair = Pair::connected(Version::V5);
    let properties = property(PropertyId::ContentType, PropertyValue::Utf8String(b"text"));
    let message = OutgoingMessage {
        topic: b"a/b",
        payload: b"1",
        qos: Qos::AtLeastOnce,
        retain: false,
        properties: properties.as_list(),
    };
    pair.session.publish(pair.now, &message, &mut pair.host).unwrap();
    pair.lose_connection();
    for version in [Version::V3_1_1, Version::V3_1, Version::V5] {
        pair.version = version;
        pair.connect(true);
        assert_eq!(pair.client_sent(), [again(1, b"1", Qos::AtLeastOnce, version)]);
        pair.lose_connection();
    }
}

/// Decision 3: a QoS 1 message that is still queued for the application is not queued again,
/// and its acknowledgement token is good for the connection on which the server repeats it.
#[test]
fn a_queued_message_is_not_delivered_twice() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::connected(version);
        send(&mut pair, 5, b"x", Qos::AtLeastOnce, false);
        assert_eq!(pair.messages().len(), 1);
        reconnect(&mut pair, true);
        send(&mut pair, 5, b"x", Qos::AtLeastOnce, true);
        assert_eq!((pair.messages().len(), pair.client_sent().len()), (0, 0));
        pair.acknowledge();
        assert_eq!(pair.client_sent(), [b"\x40\x02\x00\x05"]);
        // Done: the next with this identifier is another message.
        send(&mut pair, 5, b"y", Qos::AtLeastOnce, false);
        assert_eq!(pair.messages().len(), 1);
    }
}

/// The application took it while the server could not be told: before, or during, the reconnect.
#[test]
fn a_message_taken_in_between_is_acknowledged_when_it_comes_again() {
    for taken_while_connected in [false, true] {
        let mut pair = Pair::connected(Version::V3_1_1);
        send(&mut pair, 5, b"x", Qos::AtLeastOnce, false);
        pair.lose_connection();
        if !taken_while_connected {
            pair.acknowledge();
        }
        reconnect(&mut pair, true);
        if taken_while_connected {
            pair.acknowledge();
        }
        assert_eq!(pair.client_sent().len(), 0, "it may not be acknowledged before it comes again");
        // Even after another loss.
        reconnect(&mut pair, true);
        pair.heard();
        send(&mut pair, 5, b"x", Qos::AtLeastOnce, true);
        assert_eq!((pair.messages().len(), pair.client_sent()), (0, vec![b"\x40\x02\0\x05".to_vec()]));
        send(&mut pair, 5, b"x", Qos::AtLeastOnce, true);
        assert_eq!(pair.messages().len(), 1, "once");
    }
}

/// A first transmission, and a server that lost the session, mean another message.
#[test]
fn other_messages_with_the_same_identifier_are_delivered() {
    for (session_present, dup) in [(true, false), (false, true)] {
        let mut pair = Pair::connected(Version::V3_1_1);
        send(&mut pair, 5, b"x", Qos::AtLeastOnce, false);
        reconnect(&mut pair, session_present);
        send(&mut pair, 5, b"y", Qos::AtLeastOnce, dup);
        assert_eq!(pair.messages(), [b"y"]);
        // The old acknowledgement token is worthless, on the next connection as well; the new one is not.
        pair.acknowledge();
        send(&mut pair, 5, b"y", Qos::AtLeastOnce, true);
        assert_eq!(pair.messages(), [b"y"]);
        assert_eq!(pair.client_sent().len(), 0);
        reconnect(&mut pair, true);
        send(&mut pair, 5, b"y", Qos::AtLeastOnce, true);
        assert_eq!((pair.messages().len(), pair.client_sent().len()), (0, 0));
        pair.acknowledge();
        assert_eq!(pair.client_sent(), [b"\x40\x02\0\x05"]);
    }
}

/// MQTT 3.1.1 [MQTT-4.3.3-2]: an incoming QoS 2 message goes on where it was.
#[test]
fn incoming_qos_2_survives_a_reconnect() {
    // Lost after our PUBREC.
    let mut pair = Pair::connected(Version::V3_1_1);
    send(&mut pair, 5, b"x", Qos::ExactlyOnce, false);
    reconnect(&mut pair, true);
    send(&mut pair, 5, b"x", Qos::ExactlyOnce, true);
    assert_eq!(pair.client_sent(), [b"\x50\x02\0\x05"]);
    pair.server_sends(&Packet::PubRel(about(5)));
    assert_eq!(pair.messages(), [b"x"]);
    // Lost after the PUBREL, and taken when there is nobody to tell: the server will ask again.
    reconnect(&mut pair, true);
    pair.acknowledge();
    assert_eq!(pair.client_sent().len(), 0);
    pair.server_sends(&Packet::PubRel(about(5)));
    assert_eq!((pair.messages().len(), pair.client_sent()), (0, vec![b"\x70\x02\0\x05".to_vec()]));

    // MQTT 5.0, lost before our PUBREC.
    let mut pair = Pair::connected(Version::V5);
    send(&mut pair, 5, b"x", Qos::ExactlyOnce, false);
    reconnect(&mut pair, true);
    send(&mut pair, 5, b"x", Qos::ExactlyOnce, true);
    assert_eq!((pair.messages().len(), pair.client_sent().len()), (0, 0));
    pair.acknowledge();
    assert_eq!(pair.client_sent(), [b"\x50\x02\0\x05"]);
    // Taken while there was nobody to tell.
    send(&mut pair, 6, b"y", Qos::ExactlyOnce, false);
    pair.lose_connection();
    pair.acknowledge();
    pair.connect(true);
    assert_eq!(pair.client_sent().len(), 0);
    send(&mut pair, 6, b"y", Qos::ExactlyOnce, true);
    assert_eq!((pair.messages().len(), pair.client_sent()), (0, vec![b"\x50\x02\0\x06".to_vec()]));
}

/// MQTT 5.0 [MQTT-3.2.2-5], MQTT 3.1.1 §3.2.2.2: without its session the server cannot mean an old
/// exchange. What it entrusted to us before is delivered, since nobody will ever release it.
#[test]
fn a_lost_session_ends_incoming_exchanges() {
    let mut pair = Pair::connected(Version::V3_1_1);
    send(&mut pair, 5, b"x", Qos::ExactlyOnce, false);
    pair.lose_connection();
    pair.heard();
    pair.connect_with(false, &Properties::default());
    assert!(matches!(pair.heard()[..], [Heard::Connected { .. }, Heard::Message { .. }]));
    pair.client_sent();
    pair.acknowledge();
    assert_eq!(pair.client_sent().len(), 0, "nobody asked");
    assert_eq!(pair.heard(), [Heard::Forgot(StoreKey::ReceivedPublish(5))]);
    assert!(pair.session.is_quiet());

    let mut pair = Pair::connected(Version::V5);
    send(&mut pair, 5, b"x", Qos::ExactlyOnce, false);
    pair.acknowledge();
    assert!(!pair.session.is_quiet());
    reconnect(&mut pair, false);
    assert!(pair.session.is_quiet());
    send(&mut pair, 5, b"y", Qos::ExactlyOnce, false);
    assert_eq!(pair.messages(), [b"y"], "not taken for a repetition");
}

/// Contract P-310, P-320, P-321: restored messages go out as after a reconnect.
#[test]
fn restored_messages_are_sent_on_connect() {
    let version = Version::V3_1_1;
    let mut pair = Pair::new(version);
    let record = |id, qos| bytes(&Packet::Publish(publish(id, b"x", qos)), version);
    for (id, qos, pubrel_sent) in
        [(1, Qos::AtLeastOnce, false), (2, Qos::ExactlyOnce, true), (65_535, Qos::ExactlyOnce, false)]
    {
        assert_eq!(pair.session.restore_sent(&record(id, qos), version, pubrel_sent), Ok(id));
    }
    assert_eq!(pair.session.restore_received(&record(9, Qos::ExactlyOnce), version), Ok(9));
    pair.session.restore_finished();
    assert_eq!(pair.pending(), [65_535, 1, 2]);
    // Contract P-313, P-314 improved: corrupt records are refused, and nothing changes.
    for corrupt in [
        record(0, Qos::AtLeastOnce),
        record(7, Qos::AtMostOnce),
        record(1, Qos::AtLeastOnce),
        b"\x40\x02\0\x01".to_vec(),
        b"\x32\x05\0".to_vec(),
        vec![],
    ] {
        assert!(pair.session.restore_sent(&corrupt, version, false).is_err(), "{corrupt:02x?}");
    }
    assert!(pair.session.restore_received(&record(7, Qos::AtLeastOnce), version).is_err());
    pair.connect(true);
    let expected = [
        again(65_535, b"x", Qos::ExactlyOnce, version),
        again(1, b"x", Qos::AtLeastOnce, version),
        b"\x62\x02\0\x02".to_vec(),
    ];
    assert_eq!(pair.client_sent(), expected);
    assert_eq!(pair.publish(b"y", Qos::AtLeastOnce), 3, "the lowest that is not in use");
    pair.server_sends(&Packet::PubRel(about(9)));
    assert_eq!(pair.messages(), [b"x"]);
}

/// An acknowledgement token means one message of one session, and nothing else ever.
#[test]
fn ack_tokens_of_a_dropped_session_do_nothing() {
    for version in ALL_VERSIONS {
        for qos in [Qos::AtLeastOnce, Qos::ExactlyOnce] {
            let mut pair = Pair::connected(version);
            send(&mut pair, 5, b"x", qos, false);
            pair.server_sends(&Packet::PubRel(about(5)));
            pair.lose_connection();
            pair.clean = true;
            pair.connect(false);
            send(&mut pair, 5, b"y", qos, false);
            pair.client_sent();
            pair.acknowledge();
            assert_eq!(pair.client_sent().len(), 0);
        }
    }
}

/// MQTT 5.0: properties survive the resend as they were (contract W-110).
#[test]
fn a_resend_changes_nothing_but_dup() {
    let mut pair = Pair::connected(Version::V5);
    let expiry = property(PropertyId::MessageExpiryInterval, PropertyValue::FourByteInteger(1));
    let message = OutgoingMessage {
        topic: b"a/b",
        payload: b"x",
        qos: Qos::AtLeastOnce,
        retain: true,
        properties: expiry.as_list(),
    };
    pair.session.publish(pair.now, &message, &mut pair.host).unwrap();
    let first = pair.client_sent().remove(0);
    pair.lose_connection();
    pair.connect(true);
    let second = pair.client_sent().remove(0);
    assert_eq!((second[0], &second[1..]), (first[0] | 8, &first[1..]));
}
