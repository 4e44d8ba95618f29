//! MQTTClient_createOptions: what MQTTClient_createWithOptions can be told.

use std::ffi::{c_char, c_int};

use crate::c_api::boundary::{Versioned, eyecatcher, field};
use crate::c_api::structs::mqtt_version::{MQTTVERSION_DEFAULT, read_any_version};
use crate::client::MqttVersion;
use crate::error::Error;

/// Options for MQTTClient_createWithOptions.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTClient_createOptions {
    /// "MQCO".
    pub struct_id: [c_char; 4],
    /// 0.
    pub struct_version: c_int,
    /// One of the MQTTVERSION_ constants. A client for MQTT 5.0 has to say so here: it uses the
    /// functions whose names end in 5, all others use the functions without.
    pub MQTTVersion: c_int,
}

/// No version asked for.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTClient_createOptions_initializer: MQTTClient_createOptions = MQTTClient_createOptions {
    struct_id: eyecatcher(*b"MQCO"),
    struct_version: 0,
    MQTTVersion: MQTTVERSION_DEFAULT,
};

/// The version that the options ask for; NULL asks for none.
///
/// # Safety
/// `raw` is NULL or as long as its `struct_version` implies.
pub(in crate::c_api) unsafe fn read_create_options(
    raw: *const MQTTClient_createOptions,
) -> Result<MqttVersion, Error> {
    if raw.is_null() {
        return Ok(MqttVersion::Default);
    }
    // SAFETY: our caller's promise.
    let s = unsafe { Versioned::open(raw, *b"MQCO", 0..=0) }?;
    Ok(read_any_version(field!(s.MQTTVersion)))
}
