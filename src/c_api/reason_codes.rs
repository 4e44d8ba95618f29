//! MQTTReasonCodes.h: the reason codes of MQTT 5.0 and their texts.

use std::ffi::{CStr, c_char};
use std::ptr::null;

use super::calls::traced;
use super::structs::ReasonCodeNumber;

/// The reason codes of MQTT 5.0 (section 2.4). Those from 128 on report a failure.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MQTTReasonCodes {
    /// All is well.
    MQTTREASONCODE_SUCCESS = 0,
    /// Subscribed with QoS 1.
    MQTTREASONCODE_GRANTED_QOS_1 = 1,
    /// Subscribed with QoS 2.
    MQTTREASONCODE_GRANTED_QOS_2 = 2,
    /// To the server: publish the will although the client disconnects.
    MQTTREASONCODE_DISCONNECT_WITH_WILL_MESSAGE = 4,
    /// The message was accepted, but nobody has subscribed to it.
    MQTTREASONCODE_NO_MATCHING_SUBSCRIBERS = 16,
    /// There was no such subscription.
    MQTTREASONCODE_NO_SUBSCRIPTION_FOUND = 17,
    /// The authentication has another step.
    MQTTREASONCODE_CONTINUE_AUTHENTICATION = 24,
    /// Authenticate again.
    MQTTREASONCODE_RE_AUTHENTICATE = 25,
    /// Failed, for a reason that is not told.
    MQTTREASONCODE_UNSPECIFIED_ERROR = 128,
    /// The packet could not be read.
    MQTTREASONCODE_MALFORMED_PACKET = 129,
    /// The packet was not expected, or says what it must not.
    MQTTREASONCODE_PROTOCOL_ERROR = 130,
    /// Refused, for a reason of the server's own.
    MQTTREASONCODE_IMPLEMENTATION_SPECIFIC_ERROR = 131,
    /// The server does not speak this version of MQTT.
    MQTTREASONCODE_UNSUPPORTED_PROTOCOL_VERSION = 132,
    /// The server does not accept this client identifier.
    MQTTREASONCODE_CLIENT_IDENTIFIER_NOT_VALID = 133,
    /// The server does not accept this user name or password.
    MQTTREASONCODE_BAD_USER_NAME_OR_PASSWORD = 134,
    /// This is not allowed to this client.
    MQTTREASONCODE_NOT_AUTHORIZED = 135,
    /// The MQTT server is not available.
    MQTTREASONCODE_SERVER_UNAVAILABLE = 136,
    /// The server is busy; try again later.
    MQTTREASONCODE_SERVER_BUSY = 137,
    /// An administrator has banned this client.
    MQTTREASONCODE_BANNED = 138,
    /// The server is going down.
    MQTTREASONCODE_SERVER_SHUTTING_DOWN = 139,
    /// The authentication method is unknown, or not the current one.
    MQTTREASONCODE_BAD_AUTHENTICATION_METHOD = 140,
    /// Nothing was heard of the client for one and a half times the keep alive time.
    MQTTREASONCODE_KEEP_ALIVE_TIMEOUT = 141,
    /// Another connection uses the same client identifier.
    MQTTREASONCODE_SESSION_TAKEN_OVER = 142,
    /// The topic filter is well-formed, but not accepted here.
    MQTTREASONCODE_TOPIC_FILTER_INVALID = 143,
    /// The topic name is well-formed, but not accepted here.
    MQTTREASONCODE_TOPIC_NAME_INVALID = 144,
    /// The packet identifier is in use.
    MQTTREASONCODE_PACKET_IDENTIFIER_IN_USE = 145,
    /// The packet identifier is not known.
    MQTTREASONCODE_PACKET_IDENTIFIER_NOT_FOUND = 146,
    /// More messages were under way than the receive maximum allows.
    MQTTREASONCODE_RECEIVE_MAXIMUM_EXCEEDED = 147,
    /// The topic alias is 0 or above its maximum.
    MQTTREASONCODE_TOPIC_ALIAS_INVALID = 148,
    /// The packet is longer than the maximum packet size allows.
    MQTTREASONCODE_PACKET_TOO_LARGE = 149,
    /// Messages come too fast.
    MQTTREASONCODE_MESSAGE_RATE_TOO_HIGH = 150,
    /// A quota was exceeded.
    MQTTREASONCODE_QUOTA_EXCEEDED = 151,
    /// An administrator has closed the connection.
    MQTTREASONCODE_ADMINISTRATIVE_ACTION = 152,
    /// The payload is not what its format indicator says.
    MQTTREASONCODE_PAYLOAD_FORMAT_INVALID = 153,
    /// The server does not keep retained messages.
    MQTTREASONCODE_RETAIN_NOT_SUPPORTED = 154,
    /// The server does not offer this QoS.
    MQTTREASONCODE_QOS_NOT_SUPPORTED = 155,
    /// Use another server, for now.
    MQTTREASONCODE_USE_ANOTHER_SERVER = 156,
    /// Use another server, from now on.
    MQTTREASONCODE_SERVER_MOVED = 157,
    /// The server does not offer shared subscriptions.
    MQTTREASONCODE_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 158,
    /// Connections are made too fast.
    MQTTREASONCODE_CONNECTION_RATE_EXCEEDED = 159,
    /// This connection has lasted as long as it may.
    MQTTREASONCODE_MAXIMUM_CONNECT_TIME = 160,
    /// The server does not offer subscription identifiers.
    MQTTREASONCODE_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 161,
    /// The server does not offer wildcards in topic filters.
    MQTTREASONCODE_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 162,
}

