//! Any packet, written and read again, is the same packet.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::encoded;
use crate::protocol::fuzzing::decode_any;
use crate::protocol::packet::*;
use crate::protocol::{Qos, ReasonCode, Version};

fn any_version() -> impl Strategy<Value = Version> {
    prop_oneof![Just(Version::V3_1), Just(Version::V3_1_1), Just(Version::V5)]
}

fn any_qos() -> impl Strategy<Value = Qos> {
    prop_oneof![Just(Qos::AtMostOnce), Just(Qos::AtLeastOnce), Just(Qos::ExactlyOnce)]
}

fn any_text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![8 => vec(any::<u8>(), 0..40), 1 => vec(any::<u8>(), 100..400)]
}

/// Properties that no packet refuses: each once, but for user properties.
fn any_properties() -> impl Strategy<Value = Properties> {
    let ids = btree_set(0..PropertyId::ALL.len(), 0..8);
    (ids, vec((any_text(), any_text()), 1..4), any::<u32>(), any::<bool>()).prop_map(
        |(ids, texts, number, reversed)| {
            let mut ids: Vec<_> = ids.into_iter().map(|index| PropertyId::ALL[index]).collect();
            if reversed {
                ids.reverse();
            }
            let mut properties = Properties::default();
            for id in ids {
                let repetitions = if id == PropertyId::UserProperty { texts.len() } else { 1 };
                for (text, other) in &texts[..repetitions] {
                    let value = match id.value_type() {
                        PropertyType::Byte => PropertyValue::Byte(number.to_be_bytes()[0]),
                        PropertyType::TwoByteInteger => PropertyValue::TwoByteInteger(u16::from_be_bytes(
                            *number.to_be_bytes().first_chunk().unwrap(),
                        )),
                        PropertyType::FourByteInteger => PropertyValue::FourByteInteger(number),
                        PropertyType::VariableByteInteger => {
                            PropertyValue::VariableByteInteger(number >> (4 + number % 28))
                        }
                        PropertyType::BinaryData => PropertyValue::BinaryData(text),
                        PropertyType::Utf8String => PropertyValue::Utf8String(text),
                        PropertyType::Utf8StringPair => PropertyValue::Utf8StringPair(text, other),
                    };
                    properties.push(Property { id, value }).unwrap();
                }
            }
            properties
        },
    )
}

/// What a packet of this version can carry of them.
fn for_version(properties: &Properties, version: Version) -> PropertyList<'_> {
    if version.has_properties() { properties.as_list() } else { PropertyList::EMPTY }
}

fn reason_for(version: Version, reason: u8) -> ReasonCode {
    if version.has_properties() { ReasonCode(reason) } else { ReasonCode::SUCCESS }
}

