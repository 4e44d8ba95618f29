//! MQTTAsync_successData5 and MQTTAsync_failureData5: what became of a request, in MQTT 5.0.

use std::ffi::{c_char, c_int};
use std::ptr::{null, null_mut};

use super::results::{MQTTAsync_connectionMade, MQTTAsync_publishedMessage};
use crate::c_api::async_client::handle::MQTTAsync_token;
use crate::c_api::boundary::eyecatcher;
use crate::c_api::reason_codes::MQTTReasonCodes;
use crate::c_api::structs::ReasonCodeNumber;
use crate::c_api::structs::properties::{MQTTProperties, MQTTProperties_initializer};

/// The reason codes of several topic filters.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTAsync_reasonCodes {
    /// How many there are: one for each topic filter.
    pub reasonCodeCount: c_int,
    /// The reason codes if there is more than one, else NULL.
    pub reasonCodes: *mut ReasonCodeNumber,
}

/// What a success has to tell. One of these is valid, by what was asked for.
#[repr(C)]
#[derive(Clone, Copy)]
pub union MQTTAsync_successData5_alt {
    /// Of MQTTAsync_subscribe and MQTTAsync_subscribeMany.
    pub sub: MQTTAsync_reasonCodes,
    /// Of MQTTAsync_send and MQTTAsync_sendMessage.
    pub r#pub: MQTTAsync_publishedMessage,
    /// Of MQTTAsync_connect.
    pub connect: MQTTAsync_connectionMade,
    /// Of MQTTAsync_unsubscribe and MQTTAsync_unsubscribeMany.
    pub unsub: MQTTAsync_reasonCodes,
}

/// What MQTTAsync_onSuccess5 gets.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTAsync_successData5 {
    /// "MQSD".
    pub struct_id: [c_char; 4],
    /// 0.
    pub struct_version: c_int,
    /// The token of the request; 0 if it has none.
    pub token: MQTTAsync_token,
    /// The server's reason code; the first one if there are several.
    pub reasonCode: ReasonCodeNumber,
    /// The properties of the server's answer; of a published message, its own.
    pub properties: MQTTProperties,
    /// What else there is to tell.
    pub alt: MQTTAsync_successData5_alt,
}

/// Success, and nothing else.
pub const MQTTAsync_successData5_initializer: MQTTAsync_successData5 = MQTTAsync_successData5 {
    struct_id: eyecatcher(*b"MQSD"),
    struct_version: 0,
    token: 0,
    reasonCode: MQTTReasonCodes::MQTTREASONCODE_SUCCESS as ReasonCodeNumber,
    properties: MQTTProperties_initializer,
    alt: MQTTAsync_successData5_alt {
        sub: MQTTAsync_reasonCodes { reasonCodeCount: 0, reasonCodes: null_mut() },
    },
};

/// What MQTTAsync_onFailure5 gets.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTAsync_failureData5 {
    /// "MQFD".
    pub struct_id: [c_char; 4],
    /// 0.
    pub struct_version: c_int,
    /// The token of the request; 0 if it has none.
    pub token: MQTTAsync_token,
    /// The server's reason code. From 128 on it is why the request failed; 0 if the server did not say.
    pub reasonCode: ReasonCodeNumber,
    /// The properties of the server's answer.
    pub properties: MQTTProperties,
    /// One of the MQTTASYNC_ return codes.
    pub code: c_int,
    /// Why it failed, for people. May be NULL.
    pub message: *const c_char,
    /// The type of the packet that reported the failure, as MQTT numbers them: 4 (PUBACK), 5 (PUBREC) or
    /// 7 (PUBCOMP) for a message. 0 otherwise.
    pub packet_type: c_int,
}

/// Nothing told.
pub const MQTTAsync_failureData5_initializer: MQTTAsync_failureData5 = MQTTAsync_failureData5 {
    struct_id: eyecatcher(*b"MQFD"),
    struct_version: 0,
    token: 0,
    reasonCode: MQTTReasonCodes::MQTTREASONCODE_SUCCESS as ReasonCodeNumber,
    properties: MQTTProperties_initializer,
    code: 0,
    message: null(),
    packet_type: 0,
};
