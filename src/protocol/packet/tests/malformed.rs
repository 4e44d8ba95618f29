//! What W-206 tells us to refuse, what it tells us to accept, and that we tell them apart.

use super::{BEFORE_V5, VERSIONS, hex, with_header};
use crate::error::ProtocolError::{self, Malformed, Violation};
use crate::protocol::packet::*;
use crate::protocol::{Qos, ReasonCode, Version};

const V5: &[Version] = &[Version::V5];

/// Packets that end the connection: what is wrong, the versions it is wrong in, bytes, error.
#[rustfmt::skip]
const REFUSED: &[(&str, &[Version], &str, ProtocolError)] = &[
    // No packet at all.
    ("nothing", &VERSIONS, "", Malformed(0)),
    ("a type without length", &VERSIONS, "d0", Malformed(13)),
    ("less than it says", &VERSIONS, "4002 00", Malformed(4)),
    ("more than it says", &VERSIONS, "4002 0001 00", Malformed(4)),
    ("length of five bytes", &VERSIONS, "30 8080808001", Malformed(3)),
    // Types.
    ("type 0", &VERSIONS, "0000", Malformed(0)),
    ("type 0 with a body", &VERSIONS, "0f02 0001", Malformed(0)),
    ("type 15 below MQTT 5.0", &BEFORE_V5, "f000", Malformed(15)),
    ("type 15 below MQTT 5.0, with a body", &BEFORE_V5, "f002 1800", Malformed(15)),
    // CONNACK.
    ("CONNACK without body", &VERSIONS, "2000", Malformed(2)),
    ("CONNACK of 1 byte", &VERSIONS, "2001 00", Malformed(2)),
    ("CONNACK of 3 bytes", &BEFORE_V5, "2003 0000 00", Malformed(2)),
    ("CONNACK without its last property", V5, "2003 0000 03", Malformed(2)),
    ("CONNACK with bytes behind the properties", V5, "2004 0000 00 00", Malformed(2)),
    ("CONNACK with a property length too short", V5, "2006 0000 02 210014", Malformed(2)),
    ("CONNACK with an unknown property", V5, "2005 0000 02 0401", Malformed(2)),
    ("CONNACK with property 0", V5, "2005 0000 02 0001", Malformed(2)),
    ("CONNACK with property 255", V5, "2005 0000 02 ff01", Malformed(2)),
    ("CONNACK with Receive Maximum twice", V5, "2009 0000 06 210014 210014", Violation(2)),
    ("CONNACK with Reason String twice", V5, "2009 0000 06 1f0000 1f0000", Violation(2)),
    ("CONNACK with Subscription Identifier twice", V5, "2007 0000 04 0b01 0b01", Violation(2)),
    ("CONNACK with a property twice and one cut", V5, "2008 0000 05 2401 2401 21", Malformed(2)),
    // PUBLISH.
    ("PUBLISH without body", &VERSIONS, "3000", Malformed(3)),
    ("PUBLISH with half a topic length", &VERSIONS, "3001 00", Malformed(3)),
    ("PUBLISH with a topic beyond its end", &VERSIONS, "3003 0002 61", Malformed(3)),
    ("PUBLISH with QoS 3", &VERSIONS, "3606 0001 61 0001 00", Malformed(3)),
    ("PUBLISH with QoS 3 and DUP", &VERSIONS, "3e06 0001 61 0001 00", Malformed(3)),
    ("PUBLISH without packet identifier", &VERSIONS, "3203 0001 61", Malformed(3)),
    ("PUBLISH with half a packet identifier", &VERSIONS, "3404 0001 61 00", Malformed(3)),
    ("PUBLISH without topic", &BEFORE_V5, "3003 0000 78", Malformed(3)),
    ("PUBLISH without property length", V5, "3003 0001 61", Malformed(3)),
    ("PUBLISH with QoS 1, without property length", V5, "3205 0001 61 0001", Malformed(3)),
    ("PUBLISH with half a property length", V5, "3004 0001 61 80", Malformed(3)),
    ("PUBLISH with a property length of five bytes", V5, "3008 0001 61 8080808001", Malformed(3)),
    ("PUBLISH with properties beyond its end", V5, "3005 0001 61 02 01", Malformed(3)),
    ("PUBLISH with an unknown property", V5, "3006 0001 61 02 7f00", Malformed(3)),
    ("PUBLISH with a text beyond its list", V5, "3008 0001 61 03 030001 61", Malformed(3)),
    ("PUBLISH with half a pair", V5, "3008 0001 61 04 26000161", Malformed(3)),
    ("PUBLISH with an identifier of five bytes", V5, "300a 0001 61 06 0bffffffff01", Malformed(3)),
    ("PUBLISH with Topic Alias twice", V5, "300a 0001 61 06 230001 230001", Violation(3)),
    ("PUBLISH with two formats", V5, "3008 0001 61 04 0100 0101", Violation(3)),
    // Acknowledgements.
    ("PUBACK without body", &VERSIONS, "4000", Malformed(4)),
    ("PUBACK of 1 byte", &VERSIONS, "4001 00", Malformed(4)),
    ("PUBREC of 1 byte", &VERSIONS, "5001 00", Malformed(5)),
    ("PUBREL of 1 byte", &VERSIONS, "6201 00", Malformed(6)),
    ("PUBCOMP of 1 byte", &VERSIONS, "7001 00", Malformed(7)),
    ("PUBACK with properties beyond its end", V5, "4004 0001 00 01", Malformed(4)),
    ("PUBACK with bytes behind the properties", V5, "4005 0001 00 00 00", Malformed(4)),
    ("PUBREC with two reason strings", V5, "500a 0001 00 06 1f0000 1f0000", Violation(5)),
    // SUBACK, UNSUBACK.
    ("SUBACK without body", &VERSIONS, "9000", Malformed(9)),
    ("SUBACK of 1 byte", &VERSIONS, "9001 00", Malformed(9)),
    ("SUBACK without properties", V5, "9002 0001", Malformed(9)),
    ("SUBACK without reasons", V5, "9003 0001 00", Malformed(9)),
    ("UNSUBACK of 1 byte", &VERSIONS, "b001 00", Malformed(11)),
    ("UNSUBACK without properties", V5, "b002 0001", Malformed(11)),
    ("UNSUBACK without reasons", V5, "b003 0001 00", Malformed(11)),
    ("UNSUBACK with two reason strings", V5, "b00a 0001 06 1f0000 1f0000 00", Violation(11)),
    // DISCONNECT, AUTH.
    ("DISCONNECT with properties beyond its end", V5, "e002 0001", Malformed(14)),
    ("DISCONNECT with bytes behind the properties", V5, "e003 0000 00", Malformed(14)),
    ("DISCONNECT with two reason strings", V5, "e008 00 06 1f0000 1f0000", Violation(14)),
    ("AUTH without body", V5, "f000", Malformed(15)),
    ("AUTH of 1 byte", V5, "f001 18", Malformed(15)),
    ("AUTH with bytes behind the properties", V5, "f003 1800 00", Malformed(15)),
    // What clients send.
    ("PINGREQ with a body", &VERSIONS, "c001 00", Malformed(12)),
    ("PINGREQ with flags", &VERSIONS, "c100", Malformed(12)),
    ("SUBSCRIBE without filter", &BEFORE_V5, "8202 0001", Malformed(8)),
    ("SUBSCRIBE without filter", V5, "8203 0001 00", Malformed(8)),
    ("SUBSCRIBE without options", &BEFORE_V5, "8205 0001 0001 61", Malformed(8)),
    ("SUBSCRIBE with flags 0", &BEFORE_V5, "8006 0001 0001 61 00", Malformed(8)),
    ("SUBSCRIBE with two identifiers", V5, "820b 0001 04 0b01 0b02 0001 61 00", Violation(8)),
    ("UNSUBSCRIBE without filter", &BEFORE_V5, "a202 0001", Malformed(10)),
    ("UNSUBSCRIBE with a filter beyond its end", &BEFORE_V5, "a205 0001 0002 61", Malformed(10)),
    ("CONNECT with flags", &VERSIONS, "110d 0004 4d515454 04 02 003c 0001 77", Malformed(1)),
    ("CONNECT of MQTT 6", &VERSIONS, "100d 0004 4d515454 06 02 003c 0001 77", Malformed(1)),
    ("CONNECT of something else", &VERSIONS, "100d 0004 58515454 04 02 003c 0001 77", Malformed(1)),
    ("CONNECT with the reserved flag", &VERSIONS, "100d 0004 4d515454 04 03 003c 0001 77", Malformed(1)),
    ("CONNECT with a will's QoS only", &VERSIONS, "100d 0004 4d515454 04 0a 003c 0001 77", Malformed(1)),
    ("CONNECT with will QoS 3", &VERSIONS, "1013 0004 4d515454 04 1e 003c 0001 77 0001 74 0001 78", Malformed(1)),
    ("CONNECT without its user name", &VERSIONS, "100d 0004 4d515454 04 82 003c 0001 77", Malformed(1)),
    ("CONNECT with bytes behind", &VERSIONS, "100e 0004 4d515454 04 02 003c 0001 77 00", Malformed(1)),
];

