//! Packets as the contract and the standards print them, byte for byte.

use super::{BEFORE_V5, VERSIONS, encoded, hex};
use crate::error::{Error, ProtocolError};
use crate::protocol::packet::wire::VariableInteger;
use crate::protocol::packet::*;
use crate::protocol::{Qos, ReasonCode, Version};

fn connect(version: Version, client_id: &[u8], keep_alive: u16) -> Connect<'_> {
    Connect {
        version,
        clean: true,
        keep_alive,
        properties: PropertyList::EMPTY,
        client_id,
        will: None,
        username: None,
        password: None,
    }
}

fn publish<'a>(qos: Qos, packet_id: u16, payload: &'a [u8]) -> Publish<'a> {
    Publish {
        dup: false,
        qos,
        retain: false,
        topic: b"a/b",
        packet_id,
        properties: PropertyList::EMPTY,
        payload,
    }
}

/// Both ways: `packet` is written as `bytes`, and `bytes` are read as `packet`.
#[track_caller]
fn same(packet: Packet<'_>, version: Version, bytes: &str) {
    let bytes = hex(bytes);
    assert_eq!(encoded(&packet, version), bytes);
    assert_eq!(Packet::decode(&bytes, version), Ok(packet));
}

/// Contract W-101.
#[test]
fn connect_names_its_version() {
    let v3_1 = Packet::Connect(connect(Version::V3_1, b"w", 1));
    same(v3_1, Version::V3_1, "10 0f 0006 4d5149736470 03 02 0001 0001 77");
    let v3_1_1 = Packet::Connect(connect(Version::V3_1_1, b"w", 60));
    same(v3_1_1, Version::V3_1_1, "10 0d 0004 4d515454 04 02 003c 0001 77");
    let v5 = Packet::Connect(connect(Version::V5, b"", 60));
    same(v5, Version::V5, "10 0d 0004 4d515454 05 02 003c 00 0000");
}

/// Contract W-102.
#[test]
fn connect_fields_are_in_order() {
    let will = Will {
        topic: b"t",
        payload: b"gone",
        qos: Qos::ExactlyOnce,
        retain: true,
        properties: PropertyList::parse(b"\x18\0\0\0\x05").unwrap(),
    };
    let full = Connect {
        will: Some(will),
        username: Some(b"u"),
        password: Some(b"pw"),
        properties: PropertyList::parse(b"\x21\0\x0a").unwrap(),
        ..connect(Version::V5, b"id", 60)
    };
    same(
        Packet::Connect(full),
        Version::V5,
        "10 28 0004 4d515454 05 f6 003c 03 21000a 0002 6964
         05 1800000005 0001 74 0004 676f6e65 0001 75 0002 7077",
    );
}

/// Contract W-102: the standard of MQTT 3.1.1 forbids it, programs do it.
#[test]
fn password_goes_without_user_name() {
    let only = Connect { password: Some(b""), ..connect(Version::V3_1_1, b"w", 60) };
    same(Packet::Connect(only), Version::V3_1_1, "10 0f 0004 4d515454 04 42 003c 0001 77 0000");
}

/// Contract W-110: no identifier in QoS 0, always a property length in MQTT 5.0.
#[test]
fn publish_has_what_its_qos_and_version_have() {
    for version in BEFORE_V5 {
        same(Packet::Publish(publish(Qos::AtMostOnce, 0, b"hi")), version, "30 07 0003 612f62 6869");
        let repeated = Publish { dup: true, retain: true, ..publish(Qos::ExactlyOnce, 0x102, b"") };
        same(Packet::Publish(repeated), version, "3d 07 0003 612f62 0102");
    }
    same(Packet::Publish(publish(Qos::AtMostOnce, 0, b"hi")), Version::V5, "30 08 0003 612f62 00 6869");
    let expiring = Publish {
        properties: PropertyList::parse(b"\x02\0\0\0\x01").unwrap(),
        ..publish(Qos::AtLeastOnce, 1, b"hi")
    };
    same(Packet::Publish(expiring), Version::V5, "32 0f 0003 612f62 0001 05 0200000001 6869");
}

