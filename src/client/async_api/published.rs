//! A PUBLISH that was sent, shown as the message that it was, in the memory that it has.

use crate::client::outcome::PublishedMessage;
use crate::protocol::packet::{Packet, PropertyList};
use crate::protocol::{Qos, ReasonCode, Version};
use std::ffi::CStr;
use std::ops::Range;

/// Shows a PUBLISH, of which `reason` was answered. Nothing is shown of what is none.
pub(super) fn with_message(
    mut packet: Vec<u8>,
    version: Version,
    reason: ReasonCode,
    show: impl FnOnce(PublishedMessage<'_>),
) {
    let Some(Parts { topic, properties, payload, qos, retain }) = Parts::of(&packet, version) else { return };
    // For the NUL behind it the topic moves over its length, which nobody needs any more.
    packet.copy_within(topic.clone(), topic.start - 1);
    if let Some(end) = packet.get_mut(topic.end - 1) {
        *end = 0;
    }
    // A NUL follows the payload in memory, too, and is not a part of it (decision 11).
    packet.push(0);
    let topic = packet.get(topic.start - 1..topic.end).map(CStr::from_bytes_until_nul);
    let (Some(Ok(topic)), Some(payload)) = (topic, packet.get(payload)) else { return };
    let properties = if version.has_properties() {
        packet.get(properties).and_then(PropertyList::parse_block).unwrap_or_default()
    } else {
        PropertyList::EMPTY
    };
    show(PublishedMessage { topic, payload, qos, retain, reason, properties });
}

/// Where in a PUBLISH what is.
struct Parts {
    topic: Range<usize>,
    properties: Range<usize>,
    payload: Range<usize>,
    qos: Qos,
    retain: bool,
}

impl Parts {
    fn of(packet: &[u8], version: Version) -> Option<Parts> {
        let publish = Packet::decode_publish(packet, version).ok()?;
        let length_bytes = packet.iter().skip(1).take_while(|&&byte| byte >= 0x80).count() + 1;
        let start = 1 + length_bytes + 2;
        let topic = start..start + publish.topic.len();
        let packet_id = if publish.qos == Qos::AtMostOnce { 0 } else { 2 };
        let payload = packet.len() - publish.payload.len()..packet.len();
        let properties = topic.end + packet_id..payload.start;
        Some(Parts { topic, properties, payload, qos: publish.qos, retain: publish.retain })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::packet::{Properties, Property, PropertyId, PropertyValue, Publish};

    #[test]
    fn what_was_sent_is_shown() {
        let mut properties = Properties::default();
        let value = PropertyValue::Utf8String(b"text");
        properties.push(Property { id: PropertyId::ContentType, value }).unwrap();
        for version in [Version::V3_1, Version::V3_1_1, Version::V5] {
            for (qos, packet_id) in [(Qos::AtMostOnce, 0), (Qos::AtLeastOnce, 0x4142), (Qos::ExactlyOnce, 1)]
            {
                for (topic, size) in [("a", 0), ("a/b", 1), ("long/topic", 127), ("x", 20_000)] {
                    let payload = vec![b'p'; size];
                    let properties = properties.as_list();
                    let (dup, retain) = (false, true);
                    let topic = topic.as_bytes();
                    let publish =
                        Publish { dup, qos, retain, topic, packet_id, properties, payload: &payload };
                    let mut packet = Vec::new();
                    publish.encode(version, &mut packet).unwrap();
                    let mut is_shown = false;
                    with_message(packet, version, ReasonCode(0x10), |shown| {
                        assert_eq!((shown.topic.to_bytes(), shown.payload), (topic, payload.as_slice()));
                        assert_eq!((shown.qos, shown.retain, shown.reason.0), (qos, true, 0x10));
                        assert_eq!(shown.properties.iter().count(), usize::from(version == Version::V5));
                        is_shown = true;
                    });
                    assert!(is_shown);
                }
            }
        }
        // As C sees it, and nothing of what is none.
        let packet = b"\x30\x05\0\x03a\0b".to_vec();
        with_message(packet, Version::V3_1_1, ReasonCode(0), |shown| assert_eq!(shown.topic, c"a"));
        for none in [b"".as_slice(), b"\x30", b"\x30\x00", b"\x30\x02\0\x09"] {
            with_message(none.to_vec(), Version::V3_1_1, ReasonCode(0), |_| panic!("that is no message"));
        }
    }
}
