//! Property lists by themselves: contract W-501 to W-511.

use super::hex;
use crate::error::Error;
use crate::protocol::packet::*;

fn push(properties: &mut Properties, id: PropertyId, value: PropertyValue<'_>) -> Result<(), Error> {
    properties.push(Property { id, value })
}

/// Contract W-502: the sizes of its example.
#[test]
fn sizes_are_those_of_the_contract() {
    use PropertyId as Id;
    let mut properties = Properties::default();
    let mut sizes = vec![properties.as_list().encoded().len()];
    for (id, value) in [
        (Id::PayloadFormatIndicator, PropertyValue::Byte(1)),
        (Id::TopicAlias, PropertyValue::TwoByteInteger(2)),
        (Id::MessageExpiryInterval, PropertyValue::FourByteInteger(3)),
        (Id::SubscriptionIdentifier, PropertyValue::VariableByteInteger(200)),
        (Id::UserProperty, PropertyValue::Utf8StringPair(b"abc", b"")),
    ] {
        push(&mut properties, id, value).unwrap();
        sizes.push(properties.as_list().encoded().len());
    }
    assert_eq!(sizes, [0, 2, 5, 10, 13, 21]);
    let list = properties.as_list();
    assert_eq!(list.encoded(), hex("0101 230002 0200000003 0bc801 260003616263 0000"));
    assert_eq!(list.iter().map(|property| property.id as u8).collect::<Vec<_>>(), [1, 35, 2, 11, 38]);
    assert_eq!(list.find(Id::SubscriptionIdentifier), Some(PropertyValue::VariableByteInteger(200)));
    assert_eq!(list.find(Id::ReasonString), None);
    assert_eq!(Properties::from(list), properties);
}

/// Contract W-202: unknown, overrunning, of the wrong type.
#[test]
fn ill_formed_lists_are_refused() {
    for bytes in [
        "00",
        "0100 00",
        "04",
        "ff00",
        "01",
        "21",
        "2100",
        "02000000",
        "0b",
        "0b80",
        "0bffffff80",
        "03",
        "0300",
        "030001",
        "09ffff00",
        "26",
        "2600",
        "260000",
        "26000000",
        "2600000001",
        "0101 03",
    ] {
        assert_eq!(PropertyList::parse(&hex(bytes)), None, "{bytes}");
    }
    assert_eq!(PropertyList::parse(&[]), Some(PropertyList::EMPTY));
    // Repetition is no matter of form.
    assert!(PropertyList::parse(&hex("0101 0101")).is_some());
}

#[test]
fn what_does_not_fit_is_not_pushed() {
    use PropertyId as Id;
    let long = vec![0; 65_536];
    let mut properties = Properties::default();
    push(&mut properties, Id::ServerKeepAlive, PropertyValue::TwoByteInteger(7)).unwrap();
    let before = properties.clone();
    for (id, value) in [
        (Id::ContentType, PropertyValue::Utf8String(&long)),
        (Id::CorrelationData, PropertyValue::BinaryData(&long)),
        (Id::UserProperty, PropertyValue::Utf8StringPair(&long, b"")),
        (Id::UserProperty, PropertyValue::Utf8StringPair(b"", &long)),
        (Id::SubscriptionIdentifier, PropertyValue::VariableByteInteger(268_435_456)),
        (Id::SubscriptionIdentifier, PropertyValue::VariableByteInteger(u32::MAX)),
    ] {
        assert!(matches!(push(&mut properties, id, value), Err(Error::TooLarge)));
    }
    for (id, value) in [
        (Id::ContentType, PropertyValue::BinaryData(b"")),
        (Id::SubscriptionIdentifier, PropertyValue::FourByteInteger(1)),
        (Id::UserProperty, PropertyValue::Utf8String(b"")),
    ] {
        assert!(matches!(push(&mut properties, id, value), Err(Error::BadArgument)));
    }
    assert_eq!(properties, before);
    push(&mut properties, Id::ContentType, PropertyValue::Utf8String(&long[1..])).unwrap();
    push(&mut properties, Id::SubscriptionIdentifier, PropertyValue::VariableByteInteger(268_435_455))
        .unwrap();
    assert_eq!(properties.as_list().iter().count(), 3);
}

/// Contract W-511: 27 properties, and a type for each.
#[test]
fn identifiers_know_their_numbers_and_types() {
    assert_eq!(PropertyId::ALL.len(), 27);
    for number in 0..=255 {
        let listed = PropertyId::ALL.iter().copied().find(|id| *id as u8 == number);
        assert_eq!(PropertyId::from_byte(number), listed);
    }
    let of_type = |value_type: u8| -> Vec<u8> {
        PropertyId::ALL.iter().filter(|id| id.value_type() as u8 == value_type).map(|id| *id as u8).collect()
    };
    assert_eq!(of_type(0), [1, 23, 25, 36, 37, 40, 41, 42]);
    assert_eq!(of_type(1), [19, 33, 34, 35]);
    assert_eq!(of_type(2), [2, 17, 24, 39]);
    assert_eq!(of_type(3), [11]);
    assert_eq!(of_type(4), [9, 22]);
    assert_eq!(of_type(5), [3, 8, 18, 21, 26, 28, 31]);
    assert_eq!(of_type(6), [38]);
}