/// Also cuts the packet in pieces and takes its properties apart, as the fuzzer does.
#[track_caller]
fn round_trip(packet: &Packet<'_>, version: Version) {
    let bytes = encoded(packet, version);
    assert_eq!(frame(&bytes), Ok(Framing::Complete(bytes.len())));
    assert_eq!(Packet::decode(&bytes, version).as_ref(), Ok(packet));
    let selector = match version {
        Version::V3_1_1 => 0,
        Version::V5 => 1,
        Version::V3_1 => 2,
    };
    decode_any(&[&[selector], &bytes[..], &bytes[..]].concat());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn connect(
        version in any_version(),
        clean: bool,
        keep_alive: u16,
        properties in any_properties(),
        client_id in any_text(),
        will in option::of((any_text(), any_text(), any_qos(), any::<bool>(), any_properties())),
        username in option::of(any_text()),
        password in option::of(any_text()),
    ) {
        let packet = Packet::Connect(Connect {
            version,
            clean,
            keep_alive,
            properties: for_version(&properties, version),
            client_id: &client_id,
            will: will.as_ref().map(|(topic, payload, qos, retain, properties)| Will {
                topic,
                payload,
                qos: *qos,
                retain: *retain,
                properties: for_version(properties, version),
            }),
            username: username.as_deref(),
            password: password.as_deref(),
        });
        round_trip(&packet, version);
    }

    #[test]
    fn connack(version in any_version(), session_present: bool, reason: u8, properties in any_properties()) {
        let properties = for_version(&properties, version);
        let connack = ConnAck { session_present, reason: ReasonCode(reason), properties };
        round_trip(&Packet::ConnAck(connack), version);
    }

    #[test]
    fn publish(
        version in any_version(),
        dup: bool,
        qos in any_qos(),
        retain: bool,
        topic in any_text(),
        packet_id: u16,
        properties in any_properties(),
        payload in vec(any::<u8>(), 0..300),
    ) {
        prop_assume!(version.has_properties() || !topic.is_empty());
        let packet_id = if qos == Qos::AtMostOnce { 0 } else { packet_id };
        let properties = for_version(&properties, version);
        let publish = Publish { dup, qos, retain, topic: &topic, packet_id, properties, payload: &payload };
        round_trip(&Packet::Publish(publish), version);
    }

    #[test]
    fn acknowledgements(version in any_version(), packet_id: u16, reason: u8, properties in any_properties()) {
        let reason = reason_for(version, reason);
        let full = Acknowledgement { packet_id, reason, properties: for_version(&properties, version) };
        for acknowledgement in [full, Acknowledgement { properties: PropertyList::EMPTY, ..full }] {
            round_trip(&Packet::PubAck(acknowledgement), version);
            round_trip(&Packet::PubRec(acknowledgement), version);
            round_trip(&Packet::PubRel(acknowledgement), version);
            round_trip(&Packet::PubComp(acknowledgement), version);
        }
    }

    #[test]
    fn subscribe(
        version in any_version(),
        packet_id: u16,
        properties in any_properties(),
        filters in vec((any_text(), any::<u8>()), 1..6),
    ) {
        let subscriptions =
            filters.iter().map(|(filter, options)| Subscription { filter, options: *options }).collect();
        let properties = for_version(&properties, version);
        round_trip(&Packet::Subscribe(Subscribe { packet_id, properties, subscriptions }), version);
    }

    #[test]
    fn unsubscribe(
        version in any_version(),
        packet_id: u16,
        properties in any_properties(),
        filters in vec(any_text(), 1..6),
    ) {
        let filters = filters.iter().map(Vec::as_slice).collect();
        let properties = for_version(&properties, version);
        round_trip(&Packet::Unsubscribe(Unsubscribe { packet_id, properties, filters }), version);
    }

    #[test]
    fn suback_and_unsuback(
        version in any_version(),
        packet_id: u16,
        properties in any_properties(),
        reasons in vec(any::<u8>(), 1..6),
    ) {
        let properties = for_version(&properties, version);
        round_trip(&Packet::SubAck(SubAck { packet_id, properties, reasons: &reasons }), version);
        let reasons = if version.has_properties() { &reasons[..] } else { &[] };
        round_trip(&Packet::UnsubAck(UnsubAck { packet_id, properties, reasons }), version);
    }

    #[test]
    fn disconnect(version in any_version(), reason: u8, properties in option::of(any_properties())) {
        let properties = properties.as_ref().filter(|_| version.has_properties()).map(Properties::as_list);
        let reason = reason_for(version, reason);
        round_trip(&Packet::Disconnect(Disconnect { reason, properties }), version);
    }

    #[test]
    fn auth(reason: u8, properties in any_properties()) {
        let auth = Auth { reason: ReasonCode(reason), properties: properties.as_list() };
        round_trip(&Packet::Auth(auth), Version::V5);
    }

    #[test]
    fn any_bytes_do_no_harm(data in vec(any::<u8>(), 0..200)) {
        decode_any(&data);
    }

    /// Random bytes hardly ever frame themselves; so here they are framed.
    #[test]
    fn any_body_does_no_harm(selector: u8, first: u8, body in vec(any::<u8>(), 0..60)) {
        decode_any(&[&[selector], &super::with_header(first, &body)[..]].concat());
    }
}

#[test]
fn pings() {
    for version in super::VERSIONS {
        round_trip(&Packet::PingReq, version);
        round_trip(&Packet::PingResp, version);
    }
}
