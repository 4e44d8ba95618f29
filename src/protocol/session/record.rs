//! Records as the store gets them: whole packets, in the parts that Paho passes to the
//! application's own persistence (contract P-301 to P-305).

/// A PUBLISH of ours: fixed header, topic length, topic, packet identifier with properties, payload.
pub(super) fn publish_parts(packet: &[u8], payload_length: usize) -> [&[u8]; 5] {
    let (header, body) = header_and_body(packet);
    let (topic_length, rest) = body.split_at(body.len().min(2));
    let topic_size = match *topic_length {
        [high, low] => usize::from(u16::from_be_bytes([high, low])),
        _ => 0,
    };
    let (topic, rest) = rest.split_at(rest.len().min(topic_size));
    let (packet_id, payload) = rest.split_at(rest.len().saturating_sub(payload_length));
    [header, topic_length, topic, packet_id, payload]
}

/// A PUBLISH of the server's: fixed header, rest.
pub(super) fn received_parts(packet: &[u8]) -> [&[u8]; 2] {
    let (header, body) = header_and_body(packet);
    [header, body]
}

/// A PUBREL: fixed header, packet identifier.
pub(super) fn pubrel_parts(packet: &[u8; 4]) -> [&[u8]; 2] {
    let (header, body) = packet.split_at(2);
    [header, body]
}

/// The fixed header ends with the first byte of the length that has no continuation bit.
fn header_and_body(packet: &[u8]) -> (&[u8], &[u8]) {
    let length_bytes = packet.iter().skip(1).take_while(|&&byte| byte >= 0x80).count() + 1;
    packet.split_at(packet.len().min(1 + length_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_packet() {
        let packet = b"\x32\x0a\x00\x03a/b\x00\x07xyz";
        let parts = publish_parts(packet, 3);
        assert_eq!(parts, [b"\x32\x0a".as_slice(), b"\x00\x03", b"a/b", b"\x00\x07", b"xyz"]);
        assert_eq!(received_parts(packet), [&packet[..2], &packet[2..]]);
        assert_eq!(pubrel_parts(b"\x62\x02\x01\x02"), [b"\x62\x02", b"\x01\x02"]);
        for length in 0..packet.len() {
            assert_eq!(publish_parts(&packet[..length], 3).concat(), &packet[..length]);
        }
    }

    #[test]
    fn long_lengths_belong_to_the_header() {
        let mut packet = vec![0x32, 0x80, 0x80, 0x01];
        packet.resize(4 + 16_384, 0);
        assert_eq!(received_parts(&packet)[0].len(), 4);
    }
}
