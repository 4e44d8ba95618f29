use super::*;
use crate::c_api::structs::properties::MQTTPropertyTypes;

const BYTE: PropertyCodeNumber = MQTTPropertyCodes::MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR as _;
const TWO_BYTES: PropertyCodeNumber = MQTTPropertyCodes::MQTTPROPERTY_CODE_TOPIC_ALIAS as _;
const FOUR_BYTES: PropertyCodeNumber = MQTTPropertyCodes::MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL as _;
const VARIABLE: PropertyCodeNumber = MQTTPropertyCodes::MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER as _;
const TEXT: PropertyCodeNumber = MQTTPropertyCodes::MQTTPROPERTY_CODE_CONTENT_TYPE as _;
const PAIR: PropertyCodeNumber = MQTTPropertyCodes::MQTTPROPERTY_CODE_USER_PROPERTY as _;

const NOTHING: MQTTLenString = MQTTLenString { len: 0, data: null_mut() };

fn number(identifier: PropertyCodeNumber, number: u32) -> MQTTProperty {
    let mut value = MQTTProperty_value { texts: MQTTProperty_texts { data: NOTHING, value: NOTHING } };
    match property_type(identifier) {
        Some(PropertyType::Byte) => value.byte = u8::try_from(number).unwrap(),
        Some(PropertyType::TwoByteInteger) => value.integer2 = u16::try_from(number).unwrap(),
        _ => value.integer4 = number,
    }
    MQTTProperty { identifier, value }
}

fn texts(identifier: PropertyCodeNumber, data: &[u8], value: &[u8]) -> MQTTProperty {
    let text =
        |text: &[u8]| MQTTLenString { len: c_length(text.len()), data: text.as_ptr().cast_mut().cast() };
    let texts = MQTTProperty_texts { data: text(data), value: text(value) };
    MQTTProperty { identifier, value: MQTTProperty_value { texts } }
}

/// A list that frees itself.
struct List(MQTTProperties);

impl List {
    fn new() -> List {
        List(MQTTProperties_initializer)
    }

    fn add(&mut self, property: MQTTProperty) -> c_int {
        unsafe { MQTTProperties_add(&mut self.0, &property) }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        unsafe { MQTTProperties_free(&mut self.0) };
    }
}

/// The example of contract W-502.
#[test]
fn the_length_is_that_of_the_encoding() {
    let mut list = List::new();
    let mut length_after = |property| {
        assert_eq!(list.add(property), 0);
        list.0.length
    };
    assert_eq!(length_after(number(BYTE, 1)), 2);
    assert_eq!(length_after(number(TWO_BYTES, 1)), 5);
    assert_eq!(length_after(number(FOUR_BYTES, 1)), 10);
    assert_eq!(length_after(number(VARIABLE, 200)), 13);
    assert_eq!(length_after(texts(PAIR, b"abc", b"")), 21);
    let encoded = unsafe { read_properties(&list.0) }.unwrap();
    assert_eq!(encoded.as_list().encoded().len(), 21);
}

#[test]
fn arrays_grow_by_ten() {
    let mut list = List::new();
    for count in 1..=21 {
        assert_eq!(list.add(number(VARIABLE, 1)), 0);
        assert_eq!((list.0.count, list.0.max_count), (count, (count + 9) / 10 * 10));
    }
    let copy = List(unsafe { MQTTProperties_copy(&list.0) });
    assert_eq!((copy.0.count, copy.0.max_count, copy.0.length), (21, 30, list.0.length));
    assert_ne!(copy.0.array, list.0.array);
}

#[test]
fn what_cannot_be_added_changes_nothing() {
    let mut list = List::new();
    list.add(number(BYTE, 1));
    assert_eq!(list.add(number(4, 1)), MQTT_INVALID_PROPERTY_ID);
    assert_eq!(list.add(number(-1, 1)), MQTT_INVALID_PROPERTY_ID);
    assert_eq!(list.add(number(BYTE + 256, 1)), MQTT_INVALID_PROPERTY_ID);
    assert_eq!(list.add(number(VARIABLE, MAX_VARIABLE_BYTE_INTEGER + 1)), -1);
    let mut negative = texts(TEXT, b"abc", b"");
    negative.value.texts.data.len = -1;
    assert_eq!(list.add(negative), -1);
    assert_eq!(unsafe { MQTTProperties_add(null_mut(), &number(BYTE, 1)) }, -99);
    assert_eq!(unsafe { MQTTProperties_add(&mut list.0, null()) }, -99);
    assert_eq!((list.0.count, list.0.length), (1, 2));
}

#[test]
fn texts_are_copied() {
    let mut list = List::new();
    let mut text = *b"text";
    list.add(texts(TEXT, &text, b""));
    text.fill(b'x');
    let property = unsafe { &*MQTTProperties_getProperty(&list.0, TEXT) };
    let copy = unsafe { text_of(property.value.texts.data) }.unwrap();
    assert_eq!(copy, b"text");
    // An empty text has an address, too.
    list.add(texts(PAIR, b"", b""));
    let pair = unsafe { &*MQTTProperties_getProperty(&list.0, PAIR) };
    assert!(unsafe { !pair.value.texts.data.data.is_null() && !pair.value.texts.value.data.is_null() });
}

