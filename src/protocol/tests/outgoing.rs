//! Messages to the server, requests, packet identifiers.

use super::pair::{ALL_VERSIONS, Heard, Pair, about, bytes, failed, publish, suback, unsuback};
use crate::error::Error;
use crate::protocol::packet::{Packet, PropertyList, Subscription};
use crate::protocol::session::{OutgoingMessage, StoreKey};
use crate::protocol::{Qos, Version};

fn completed(packet_id: u16, packet_type: u8, reason: u8) -> [Heard; 3] {
    [
        Heard::Forgot(StoreKey::SentPublish(packet_id)),
        Heard::Forgot(StoreKey::SentPubRel(packet_id)),
        Heard::Completed { packet_id, packet_type, reason },
    ]
}

/// MQTT 3.1.1 §4.3.1, MQTT 5.0 §4.3.1: sent, and nothing else.
#[test]
fn qos_0_leaves_nothing_behind() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::connected(version);
        assert_eq!(pair.try_publish(b"x", Qos::AtMostOnce).unwrap(), None);
        assert_eq!(pair.client_sent(), [bytes(&Packet::Publish(publish(0, b"x", Qos::AtMostOnce)), version)]);
        assert_eq!((pair.heard(), pair.pending()), (vec![], vec![]));
        assert!(pair.session.is_quiet());
    }
}

/// The payload may stay where it is: head and payload together are the packet.
#[test]
fn publish_head_and_payload_make_a_publish() {
    let mut pair = Pair::connected(Version::V5);
    let payload = vec![7; 70_000];
    let (qos, properties) = (Qos::AtMostOnce, PropertyList::EMPTY);
    let message = OutgoingMessage { topic: b"a/b", payload: &payload, qos, retain: false, properties };
    pair.session.publish_head(pair.now, &message).unwrap();
    let head = pair.session.outgoing().to_vec();
    pair.session.consume(pair.now, head.len());
    // The first part of the payload was written by the caller, the rest could not be.
    pair.session.append_payload(&payload[1000..]);
    let written = [&head, &payload[..1000], pair.session.outgoing()].concat();
    assert!(written == bytes(&Packet::Publish(publish(0, &payload, qos)), Version::V5));
    let message = OutgoingMessage { qos: Qos::AtLeastOnce, ..message };
    assert!(matches!(pair.session.publish_head(pair.now, &message), Err(Error::BadQos)));
}

/// MQTT 3.1.1 [MQTT-4.3.2-1], MQTT 5.0 [MQTT-4.3.2-1]; contract P-303: stored before it is sent.
#[test]
fn qos_1_is_done_with_the_puback() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::connected(version);
        assert_eq!(pair.publish(b"x", Qos::AtLeastOnce), 1);
        let sent = bytes(&Packet::Publish(publish(1, b"x", Qos::AtLeastOnce)), version);
        assert_eq!(pair.host.records.values().next(), Some(&sent), "contract P-301");
        assert_eq!(pair.client_sent(), [sent]);
        assert!(pair.session.is_pending(1) && !pair.session.is_quiet());
        assert_eq!(pair.heard(), [Heard::Persisted(StoreKey::SentPublish(1))]);
        pair.server_sends(&Packet::PubAck(about(1)));
        assert_eq!(pair.heard(), completed(1, 4, 0));
        assert!(!pair.session.is_pending(1) && pair.session.is_quiet());
    }
}

/// MQTT 3.1.1 §4.3.3, MQTT 5.0 §4.3.3; contract P-304: PUBREL is stored before it is sent.
#[test]
fn qos_2_is_done_with_the_pubcomp() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::connected(version);
        pair.publish(b"x", Qos::ExactlyOnce);
        pair.client_sent();
        pair.heard();
        pair.server_sends(&Packet::PubRec(about(1)));
        assert_eq!(pair.client_sent(), [b"\x62\x02\x00\x01"], "contract W-112");
        assert_eq!(pair.heard(), [Heard::Persisted(StoreKey::SentPubRel(1))]);
        assert_eq!(pair.host.records["SentPubRel(1)"], b"\x62\x02\x00\x01");
        assert_eq!(pair.pending(), [1], "contract C-7.8");
        pair.server_sends(&Packet::PubComp(about(1)));
        assert_eq!(pair.heard(), completed(1, 7, 0));
        assert!(pair.pending().is_empty());
    }
}