/// Contract W-110: a repetition is the same bytes but for one bit.
#[test]
fn set_dup_is_what_encode_writes() {
    let first = publish(Qos::AtLeastOnce, 7, b"x");
    let mut bytes = encoded(&Packet::Publish(first), Version::V5);
    set_dup(&mut bytes);
    assert_eq!(bytes, encoded(&Packet::Publish(Publish { dup: true, ..first }), Version::V5));
    set_dup(&mut []);
}

/// Contract W-111.
#[test]
fn subscribe_and_unsubscribe() {
    let subscribe = |options| {
        Packet::Subscribe(Subscribe {
            packet_id: 1,
            properties: PropertyList::EMPTY,
            subscriptions: vec![Subscription { filter: b"in/#", options }],
        })
    };
    same(subscribe(2), Version::V5, "82 0a 0001 00 0004 696e2f23 02");
    same(subscribe(2), Version::V3_1_1, "82 09 0001 0004 696e2f23 02");
    // What the program put there is sent, out of range or not.
    same(subscribe(0xff), Version::V5, "82 0a 0001 00 0004 696e2f23 ff");
    let unsubscribe = Packet::Unsubscribe(Unsubscribe {
        packet_id: 0xffff,
        properties: PropertyList::EMPTY,
        filters: vec![b"a", b""],
    });
    same(unsubscribe.clone(), Version::V3_1, "a2 07 ffff 0001 61 0000");
    same(unsubscribe, Version::V5, "a2 08 ffff 00 0001 61 0000");
}

/// Contract W-112.
#[test]
fn acknowledgements_are_two_bytes_in_every_version() {
    let plain = |packet_id| Acknowledgement {
        packet_id,
        reason: ReasonCode::SUCCESS,
        properties: PropertyList::EMPTY,
    };
    for version in VERSIONS {
        same(Packet::PubAck(plain(0x65)), version, "40020065");
        same(Packet::PubRec(plain(0x67)), version, "50020067");
        same(Packet::PubRel(plain(5)), version, "62020005");
        same(Packet::PubComp(plain(0x67)), version, "70020067");
    }
    assert_eq!(puback(0x65), *hex("40020065"));
    assert_eq!(pubrec(0x67), *hex("50020067"));
    assert_eq!(pubrel(5), *hex("62020005"));
    assert_eq!(pubcomp(0x67), *hex("70020067"));
}

/// MQTT 5.0 §3.4.2.1: reason and properties may be left out, from the end.
#[test]
fn acknowledgements_come_in_three_lengths() {
    let refused = |properties| Acknowledgement { packet_id: 9, reason: ReasonCode(0x97), properties };
    same(Packet::PubRec(refused(PropertyList::EMPTY)), Version::V5, "50 03 0009 97");
    let list = PropertyList::parse(b"\x1f\0\x02no").unwrap();
    same(Packet::PubRec(refused(list)), Version::V5, "50 09 0009 97 05 1f0002 6e6f");
    let long_form = hex("50 04 0009 97 00");
    assert_eq!(Packet::decode(&long_form, Version::V5), Ok(Packet::PubRec(refused(PropertyList::EMPTY))));
}

/// Contract W-113.
#[test]
fn disconnect_is_as_short_as_its_caller_wants() {
    let disconnect = |reason, properties| Packet::Disconnect(Disconnect { reason, properties });
    for version in VERSIONS {
        same(disconnect(ReasonCode::SUCCESS, None), version, "e000");
    }
    same(disconnect(ReasonCode::SUCCESS, Some(PropertyList::EMPTY)), Version::V5, "e0 02 00 00");
    same(disconnect(ReasonCode(4), None), Version::V5, "e0 01 04");
    let list = PropertyList::parse(b"\x11\0\0\0\x09").unwrap();
    same(disconnect(ReasonCode(4), Some(list)), Version::V5, "e0 07 04 05 1100000009");
    // Older versions have neither.
    assert_eq!(encoded(&disconnect(ReasonCode(4), Some(list)), Version::V3_1_1), hex("e000"));
}

