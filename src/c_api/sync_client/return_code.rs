//! The return codes of MQTTClient.h: the numbers, which error has which, and their texts.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char, c_int};
use std::io::Write;

use super::structs::response::{MQTTResponse, MQTTResponse_initializer};
use crate::c_api::calls::traced;
use crate::c_api::reason_codes::reason_text;
use crate::c_api::structs::persistence::MQTTCLIENT_PERSISTENCE_ERROR;
use crate::error::Error;

/// The call did what it was asked to.
pub const MQTTCLIENT_SUCCESS: c_int = 0;
/// The call failed, for a reason that has no code of its own.
pub const MQTTCLIENT_FAILURE: c_int = -1;
/// The client is not connected.
pub const MQTTCLIENT_DISCONNECTED: c_int = -3;
/// No packet identifier is free: too many messages are under way.
pub const MQTTCLIENT_MAX_MESSAGES_INFLIGHT: c_int = -4;
/// A string is not UTF-8, or is NULL.
pub const MQTTCLIENT_BAD_UTF8_STRING: c_int = -5;
/// A pointer is NULL that must not be.
pub const MQTTCLIENT_NULL_PARAMETER: c_int = -6;
/// The topic of the received message has a NUL in it, so as a string it looks shorter than it is.
/// The message is there nevertheless.
pub const MQTTCLIENT_TOPICNAME_TRUNCATED: c_int = -7;
/// The first four bytes of a structure, or its version, are not what they should be.
pub const MQTTCLIENT_BAD_STRUCTURE: c_int = -8;
/// The QoS is not 0, 1 or 2.
pub const MQTTCLIENT_BAD_QOS: c_int = -9;
/// TLS was asked of a library that does not have it.
pub const MQTTCLIENT_SSL_NOT_SUPPORTED: c_int = -10;
/// The MQTT version is not one of the MQTTVERSION_ constants.
pub const MQTTCLIENT_BAD_MQTT_VERSION: c_int = -11;
/// The server's URI begins with a scheme that this library does not have.
pub const MQTTCLIENT_BAD_PROTOCOL: c_int = -14;
/// An option does not belong to the MQTT version that was asked for.
pub const MQTTCLIENT_BAD_MQTT_OPTION: c_int = -15;
/// The function is for clients of another MQTT version: those for MQTT 5.0 end in 5.
pub const MQTTCLIENT_WRONG_MQTT_VERSION: c_int = -16;
/// The topic of the will is empty.
pub const MQTTCLIENT_0_LEN_WILL_TOPIC: c_int = -17;

/// The number in place of a granted QoS that says that the server refused a subscription.
pub const MQTT_BAD_SUBSCRIBE: c_int = 0x80;

/// Out of memory; it has no name in the header.
const OUT_OF_MEMORY: c_int = -99;

/// The return code for an error.
pub(super) fn sync_code(error: &Error) -> c_int {
    match error {
        Error::Disconnected => MQTTCLIENT_DISCONNECTED,
        Error::NoPacketId => MQTTCLIENT_MAX_MESSAGES_INFLIGHT,
        Error::BadUtf8 => MQTTCLIENT_BAD_UTF8_STRING,
        Error::NullArgument => MQTTCLIENT_NULL_PARAMETER,
        Error::BadStructure => MQTTCLIENT_BAD_STRUCTURE,
        Error::BadQos => MQTTCLIENT_BAD_QOS,
        Error::TlsNotSupported => MQTTCLIENT_SSL_NOT_SUPPORTED,
        Error::BadVersion => MQTTCLIENT_BAD_MQTT_VERSION,
        Error::BadScheme | Error::NotInThisLibrary => MQTTCLIENT_BAD_PROTOCOL,
        Error::BadOption => MQTTCLIENT_BAD_MQTT_OPTION,
        Error::WrongVersion => MQTTCLIENT_WRONG_MQTT_VERSION,
        Error::EmptyWillTopic => MQTTCLIENT_0_LEN_WILL_TOPIC,
        Error::Persistence(error) if error.code == 0 => MQTTCLIENT_PERSISTENCE_ERROR,
        Error::Persistence(error) => error.code,
        Error::Refused(code) => c_int::from(*code), // Positive: the server's own word.
        Error::OutOfMemory => OUT_OF_MEMORY,
        Error::InvalidHandle
        | Error::TooLarge
        | Error::TimedOut
        | Error::NotNow
        | Error::ProxyNotSupported(_)
        | Error::BadArgument
        | Error::Io(_)
        | Error::Protocol(_)
        | Error::Panicked => MQTTCLIENT_FAILURE,
    }
}

