//! Requests that are made before they can be sent, and sessions that end with the server's.

use super::pair::{ALL_VERSIONS, Heard, Pair, about, property, publish, suback};
use crate::error::Error;
use crate::protocol::packet::{
    Packet, Properties, PropertyId, PropertyList, PropertyValue, Publish, Subscription, encode_subscribe,
    encode_unsubscribe,
};
use crate::protocol::session::StoreKey;
use crate::protocol::{Qos, Version};

/// A message, as it is kept until it can be sent.
fn message(packet_id: u16, payload: &[u8], qos: Qos, version: Version) -> Vec<u8> {
    let mut packet = Vec::new();
    publish(packet_id, payload, qos).encode(version, &mut packet).unwrap();
    packet
}

fn send(pair: &mut Pair, packet_id: u16, packet: &mut Vec<u8>) -> Result<(), Error> {
    pair.session.send_queued(pair.now, packet_id, packet, pair.version, &mut pair.host)
}

#[test]
fn what_is_queued_has_its_identifier_and_is_sent_as_it_is() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::new(version);
        let first = pair.session.reserve_id().unwrap().get();
        let second = pair.session.reserve_id().unwrap().get();
        assert_eq!((first, second), (1, 2));
        pair.connect(true);
        assert_eq!(pair.publish(b"now", Qos::AtLeastOnce), 3, "others are in use");
        pair.client_sent();
        pair.heard();
        let mut packet = message(second, b"queued", Qos::AtLeastOnce, version);
        let expected = packet.clone();
        send(&mut pair, second, &mut packet).unwrap();
        assert!(packet.is_empty());
        assert_eq!(pair.client_sent(), std::slice::from_ref(&expected));
        assert_eq!(pair.heard(), [Heard::Persisted(StoreKey::SentPublish(2))]);
        assert!(pair.session.is_pending(2) && !pair.session.is_reserved(2) && pair.session.is_reserved(1));
        pair.server_sends(&Packet::PubAck(about(2)));
        // What was sent is given away when nobody needs it any more.
        assert_eq!(pair.host.spent, [(2, expected)]);
        let mut without_id = message(0, b"qos 0", Qos::AtMostOnce, version);
        let expected = without_id.clone();
        send(&mut pair, 0, &mut without_id).unwrap();
        assert_eq!((pair.client_sent(), &without_id), (vec![expected.clone()], &expected));
    }
}

/// Contract P-121: nobody may be left whom an error could be told.
#[test]
fn what_was_accepted_is_sent_although_the_store_fails() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::connected(version);
        let id = pair.session.reserve_id().unwrap().get();
        pair.host.store_is_full = true;
        let mut packet = message(id, b"queued", Qos::ExactlyOnce, version);
        let expected = packet.clone();
        send(&mut pair, id, &mut packet).unwrap();
        assert_eq!(pair.client_sent(), [expected]);
        pair.server_sends(&Packet::PubRec(about(id)));
        pair.server_sends(&Packet::PubComp(about(id)));
        assert!(!pair.session.is_pending(id));
    }
}

/// A QoS 2 message is not needed any more when PUBREL is stored.
#[test]
fn the_content_of_qos_2_is_given_away_with_pubrec() {
    let mut pair = Pair::connected(Version::V5);
    let id = pair.publish(b"twice", Qos::ExactlyOnce);
    let packet = pair.client_sent().remove(0);
    pair.server_sends(&Packet::PubRec(about(id)));
    assert_eq!(pair.host.spent, [(id, packet)]);
    pair.server_sends(&Packet::PubComp(about(id)));
    assert_eq!(pair.host.spent.len(), 1);
}

#[test]
fn what_cannot_be_sent_stays_queued() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.window = 1;
    let id = pair.session.reserve_id().unwrap().get();
    let mut packet = message(id, b"x", Qos::ExactlyOnce, pair.version);
    assert!(matches!(send(&mut pair, id, &mut packet), Err(Error::Disconnected)));
    pair.connect(true);
    let other = pair.publish(b"first", Qos::AtLeastOnce);
    assert!(matches!(send(&mut pair, id, &mut packet), Err(Error::NotNow)));
    pair.server_sends(&Packet::PubAck(about(other)));
    assert!(pair.session.is_reserved(id) && !packet.is_empty());
    send(&mut pair, id, &mut packet).unwrap();
    // One that is dropped leaves its identifier to others.
    let dropped = pair.session.reserve_id().unwrap().get();
    pair.session.release_id(dropped);
    assert!(!pair.session.is_reserved(dropped));
}

