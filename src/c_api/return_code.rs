//! The return codes that both APIs have, and how the text of a code is told.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char, c_int};
use std::io::Write;

use super::reason_codes::reason_text;
use super::structs::persistence::MQTTCLIENT_PERSISTENCE_ERROR;
use crate::error::Error;

/// The call did what it was asked to.
pub const MQTTAPI_SUCCESS: c_int = 0;
/// The call failed, for a reason that has no code of its own.
pub const MQTTAPI_FAILURE: c_int = -1;
/// The client is not connected.
pub const MQTTAPI_DISCONNECTED: c_int = -3;
/// A string is not UTF-8, or is NULL.
pub const MQTTAPI_BAD_UTF8_STRING: c_int = -5;
/// A pointer is NULL that must not be.
pub const MQTTAPI_NULL_PARAMETER: c_int = -6;
/// The first four bytes of a structure, or its version, are not what they should be.
pub const MQTTAPI_BAD_STRUCTURE: c_int = -8;
/// The QoS is not 0, 1 or 2.
pub const MQTTAPI_BAD_QOS: c_int = -9;
/// The server's URI begins with a scheme that this library does not have.
pub const MQTTAPI_BAD_PROTOCOL: c_int = -14;
/// An option does not belong to the MQTT version that was asked for.
pub const MQTTAPI_BAD_MQTT_OPTION: c_int = -15;
/// The client was created for another MQTT version.
pub const MQTTAPI_WRONG_MQTT_VERSION: c_int = -16;
/// The topic of the will is empty.
pub const MQTTAPI_0_LEN_WILL_TOPIC: c_int = -17;

/// The number in place of a granted QoS that says that the server refused a subscription.
pub const MQTT_BAD_SUBSCRIBE: c_int = 0x80;

/// Out of memory; it has no name in the headers.
const OUT_OF_MEMORY: c_int = -99;

/// The return code for an error, but for those that only one API has a number for, or has another one.
pub(super) fn shared_code(error: &Error) -> c_int {
    match error {
        Error::Disconnected => MQTTAPI_DISCONNECTED,
        Error::BadUtf8 => MQTTAPI_BAD_UTF8_STRING,
        Error::NullArgument => MQTTAPI_NULL_PARAMETER,
        Error::BadStructure => MQTTAPI_BAD_STRUCTURE,
        Error::BadQos => MQTTAPI_BAD_QOS,
        Error::BadScheme | Error::NotInThisLibrary => MQTTAPI_BAD_PROTOCOL,
        Error::BadOption => MQTTAPI_BAD_MQTT_OPTION,
        Error::WrongVersion => MQTTAPI_WRONG_MQTT_VERSION,
        Error::EmptyWillTopic => MQTTAPI_0_LEN_WILL_TOPIC,
        Error::Persistence(error) if error.code == 0 => MQTTCLIENT_PERSISTENCE_ERROR,
        Error::Persistence(error) => error.code,
        Error::Refused(code) => c_int::from(*code), // Positive: the server's own word.
        Error::OutOfMemory => OUT_OF_MEMORY,
        Error::InvalidHandle
        | Error::NoPacketId
        | Error::TlsNotSupported
        | Error::BadVersion
        | Error::Discarded
        | Error::BufferFull
        | Error::BadBufferLimit
        | Error::ConnectWaits
        | Error::TooLarge
        | Error::TimedOut
        | Error::NotNow
        | Error::BadArgument
        | Error::Io(_)
        | Error::Protocol(_)
        | Error::Panicked => MQTTAPI_FAILURE,
    }
}

thread_local! {
    /// Where a text goes that has a number in it. Without a destructor: valid until the thread ends.
    static UNKNOWN: UnsafeCell<[u8; 40]> = const { UnsafeCell::new([0; 40]) };
}

/// The text of a code. `own` knows those that only one API has.
pub(super) fn error_text(code: c_int, own: fn(c_int) -> Option<&'static CStr>) -> *const c_char {
    match own(code).or_else(|| shared_text(code)) {
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

/// Contract C-1.1, C-1.2, A-1.1, A-601. Positive numbers are the server's.
fn shared_text(code: c_int) -> Option<&'static CStr> {
    Some(match code {
        MQTTAPI_SUCCESS => c"Success",
        MQTTAPI_FAILURE => c"Failure",
        MQTTAPI_DISCONNECTED => c"Disconnected",
        MQTTAPI_BAD_UTF8_STRING => c"Invalid UTF8 string",
        MQTTAPI_NULL_PARAMETER => c"Invalid (NULL) parameter",
        MQTTAPI_BAD_STRUCTURE => c"Bad structure",
        MQTTAPI_BAD_QOS => c"Invalid QoS value",
        MQTTAPI_BAD_PROTOCOL => c"Invalid protocol scheme",
        MQTTAPI_BAD_MQTT_OPTION => c"Options for wrong MQTT version",
        MQTTAPI_WRONG_MQTT_VERSION => c"Client created for another version of MQTT",
        MQTTAPI_0_LEN_WILL_TOPIC => c"Zero length will topic on connect",
        1 => c"Unacceptable protocol version",
        2 => c"Identifier rejected",
        3 => c"Server unavailable",
        4 => c"Bad user name or password",
        5 => c"Not authorized",
        128.. => return reason_text(code),
        _ => return None,
    })
}
