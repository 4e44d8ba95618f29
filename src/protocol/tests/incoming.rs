//! Messages from the server.

use super::pair::{ALL_VERSIONS, Heard, Pair, about, bytes, publish, two_byte};
use crate::error::ProtocolError;
use crate::protocol::packet::{Packet, PropertyId, PropertyValue, Publish};
use crate::protocol::session::StoreKey;
use crate::protocol::{Qos, Version};

const V3: [Version; 2] = [Version::V3_1, Version::V3_1_1];

fn send(pair: &mut Pair, packet_id: u16, payload: &[u8], qos: Qos) {
    pair.server_sends(&Packet::Publish(publish(packet_id, payload, qos)));
}

fn send_again(pair: &mut Pair, packet_id: u16, payload: &[u8], qos: Qos) {
    pair.server_sends(&Packet::Publish(Publish { dup: true, ..publish(packet_id, payload, qos) }));
}

fn release(pair: &mut Pair, packet_id: u16) {
    pair.server_sends(&Packet::PubRel(about(packet_id)));
}

/// Decision 3: PUBACK when the application has the message, not before.
#[test]
fn qos_1_is_acknowledged_when_the_application_has_it() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::connected(version);
        send(&mut pair, 101, b"x", Qos::AtLeastOnce);
        let (topic, payload) = (b"a/b".to_vec(), b"x".to_vec());
        assert_eq!(pair.heard(), [Heard::Message { topic, payload, dup: false }]);
        assert_eq!(pair.client_sent().len(), 0);
        pair.acknowledge();
        assert_eq!(pair.client_sent(), [b"\x40\x02\x00\x65"], "contract W-112");
    }
}

/// Contract C-10.1: QoS 1 is not filtered. W-205: the application sees the flag.
#[test]
fn qos_1_duplicates_on_one_connection_are_delivered() {
    let mut pair = Pair::connected(Version::V3_1_1);
    send(&mut pair, 5, b"x", Qos::AtLeastOnce);
    send_again(&mut pair, 5, b"x", Qos::AtLeastOnce);
    assert!(matches!(
        pair.heard()[..],
        [Heard::Message { dup: false, .. }, Heard::Message { dup: true, .. }]
    ));
}

/// Acknowledgements are the application's to order; each goes out once.
#[test]
fn acknowledgements_keep_their_order() {
    let mut pair = Pair::connected(Version::V3_1_1);
    for id in [7, 3, 9] {
        send(&mut pair, id, b"x", Qos::AtLeastOnce);
    }
    for _ in 0..3 {
        pair.acknowledge();
    }
    assert_eq!(pair.client_sent(), [b"\x40\x02\x00\x07", b"\x40\x02\x00\x03", b"\x40\x02\x00\x09"]);
}

/// Decision 3: what is in the store is acknowledged at once, each message before the next, and
/// so in the order of arrival.
#[test]
fn what_is_safe_is_acknowledged_at_once() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::connected(version);
        pair.host.stores_messages = true;
        send(&mut pair, 7, b"x", Qos::AtLeastOnce);
        send(&mut pair, 3, b"x", Qos::ExactlyOnce);
        send(&mut pair, 9, b"x", Qos::AtLeastOnce);
        let answers = [b"\x40\x02\x00\x07", b"\x50\x02\x00\x03", b"\x40\x02\x00\x09"];
        assert_eq!(pair.client_sent(), answers);
        release(&mut pair, 3);
        assert_eq!(pair.client_sent(), [b"\x70\x02\x00\x03"]);
        assert!(pair.host.records.is_empty());
    }
}