/// Contract C-6.5, W-202: improved, unknown identifiers are not reported; PUBREC is answered.
#[test]
fn unknown_identifiers_complete_nothing() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::connected(version);
        pair.server_sends(&Packet::PubAck(about(999)));
        pair.server_sends(&Packet::PubComp(about(999)));
        pair.server_sends(&Packet::PubRec(about(999)));
        assert_eq!(pair.heard(), []);
        assert_eq!(pair.client_sent(), [b"\x62\x02\x03\xe7"]);
    }
}

/// Contract W-202: what answers the wrong QoS, or comes twice, changes nothing.
#[test]
fn answers_that_do_not_fit_change_nothing() {
    let mut pair = Pair::connected(Version::V3_1_1);
    pair.publish(b"one", Qos::AtLeastOnce);
    pair.publish(b"two", Qos::ExactlyOnce);
    pair.client_sent();
    pair.heard();
    pair.server_sends(&Packet::PubAck(about(2)));
    pair.server_sends(&Packet::PubComp(about(1)));
    pair.server_sends(&Packet::PubComp(about(2)));
    assert_eq!((pair.heard(), pair.client_sent()), (vec![], vec![]));
    // PUBREL is sent for every PUBREC, but stored once.
    pair.server_sends(&Packet::PubRec(about(1)));
    pair.server_sends(&Packet::PubRec(about(2)));
    pair.server_sends(&Packet::PubRec(about(2)));
    assert_eq!(pair.client_sent(), [b"\x62\x02\x00\x01", b"\x62\x02\x00\x02", b"\x62\x02\x00\x02"]);
    assert_eq!(pair.heard(), [Heard::Persisted(StoreKey::SentPubRel(2))]);
    assert_eq!(pair.pending(), [1, 2]);
}

/// MQTT 5.0 §4.3.3, contract C-6.6: a PUBREC with an error ends the exchange.
#[test]
fn errors_end_the_exchange() {
    let mut pair = Pair::connected(Version::V5);
    for qos in [Qos::ExactlyOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
        pair.publish(b"x", qos);
    }
    pair.client_sent();
    pair.heard();
    pair.server_sends(&Packet::PubRec(failed(1, 0x97)));
    pair.server_sends(&Packet::PubAck(failed(2, 0x87)));
    // Below 0x80 it is no error (contract C-10.3).
    pair.server_sends(&Packet::PubRec(failed(3, 0x10)));
    let done = [completed(1, 5, 0x97), completed(2, 4, 0x87)].concat();
    let heard = pair.heard();
    assert_eq!(heard[..6], done);
    assert_eq!(heard[6..], [Heard::Persisted(StoreKey::SentPubRel(3))]);
    assert_eq!(pair.client_sent(), [b"\x62\x02\x00\x03"]);
    pair.server_sends(&Packet::PubComp(failed(3, 0x92)));
    assert_eq!(pair.heard(), completed(3, 7, 0x92));
}

/// Design D8: the call that could not store says so, and nothing has happened.
#[test]
fn a_message_that_cannot_be_stored_is_not_sent() {
    let mut pair = Pair::connected(Version::V3_1_1);
    pair.host.store_is_full = true;
    assert!(matches!(pair.try_publish(b"x", Qos::AtLeastOnce), Err(Error::Persistence(_))));
    assert_eq!((pair.client_sent(), pair.pending()), (vec![], vec![]));
    pair.host.store_is_full = false;
    assert_eq!(pair.publish(b"x", Qos::AtLeastOnce), 1, "the identifier was not used up");
}

/// Contract C-3.11: the window counts QoS 1 and 2; QoS 0 is the caller's to hold back.
#[test]
fn a_full_window_refuses_and_opens_with_each_completion() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.window = 2;
    pair.connect(false);
    pair.publish(b"1", Qos::AtLeastOnce);
    pair.publish(b"2", Qos::ExactlyOnce);
    assert!(pair.session.window_is_full());
    assert!(matches!(pair.try_publish(b"3", Qos::AtLeastOnce), Err(Error::NotNow)));
    assert_eq!(pair.try_publish(b"0", Qos::AtMostOnce).unwrap(), None);
    pair.server_sends(&Packet::PubRec(about(2)));
    assert!(pair.session.window_is_full(), "PUBREC is not the end (MQTT 5.0 §4.9)");
    pair.server_sends(&Packet::PubComp(about(2)));
    assert!(!pair.session.window_is_full());
    assert_eq!(pair.publish(b"3", Qos::AtLeastOnce), 3);
}