/// Contract W-505 to W-507.
#[test]
fn properties_are_found() {
    let mut list = List::new();
    for property in
        [number(VARIABLE, 7), number(FOUR_BYTES, u32::MAX), number(VARIABLE, 8), texts(TEXT, b"a", b"")]
    {
        list.add(property);
    }
    let props: *const MQTTProperties = &list.0;
    let value_at = |id, index| unsafe { MQTTProperties_getNumericValueAt(props, id, index) };
    assert_eq!((value_at(VARIABLE, 0), value_at(VARIABLE, 1)), (7, 8));
    assert_eq!(value_at(VARIABLE, -5), 7);
    assert_eq!(value_at(VARIABLE, 2), -9_999_999);
    assert_eq!(value_at(TEXT, 0), -999_999);
    assert_eq!(value_at(TWO_BYTES, 0), -9_999_999);
    assert_eq!(unsafe { MQTTProperties_getNumericValue(props, FOUR_BYTES) }, i64::from(u32::MAX));
    assert_eq!(unsafe { MQTTProperties_getNumericValue(null(), FOUR_BYTES) }, -9_999_999);

    let entry = |index| unsafe { list.0.array.add(index) };
    let at = |id, index| unsafe { MQTTProperties_getPropertyAt(props, id, index) };
    assert_eq!(at(VARIABLE, 1), entry(2));
    assert_eq!((at(VARIABLE, 2), at(VARIABLE, -1), at(BYTE, 0)), (null_mut(), null_mut(), null_mut()));

    unsafe {
        assert_eq!(MQTTProperties_propertyCount(props, VARIABLE), 2);
        assert_eq!(MQTTProperties_propertyCount(null(), VARIABLE), 0);
        assert_eq!(MQTTProperties_hasProperty(props, TEXT), 1);
        assert_eq!(MQTTProperties_hasProperty(props, BYTE), 0);
        assert_eq!(MQTTProperties_hasProperty(null(), BYTE), 0);
    }
}

#[test]
fn freeing_makes_a_list_empty_and_may_be_repeated() {
    let mut list = List::new();
    list.add(texts(PAIR, b"a", b"b"));
    for _ in 0..2 {
        unsafe { MQTTProperties_free(&mut list.0) };
        assert_eq!((list.0.count, list.0.max_count, list.0.length), (0, 0, 0));
        assert!(list.0.array.is_null());
    }
    unsafe { MQTTProperties_free(null_mut()) };
    assert_eq!(unsafe { MQTTProperties_copy(null()) }.count, 0);
}

#[test]
fn properties_travel_to_the_wire_and_back() {
    let mut list = List::new();
    for property in [
        number(BYTE, 1),
        number(TWO_BYTES, 0xABCD),
        number(FOUR_BYTES, 0xDEAD_BEEF),
        number(VARIABLE, MAX_VARIABLE_BYTE_INTEGER),
        texts(TEXT, "text/ö".as_bytes(), b""),
        texts(PAIR, b"name", b"value\0"),
    ] {
        assert_eq!(list.add(property), 0);
    }
    let there = unsafe { read_properties(&list.0) }.unwrap();
    let back = List(write_properties(there.as_list()).unwrap());
    assert_eq!(unsafe { read_properties(&back.0) }.unwrap(), there);
    assert_eq!((back.0.count, back.0.length), (6, list.0.length));
    assert!(unsafe { read_properties(null()) }.unwrap().as_list().is_empty());
}

/// The name of a variant as C spells it.
fn in_capitals(id: PropertyId) -> String {
    let mut name = String::new();
    for letter in format!("{id:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

/// The numbers of the header are those of the protocol, and so are the names.
#[test]
fn codes_types_and_names_agree() {
    let ids: Vec<PropertyCodeNumber> = NAMES.iter().map(|(code, _)| *code as PropertyCodeNumber).collect();
    assert_eq!(ids, PropertyId::ALL.iter().map(|id| PropertyCodeNumber::from(*id as u8)).collect::<Vec<_>>());
    for id in PropertyId::ALL {
        let number = PropertyCodeNumber::from(*id as u8);
        assert_eq!(unsafe { CStr::from_ptr(MQTTPropertyName(number)) }.to_str().unwrap(), in_capitals(*id));
        assert_eq!(MQTTProperty_getType(number), id.value_type() as c_int);
    }
    for number in [-1, 0, 4, 43, 255, 256 + 1] {
        assert!(MQTTPropertyName(number).is_null());
        assert_eq!(MQTTProperty_getType(number), -1);
    }
    assert_eq!(
        MQTTPropertyTypes::MQTTPROPERTY_TYPE_UTF_8_STRING_PAIR as c_int,
        PropertyType::Utf8StringPair as c_int
    );
    assert_eq!(MQTTPropertyTypes::MQTTPROPERTY_TYPE_BINARY_DATA as c_int, PropertyType::BinaryData as c_int);
}