/// MQTT 3.1.1 §4.3.3 method A, contract C-10.1 and P-305: stored before PUBREC, delivered at PUBREL,
/// PUBCOMP when the application has it.
#[test]
fn qos_2_of_mqtt_3_is_delivered_when_released() {
    for version in V3 {
        let mut pair = Pair::connected(version);
        send_again(&mut pair, 103, b"x", Qos::ExactlyOnce);
        assert_eq!(pair.heard(), [Heard::Persisted(StoreKey::ReceivedPublish(103))]);
        let received = Packet::Publish(Publish { dup: true, ..publish(103, b"x", Qos::ExactlyOnce) });
        assert_eq!(pair.host.records["ReceivedPublish(103)"], bytes(&received, version));
        assert_eq!(pair.client_sent(), [b"\x50\x02\x00\x67"]);
        assert!(!pair.session.is_quiet());
        release(&mut pair, 103);
        let (topic, payload) = (b"a/b".to_vec(), b"x".to_vec());
        assert_eq!(pair.heard(), [Heard::Message { topic, payload, dup: false }], "contract C-6.7");
        assert!(pair.session.is_quiet(), "what waits for the application does not count");
        // The server does not get its answer sooner by asking again.
        release(&mut pair, 103);
        assert_eq!((pair.heard(), pair.client_sent().len()), (vec![], 0));
        pair.acknowledge();
        assert_eq!(pair.client_sent(), [b"\x70\x02\x00\x67"]);
        assert_eq!(pair.heard(), [Heard::Forgot(StoreKey::ReceivedPublish(103))]);
        // The identifier is free.
        send(&mut pair, 103, b"y", Qos::ExactlyOnce);
        release(&mut pair, 103);
        assert_eq!(pair.messages(), [b"y"]);
    }
}

/// Contract C-10.1: the last content before the PUBREL is delivered, once.
#[test]
fn qos_2_of_mqtt_3_repeated_before_the_release_replaces_the_content() {
    let mut pair = Pair::connected(Version::V3_1_1);
    send(&mut pair, 1, b"first", Qos::ExactlyOnce);
    send_again(&mut pair, 1, b"last", Qos::ExactlyOnce);
    assert_eq!(pair.client_sent(), [b"\x50\x02\x00\x01", b"\x50\x02\x00\x01"]);
    release(&mut pair, 1);
    assert_eq!(pair.messages(), [b"last"]);
    pair.acknowledge();
    assert_eq!(pair.client_sent().len(), 1);
}

/// Contract C-10.1: the identifier is free after PUBREL. Some servers use it again before our PUBCOMP, which
/// waits for the application.
#[test]
fn a_released_identifier_may_be_used_again_before_pubcomp() {
    let mut pair = Pair::connected(Version::V3_1_1);
    send(&mut pair, 1, b"first", Qos::ExactlyOnce);
    release(&mut pair, 1);
    assert_eq!(pair.client_sent(), [b"\x50\x02\x00\x01"]);
    send(&mut pair, 1, b"second", Qos::ExactlyOnce);
    assert_eq!(pair.client_sent(), [b"\x70\x02\x00\x01", b"\x50\x02\x00\x01"]);
    // What the application says of the first one is of no concern any more, and the second one is kept.
    pair.acknowledge();
    assert_eq!((pair.client_sent().len(), pair.host.records.len()), (0, 1));
    release(&mut pair, 1);
    assert_eq!(pair.messages(), [b"first".as_slice(), b"second"]);
    pair.acknowledge();
    assert_eq!(pair.client_sent(), [b"\x70\x02\x00\x01"]);
    assert!(pair.host.records.is_empty() && pair.session.is_quiet());
}