#[test]
fn nothing_can_be_sent_without_an_accepted_connection() {
    let mut pair = Pair::new(Version::V3_1_1);
    let refused = |pair: &mut Pair| {
        assert!(matches!(pair.try_publish(b"x", Qos::AtMostOnce), Err(Error::Disconnected)));
        assert!(matches!(pair.try_publish(b"x", Qos::ExactlyOnce), Err(Error::Disconnected)));
        let filters = pair.session.unsubscribe(pair.now, &[b"a"], PropertyList::EMPTY);
        assert!(matches!(filters, Err(Error::Disconnected)));
        assert_eq!(pair.client_sent().len(), 0);
    };
    refused(&mut pair);
    pair.send_connect();
    refused(&mut pair);
}

/// Contract C-8.6, improved: the answer has to have the request's identifier and type.
#[test]
fn requests_are_matched_with_their_answers() {
    let mut pair = Pair::connected(Version::V3_1_1);
    let subscription = Subscription { filter: b"in/#", options: 2 };
    let one = pair.session.subscribe(pair.now, &[subscription], PropertyList::EMPTY).unwrap().get();
    let two = pair.session.unsubscribe(pair.now, &[b"out"], PropertyList::EMPTY).unwrap().get();
    assert_eq!((one, two), (1, 2));
    // Contract W-111 has the first.
    let sent = [&b"\x82\x09\x00\x01\x00\x04in/#\x02"[..], b"\xa2\x07\x00\x02\x00\x03out"];
    assert_eq!(pair.client_sent(), sent);
    assert_eq!(pair.publish(b"x", Qos::AtLeastOnce), 3, "contract C-7.4: one counter for all");
    pair.heard();
    pair.server_sends(&suback(2, &[0]));
    pair.server_sends(&suback(9, &[0]));
    pair.server_sends(&suback(3, &[0]));
    pair.server_sends(&unsuback(1, &[]));
    assert_eq!(pair.heard(), []);
    pair.server_sends(&suback(1, &[2]));
    pair.server_sends(&unsuback(2, &[]));
    pair.server_sends(&suback(1, &[2]));
    let subscribed = Heard::Subscribed { packet_id: 1, reasons: vec![2] };
    assert_eq!(pair.heard(), [subscribed, Heard::Unsubscribed { packet_id: 2 }]);
}

/// A late answer to a request that was given up must not be taken for that of a newer one.
#[test]
fn an_abandoned_request_keeps_its_identifier_until_the_answer() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.window = 1;
    pair.connect(false);
    let subscription = Subscription { filter: b"a", options: 0 };
    let id = pair.session.subscribe(pair.now, &[subscription], PropertyList::EMPTY).unwrap().get();
    pair.session.abandon_request(id);
    let mut used = Vec::new();
    for _ in 0..65_535 {
        let id = pair.publish(b"x", Qos::AtLeastOnce);
        pair.server_sends(&Packet::PubAck(about(id)));
        used.push(id);
    }
    assert!(!used.contains(&id));
    pair.heard();
    pair.server_sends(&suback(id, &[0]));
    assert_eq!(pair.heard(), []);
    assert_eq!(pair.publish(b"x", Qos::AtLeastOnce), 3);
}

/// With everything in flight the identifiers are used up; each one that is freed is found.
#[test]
fn all_65535_identifiers_can_be_in_flight() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.window = u16::MAX;
    pair.connect(false);
    // A request ends with its connection, and its identifier is free.
    let subscription = Subscription { filter: b"a", options: 0 };
    pair.session.subscribe(pair.now, &[subscription], PropertyList::EMPTY).unwrap();
    pair.lose_connection();
    pair.connect(true);
    for id in (2..=u16::MAX).chain([1]) {
        assert_eq!(pair.publish(b"", Qos::AtLeastOnce), id);
        if id % 1000 == 0 {
            pair.client_sent();
        }
    }
    assert!(pair.session.window_is_full());
    let refused = pair.session.subscribe(pair.now, &[subscription], PropertyList::EMPTY);
    assert!(matches!(refused, Err(Error::NoPacketId)));
    for id in [40_000, 1, 65_535, 30_000] {
        pair.server_sends(&Packet::PubAck(about(id)));
        assert_eq!(pair.publish(b"", Qos::AtLeastOnce), id);
    }
    assert_eq!(pair.pending()[65_530..], [65_534, 40_000, 1, 65_535, 30_000]);
}
