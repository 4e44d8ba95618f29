//! MQTTProperties.h: the structures and enumerations.

use std::ffi::{c_char, c_int, c_uchar, c_uint, c_ushort};
use std::ptr::null_mut;

use super::PropertyCodeNumber;

/// What MQTTProperties_add returns for an identifier that MQTT 5.0 does not have.
pub const MQTT_INVALID_PROPERTY_ID: c_int = -2;

/// The property identifiers of MQTT 5.0 (section 2.2.2.2), with the type of each one's value.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MQTTPropertyCodes {
    /// Byte: 1 if the payload is UTF-8 text, 0 if it is any bytes.
    MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR = 1,
    /// Four-byte integer: the seconds for which a message is worth delivering.
    MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL = 2,
    /// String: what the payload is, such as a MIME type.
    MQTTPROPERTY_CODE_CONTENT_TYPE = 3,
    /// String: the topic that answers to a request go to.
    MQTTPROPERTY_CODE_RESPONSE_TOPIC = 8,
    /// Binary data: tells the sender of a request which one an answer belongs to.
    MQTTPROPERTY_CODE_CORRELATION_DATA = 9,
    /// Variable byte integer: the number that a subscription was given; it comes back with its messages.
    MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER = 11,
    /// Four-byte integer: the seconds for which the server keeps the session after the connection ends.
    MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL = 17,
    /// String: the client identifier that the server chose for a client that had none.
    MQTTPROPERTY_CODE_ASSIGNED_CLIENT_IDENTIFIER = 18,
    /// Two-byte integer: the keep alive time, in seconds, that the server asks for.
    MQTTPROPERTY_CODE_SERVER_KEEP_ALIVE = 19,
    /// String: the name of the authentication method.
    MQTTPROPERTY_CODE_AUTHENTICATION_METHOD = 21,
    /// Binary data: what the authentication method exchanges.
    MQTTPROPERTY_CODE_AUTHENTICATION_DATA = 22,
    /// Byte: 0 asks the server to leave out reason strings and user properties where it may.
    MQTTPROPERTY_CODE_REQUEST_PROBLEM_INFORMATION = 23,
    /// Four-byte integer: the seconds that the server waits before it publishes the will.
    MQTTPROPERTY_CODE_WILL_DELAY_INTERVAL = 24,
    /// Byte: 1 asks the server for response information.
    MQTTPROPERTY_CODE_REQUEST_RESPONSE_INFORMATION = 25,
    /// String: what the server suggests to build response topics from.
    MQTTPROPERTY_CODE_RESPONSE_INFORMATION = 26,
    /// String: another server to use.
    MQTTPROPERTY_CODE_SERVER_REFERENCE = 28,
    /// String: for people, why an answer is what it is.
    MQTTPROPERTY_CODE_REASON_STRING = 31,
    /// Two-byte integer: how many QoS 1 and 2 messages the sender of this accepts at a time.
    MQTTPROPERTY_CODE_RECEIVE_MAXIMUM = 33,
    /// Two-byte integer: the highest topic alias that the sender of this accepts.
    MQTTPROPERTY_CODE_TOPIC_ALIAS_MAXIMUM = 34,
    /// Two-byte integer: a number that stands for a topic name on this connection.
    MQTTPROPERTY_CODE_TOPIC_ALIAS = 35,
    /// Byte: the highest QoS that the server offers, if that is not 2.
    MQTTPROPERTY_CODE_MAXIMUM_QOS = 36,
    /// Byte: 0 if the server keeps no retained messages.
    MQTTPROPERTY_CODE_RETAIN_AVAILABLE = 37,
    /// String pair: a name and a value of the application's own. May occur more than once.
    MQTTPROPERTY_CODE_USER_PROPERTY = 38,
    /// Four-byte integer: the longest packet, in bytes, that the sender of this accepts.
    MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE = 39,
    /// Byte: 0 if the server refuses wildcards in topic filters.
    MQTTPROPERTY_CODE_WILDCARD_SUBSCRIPTION_AVAILABLE = 40,
    /// Byte: 0 if the server refuses subscription identifiers.
    MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIERS_AVAILABLE = 41,
    /// Byte: 0 if the server refuses shared subscriptions.
    MQTTPROPERTY_CODE_SHARED_SUBSCRIPTION_AVAILABLE = 42,
}

/// Further names of the same numbers.
///
/// cbindgen:ignore
impl MQTTPropertyCodes {
    /// An old misspelling that programs still use.
    #[allow(dead_code, reason = "for C programs")]
    pub const MQTTPROPERTY_CODE_ASSIGNED_CLIENT_IDENTIFER: MQTTPropertyCodes =
        MQTTPropertyCodes::MQTTPROPERTY_CODE_ASSIGNED_CLIENT_IDENTIFIER;
}

/// The types a property's value can have.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "for C programs")]
pub enum MQTTPropertyTypes {
    /// In value.byte.
    MQTTPROPERTY_TYPE_BYTE,
    /// In value.integer2.
    MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER,
    /// In value.integer4.
    MQTTPROPERTY_TYPE_FOUR_BYTE_INTEGER,
    /// In value.integer4; at most 268435455.
    MQTTPROPERTY_TYPE_VARIABLE_BYTE_INTEGER,
    /// In value.data.
    MQTTPROPERTY_TYPE_BINARY_DATA,
    /// In value.data.
    MQTTPROPERTY_TYPE_UTF_8_ENCODED_STRING,
    /// The name in value.data, the value in value.value.
    MQTTPROPERTY_TYPE_UTF_8_STRING_PAIR,
}

/// Bytes with their length. Where the library hands them out a NUL follows, which len does not count;
/// a program need not put one there.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MQTTLenString {
    /// How many bytes.
    pub len: c_int,
    /// The bytes. May be NULL if len is 0.
    pub data: *mut c_char,
}

/// The texts of a property: a string or binary data has only the first, a string pair has both.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTProperty_texts {
    /// The string or the binary data; the name of a string pair.
    pub data: MQTTLenString,
    /// The value of a string pair.
    pub value: MQTTLenString,
}

/// A property's value. Which member holds it follows from the property's identifier.
#[repr(C)]
#[derive(Clone, Copy)]
pub union MQTTProperty_value {
    /// The value of a byte property.
    pub byte: c_uchar,
    /// The value of a two-byte integer property.
    pub integer2: c_ushort,
    /// The value of a four-byte or a variable byte integer property.
    pub integer4: c_uint,
    /// The texts of a string, binary data or string pair property.
    pub texts: MQTTProperty_texts,
}

/// One property of MQTT 5.0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTProperty {
    /// Which property this is. MQTTProperty_getType tells the type of its value.
    pub identifier: PropertyCodeNumber,
    /// The value. Texts given to MQTTProperties_add are copied; the caller keeps its own.
    pub value: MQTTProperty_value,
}

/// A list of properties.
///
/// Start from MQTTProperties_initializer, add with MQTTProperties_add, and free with
/// MQTTProperties_free; the members are for reading only.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MQTTProperties {
    /// How many properties are in the list.
    pub count: c_int,
    /// How many have room before the array has to grow.
    pub max_count: c_int,
    /// How many bytes the properties take in a packet, not counting the length in front of them.
    pub length: c_int,
    /// The properties, in the order in which they were added or received.
    pub array: *mut MQTTProperty,
}

/// An empty list.
pub const MQTTProperties_initializer: MQTTProperties =
    MQTTProperties { count: 0, max_count: 0, length: 0, array: null_mut() };