#[test]
fn malformed_packets_are_refused() {
    for (what, versions, bytes, error) in REFUSED {
        for version in *versions {
            assert_eq!(Packet::decode(&hex(bytes), *version), Err(*error), "{what}, {version:?}");
        }
    }
}

/// Whatever is cut off from a packet whose length is then right again: an error or another packet.
#[test]
fn shortened_packets_do_no_harm() {
    for (_, versions, bytes, _) in REFUSED {
        let bytes = hex(bytes);
        for end in 2..bytes.len() {
            let packet = with_header(bytes[0], &bytes[2..end]);
            for version in *versions {
                let _ = Packet::decode(&packet, *version);
            }
        }
    }
}

#[track_caller]
fn publish_of<'a>(bytes: &'a [u8], version: Version) -> Publish<'a> {
    match Packet::decode(bytes, version) {
        Ok(Packet::Publish(publish)) => publish,
        other => panic!("not a PUBLISH: {other:?}"),
    }
}

/// Contract W-206: old servers send Latin-1.
#[test]
fn topics_are_taken_as_they_come() {
    for topic in [&b"gr\xfc\xdfe"[..], b"a/+/#", b"nul\0inside", b"\xed\xa0\x80", b"\xff"] {
        let length = u8::try_from(topic.len()).unwrap();
        let body = [&[0, length], topic, b"\0"].concat();
        for version in VERSIONS {
            assert_eq!(publish_of(&with_header(0x30, &body), version).topic, topic);
        }
    }
}