#[test]
fn what_servers_answer() {
    let connack = |session_present, reason, properties| {
        Packet::ConnAck(ConnAck { session_present, reason: ReasonCode(reason), properties })
    };
    same(connack(true, 0, PropertyList::EMPTY), Version::V3_1_1, "20 02 01 00");
    same(connack(false, 5, PropertyList::EMPTY), Version::V3_1, "20 02 00 05");
    same(connack(false, 0x87, PropertyList::EMPTY), Version::V5, "20 03 00 87 00");
    let list = PropertyList::parse(b"\x21\0\x14\x24\x01").unwrap();
    same(connack(false, 0, list), Version::V5, "20 08 00 00 05 210014 2401");

    let suback =
        Packet::SubAck(SubAck { packet_id: 1, properties: PropertyList::EMPTY, reasons: &[2, 0x80] });
    same(suback.clone(), Version::V3_1_1, "90 04 0001 02 80");
    same(suback, Version::V5, "90 05 0001 00 02 80");
    let unsuback =
        |reasons| Packet::UnsubAck(UnsubAck { packet_id: 1, properties: PropertyList::EMPTY, reasons });
    same(unsuback(&[]), Version::V3_1_1, "b0 02 0001");
    same(unsuback(&[0x11]), Version::V5, "b0 04 0001 00 11");

    for version in VERSIONS {
        same(Packet::PingReq, version, "c000");
        same(Packet::PingResp, version, "d000");
    }
    let auth = Auth {
        reason: ReasonCode(0x18),
        properties: PropertyList::parse(b"\x15\0\x01m\x16\0\x01\xff").unwrap(),
    };
    same(Packet::Auth(auth), Version::V5, "f0 0a 18 08 150001 6d 160001 ff");
}

/// Contract W-108: before sending, and before anything is written.
#[test]
fn what_mqtt_cannot_carry_is_not_begun() {
    #[track_caller]
    fn too_large(packet: Packet<'_>) {
        for version in VERSIONS {
            let mut out = b"before".to_vec();
            assert!(matches!(packet.encode(version, &mut out), Err(Error::TooLarge)));
            assert_eq!(out, b"before");
        }
    }
    let long = vec![b'x'; 65_536];
    let whole = vec![0; 268_435_456];
    let id = connect(Version::V5, b"id", 60);
    let will = Will {
        topic: b"t",
        payload: b"",
        qos: Qos::AtMostOnce,
        retain: false,
        properties: PropertyList::EMPTY,
    };
    too_large(Packet::Connect(Connect { client_id: &long, ..id }));
    too_large(Packet::Connect(Connect { username: Some(&long), ..id }));
    too_large(Packet::Connect(Connect { password: Some(&long), ..id }));
    too_large(Packet::Connect(Connect { will: Some(Will { topic: &long, ..will }), ..id }));
    too_large(Packet::Connect(Connect { will: Some(Will { payload: &long, ..will }), ..id }));
    too_large(Packet::Publish(Publish { topic: &long, ..publish(Qos::AtMostOnce, 0, b"") }));
    too_large(Packet::Publish(publish(Qos::AtMostOnce, 0, &whole)));
    let properties = PropertyList::EMPTY;
    let fits = Subscription { filter: b"a", options: 0 };
    let subscriptions = vec![fits, Subscription { filter: &long, options: 0 }];
    too_large(Packet::Subscribe(Subscribe { packet_id: 1, properties, subscriptions }));
    // Each filter fits, their sum does not.
    let many = vec![Subscription { filter: &long[..65_535], options: 0 }; 4_096];
    too_large(Packet::Subscribe(Subscribe { packet_id: 1, properties, subscriptions: many }));
    too_large(Packet::Unsubscribe(Unsubscribe { packet_id: 1, properties, filters: vec![b"a", &long] }));
    too_large(Packet::SubAck(SubAck { packet_id: 1, properties, reasons: &whole }));
}

