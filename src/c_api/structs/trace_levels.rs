//! The levels of the trace, and the callback that takes its lines.

use std::ffi::{c_char, c_int};

/// How important a line of the trace is. A level shows the lines of its own and of all higher ones.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "for C programs")]
pub enum MQTTAPI_TRACE_LEVELS {
    /// Everything.
    MQTTAPI_TRACE_MAXIMUM = 1,
    /// A little less.
    MQTTAPI_TRACE_MEDIUM,
    /// Also calls: each function of this library and each callback, when it is entered and when it is
    /// left, with its thread, its return code and the time that it took. And connections. This is the
    /// level if none was set.
    MQTTAPI_TRACE_MINIMUM,
    /// Also the packets that are sent and received.
    MQTTAPI_TRACE_PROTOCOL,
    /// Errors.
    MQTTAPI_TRACE_ERROR,
    /// Errors that should not be possible.
    MQTTAPI_TRACE_SEVERE,
    /// Errors after which nothing works any more.
    MQTTAPI_TRACE_FATAL,
}

/// An `enum MQTTAPI_TRACE_LEVELS` as C hands it over: any number at all, so no Rust enum.
///
/// cbindgen:ignore
pub type TraceLevelNumber = c_int;

/// Takes a line of the trace.
///
/// @param level The level of the line.
/// @param message The line, without a newline at its end. Valid only during the call.
/// @see Contract L-501.
pub type MQTTApi_traceCallback =
    Option<unsafe extern "C-unwind" fn(level: TraceLevelNumber, message: *mut c_char)>;
