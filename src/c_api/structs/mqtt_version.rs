//! The MQTTVERSION_ constants.

use std::ffi::c_int;

use crate::client::MqttVersion;
use crate::protocol::Version;

/// MQTT 3.1.1, and if that fails, MQTT 3.1.
pub const MQTTVERSION_DEFAULT: c_int = 0;
/// MQTT 3.1.
pub const MQTTVERSION_3_1: c_int = 3;
/// MQTT 3.1.1.
pub const MQTTVERSION_3_1_1: c_int = 4;
/// MQTT 5.0.
pub const MQTTVERSION_5: c_int = 5;

/// The version that a number stands for.
pub(in crate::c_api) fn read_version(number: c_int) -> Option<MqttVersion> {
    Some(match number {
        MQTTVERSION_DEFAULT => MqttVersion::Default,
        MQTTVERSION_3_1 => MqttVersion::Fixed(Version::V3_1),
        MQTTVERSION_3_1_1 => MqttVersion::Fixed(Version::V3_1_1),
        MQTTVERSION_5 => MqttVersion::Fixed(Version::V5),
        _ => return None,
    })
}

/// As Paho, where a client is created any number is taken (contract C-2.4, A-3.1); connect is stricter.
pub(in crate::c_api) fn read_any_version(number: c_int) -> MqttVersion {
    match number {
        MQTTVERSION_5.. => MqttVersion::Fixed(Version::V5),
        number => read_version(number).unwrap_or(MqttVersion::Default),
    }
}
