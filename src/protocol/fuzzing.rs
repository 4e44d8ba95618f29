//! What must hold for any bytes at all. A plain function, so that the fuzzer and `cargo test` run
//! the very same one.

use super::Version;
use super::packet::{Framing, Packet, Properties, PropertyList, frame};
use crate::error::ProtocolError;

/// Takes the first byte as a version and the rest as what a peer sent: however the bytes are cut,
/// the same packets come out, and what can be read can be written and read again.
///
/// # Panics
///
/// If that does not hold.
pub fn decode_any(data: &[u8]) {
    let Some((selector, stream)) = data.split_first() else { return };
    let version = match selector % 3 {
        0 => Version::V3_1_1,
        1 => Version::V5,
        _ => Version::V3_1,
    };
    let cut = cut_into_packets(stream, usize::MAX);
    for chunk in [1, 2, 7, 100] {
        assert_eq!(cut, cut_into_packets(stream, chunk), "in chunks of {chunk}");
    }
    for bytes in cut.packets {
        if let Some((_, short)) = bytes.split_last() {
            assert!(Packet::decode(short, version).is_err(), "read without its last byte");
        }
        // After what cannot be read a connection ends.
        let Ok(packet) = Packet::decode(bytes, version) else { return };
        check_round_trip(&packet, version);
    }
}

/// A stream of bytes, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Cut<'a> {
    packets: Vec<&'a [u8]>,
    /// What `frame` says of the bytes behind the last packet.
    end: Result<Framing, ProtocolError>,
}

/// Takes a stream apart that arrives `chunk` bytes at a time.
fn cut_into_packets(stream: &[u8], chunk: usize) -> Cut<'_> {
    let mut packets = Vec::new();
    let mut rest = stream;
    let mut arrived = 0;
    let mut announced = None;
    loop {
        let there = rest.get(..arrived).unwrap_or(rest);
        let framing = frame(there);
        match framing {
            Ok(Framing::Complete(total)) => {
                assert!(announced.is_none_or(|announced| announced == total), "the size changed");
                announced = None;
                let (packet, behind) = rest.split_at(total);
                packets.push(packet);
                rest = behind;
                arrived -= total;
            }
            Ok(Framing::Incomplete { total }) if arrived < rest.len() => {
                announced = total;
                arrived = arrived.saturating_add(chunk).min(rest.len());
            }
            Ok(Framing::Incomplete { .. }) | Err(_) => return Cut { packets, end: framing },
        }
    }
}

/// What was read can be written; what was written is one packet, and reads the same.
fn check_round_trip(packet: &Packet<'_>, version: Version) {
    let mut encoded = Vec::new();
    assert!(packet.encode(version, &mut encoded).is_ok(), "not encoded: {packet:?}");
    assert_eq!(frame(&encoded), Ok(Framing::Complete(encoded.len())));
    assert_eq!(Packet::decode(&encoded, version).as_ref(), Ok(packet));
    if let Packet::Publish(publish) = packet {
        let mut head = Vec::new();
        assert!(publish.encode_head(version, &mut head).is_ok());
        assert_eq!([&head, publish.payload].concat(), encoded);
    }
    for list in property_lists(packet).into_iter().flatten() {
        check_properties(list);
    }
}

fn property_lists<'a>(packet: &Packet<'a>) -> [Option<PropertyList<'a>>; 2] {
    match packet {
        Packet::Connect(connect) => [Some(connect.properties), connect.will.map(|will| will.properties)],
        Packet::ConnAck(connack) => [Some(connack.properties), None],
        Packet::Publish(publish) => [Some(publish.properties), None],
        Packet::PubAck(acknowledgement)
        | Packet::PubRec(acknowledgement)
        | Packet::PubRel(acknowledgement)
        | Packet::PubComp(acknowledgement) => [Some(acknowledgement.properties), None],
        Packet::Subscribe(subscribe) => [Some(subscribe.properties), None],
        Packet::SubAck(suback) => [Some(suback.properties), None],
        Packet::Unsubscribe(unsubscribe) => [Some(unsubscribe.properties), None],
        Packet::UnsubAck(unsuback) => [Some(unsuback.properties), None],
        Packet::PingReq | Packet::PingResp => [None, None],
        Packet::Disconnect(disconnect) => [disconnect.properties, None],
        Packet::Auth(auth) => [Some(auth.properties), None],
    }
}

/// A list can be taken apart, put together again, and searched.
fn check_properties(list: PropertyList<'_>) {
    assert_eq!(PropertyList::parse(list.encoded()), Some(list));
    let mut rebuilt = Properties::default();
    for property in list {
        assert!(rebuilt.push(property).is_ok(), "not pushed: {property:?}");
        assert!(list.find(property.id).is_some());
    }
    assert!(rebuilt.as_list().iter().eq(list.iter()));
}
