//! The return codes of MQTTClient.h: the numbers that it does not share with MQTTAsync.h, and which error
//! has which.

use std::ffi::{CStr, c_char, c_int};

use super::structs::response::{MQTTResponse, MQTTResponse_initializer};
use crate::c_api::calls::traced;
use crate::c_api::return_code::{error_text, shared_code};
use crate::error::Error;

/// No packet identifier is free: too many messages are under way.
pub const MQTTCLIENT_MAX_MESSAGES_INFLIGHT: c_int = -4;
/// The topic of the received message has a NUL in it, so as a string it looks shorter than it is.
/// The message is there nevertheless.
pub const MQTTCLIENT_TOPICNAME_TRUNCATED: c_int = -7;
/// TLS was asked of a library that does not have it.
pub const MQTTCLIENT_SSL_NOT_SUPPORTED: c_int = -10;
/// The MQTT version is not one of the MQTTVERSION_ constants.
pub const MQTTCLIENT_BAD_MQTT_VERSION: c_int = -11;

/// The return code for an error.
pub(super) fn sync_code(error: &Error) -> c_int {
    match error {
        Error::NoPacketId => MQTTCLIENT_MAX_MESSAGES_INFLIGHT,
        Error::TlsNotSupported => MQTTCLIENT_SSL_NOT_SUPPORTED,
        Error::BadVersion => MQTTCLIENT_BAD_MQTT_VERSION,
        error => shared_code(error),
    }
}

/// The response for an error.
pub(super) fn sync_response(error: &Error) -> MQTTResponse {
    MQTTResponse { reasonCode: sync_code(error), ..MQTTResponse_initializer }
}

/// The text of a return code, in English.
///
/// @param code One of the MQTTCLIENT_ return codes, or a positive number, which is why a server refused: 1 to
///   5 is what MQTT 3.1.1 and 3.1 say to CONNECT, 128 and above are reason codes of MQTT 5.0.
/// @return The text. Never NULL; not to be freed. That of a number which has none of its own is valid until
///   the same thread asks for another such.
/// @see Contract C-1.1, C-1.2.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn MQTTClient_strerror(code: c_int) -> *const c_char {
    traced("MQTTClient_strerror", || error_text(code, own_text))
}

/// Contract C-1.1, A-601. As Paho: the persistence error has no text of its own.
fn own_text(code: c_int) -> Option<&'static CStr> {
    Some(match code {
        MQTTCLIENT_MAX_MESSAGES_INFLIGHT => c"Maximum in-flight messages amount reached",
        MQTTCLIENT_TOPICNAME_TRUNCATED => c"Topic containing NULL characters has been truncated",
        MQTTCLIENT_SSL_NOT_SUPPORTED => c"SSL is not supported",
        MQTTCLIENT_BAD_MQTT_VERSION => c"Unrecognized MQTT version",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ReasonCode;

    fn text(code: c_int) -> &'static str {
        unsafe { CStr::from_ptr(MQTTClient_strerror(code)) }.to_str().unwrap()
    }

    #[test]
    fn every_number_has_a_text() {
        assert_eq!(text(0), "Success");
        assert_eq!(text(-17), "Zero length will topic on connect");
        for (code, expected) in [
            (-2, "Unknown error code -2"),
            (-12, "Unknown error code -12"),
            (5, "Not authorized"),
            (135, "Not authorized"),
            (136, "Server unavailable"),
            (163, "Unknown error code 163"),
            (c_int::MIN, "Unknown error code -2147483648"),
            (7, "Unknown error code 7"),
        ] {
            assert_eq!(text(code), expected);
        }
    }

    /// The trace and the C API call them the same.
    #[test]
    fn refusals_have_one_text() {
        for code in 0..=255 {
            if let Some(refusal) = ReasonCode(code).refusal() {
                assert_eq!(text(code.into()), refusal);
            }
        }
    }

    #[test]
    fn the_servers_word_is_passed_on() {
        assert_eq!(sync_code(&Error::Refused(0x87)), 0x87);
        assert_eq!(sync_response(&Error::WrongVersion).reasonCode, -16);
    }
}
