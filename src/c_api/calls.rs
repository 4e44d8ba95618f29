//! What the trace says of calls: entry and exit of every public function, and of every callback of
//! the application, at level MINIMUM. Contract L-404, decision 16.
//!
//! Without a trace an export pays one load for it. And where a thread is: see [`crate::sync::Place`].

use std::cell::Cell;
use std::ffi::c_int;
use std::time::{Duration, Instant};

use super::cancellation;
use super::ending;
use super::structs::properties::MQTTProperties;
use crate::client;
use crate::engine::{self, clock};
use crate::sync::{Place, change_place, enter, place};
use crate::trace::{self, Level};

thread_local! {
    /// How many calls this thread is in. An export that is called in a callback is inside of it.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// Whether this thread is in the application's trace callback.
    static IN_TRACE_CALLBACK: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread is in a function of the application's store.
    static IN_STORE: Cell<bool> = const { Cell::new(false) };
}

/// What a function returns, as far as the trace tells it.
pub(super) trait Outcome {
    /// The return code, if there is one.
    fn code(&self) -> Option<i64>;
}

impl Outcome for c_int {
    fn code(&self) -> Option<i64> {
        Some(i64::from(*self))
    }
}

impl Outcome for i64 {
    fn code(&self) -> Option<i64> {
        Some(*self)
    }
}

impl Outcome for () {
    fn code(&self) -> Option<i64> {
        None
    }
}

impl Outcome for MQTTProperties {
    fn code(&self) -> Option<i64> {
        None
    }
}

impl<T> Outcome for *mut T {
    fn code(&self) -> Option<i64> {
        None
    }
}

impl<T> Outcome for *const T {
    fn code(&self) -> Option<i64> {
        None
    }
}

/// Runs an export, or what is left of it, and traces the call.
///
/// Each line that the call has caused is with the trace callback when the call returns: no lock is
/// held here.
#[inline]
pub(super) fn traced<T: Outcome>(name: &'static str, body: impl FnOnce() -> T) -> T {
    traced_over(name, |_| body())
}

/// As [`traced`], for what is done in less time than [`traced`] takes, and calls nothing of the application's.
#[inline]
pub(super) fn traced_brief<T: Outcome>(name: &'static str, body: impl FnOnce() -> T) -> T {
    if trace::is_on() {
        return traced_at_length(name, body);
    }
    let outer = enter();
    let outcome = body();
    change_place(outer);
    outcome
}

#[cold]
fn traced_at_length<T: Outcome>(name: &'static str, body: impl FnOnce() -> T) -> T {
    traced(name, body)
}

/// Calls a function of the application's, and traces it. `None`: the thread is to end, see [`ending`].
#[inline]
pub(super) fn callback<T: Outcome + Copy>(name: &'static str, function: impl FnOnce() -> T) -> Option<T> {
    call_at(Place::Application, name, function)
}

#[inline]
fn call_at<T: Outcome + Copy>(place: Place, name: &'static str, function: impl FnOnce() -> T) -> Option<T> {
    let mut call = Call::new(name);
    call.begin_if_traced();
    let outer = change_place(place);
    let outcome = call_out(function);
    change_place(outer);
    match &outcome {
        Some(outcome) => call.leave(outcome),
        None => call.end(None),
    }
    outcome
}

/// Calls the application, which may end the thread or be cancelled.
#[inline]
fn call_out<T: Copy>(function: impl FnOnce() -> T) -> Option<T> {
    cancellation::with_state_of_thread(|thread| {
        ending::call_out(move || cancellation::as_application(thread, function))
    })
}

/// As [`traced`], for the functions with which the trace itself begins or ends.
#[inline]
pub(super) fn traced_over<T: Outcome>(name: &'static str, body: impl FnOnce(&mut Call) -> T) -> T {
    let outer = enter();
    let mut call = Call::new(name);
    call.begin_if_traced();
    let outcome = body(&mut call);
    call.leave(&outcome);
    change_place(outer);
    ending::go_on();
    outcome
}

/// Runs a function of the application's store, and traces it. The client is locked meanwhile, so the
/// trace callback gets the lines later, and calls of the API fail.
///
/// `None`: the thread is to end, and the function has not returned. If it has forked, this does not return in the
/// child: what the call goes on to do is the parent's, whose socket the child has, too.
pub(super) fn in_store<T: Outcome + Copy>(name: &'static str, function: impl FnOnce() -> T) -> Option<T> {
    let outer = IN_STORE.replace(true);
    let begun_in = engine::generation();
    let outcome = call_at(Place::Library, name, function);
    IN_STORE.set(outer);
    if engine::generation() != begun_in {
        client::leave_parents_client();
    }
    outcome
}