/// Further names of the same numbers.
///
/// cbindgen:ignore
#[allow(dead_code, reason = "for C programs")]
impl MQTTReasonCodes {
    /// The code of a DISCONNECT without trouble.
    pub const MQTTREASONCODE_NORMAL_DISCONNECTION: MQTTReasonCodes = MQTTReasonCodes::MQTTREASONCODE_SUCCESS;
    /// The code of a subscription with QoS 0.
    pub const MQTTREASONCODE_GRANTED_QOS_0: MQTTReasonCodes = MQTTReasonCodes::MQTTREASONCODE_SUCCESS;
}

/// The texts, in the order of the codes. Contract W-601.
static TEXTS: [(MQTTReasonCodes, &CStr); 43] = {
    use MQTTReasonCodes::*;
    [
        (MQTTREASONCODE_SUCCESS, c"SUCCESS"),
        (MQTTREASONCODE_GRANTED_QOS_1, c"Granted QoS 1"),
        (MQTTREASONCODE_GRANTED_QOS_2, c"Granted QoS 2"),
        (MQTTREASONCODE_DISCONNECT_WITH_WILL_MESSAGE, c"Disconnect with Will Message"),
        (MQTTREASONCODE_NO_MATCHING_SUBSCRIBERS, c"No matching subscribers"),
        (MQTTREASONCODE_NO_SUBSCRIPTION_FOUND, c"No subscription found"),
        (MQTTREASONCODE_CONTINUE_AUTHENTICATION, c"Continue authentication"),
        (MQTTREASONCODE_RE_AUTHENTICATE, c"Re-authenticate"),
        (MQTTREASONCODE_UNSPECIFIED_ERROR, c"Unspecified error"),
        (MQTTREASONCODE_MALFORMED_PACKET, c"Malformed Packet"),
        (MQTTREASONCODE_PROTOCOL_ERROR, c"Protocol error"),
        (MQTTREASONCODE_IMPLEMENTATION_SPECIFIC_ERROR, c"Implementation specific error"),
        (MQTTREASONCODE_UNSUPPORTED_PROTOCOL_VERSION, c"Unsupported Protocol Version"),
        (MQTTREASONCODE_CLIENT_IDENTIFIER_NOT_VALID, c"Client Identifier not valid"),
        (MQTTREASONCODE_BAD_USER_NAME_OR_PASSWORD, c"Bad User Name or Password"),
        (MQTTREASONCODE_NOT_AUTHORIZED, c"Not authorized"),
        (MQTTREASONCODE_SERVER_UNAVAILABLE, c"Server unavailable"),
        (MQTTREASONCODE_SERVER_BUSY, c"Server busy"),
        (MQTTREASONCODE_BANNED, c"Banned"),
        (MQTTREASONCODE_SERVER_SHUTTING_DOWN, c"Server shutting down"),
        (MQTTREASONCODE_BAD_AUTHENTICATION_METHOD, c"Bad authentication method"),
        (MQTTREASONCODE_KEEP_ALIVE_TIMEOUT, c"Keep Alive timeout"),
        (MQTTREASONCODE_SESSION_TAKEN_OVER, c"Session taken over"),
        (MQTTREASONCODE_TOPIC_FILTER_INVALID, c"Topic filter invalid"),
        (MQTTREASONCODE_TOPIC_NAME_INVALID, c"Topic name invalid"),
        (MQTTREASONCODE_PACKET_IDENTIFIER_IN_USE, c"Packet Identifier in use"),
        (MQTTREASONCODE_PACKET_IDENTIFIER_NOT_FOUND, c"Packet Identifier not found"),
        (MQTTREASONCODE_RECEIVE_MAXIMUM_EXCEEDED, c"Receive Maximum exceeded"),
        (MQTTREASONCODE_TOPIC_ALIAS_INVALID, c"Topic Alias invalid"),
        (MQTTREASONCODE_PACKET_TOO_LARGE, c"Packet too large"),
        (MQTTREASONCODE_MESSAGE_RATE_TOO_HIGH, c"Message rate too high"),
        (MQTTREASONCODE_QUOTA_EXCEEDED, c"Quota exceeded"),
        (MQTTREASONCODE_ADMINISTRATIVE_ACTION, c"Administrative action"),
        (MQTTREASONCODE_PAYLOAD_FORMAT_INVALID, c"Payload format invalid"),
        (MQTTREASONCODE_RETAIN_NOT_SUPPORTED, c"Retain not supported"),
        (MQTTREASONCODE_QOS_NOT_SUPPORTED, c"QoS not supported"),
        (MQTTREASONCODE_USE_ANOTHER_SERVER, c"Use another server"),
        (MQTTREASONCODE_SERVER_MOVED, c"Server moved"),
        (MQTTREASONCODE_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED, c"Shared subscriptions not supported"),
        (MQTTREASONCODE_CONNECTION_RATE_EXCEEDED, c"Connection rate exceeded"),
        (MQTTREASONCODE_MAXIMUM_CONNECT_TIME, c"Maximum connect time"),
        (MQTTREASONCODE_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED, c"Subscription Identifiers not supported"),
        (MQTTREASONCODE_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED, c"Wildcard Subscriptions not supported"),
    ]
};

/// The name of a reason code, in English.
///
/// @param value The reason code.
/// @return The name. NULL if MQTT 5.0 does not have the code. Not to be freed.
/// @see Contract W-601; MQTT 5.0 section 2.4.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn MQTTReasonCode_toString(value: ReasonCodeNumber) -> *const c_char {
    traced("MQTTReasonCode_toString", || reason_text(value).map_or(null(), CStr::as_ptr))
}

/// The name of a reason code.
pub(super) fn reason_text(value: ReasonCodeNumber) -> Option<&'static CStr> {
    TEXTS.iter().find(|(code, _)| *code as ReasonCodeNumber == value).map(|(_, text)| *text)
}
