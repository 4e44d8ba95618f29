//! The return codes of MQTTAsync.h: the numbers that it does not share with MQTTClient.h, and which error
//! has which.

use std::ffi::{CStr, c_char, c_int};

use crate::c_api::calls::traced;
use crate::c_api::return_code::{error_text, shared_code};
use crate::error::Error;

/// The store failed, or cannot be opened.
pub const MQTTASYNC_PERSISTENCE_ERROR: c_int = -2;
/// Not returned by this library.
pub const MQTTASYNC_MAX_MESSAGES_INFLIGHT: c_int = -4;
/// Not returned by this library.
pub const MQTTASYNC_TOPICNAME_TRUNCATED: c_int = -7;
/// No packet identifier is free: too many requests are under way.
pub const MQTTASYNC_NO_MORE_MSGIDS: c_int = -10;
/// The request was given up: the client was destroyed, or its session ended, before there was an answer.
pub const MQTTASYNC_OPERATION_INCOMPLETE: c_int = -11;
/// As many messages wait as maxBufferedMessages allows.
pub const MQTTASYNC_MAX_BUFFERED_MESSAGES: c_int = -12;
/// TLS was asked of a library that does not have it.
pub const MQTTASYNC_SSL_NOT_SUPPORTED: c_int = -13;
/// The client is connecting already, and has not begun yet.
pub const MQTTASYNC_COMMAND_IGNORED: c_int = -18;
/// maxBufferedMessages is less than 1.
pub const MQTTASYNC_MAX_BUFFERED: c_int = -19;

/// The return code for an error.
pub(super) fn async_code(error: &Error) -> c_int {
    match error {
        Error::NoPacketId => MQTTASYNC_NO_MORE_MSGIDS,
        Error::Discarded => MQTTASYNC_OPERATION_INCOMPLETE,
        Error::BufferFull => MQTTASYNC_MAX_BUFFERED_MESSAGES,
        Error::TlsNotSupported => MQTTASYNC_SSL_NOT_SUPPORTED,
        Error::ConnectWaits => MQTTASYNC_COMMAND_IGNORED,
        Error::BadBufferLimit => MQTTASYNC_MAX_BUFFERED,
        error => shared_code(error),
    }
}

/// The text of a return code, in English.
///
/// @param code One of the MQTTASYNC_ return codes, or a positive number, which is why a server refused: 1 to
///   5 is what MQTT 3.1.1 and 3.1 say to CONNECT, 128 and above are reason codes of MQTT 5.0.
/// @return The text. Never NULL; not to be freed. That of a number which has none of its own is valid until
///   the same thread asks for another such.
/// @see Contract.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn MQTTAsync_strerror(code: c_int) -> *const c_char {
    traced("MQTTAsync_strerror", || error_text(code, own_text))
}

/// Contract.
fn own_text(code: c_int) -> Option<&'static CStr> {
    Some(match code {
        MQTTASYNC_PERSISTENCE_ERROR => c"Persistence error",
        MQTTASYNC_MAX_MESSAGES_INFLIGHT => c"Maximum in-flight messages amount reached",
        MQTTASYNC_TOPICNAME_TRUNCATED => c"Topic containing NULL characters has been truncated",
        MQTTASYNC_NO_MORE_MSGIDS => c"Too many pending commands",
        MQTTASYNC_OPERATION_INCOMPLETE => c"Operation discarded before completion",
        MQTTASYNC_MAX_BUFFERED_MESSAGES => c"No more messages can be buffered",
        MQTTASYNC_SSL_NOT_SUPPORTED => c"SSL is not supported",
        MQTTASYNC_COMMAND_IGNORED => c"Connect or disconnect command ignored",
        MQTTASYNC_MAX_BUFFERED => c"maxBufferedMessages in the connect options must be >= 0",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contract, word for word.
    #[test]
    fn every_number_has_a_text() {
        for (code, expected) in [
            (0, "Success"),
            (-1, "Failure"),
            (-2, "Persistence error"),
            (-3, "Disconnected"),
            (-4, "Maximum in-flight messages amount reached"),
            (-5, "Invalid UTF8 string"),
            (-6, "Invalid (NULL) parameter"),
            (-7, "Topic containing NULL characters has been truncated"),
            (-8, "Bad structure"),
            (-9, "Invalid QoS value"),
            (-10, "Too many pending commands"),
            (-11, "Operation discarded before completion"),
            (-12, "No more messages can be buffered"),
            (-13, "SSL is not supported"),
            (-14, "Invalid protocol scheme"),
            (-15, "Options for wrong MQTT version"),
            (-16, "Client created for another version of MQTT"),
            (-17, "Zero length will topic on connect"),
            (-18, "Connect or disconnect command ignored"),
            (-19, "maxBufferedMessages in the connect options must be >= 0"),
            (-20, "Unknown error code -20"),
            (-99, "Unknown error code -99"),
            (5, "Not authorized"),
        ] {
            let text = unsafe { CStr::from_ptr(MQTTAsync_strerror(code)) };
            assert_eq!(text.to_str(), Ok(expected), "{code}");
        }
    }

    #[test]
    fn what_the_other_api_calls_otherwise() {
        assert_eq!(async_code(&Error::TlsNotSupported), -13);
        assert_eq!(async_code(&Error::NoPacketId), -10);
        assert_eq!(async_code(&Error::Discarded), -11);
        assert_eq!(async_code(&Error::BufferFull), -12);
        assert_eq!(async_code(&Error::ConnectWaits), -18);
        assert_eq!(async_code(&Error::BadBufferLimit), -19);
        assert_eq!(async_code(&Error::Refused(5)), 5);
    }
}