/// The largest packets MQTT has, and the first that are larger.
#[test]
fn remaining_length_ends_at_its_last_value() {
    let payload = vec![0; 268_435_455];
    let head = "a/b".len() + 2;
    let largest = publish(Qos::AtMostOnce, 0, &payload[head..]);
    let mut out = Vec::new();
    largest.encode_head(Version::V3_1_1, &mut out).unwrap();
    assert_eq!(out, hex("30 ffffff7f 0003 612f62"));
    assert_eq!(frame(&out), Ok(Framing::Incomplete { total: Some(268_435_460) }));
    let larger = publish(Qos::AtMostOnce, 0, &payload[head - 1..]);
    assert!(matches!(larger.encode_head(Version::V3_1_1, &mut out), Err(Error::TooLarge)));
}

/// MQTT 5.0 table 1-1, and contract W-201.
#[test]
fn frames_begin_with_a_variable_byte_integer() {
    let total = |header: &str| match frame(&hex(header)) {
        Ok(Framing::Complete(total)) => Some(total),
        Ok(Framing::Incomplete { total }) => total,
        Err(_) => None,
    };
    for (header, size) in [
        ("30 00", 2),
        ("30 7f", 2 + 127),
        ("30 8001", 3 + 128),
        ("30 ff7f", 3 + 16_383),
        ("30 808001", 4 + 16_384),
        ("30 ffff7f", 4 + 2_097_151),
        ("30 80808001", 5 + 2_097_152),
        ("30 ffffff7f", 5 + 268_435_455),
        // Longer than need be.
        ("30 80808000", 5),
    ] {
        assert_eq!(total(header), Some(size), "{header}");
    }
    for header in ["", "30", "30 80", "30 ffff", "30 ffffff"] {
        assert_eq!(frame(&hex(header)), Ok(Framing::Incomplete { total: None }), "{header}");
    }
    for header in ["30 ffffffff", "30 80808080", "30 8080808001"] {
        assert_eq!(frame(&hex(header)), Err(ProtocolError::BadLength), "{header}");
    }
    assert_eq!(frame(&hex("d000 d0")), Ok(Framing::Complete(2)));
    assert_eq!(frame(&hex("4002 00")), Ok(Framing::Incomplete { total: Some(4) }));
}

/// MQTT 5.0 table 1-1, and [MQTT-1.5.5-1]: in no more bytes than need be.
#[test]
fn variable_byte_integers_are_as_short_as_can_be() {
    for (value, bytes) in [
        (0, "00"),
        (1, "01"),
        (127, "7f"),
        (128, "8001"),
        (16_383, "ff7f"),
        (16_384, "808001"),
        (2_097_151, "ffff7f"),
        (2_097_152, "80808001"),
        (268_435_455, "ffffff7f"),
    ] {
        let integer = VariableInteger::new(value).unwrap();
        let bytes = hex(bytes);
        let mut out = Vec::new();
        integer.put(&mut out);
        assert_eq!(out, bytes);
        assert_eq!(integer.size(), bytes.len());
        integer.put_after(0x30, &mut out);
        assert_eq!(out, [&bytes[..], &[0x30], &bytes].concat());
    }
    assert!(matches!(VariableInteger::new(268_435_456), Err(Error::TooLarge)));
}

#[test]
fn every_size_of_length_is_written_as_it_is_read() {
    for remaining in [5, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152] {
        let payload = vec![b'x'; remaining - 5];
        let packet = Packet::Publish(publish(Qos::AtMostOnce, 0, &payload));
        let bytes = encoded(&packet, Version::V3_1_1);
        assert_eq!(frame(&bytes), Ok(Framing::Complete(bytes.len())));
        assert_eq!(Packet::decode(&bytes, Version::V3_1_1), Ok(packet));
    }
}
