//! MQTTApi_init_options: what MQTTApi_global_init can be told.

use std::ffi::{c_char, c_int};

use crate::c_api::boundary::eyecatcher;

/// Options for MQTTApi_global_init.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTApi_init_options {
    /// "MQTG".
    pub struct_id: [c_char; 4],
    /// 0.
    pub struct_version: c_int,
    /// Ignored: this library does not use OpenSSL.
    pub do_openssl_init: c_int,
}

/// Nothing asked for.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTApi_init_options_initializer: MQTTApi_init_options =
    MQTTApi_init_options { struct_id: eyecatcher(*b"MQTG"), struct_version: 0, do_openssl_init: 0 };