/// Contract W-202: in MQTT 5.0 an alias may stand for the topic; whether it does is the session's.
#[test]
fn empty_topic_is_accepted_in_v5() {
    let publish = hex("3006 0000 03 230001");
    let publish = publish_of(&publish, Version::V5);
    assert_eq!(publish.topic, b"");
    assert_eq!(publish.properties.find(PropertyId::TopicAlias), Some(PropertyValue::TwoByteInteger(1)));
    assert_eq!(publish_of(&hex("3003 0000 00"), Version::V5).topic, b"");
}

/// Contract W-206.
#[test]
fn packet_id_0_is_accepted() {
    for version in VERSIONS {
        let publish = hex("3206 0001 61 0000 00");
        let publish = publish_of(&publish, version);
        assert_eq!((publish.qos, publish.packet_id), (Qos::AtLeastOnce, 0));
        assert!(Packet::decode(&puback(0), version).is_ok());
    }
}

/// Contract W-202.
#[test]
fn dup_on_qos_0_is_accepted() {
    for version in VERSIONS {
        let publish = hex("3804 0001 61 00");
        let publish = publish_of(&publish, version);
        assert!(publish.dup);
        assert_eq!((publish.qos, publish.packet_id), (Qos::AtMostOnce, 0));
    }
}

/// Contract W-202 and W-206.
#[test]
fn wrong_flags_on_what_servers_send_are_accepted() {
    for version in VERSIONS {
        for whole in ["40020001", "50020001", "62020001", "70020001", "d000", "e000", "20020000"] {
            let right = hex(whole);
            let expected = Packet::decode(&right, version).unwrap();
            for flags in 0..16 {
                let mut wrong = right.clone();
                wrong[0] = wrong[0] & 0xf0 | flags;
                assert_eq!(Packet::decode(&wrong, version).as_ref(), Ok(&expected));
            }
        }
    }
}