/// MQTT 5.0 §4.3.3, contract C-10.1: delivered at the PUBLISH; PUBREC when the application has it,
/// and the store knows that it has.
#[test]
fn qos_2_of_mqtt_5_is_delivered_at_once() {
    let mut pair = Pair::connected(Version::V5);
    send(&mut pair, 103, b"x", Qos::ExactlyOnce);
    assert!(matches!(pair.heard()[..], [Heard::Message { dup: false, .. }]));
    // [MQTT-4.3.3-10]: not twice; and nothing to acknowledge yet.
    send_again(&mut pair, 103, b"x", Qos::ExactlyOnce);
    assert_eq!((pair.heard(), pair.client_sent().len()), (vec![], 0));
    assert!(pair.session.is_quiet());
    pair.acknowledge();
    assert_eq!(pair.heard(), [Heard::Persisted(StoreKey::ReceivedPublish(103))]);
    assert_eq!(pair.client_sent(), [b"\x50\x02\x00\x67"]);
    send_again(&mut pair, 103, b"x", Qos::ExactlyOnce);
    assert_eq!((pair.heard(), pair.client_sent()), (vec![], vec![b"\x50\x02\x00\x67".to_vec()]));
    assert!(!pair.session.is_quiet());
    release(&mut pair, 103);
    assert_eq!(pair.heard(), [Heard::Forgot(StoreKey::ReceivedPublish(103))]);
    assert_eq!(pair.client_sent(), [b"\x70\x02\x00\x67"]);
    assert!(pair.session.is_quiet());
}

/// Contract C-3.1: the client has connected with another version meanwhile, whose records say something else.
#[test]
fn qos_2_of_mqtt_5_is_not_stored_as_of_mqtt_3() {
    let mut pair = Pair::connected(Version::V5);
    send(&mut pair, 103, b"x", Qos::ExactlyOnce);
    pair.lose_connection();
    pair.version = Version::V3_1_1;
    pair.connect(true);
    pair.client_sent();
    pair.heard();
    pair.acknowledge();
    assert_eq!((pair.heard(), pair.host.records.len()), (vec![], 0));
    send_again(&mut pair, 103, b"x", Qos::ExactlyOnce);
    assert_eq!(pair.client_sent(), [b"\x50\x02\x00\x67"]);
    release(&mut pair, 103);
    assert_eq!((pair.messages().len(), pair.client_sent()), (0, vec![b"\x70\x02\x00\x67".to_vec()]));
}

/// A PUBREL that comes before our PUBREC is answered when the application has the message.
#[test]
fn an_early_pubrel_waits_for_the_application() {
    let mut pair = Pair::connected(Version::V5);
    send(&mut pair, 1, b"x", Qos::ExactlyOnce);
    release(&mut pair, 1);
    assert_eq!(pair.client_sent().len(), 0);
    pair.acknowledge();
    assert_eq!(pair.client_sent(), [b"\x70\x02\x00\x01"]);
}

/// Contract W-202: PUBREL for an unknown identifier is answered, or the server would ask for ever.
#[test]
fn an_unknown_pubrel_gets_its_pubcomp() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::connected(version);
        release(&mut pair, 77);
        assert_eq!((pair.heard(), pair.client_sent()), (vec![], vec![b"\x70\x02\x00\x4d".to_vec()]));
    }
}

/// Design D8: what could not be stored is not acknowledged, and the server's repetition gets
/// another chance.
#[test]
fn qos_2_that_cannot_be_stored_is_not_acknowledged() {
    for version in ALL_VERSIONS {
        let mut pair = Pair::connected(version);
        pair.host.store_is_full = true;
        send(&mut pair, 1, b"x", Qos::ExactlyOnce);
        if version == Version::V5 {
            pair.acknowledge();
        }
        assert_eq!(pair.client_sent().len(), 0, "{version:?}");
        pair.host.store_is_full = false;
        pair.lose_connection();
        pair.connect(true);
        send_again(&mut pair, 1, b"x", Qos::ExactlyOnce);
        assert_eq!(pair.client_sent(), [b"\x50\x02\x00\x01"]);
        assert_eq!(pair.host.records.len(), 1);
        assert_eq!(pair.messages().len(), 0, "not again, and in MQTT 3 not yet");
        release(&mut pair, 1);
        assert_eq!(pair.messages().len(), usize::from(version != Version::V5));
    }
}

