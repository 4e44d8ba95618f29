//! What a server of MQTT 5.0 limits: §3.2.2.3.

use super::pair::{Pair, about, property, two_byte};
use crate::error::Error;
use crate::protocol::packet::{Packet, PropertyId, PropertyList, PropertyValue, Subscription};
use crate::protocol::session::OutgoingMessage;
use crate::protocol::{Qos, Version};

fn receive_maximum(maximum: u16) -> Pair {
    let mut pair = Pair::new(Version::V5);
    pair.connect_with(false, &two_byte(PropertyId::ReceiveMaximum, maximum));
    pair.heard();
    pair
}

/// MQTT 5.0 [MQTT-3.3.4-9], contract C-3.11: the window is the smaller of the two.
#[test]
fn receive_maximum_lowers_the_window() {
    for (maximum, window) in [(3, 3), (10, 10), (500, 10), (0, 10)] {
        let mut pair = receive_maximum(maximum);
        for _ in 0..window {
            assert!(!pair.session.window_is_full());
            pair.publish(b"x", Qos::AtLeastOnce);
        }
        assert!(pair.session.window_is_full(), "Receive Maximum {maximum}");
    }
}

/// Contract W-301, improved: only PUBLISH counts.
#[test]
fn requests_need_no_window() {
    let mut pair = receive_maximum(1);
    pair.publish(b"x", Qos::AtLeastOnce);
    let subscription = Subscription { filter: b"a", options: 0 };
    assert!(pair.session.subscribe(pair.now, &[subscription], PropertyList::EMPTY).is_ok());
    assert!(pair.session.unsubscribe(pair.now, &[b"a"], PropertyList::EMPTY).is_ok());
}

/// The next connection starts from its own options, and its own server's limits.
#[test]
fn limits_end_with_the_connection() {
    let mut pair = receive_maximum(1);
    pair.lose_connection();
    pair.connect(true);
    pair.publish(b"1", Qos::AtLeastOnce);
    pair.publish(b"2", Qos::AtLeastOnce);
}

/// MQTT 5.0 [MQTT-3.2.2-15], contract W-302 improved: nothing longer is sent, and the caller is told.
#[test]
fn maximum_packet_size_is_obeyed() {
    let mut pair = Pair::new(Version::V5);
    let size = PropertyValue::FourByteInteger(20);
    pair.connect_with(false, &property(PropertyId::MaximumPacketSize, size));
    pair.heard();
    // Two bytes of fixed header, five of topic, two of identifier, one of properties.
    assert_eq!(pair.publish(&[0; 10], Qos::AtLeastOnce), 1);
    assert!(matches!(pair.try_publish(&[0; 11], Qos::AtLeastOnce), Err(Error::TooLarge)));
    assert!(pair.try_publish(&[0; 12], Qos::AtMostOnce).is_ok());
    assert!(matches!(pair.try_publish(&[0; 13], Qos::AtMostOnce), Err(Error::TooLarge)));
    let message = |payload| OutgoingMessage {
        topic: b"a/b",
        payload,
        qos: Qos::AtMostOnce,
        retain: false,
        properties: PropertyList::EMPTY,
    };
    assert!(matches!(pair.session.publish_head(pair.now, &message(&[0; 13])), Err(Error::TooLarge)));
    let subscription = Subscription { filter: b"far/too/long/filter", options: 0 };
    let refused = pair.session.subscribe(pair.now, &[subscription], PropertyList::EMPTY);
    assert!(matches!(refused, Err(Error::TooLarge)));
    assert_eq!(pair.client_sent().iter().map(Vec::len).collect::<Vec<_>>(), [20, 20]);
    assert_eq!(pair.pending(), [1]);
    // What this server does not take stays for one that does, and is in nobody's way.
    pair.server_sends(&Packet::PubAck(about(1)));
    pair.lose_connection();
    pair.connect(true);
    assert_eq!(pair.publish(&[0; 100], Qos::AtLeastOnce), 2);
    assert_eq!(pair.publish(&[0; 1], Qos::AtLeastOnce), 3);
    pair.lose_connection();
    pair.connect_with(true, &property(PropertyId::MaximumPacketSize, size));
    assert_eq!(pair.client_sent().iter().map(Vec::len).collect::<Vec<_>>(), [11]);
    assert_eq!(pair.pending(), [2, 3]);
    assert!(!pair.session.window_is_full());
}

/// Contract W-108, improved: lengths that MQTT cannot express are refused, and nothing is sent.
#[test]
fn what_does_not_fit_into_mqtt_is_refused() {
    let mut pair = Pair::connected(Version::V3_1_1);
    let topic = vec![b'a'; 65_536];
    for qos in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
        let message = OutgoingMessage {
            topic: &topic,
            payload: b"",
            qos,
            retain: false,
            properties: PropertyList::EMPTY,
        };
        let refused = pair.session.publish(pair.now, &message, &mut pair.host);
        assert!(matches!(refused, Err(Error::TooLarge)));
    }
    assert_eq!((pair.heard(), pair.client_sent().len(), pair.pending()), (vec![], 0, vec![]));
}