/// Whether this call has interrupted another one that may have a lock, which it must not wait for: it is
/// made by a function of a store, or by a signal handler.
#[inline]
pub(super) fn must_not_wait() -> bool {
    place() == Place::Interrupting
}

/// Whether a signal handler has made this call, on a thread that is in the middle of another one. It had better
/// not even ask for memory.
pub(super) fn is_in_signal_handler() -> bool {
    must_not_wait() && !is_in_store()
}

/// Whether this thread is in a function of a store. The client is locked then.
pub(super) fn is_in_store() -> bool {
    IN_STORE.get()
}

/// Runs the application's trace callback. What it calls is not traced as calls: the lines would go to
/// the callback, which makes the same calls for them.
pub(super) fn in_trace_callback(call: impl FnOnce()) {
    let outer = (IN_TRACE_CALLBACK.replace(true), change_place(Place::Application));
    let _ = call_out(call);
    IN_TRACE_CALLBACK.set(outer.0);
    change_place(outer.1);
}

/// A call that is under way.
pub(super) struct Call {
    name: &'static str,
    /// `None` if nothing is traced, or not any more.
    entered: Option<Entered>,
}

struct Entered {
    at: Instant,
    depth: usize,
    /// Lines are written by functions that would end a thread which is cancelled.
    cancellation: cancellation::State,
}

impl Call {
    #[inline]
    fn new(name: &'static str) -> Call {
        Call { name, entered: None }
    }

    /// Begins the call for the trace, if there is one. It may have begun during the call, which then seems to begin
    /// here. In the place where the call stays: to move it would be a good part of a short call.
    #[inline]
    pub(super) fn begin_if_traced(&mut self) {
        if trace::is_on() {
            self.begin();
        }
    }

    /// Before the first create, and after the last destroy, calls are not traced: the header comes first.
    #[cold]
    fn begin(&mut self) {
        let is_silent = !trace::has_begun() || IN_TRACE_CALLBACK.get() || is_in_signal_handler();
        if self.entered.is_some() || is_silent {
            return;
        }
        let depth = DEPTH.get();
        DEPTH.set(depth + 1);
        let cancellation = cancellation::disable();
        self.entered = Some(Entered { at: clock::now(), depth, cancellation });
        note(format_args!("({})> {}", depth, self.name), depth);
        hand_out();
    }

    #[inline]
    fn leave<T: Outcome>(&mut self, outcome: &T) {
        if self.entered.is_some() {
            self.end(outcome.code());
        }
    }

    /// Ends the call for the trace, which itself may end before the call does.
    #[cold]
    pub(super) fn end(&mut self, code: Option<i64>) {
        let Some(Entered { at, depth, cancellation }) = self.entered.take() else { return };
        // Not one less than it was: a callback that was left by longjmp has not counted itself out.
        DEPTH.set(depth);
        let took = Milliseconds(clock::now().saturating_duration_since(at));
        match code {
            Some(code) => note(format_args!("({depth})< {} ({code}) {took}", self.name), depth),
            None => note(format_args!("({depth})< {} {took}", self.name), depth),
        }
        hand_out();
        cancellation::restore(cancellation);
    }
}

fn note(text: std::fmt::Arguments<'_>, depth: usize) {
    if trace::enabled(Level::Minimum) {
        // SAFETY: always succeeds.
        let thread = unsafe { libc::pthread_self() } as libc::c_ulong;
        trace::line(Level::Minimum, format_args!("({thread}) {:depth$}{text}", ""));
    }
}

/// Gives the trace callback its lines, unless the client is locked.
fn hand_out() {
    if !is_in_store() {
        trace::flush();
    }
}

/// A duration with three digits behind the point.
struct Milliseconds(Duration);

impl std::fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:03} ms", self.0.as_millis(), self.0.subsec_micros() % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_milliseconds_and_microseconds() {
        let text = |nanoseconds| Milliseconds(Duration::from_nanos(nanoseconds)).to_string();
        assert_eq!(text(999), "0.000 ms");
        assert_eq!(text(1_234_567), "1.234 ms");
        assert_eq!(text(61_000_042_000), "61000.042 ms");
    }
}