/// The response for an error.
pub(super) fn sync_response(error: &Error) -> MQTTResponse {
    MQTTResponse { reasonCode: sync_code(error), ..MQTTResponse_initializer }
}

thread_local! {
    /// Where a text goes that has a number in it. Without a destructor: valid until the thread ends.
    static UNKNOWN: UnsafeCell<[u8; 40]> = const { UnsafeCell::new([0; 40]) };
}

/// The text of a return code, in English. Never NULL; not to be freed.
///
/// A positive number is why a server refused: 1 to 5 is what MQTT 3.1.1 and 3.1 say to CONNECT, 128 and above
/// are reason codes of MQTT 5.0. For any other that is none of the MQTTCLIENT_ return codes, the text is valid until the same
/// thread asks for another such.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn MQTTClient_strerror(code: c_int) -> *const c_char {
    traced("MQTTClient_strerror", || error_text(code))
}

fn error_text(code: c_int) -> *const c_char {
    match known_text(code) {
        Some(text) => text.as_ptr(),
        None => UNKNOWN.with(|text| {
            // SAFETY: of this thread alone, and nothing is called meanwhile that could come here.
            let text = unsafe { &mut *text.get() };
            // 19 characters, a sign and ten digits, and a NUL: it always fits.
            let _ = write!(&mut text[..], "Unknown error code {code}\0");
            text.as_ptr().cast()
        }),
    }
}

/// Contract C-1.1, C-1.2, A-601. As Paho: the persistence error has no text of its own.
fn known_text(code: c_int) -> Option<&'static CStr> {
    Some(match code {
        MQTTCLIENT_SUCCESS => c"Success",
        MQTTCLIENT_FAILURE => c"Failure",
        MQTTCLIENT_DISCONNECTED => c"Disconnected",
        MQTTCLIENT_MAX_MESSAGES_INFLIGHT => c"Maximum in-flight messages amount reached",
        MQTTCLIENT_BAD_UTF8_STRING => c"Invalid UTF8 string",
        MQTTCLIENT_NULL_PARAMETER => c"Invalid (NULL) parameter",
        MQTTCLIENT_TOPICNAME_TRUNCATED => c"Topic containing NULL characters has been truncated",
        MQTTCLIENT_BAD_STRUCTURE => c"Bad structure",
        MQTTCLIENT_BAD_QOS => c"Invalid QoS value",
        MQTTCLIENT_SSL_NOT_SUPPORTED => c"SSL is not supported",
        MQTTCLIENT_BAD_MQTT_VERSION => c"Unrecognized MQTT version",
        MQTTCLIENT_BAD_PROTOCOL => c"Invalid protocol scheme",
        MQTTCLIENT_BAD_MQTT_OPTION => c"Options for wrong MQTT version",
        MQTTCLIENT_WRONG_MQTT_VERSION => c"Client created for another version of MQTT",
        MQTTCLIENT_0_LEN_WILL_TOPIC => c"Zero length will topic on connect",
        1 => c"Unacceptable protocol version",
        2 => c"Identifier rejected",
        3 => c"Server unavailable",
        4 => c"Bad user name or password",
        5 => c"Not authorized",
        128.. => return reason_text(code),
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
