//! The trace: what the library does, line by line.

use crate::c_api::boundary::guard;
use crate::c_api::structs::trace_levels::{MQTTApi_traceCallback, TraceLevelNumber};
use crate::c_api::tracing;

/// Sets from which level on lines of the trace are shown, in the trace file as to the callback. It stays
/// until it is set again.
///
/// The trace file is named by the environment variable MQTT_C_CLIENT_TRACE, or is the standard output if that
/// is ON.
///
/// @param level The lowest level that is shown.
/// @see Contract C-12.4, L-502; decision 7 there.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn MQTTClient_setTraceLevel(level: TraceLevelNumber) {
    guard(
        "MQTTClient_setTraceLevel",
        |_| (),
        || {
            tracing::set_level(level);
            Ok(())
        },
    );
}

/// Sets the function that gets the lines of the trace, for all clients.
///
/// It may be called on any thread, but never twice at a time, and may call all functions of this library; the
/// trace does not tell these calls.
///
/// @param callback The function. NULL removes it.
/// @see Contract C-12.3, L-501.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_setTraceCallback(callback: MQTTApi_traceCallback) {
    guard(
        "MQTTClient_setTraceCallback",
        |_| (),
        || {
            // SAFETY: MQTTClient.h asks for a function that may be called from now on.
            unsafe { tracing::set_callback(callback) };
            Ok(())
        },
    );
}
