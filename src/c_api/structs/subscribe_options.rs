//! MQTTSubscribeOpts.h: the options of a subscription in MQTT 5.0.

use std::ffi::{c_char, c_int, c_uchar};

use crate::c_api::boundary::eyecatcher;

/// How a subscription is to behave. MQTT 5.0 only (section 3.8.3.1); older versions ignore it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTSubscribe_options {
    /// "MQSO".
    pub struct_id: [c_char; 4],
    /// 0.
    pub struct_version: c_int,
    /// 1: do not send this client the messages that it published itself.
    pub noLocal: c_uchar,
    /// 1: messages keep the retain flag that they were published with. 0: only retained messages
    /// sent because of the subscription itself have it.
    pub retainAsPublished: c_uchar,
    /// Whether the server sends retained messages at once. 0: yes. 1: only if this subscription is
    /// new. 2: no.
    pub retainHandling: c_uchar,
}

/// Everything off, as before MQTT 5.0.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTSubscribe_options_initializer: MQTTSubscribe_options = MQTTSubscribe_options {
    struct_id: eyecatcher(*b"MQSO"),
    struct_version: 0,
    noLocal: 0,
    retainAsPublished: 0,
    retainHandling: 0,
};
