//! MQTTApi_message: a message, to be published or received.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

use crate::c_api::boundary::{Versioned, eyecatcher, field};
use crate::c_api::structs::properties::{MQTTProperties, MQTTProperties_initializer};
use crate::error::Error;

/// A message: to be published in one piece, or received.
///
/// A received one belongs to the program, which frees it with MQTTApi_freeMessage.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTApi_message {
    /// "MQTM".
    pub struct_id: [c_char; 4],
    /// 0: no properties. 1: all members.
    pub struct_version: c_int,
    /// The length of the payload in bytes.
    pub payloadlen: c_int,
    /// The payload: any bytes. In a received message a NUL follows them, which payloadlen does not
    /// count, so that a payload of text is a string.
    pub payload: *mut c_void,
    /// 0: the message may be lost. 1: it arrives, perhaps more than once. 2: it arrives once.
    pub qos: c_int,
    /// To publish: 1 asks the server to keep the message for those who subscribe later. Received: 1
    /// if the message was kept, 0 if it is fresh.
    pub retained: c_int,
    /// Received: 1 if this may be a repetition of a QoS 1 message. Ignored when publishing.
    pub dup: c_int,
    /// Received: the packet identifier, 0 for QoS 0. Ignored when publishing.
    pub msgid: c_int,
    /// The MQTT 5.0 properties of the message.
    pub properties: MQTTProperties,
}

/// An empty message.
pub const MQTTApi_message_initializer: MQTTApi_message = MQTTApi_message {
    struct_id: eyecatcher(*b"MQTM"),
    struct_version: 1,
    payloadlen: 0,
    payload: null_mut(),
    qos: 0,
    retained: 0,
    dup: 0,
    msgid: 0,
    properties: MQTTProperties_initializer,
};

/// What a message to be published says. The pointers are the application's.
pub(in crate::c_api) struct MessageFields {
    pub payload: *const c_void,
    pub payload_length: c_int,
    pub qos: c_int,
    pub retained: c_int,
    /// NULL if the structure is too old to have properties.
    pub properties: *const MQTTProperties,
}

/// # Safety
/// `raw` is NULL or as long as its `struct_version` implies.
pub(in crate::c_api) unsafe fn read_message(raw: *const MQTTApi_message) -> Result<MessageFields, Error> {
    // SAFETY: our caller's promise. `open` rejects NULL, then the eyecatcher, then the version.
    let s = unsafe { Versioned::open(raw, *b"MQTM", 0..=1) }?;
    Ok(MessageFields {
        payload: field!(s.payload),
        payload_length: field!(s.payloadlen),
        qos: field!(s.qos),
        retained: field!(s.retained),
        // SAFETY: from version 1 on the structure has this field; it is not read here.
        properties: if s.has(1) { unsafe { &raw const (*s.raw).properties } } else { null() },
    })
}