/// Contract W-206.
#[test]
fn overlong_acknowledgements_are_accepted_before_v5() {
    for version in BEFORE_V5 {
        for (short, long) in [
            ("40020001", "40050001 030405"),
            ("50020001", "50030001 80"),
            ("62020001", "62040001 ff00"),
            ("70020001", "70030001 00"),
            ("b0020001", "b0040001 0011"),
            ("d000", "d003 010203"),
            ("e000", "e002 0400"),
        ] {
            assert_eq!(Packet::decode(&hex(long), version), Packet::decode(&hex(short), version), "{long}");
        }
    }
}

/// Contract W-202: PINGRESP "even with a body".
#[test]
fn pingresp_with_a_body_is_a_pingresp() {
    assert_eq!(Packet::decode(&hex("d001 00"), Version::V5), Ok(Packet::PingResp));
}

/// Contract W-203: what a server of MQTT 3 answers to a client of MQTT 5.0.
#[test]
fn connack_of_two_bytes_is_accepted_in_v5() {
    let refused = ConnAck { session_present: false, reason: ReasonCode(1), properties: PropertyList::EMPTY };
    assert_eq!(Packet::decode(&hex("2002 0001"), Version::V5), Ok(Packet::ConnAck(refused)));
}

/// Contract W-203.
#[test]
fn connack_flags_but_the_lowest_are_ignored() {
    for version in VERSIONS {
        for (bytes, expected) in [("2002 fe00", false), ("2002 ff00", true)] {
            match Packet::decode(&hex(bytes), version) {
                Ok(Packet::ConnAck(connack)) => assert_eq!(connack.session_present, expected),
                other => panic!("not a CONNACK: {other:?}"),
            }
        }
    }
}

/// Contract W-206 is about single-value properties; these are the others.
#[test]
fn some_properties_may_be_repeated() {
    let user = hex("2011 0000 0e 26 0001 61 0001 62 26 0001 61 0001 62");
    assert!(Packet::decode(&user, Version::V5).is_ok());
    let identifiers = hex("3008 0001 61 04 0b01 0b02");
    let publish = publish_of(&identifiers, Version::V5);
    let values: Vec<_> = publish.properties.iter().map(|property| property.value).collect();
    assert_eq!(values, [1, 2].map(PropertyValue::VariableByteInteger));
}

/// Contract W-202: the application sees them.
#[test]
fn misplaced_and_odd_properties_are_passed_on() {
    // Server Keep Alive in a PUBLISH, and a payload format that does not exist.
    let publish = hex("3009 0001 61 05 130009 0177");
    let publish = publish_of(&publish, Version::V5);
    assert_eq!(publish.properties.find(PropertyId::ServerKeepAlive), Some(PropertyValue::TwoByteInteger(9)));
    assert_eq!(publish.properties.find(PropertyId::PayloadFormatIndicator), Some(PropertyValue::Byte(0x77)));
}

/// Whether the counts match is the session's to see.
#[test]
fn suback_without_reasons_is_accepted_before_v5() {
    for version in BEFORE_V5 {
        assert!(matches!(
            Packet::decode(&hex("9002 0001"), version),
            Ok(Packet::SubAck(SubAck { packet_id: 1, reasons: &[], .. }))
        ));
    }
}
