//! The names by which trace lines call a session: socket number and client identifier.

use std::fmt;

/// `S C`, the beginning of most trace lines (contract trace.md section 6).
#[derive(Default)]
pub(super) struct Label {
    text: String,
}

impl Label {
    pub(super) fn new(text: String) -> Label {
        Label { text }
    }

    pub(super) fn socket(&self) -> &str {
        self.text.split_once(' ').map_or("", |(socket, _)| socket)
    }

    pub(super) fn client(&self) -> &str {
        self.text.split_once(' ').map_or(self.text.as_str(), |(_, client)| client)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Writes a trace line if its level is wanted. Costs one atomic load if not.
macro_rules! note {
    ($level:ident, $($text:tt)+) => {
        if crate::trace::enabled(crate::trace::Level::$level) {
            crate::trace::line(crate::trace::Level::$level, format_args!($($text)+));
        }
    };
}

pub(super) use note;