#[test]
fn requests_are_answered_as_others_are() {
    let mut pair = Pair::new(Version::V5);
    let (subscribe, unsubscribe) =
        (pair.session.reserve_id().unwrap().get(), pair.session.reserve_id().unwrap().get());
    let filters = [Subscription { filter: b"a/#", options: 0b10_1101 }];
    let mut packet = Vec::new();
    encode_subscribe(subscribe, &filters, PropertyList::EMPTY, Version::V5, &mut packet).unwrap();
    let mut other = Vec::new();
    encode_unsubscribe(unsubscribe, &[b"b"], PropertyList::EMPTY, Version::V5, &mut other).unwrap();
    pair.connect(true);
    let expected = [packet.clone(), other.clone()];
    send(&mut pair, subscribe, &mut packet).unwrap();
    send(&mut pair, unsubscribe, &mut other).unwrap();
    assert_eq!(pair.client_sent(), expected);
    pair.heard();
    pair.server_sends(&suback(subscribe, &[1]));
    assert_eq!(pair.heard(), [Heard::Subscribed { packet_id: subscribe, reasons: vec![1] }]);
}

/// Contract: a client for MQTT 5.0 may connect with another version later.
#[test]
fn requests_for_mqtt_5_are_sent_to_an_older_server_without_what_it_does_not_know() {
    let mut pair = Pair::new(Version::V3_1_1);
    let id = pair.session.reserve_id().unwrap().get();
    pair.connect(true);
    let content = property(PropertyId::ContentType, PropertyValue::Utf8String(b"x"));
    let mut packet = Vec::new();
    Publish { properties: content.as_list(), ..publish(id, b"p", Qos::AtLeastOnce) }
        .encode(Version::V5, &mut packet)
        .unwrap();
    pair.session.send_queued(pair.now, id, &mut packet, Version::V5, &mut pair.host).unwrap();
    assert_eq!(pair.client_sent(), [message(id, b"p", Qos::AtLeastOnce, Version::V3_1_1)]);
    let id = pair.session.reserve_id().unwrap().get();
    let mut packet = Vec::new();
    let filters = [Subscription { filter: b"a/#", options: 0b10_1101 }];
    encode_subscribe(id, &filters, PropertyList::EMPTY, Version::V5, &mut packet).unwrap();
    pair.session.send_queued(pair.now, id, &mut packet, Version::V5, &mut pair.host).unwrap();
    let mut expected = Vec::new();
    let filters = [Subscription { filter: b"a/#", options: 1 }];
    encode_subscribe(id, &filters, PropertyList::EMPTY, Version::V3_1_1, &mut expected).unwrap();
    assert_eq!(pair.client_sent(), [expected]);
}

/// Contract: identifiers begin anew, but for those of what still waits to be sent.
#[test]
fn what_waits_outlives_its_session() {
    let mut pair = Pair::new(Version::V3_1_1);
    pair.clean = true;
    pair.connect(false);
    let reserved = pair.session.reserve_id().unwrap().get();
    assert_eq!((reserved, pair.publish(b"lost", Qos::AtLeastOnce)), (1, 2));
    pair.lose_connection();
    assert!(pair.heard().contains(&Heard::Cleared));
    assert!(pair.pending().is_empty() && pair.session.is_reserved(1));
    assert_eq!(pair.session.reserve_id().unwrap().get(), 2);
}

/// Contract A-7.4 (c), against C-3.14.
#[test]
fn a_server_without_the_session_has_it_forgotten_or_gets_it_again() {
    for forgets in [false, true] {
        for version in ALL_VERSIONS {
            let mut pair = Pair::connected(version);
            pair.forgets_with_server = forgets;
            pair.connect_properties =
                property(PropertyId::SessionExpiryInterval, PropertyValue::FourByteInteger(60));
            pair.lose_connection();
            pair.connect(true);
            let id = pair.publish(b"x", Qos::AtLeastOnce);
            pair.lose_connection();
            assert_eq!(pair.pending(), [id]);
            pair.heard();
            pair.connect_with(false, &Properties::default());
            // MQTT 3.1 does not say.
            let is_forgotten = forgets && version != Version::V3_1;
            assert_eq!(pair.heard().first() == Some(&Heard::Cleared), is_forgotten, "{version:?}");
            assert_eq!(pair.pending().is_empty(), is_forgotten);
            assert_eq!(pair.client_sent().is_empty(), is_forgotten);
        }
    }
}

/// Contract A-7.4 (a), against P-603: a session of MQTT 5.0 that ends with its connection.
#[test]
fn a_session_without_an_expiry_ends_with_its_connection_if_it_is_to() {
    for forgets in [false, true] {
        let mut pair = Pair::new(Version::V5);
        pair.forgets_with_server = forgets;
        pair.connect(true);
        let id = pair.publish(b"x", Qos::AtLeastOnce);
        pair.lose_connection();
        assert_eq!(pair.pending(), if forgets { vec![] } else { vec![id] });
    }
    // What was never accepted ends nothing.
    let mut pair = Pair::connected(Version::V5);
    let id = pair.publish(b"x", Qos::AtLeastOnce);
    pair.lose_connection();
    pair.forgets_with_server = true;
    pair.send_connect();
    pair.lose_connection();
    assert_eq!(pair.pending(), [id]);
}