/// Contract W-202: old servers send identifier 0, and get it back.
#[test]
fn packet_id_0_is_acknowledged_with_0() {
    let mut pair = Pair::connected(Version::V3_1_1);
    send(&mut pair, 0, b"x", Qos::AtLeastOnce);
    pair.acknowledge();
    send(&mut pair, 0, b"y", Qos::ExactlyOnce);
    release(&mut pair, 0);
    pair.acknowledge();
    assert_eq!(pair.client_sent(), [b"\x40\x02\0\0", b"\x50\x02\0\0", b"\x70\x02\0\0"]);
    assert_eq!(pair.messages(), [b"x", b"y"]);
}

/// Contract W-206: bytes that are no UTF-8, and wildcards, are delivered as they are.
#[test]
fn odd_topics_are_delivered() {
    let mut pair = Pair::connected(Version::V3_1_1);
    for topic in [&b"caf\xe9"[..], b"a/#", b"nul\0inside"] {
        pair.server_sends(&Packet::Publish(Publish { topic, ..publish(0, b"", Qos::AtMostOnce) }));
        let heard = pair.heard();
        assert!(matches!(&heard[..], [Heard::Message { topic: seen, .. }] if seen == topic));
    }
}

/// MQTT 5.0 §3.3.2.3.4, contract W-303 improved: the alias is resolved and stays visible.
#[test]
fn topic_aliases_are_resolved_within_what_was_offered() {
    let mut pair = Pair::new(Version::V5);
    pair.connect_properties = two_byte(PropertyId::TopicAliasMaximum, 2);
    pair.connect(false);
    let mut topics = Vec::new();
    for (topic, alias, qos) in [
        ("one", 1, Qos::AtMostOnce),
        ("two", 2, Qos::AtLeastOnce),
        ("", 1, Qos::AtLeastOnce),
        ("", 2, Qos::ExactlyOnce),
        ("uno", 1, Qos::AtMostOnce),
        ("", 1, Qos::AtMostOnce),
    ] {
        let properties = two_byte(PropertyId::TopicAlias, alias);
        let (topic, properties) = (topic.as_bytes(), properties.as_list());
        pair.server_sends(&Packet::Publish(Publish { topic, properties, ..publish(9, b"", qos) }));
        let seen = pair.host.last_properties.as_list().find(PropertyId::TopicAlias);
        assert_eq!(seen, Some(PropertyValue::TwoByteInteger(alias)));
        for heard in pair.heard() {
            if let Heard::Message { topic, .. } = heard {
                topics.push(String::from_utf8(topic).unwrap());
            }
        }
    }
    assert_eq!(topics, ["one", "two", "one", "two", "uno", "uno"]);
    // Each connection starts without any: MQTT 5.0 §3.3.2.3.4.
    pair.lose_connection();
    pair.connect(true);
    assert_eq!(send_alias(&mut pair, b"", 1), Err(ProtocolError::Violation(3)));
}

/// Contract W-206: alias 0, or above what was offered, is a protocol error.
#[test]
fn topic_aliases_outside_the_offer_are_refused() {
    for (offered, alias, accepted) in
        [(None, 1, false), (Some(0), 1, false), (Some(5), 0, false), (Some(5), 6, false), (Some(5), 5, true)]
    {
        let mut pair = Pair::new(Version::V5);
        if let Some(offered) = offered {
            pair.connect_properties = two_byte(PropertyId::TopicAliasMaximum, offered);
        }
        pair.connect(false);
        let expected = if accepted { Ok(()) } else { Err(ProtocolError::Violation(3)) };
        assert_eq!(send_alias(&mut pair, b"t", alias), expected, "{offered:?} {alias}");
    }
}

fn send_alias(pair: &mut Pair, topic: &[u8], alias: u16) -> Result<(), ProtocolError> {
    let properties = two_byte(PropertyId::TopicAlias, alias);
    let properties = properties.as_list();
    let packet = Packet::Publish(Publish { topic, properties, ..publish(0, b"", Qos::AtMostOnce) });
    pair.server_sends_bytes(&bytes(&packet, Version::V5))
}
