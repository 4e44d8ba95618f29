//! The trace, as C sets it: for all clients of the process, whichever API they are of.

use std::sync::Arc;

use super::calls::in_trace_callback;
use super::structs::trace_levels::{MQTTApi_traceCallback, TraceLevelNumber};
use crate::trace::{self, Level};

/// Sets from which level on lines are shown. What is no level changes nothing.
pub(super) fn set_level(number: TraceLevelNumber) {
    if let Some(level) = Level::from_number(number) {
        trace::set_level(Some(level));
    }
}

/// Sets the program's function for the lines, or none.
///
/// # Safety
/// The function is what the headers say, and lives until another is set.
pub(super) unsafe fn set_callback(callback: MQTTApi_traceCallback) {
    trace::set_callback(callback.map(|callback| -> trace::Callback {
        Arc::new(move |level: Level, line: &mut [u8]| {
            let level = TraceLevelNumber::from(level.number());
            // SAFETY: the program's own function, with what the headers say that it gets; the line ends
            // with a NUL.
            in_trace_callback(|| unsafe { callback(level, line.as_mut_ptr().cast()) });
        })
    }));
}
