//! The trace: what the library does, line by line.

use std::ffi::{c_char, c_int};
use std::sync::Arc;

use crate::c_api::boundary::guard;
use crate::c_api::calls::in_trace_callback;
use crate::trace::{self, Level};

/// How important a line of the trace is. A level shows the lines of its own and of all higher ones.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MQTTCLIENT_TRACE_LEVELS {
    /// Everything.
    MQTTCLIENT_TRACE_MAXIMUM = 1,
    /// A little less.
    MQTTCLIENT_TRACE_MEDIUM,
    /// Also calls: each function of this library and each callback, when it is entered and when it is
    /// left, with its thread, its return code and the time that it took. And connections. This is the
    /// level if none was set.
    MQTTCLIENT_TRACE_MINIMUM,
    /// Also the packets that are sent and received.
    MQTTCLIENT_TRACE_PROTOCOL,
    /// Errors.
    MQTTCLIENT_TRACE_ERROR,
    /// Errors that should not be possible.
    MQTTCLIENT_TRACE_SEVERE,
    /// Errors after which nothing works any more.
    MQTTCLIENT_TRACE_FATAL,
}

/// An `enum MQTTCLIENT_TRACE_LEVELS` as C hands it over: any number at all, so no Rust enum.
///
/// cbindgen:ignore
pub type TraceLevelNumber = c_int;

/// Takes a line of the trace.
///
/// message ends without a newline, and is valid only during the call.
pub type MQTTClient_traceCallback =
    Option<unsafe extern "C-unwind" fn(level: TraceLevelNumber, message: *mut c_char)>;

/// Sets from which level on lines of the trace are shown, in the trace file as to the callback.
///
/// The trace file is named by the environment variable MQTT_C_CLIENT_TRACE, or is the standard
/// output if that is ON.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn MQTTClient_setTraceLevel(level: TraceLevelNumber) {
    guard(
        "MQTTClient_setTraceLevel",
        |_| (),
        || {
            if let Some(level) = Level::from_number(level) {
                trace::set_level(Some(level));
            }
            Ok(())
        },
    );
}

/// Sets the function that gets the lines of the trace, for all clients. NULL removes it.
///
/// It may be called on any thread, but never twice at a time, and may call all functions of this
/// library; the trace does not tell these calls.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_setTraceCallback(callback: MQTTClient_traceCallback) {
    guard(
        "MQTTClient_setTraceCallback",
        |_| (),
        || {
            trace::set_callback(callback.map(|callback| -> trace::Callback {
                Arc::new(move |level: Level, line: &mut [u8]| {
                    let level = TraceLevelNumber::from(level.number());
                    // SAFETY: the program's own function, with what MQTTClient.h says that it gets; the
                    // line ends with a NUL.
                    in_trace_callback(|| unsafe { callback(level, line.as_mut_ptr().cast()) });
                })
            }));
            Ok(())
        },
    );
}
