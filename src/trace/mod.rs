//! The trace facility: what the library does, line by line, to a file and to a callback.
//!
//! A line is made where something happens, often under a client's lock. [`line`] writes it to the
//! file at once, so that what threads do to a client is told in the order in which they did it; the
//! application's callback gets it at the next [`flush`], when the thread holds no lock. So that
//! callback may call every function of the API. Callbacks never overlap: old programs count on that
//! (contract ). Without a destination all this costs one relaxed load.
//!
//! Who knows passwords does not trace them; nothing is filtered here.

mod facility;
mod file;
mod host;
mod text;

use std::any::Any;
use std::cell::RefCell;
use std::ffi::OsStr;
use std::fmt;
use std::sync::Arc;

use crate::sync::Held;
use facility::{Environment, Facility, Outputs};
use text::Line;

pub use host::{Host, set_host};
pub use text::Excerpt;

/// How important a line is; the numbers are those of the C API. Contract L-101.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// Everything there is.
    Maximum = 1,
    /// As `Maximum`, a little less.
    Medium,
    /// Callbacks, connections, restored messages. The default.
    Minimum,
    /// Packets, and the steps of TLS, WebSocket and proxy.
    Protocol,
    /// What went wrong.
    Error,
    /// What must not go wrong.
    Severe,
    /// The end.
    Fatal,
}

impl Level {
    const ALL: [Level; 7] = [
        Level::Maximum,
        Level::Medium,
        Level::Minimum,
        Level::Protocol,
        Level::Error,
        Level::Severe,
        Level::Fatal,
    ];

    /// The number in the C API.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The level with this number, if there is one.
    pub fn from_number(number: i32) -> Option<Level> {
        Level::ALL.into_iter().find(|level| i32::from(level.number()) == number)
    }

    /// The level that `MQTT_C_CLIENT_TRACE_LEVEL` names: upper case, `TRACE_` may come first.
    /// Severe and Fatal have no name there. Contract L-101.
    fn from_environment(text: &OsStr) -> Option<Level> {
        let text = text.to_str()?;
        match text.strip_prefix("TRACE_").unwrap_or(text) {
            "MAXIMUM" => Some(Level::Maximum),
            "MEDIUM" => Some(Level::Medium),
            "MINIMUM" => Some(Level::Minimum),
            "PROTOCOL" => Some(Level::Protocol),
            "ERROR" => Some(Level::Error),
            _ => None,
        }
    }
}

/// Takes a level and a line: no newline, and a NUL at the end so that C can have it as it is.
///
/// May be called on any thread, but never twice at a time, and may call everything in this
/// library. The bytes are its own for the call: C programs that write into them do no harm.
pub type Callback = Arc<dyn Fn(Level, &mut [u8]) + Send + Sync>;

static FACILITY: Facility = Facility::new();

/// Whether a line of this level has anywhere to go.
#[inline]
pub fn enabled(level: Level) -> bool {
    FACILITY.wants(level)
}

/// Whether there is a trace at all, whatever its level.
#[inline]
pub fn is_on() -> bool {
    FACILITY.is_on()
}

/// Whether the header has been written: there are clients.
pub fn has_begun() -> bool {
    FACILITY.has_begun()
}

/// Notes a line, if its level is wanted. Safe under any lock: the callback waits for a [`flush`].
///
/// No newline at the end. What is longer than 511 bytes with its time stamp is cut.
#[inline]
pub fn line(level: Level, text: fmt::Arguments<'_>) {
    if enabled(level) {
        accept(vec![Line::stamped(level, text)]);
    }
}

/// Hands lines to the callback, if there are any that it has not got; and writes lines that standard
/// output could not take at once.
///
/// To be called without any lock held, since the callback may call back into the library. If
/// another thread is in the callback just now, that one passes these lines on and this one goes
/// its way: waiting for it could be waiting for ever.
#[inline]
pub fn flush() {
    if FACILITY.is_neglected() {
        FACILITY.hand_out();
    }
}

/// Whether lines wait for a [`flush`], which calls into the application.
#[inline]
pub fn has_lines() -> bool {
    FACILITY.has_lines()
}

/// Starts tracing as the environment says: at the first create, and at the first create after
/// all clients were destroyed. Contract L-2xx, L-301.
///
/// `version_info` are the pairs of `getVersionInfo`. Opens the file, and writes the header,
/// which is shown whatever the level. For the callback the caller flushes.
pub fn initialise(version_info: &[(&str, &str)]) {
    FACILITY.start(&Environment::read());
    if FACILITY.is_on() {
        accept(Line::header(version_info));
    }
}

/// Closes the file: the last client was destroyed. Level and callback stay (contract C-12.4).
pub fn shut_down() {
    FACILITY.stop();
}

/// Sets the level from which lines are shown, for good; `None` leaves it to the environment.
pub fn set_level(level: Option<Level>) {
    FACILITY.set_level(level);
}

/// Sets the callback that gets all lines from now on, or removes it.
///
/// A call of the old one that runs on another thread may still be running on return.
pub fn set_callback(callback: Option<Callback>) {
    FACILITY.set_callback(callback);
}

/// Notes that code of ours has panicked, and why.
#[cold]
pub fn panicked(place: &str, panic: &(dyn Any + Send)) {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no text)");
    line(Level::Fatal, format_args!("Internal error in {place}: {text}"));
}

/// To be called before a fork, on the thread that forks, so that no other thread is writing then.
pub fn before_fork(may_wait: bool) {
    HELD.set(FACILITY.hold(may_wait));
}

/// To be called after a fork, in the parent and in the child.
pub fn after_fork() {
    Facility::let_go(HELD.take());
}

thread_local! {
    static HELD: RefCell<Option<Held<Outputs>>> = const { RefCell::new(None) };
}

#[cold]
fn accept(lines: Vec<Line>) {
    FACILITY.accept(lines);
}

#[cfg(test)]
mod tests;
