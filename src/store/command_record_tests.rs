//! Records of requests, against what the original has left in tests/fixtures/persistence.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;

/// A record that the original wrote.
fn fixture(case: &str, client: &str, key: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/persistence");
    fs::read(root.join(case).join(format!("{client}-127.0.0.1-24100")).join(format!("{key}.msg"))).unwrap()
}

/// Reads it, writes it again, and finds the same bytes. Gives what was read.
fn check(record: &[u8], mqtt5: bool, look: impl FnOnce(&CommandRecord<'_>)) {
    let read = CommandRecord::decode(record, mqtt5).unwrap();
    look(&read);
    let mut expected = record.to_vec();
    if let (Command::Subscribe(subscriptions), true) = (&read.command, mqtt5) {
        // The padding of the options, which may be anything.
        let mut at = 12;
        for subscription in subscriptions {
            at += subscription.filter.len() + 1 + 4 + 12;
            expected[at - 1] = 0;
        }
    }
    assert_eq!(read.encode().concat(), expected);
}

fn subscription(filter: &'static str, qos: u8) -> StoredSubscription<'static> {
    let filter = filter.as_bytes();
    StoredSubscription { filter, qos, no_local: false, retain_as_published: false, retain_handling: 0 }
}

/// Contract P-502, with MQTT 3.
#[test]
fn records_of_the_original_are_read_and_written_byte_for_byte() {
    for (key, token, qos, retained) in [("c-1", 0, 0, false), ("c-2", 1, 1, true), ("c-3", 2, 2, false)] {
        check(&fixture("async-v4-offline", "offline-v4", key), false, |read| {
            let (topic, payload) = (format!("off/q{qos}"), format!("offline qos {qos}"));
            let (topic, payload) = (topic.as_bytes(), payload.as_bytes());
            let expected = Command::Publish { topic, payload, qos, retained };
            assert_eq!((read.token, &read.command), (token, &expected));
            assert_eq!(read.encode().len(), 7);
        });
    }
    let record = |key| fixture("async-v4-commands", "limited-v4", key);
    check(&record("c-2"), false, |read| {
        assert_eq!((read.token, &read.command), (2, &Command::Subscribe(vec![subscription("sub/one/#", 1)])));
    });
    check(&record("c-3"), false, |read| {
        let many = [("many/a", 0), ("many/b/+", 1), ("many/c/#", 2)];
        let many = many.map(|(filter, qos)| subscription(filter, qos)).to_vec();
        assert_eq!((read.token, &read.command), (3, &Command::Subscribe(many)));
    });
    check(&record("c-4"), false, |read| {
        assert_eq!((read.token, &read.command), (4, &Command::Unsubscribe(vec![b"unsub/one"])));
    });
    check(&record("c-5"), false, |read| {
        assert_eq!((read.token, &read.command), (5, &Command::Unsubscribe(vec![b"many/a", b"many/b/+"])));
    });
    check(&record("c-6"), false, |read| {
        let command = Command::Publish { topic: b"t/later", payload: b"", qos: 2, retained: false };
        assert_eq!((read.token, &read.command), (6, &command));
    });
}

/// Contract P-502, with MQTT 5.0.
#[test]
fn records_for_mqtt_5_have_options_and_properties() {
    for key in ["c5-1", "c5-2", "c5-3"] {
        check(&fixture("async-v5-offline", "offline-v5", key), true, |read| {
            assert_eq!(read.properties.unwrap()[0], 0x1a);
            assert_eq!(read.encode().len(), 8);
        });
    }
    let record = |key| fixture("async-v5-commands", "limited-v5", key);
    check(&record("c5-2"), true, |read| {
        let one = StoredSubscription { no_local: true, retain_handling: 2, ..subscription("sub/one/#", 1) };
        assert_eq!(read.command, Command::Subscribe(vec![one]));
        assert_eq!(read.properties.unwrap().len(), 27);
    });
    check(&record("c5-3"), true, |read| {
        let mut many =
            [("many/a", 0), ("many/b/+", 1), ("many/c/#", 2)].map(|(filter, qos)| subscription(filter, qos));
        many[1].retain_as_published = true;
        assert_eq!((&read.command, read.properties), (&Command::Subscribe(many.to_vec()), Some(&[0][..])));
    });
    for key in ["c5-4", "c5-5", "c5-6"] {
        check(&record(key), true, |read| assert_eq!(read.properties, Some(&[0][..])));
    }
}

#[test]
fn absurd_records_are_refused() {
    let record = |token, command, properties| CommandRecord { token, command, properties }.encode().concat();
    let publish = |qos| Command::Publish { topic: b"t", payload: b"p", qos, retained: false };
    let read = |bytes: &[u8], mqtt5| CommandRecord::decode(bytes, mqtt5).is_some();
    assert!(read(&record(1, publish(1), None), false));
    assert!(!read(&record(1, publish(1), None), true), "no properties");
    assert!(!read(&record(0, publish(1), None), false), "QoS 1 without an identifier");
    assert!(!read(&record(1, publish(0), None), false), "QoS 0 with one");
    assert!(!read(&record(1, publish(3), None), false), "QoS 3");
    assert!(!read(&record(0, Command::Unsubscribe(vec![b"t"]), None), false), "no identifier");
    assert!(!read(&record(1, Command::Unsubscribe(Vec::new()), None), false), "no filter");
    let odd = StoredSubscription { retain_handling: 3, ..subscription("t", 0) };
    assert!(!read(&record(1, Command::Subscribe(vec![odd]), Some(&[0])), true));
    let mut many = record(1, Command::Unsubscribe(vec![b"t"]), None);
    many[11] = 0x7f;
    assert!(!read(&many, false), "a thousand million filters");
    for mqtt5 in [false, true] {
        let properties = mqtt5.then_some(&[0][..]);
        let good = record(1, Command::Subscribe(vec![subscription("a", 1)]), properties);
        assert!(read(&good, mqtt5));
        for length in 0..good.len() {
            assert!(!read(&good[..length], mqtt5), "{length} bytes");
        }
    }
    assert!(!read(&fixture("corrupt-v4", "cor", "c-4"), false));
}

/// A NUL ends a topic in the record, as in the original.
#[test]
fn a_text_ends_at_a_nul() {
    let command = Command::Unsubscribe(vec![b"a\0b"]);
    let bytes = CommandRecord { token: 1, command, properties: None }.encode().concat();
    assert!(bytes.ends_with(b"\x01\0\0\0a\0"));
}

proptest! {
    #[test]
    fn no_bytes_crash(bytes: Vec<u8>, at in 0..27usize, byte: u8, mqtt5: bool) {
        let _ = CommandRecord::decode(&bytes, mqtt5);
        // Contract has this example.
        let command = Command::Publish { topic: b"o/1", payload: b"one", qos: 1, retained: false };
        let mut good = CommandRecord { token: 1, command, properties: None }.encode().concat();
        prop_assert_eq!(good.len(), 27);
        good[at] = byte;
        let _ = CommandRecord::decode(&good, mqtt5);
    }

    #[test]
    fn written_records_are_read(
        topic in proptest::collection::vec(1..=255u8, 0..50), payload: Vec<u8>, qos in 0..3u8, retained: bool,
        token in 1..=u16::MAX, properties in proptest::option::of(proptest::collection::vec(any::<u8>(), 1..50)),
    ) {
        let properties = properties.as_deref();
        let command = Command::Publish { topic: &topic, payload: &payload, qos, retained };
        let record = CommandRecord { token: if qos == 0 { 0 } else { token }, command, properties };
        let bytes = record.encode().concat();
        prop_assert_eq!(CommandRecord::decode(&bytes, properties.is_some()), Some(record));
    }
}
