//! The handles of MQTTAsync.h.

use std::ffi::{c_int, c_void};

/// A client. Made by MQTTAsync_create, and of no use after MQTTAsync_destroy.
pub type MQTTAsync = *mut c_void;

/// Stands for a request while it is on its way. 0 for a message of QoS 0.
pub type MQTTAsync_token = c_int;

/// 1.
pub const MQTTASYNC_TRUE: c_int = 1;
