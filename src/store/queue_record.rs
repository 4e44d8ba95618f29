//! The record of an incoming message that waits for the application. Contract P-401, P-402.
//!
//! ```text
//! payload length | payload | qos | retained | dup | packet identifier | topic, NUL | topic length
//! ```
//!
//! and in MQTT 5.0 the property block, as on the wire. Numbers are four bytes, little endian.

/// A message in the queue, borrowed from what was received or from a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRecord<'a> {
    /// The payload.
    pub payload: &'a [u8],
    /// The QoS: 0, 1 or 2.
    pub qos: u8,
    /// The RETAIN flag.
    pub retained: bool,
    /// The DUP flag.
    pub dup: bool,
    /// The packet identifier, 0 with QoS 0.
    pub msgid: u16,
    /// The topic. What follows a NUL in it is not kept.
    pub topic: &'a [u8],
    /// With MQTT 5.0 the property block: its length (a variable byte integer), then properties.
    /// Here only bytes; whether they are properties is for their reader to say.
    pub properties: Option<&'a [u8]>,
}

impl<'a> QueueRecord<'a> {
    /// Gives `put` the record's parts: 8, or 9 with properties, as a plugged-in store and a hook
    /// before the write expect them.
    pub fn encode<R>(&self, put: impl FnOnce(&[&[u8]]) -> R) -> R {
        let kept = self.topic.split(|&byte| byte == 0).next().unwrap_or_default();
        let topic = [kept, &[0]].concat();
        let payload_length = length(self.payload);
        // As Paho: the whole length, even if a NUL cut the topic short (contract P-404).
        let topic_length = length(self.topic);
        let [qos, retained, dup] =
            [self.qos, self.retained.into(), self.dup.into()].map(|n| u32::from(n).to_le_bytes());
        let msgid = u32::from(self.msgid).to_le_bytes();
        let parts: [&[u8]; 8] =
            [&payload_length, self.payload, &qos, &retained, &dup, &msgid, &topic, &topic_length];
        match self.properties {
            None => put(&parts),
            Some(properties) => put(&[&parts[..], &[properties]].concat()),
        }
    }

    /// Reads a record, or finds that it is none: every length is checked (contract P-406).
    ///
    /// `mqtt5` is whether its key says so.
    pub fn decode(record: &'a [u8], mqtt5: bool) -> Option<QueueRecord<'a>> {
        let mut rest = record;
        let payload_length = read_number(&mut rest)?;
        let payload = read_bytes(&mut rest, usize::try_from(payload_length).ok()?)?;
        let qos = u8::try_from(read_number(&mut rest)?).ok().filter(|&qos| qos <= 2)?;
        let retained = read_number(&mut rest)? != 0;
        let dup = read_number(&mut rest)? != 0;
        let msgid = u16::try_from(read_number(&mut rest)?).ok()?;
        let end = rest.iter().position(|&byte| byte == 0)?;
        let topic = read_bytes(&mut rest, end)?;
        read_bytes(&mut rest, 1)?;
        // Longer than the topic if a NUL cut that short, never shorter (contract P-404).
        let topic_length = usize::from(u16::try_from(read_number(&mut rest)?).ok()?);
        // Without properties nothing follows; with them at least their length does.
        if topic_length < topic.len() || rest.is_empty() == mqtt5 {
            return None;
        }
        let properties = mqtt5.then_some(rest);
        Some(QueueRecord { payload, qos, retained, dup, msgid, topic, properties })
    }
}

/// MQTT's own limits keep these lengths far below 2³².
fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes()
}

fn read_number(rest: &mut &[u8]) -> Option<u32> {
    let (number, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u32::from_le_bytes(*number))
}

fn read_bytes<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(record: &QueueRecord<'_>) -> Vec<u8> {
        record.encode(|parts| parts.concat())
    }

    fn example() -> QueueRecord<'static> {
        QueueRecord {
            payload: b"in1",
            qos: 1,
            retained: true,
            dup: false,
            msgid: 0x0102,
            topic: b"a/b",
            properties: None,
        }
    }

    /// Contract P-401, byte by byte, and its eight buffers.
    #[test]
    fn record_has_the_format_of_the_contract() {
        let bytes = b"\x03\0\0\0in1\x01\0\0\0\x01\0\0\0\0\0\0\0\x02\x01\0\0a/b\0\x03\0\0\0";
        assert_eq!(encoded(&example()), bytes);
        assert_eq!(example().encode(|parts| parts.len()), 8);
        let with_properties = QueueRecord { properties: Some(b"\0"), ..example() };
        assert_eq!(encoded(&with_properties), [&bytes[..], b"\0"].concat());
        assert_eq!(with_properties.encode(|parts| parts.len()), 9);
    }

    /// Contract P-404.
    #[test]
    fn topic_ends_at_a_nul_but_not_its_length() {
        let bytes = encoded(&QueueRecord { topic: b"a\0b", ..example() });
        assert!(bytes.ends_with(b"a\0\x03\0\0\0"));
        assert_eq!(QueueRecord::decode(&bytes, false).unwrap().topic, b"a");
    }

    #[test]
    fn absurd_records_are_refused() {
        let good = encoded(&example());
        let refused = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            QueueRecord::decode(&bytes, false).is_none()
        };
        assert!(!refused(0, 3));
        assert!(refused(3, 0x7f), "payload length");
        assert!(refused(3, 0xff), "negative payload length");
        assert!(refused(7, 3), "QoS 3");
        assert!(refused(21, 1), "packet identifier above 65535");
        assert!(refused(27, 2), "topic longer than its length");
        assert!(refused(29, 1), "topic length above 65535");
        assert_eq!(QueueRecord::decode(&good, true), None, "no properties");
        assert_eq!(QueueRecord::decode(&[&good[..], b"x"].concat(), false), None, "more than a record");
        for length in 0..good.len() {
            assert_eq!(QueueRecord::decode(&good[..length], false), None, "{length} bytes");
        }
    }

    proptest! {
        #[test]
        fn written_records_are_read(
            payload: Vec<u8>, qos in 0..3u8, retained: bool, dup: bool, msgid: u16,
            topic in proptest::collection::vec(1..=255u8, 0..100),
            properties in proptest::option::of(proptest::collection::vec(any::<u8>(), 1..50)),
        ) {
            let properties = properties.as_deref();
            let record = QueueRecord { payload: &payload, qos, retained, dup, msgid, topic: &topic, properties };
            let bytes = encoded(&record);
            prop_assert_eq!(QueueRecord::decode(&bytes, properties.is_some()), Some(record));
        }

        /// Any bytes, and the nearly right ones: a good record with one byte changed.
        #[test]
        fn no_bytes_crash(bytes: Vec<u8>, at in 0..31usize, byte: u8, mqtt5: bool) {
            let _ = QueueRecord::decode(&bytes, mqtt5);
            let mut bytes = encoded(&example());
            bytes[at] = byte;
            let _ = QueueRecord::decode(&bytes, mqtt5);
        }
    }
}
