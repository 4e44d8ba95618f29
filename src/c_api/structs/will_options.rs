//! MQTTApi_willOptions: the message a server publishes for a client that vanished.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::null;

use crate::c_api::boundary::{Versioned, bytes, eyecatcher, field, qos};
use crate::client::WillOptions;
use crate::error::Error;
use crate::protocol::packet::Properties;

/// A payload with its length.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTApi_willPayload {
    /// How many bytes.
    pub len: c_int,
    /// The bytes; NULL if message is to be used.
    pub data: *const c_void,
}

/// The will: a message that the server publishes if the connection ends without MQTTApi_disconnect.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTApi_willOptions {
    /// "MQTW".
    pub struct_id: [c_char; 4],
    /// 0: no payload member. 1: all members.
    pub struct_version: c_int,
    /// The topic to publish to; must not be NULL or empty.
    pub topicName: *const c_char,
    /// The payload as a string. NULL if payload is used, or for an empty message.
    pub message: *const c_char,
    /// 1: the server keeps the message for those who subscribe later.
    pub retained: c_int,
    /// The QoS of the message: 0, 1 or 2.
    pub qos: c_int,
    /// The payload as bytes. If its data is not NULL it is used, and message is not.
    pub payload: MQTTApi_willPayload,
}

/// A will without topic and message.
pub const MQTTApi_willOptions_initializer: MQTTApi_willOptions = MQTTApi_willOptions {
    struct_id: eyecatcher(*b"MQTW"),
    struct_version: 1,
    topicName: null(),
    message: null(),
    retained: 0,
    qos: 0,
    payload: MQTTApi_willPayload { len: 0, data: null() },
};

/// Checks and copies a will. The order of the checks is the contract's (C-3.2).
///
/// # Safety
/// `raw` is as long as its `struct_version` implies, its strings are NUL-terminated, and its
/// payload is as long as it says.
pub(in crate::c_api) unsafe fn read_will(raw: *const MQTTApi_willOptions) -> Result<WillOptions, Error> {
    // SAFETY: our caller's promise.
    let s = unsafe { Versioned::open(raw, *b"MQTW", 0..=1) }?;
    let qos = qos(field!(s.qos))?;
    let topic = field!(s.topicName);
    if topic.is_null() {
        return Err(Error::NullArgument);
    }
    // SAFETY: not NULL; our caller's promise. Neither UTF-8 nor wildcards are checked: C-3.3.
    let topic = unsafe { CStr::from_ptr(topic) }.to_bytes().to_vec();
    if topic.is_empty() {
        return Err(Error::EmptyWillTopic);
    }
    let message = field!(s.message);
    let payload = field!(s.payload, since 1, MQTTApi_willOptions_initializer.payload);
    let payload = if !payload.data.is_null() {
        // SAFETY: our caller's promise.
        unsafe { bytes(payload.data, payload.len) }?.to_vec()
    } else if !message.is_null() {
        // SAFETY: not NULL; our caller's promise.
        unsafe { CStr::from_ptr(message) }.to_bytes().to_vec()
    } else {
        Vec::new()
    };
    // As Paho: only the lowest bit counts (C-3.3).
    let retain = field!(s.retained) & 1 == 1;
    Ok(WillOptions { topic, payload, qos, retain, properties: Properties::default() })
}
