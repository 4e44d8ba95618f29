//! What a client does with its socket: the one read, the one write, and what its session does at a time of its own.
//!
//! Nothing here waits, and nobody else reads or writes. Reading is for whoever has the turn to read, or sees that
//! nobody has it; one thread at a time writes, without the lock.

use super::application::Application;
use super::client::Client;
use super::link::turn::Reader;
use super::link::{Link, without_connack};
use super::locked::Locked;
use super::state::{CloseReason, Mode, State};
use crate::engine::{ReadOutcome, Registration, clock};
use crate::error::{Error, ProtocolError};
use crate::sync::{Place, place};
use crate::trace::{self, Level};
use crate::transport::tls_failure_in;
use std::cell::RefCell;
use std::mem;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// What a calling thread reads at once.
const BUFFER_SIZE: usize = 64 << 10;

/// How often a thread goes on writing what others append while it writes.
const WRITES_IN_A_ROW: usize = 4;

thread_local! {
    static BUFFER: Buffer = const { Buffer(RefCell::new(Vec::new())) };
}

/// What a thread reads into, kept for the next time.
struct Buffer(RefCell<Vec<u8>>);

impl Drop for Buffer {
    /// A signal handler that ends the program in the middle of a call comes by here, too: memory is not freed then,
    /// since the call may have been interrupted while it allocates some.
    fn drop(&mut self) {
        if place() != Place::Application {
            mem::forget(mem::take(self.0.get_mut()));
        }
    }
}

impl<A: Application> Client<A> {
    /// Reads once, with this thread's buffer.
    pub(super) fn read_on_this_thread(&self, state: &mut State<A>, now: Instant) {
        // At exit the thread's own is gone already.
        let mut buffer = BUFFER.try_with(|kept| kept.0.take()).unwrap_or_default();
        if buffer.is_empty() {
            buffer = vec![0; BUFFER_SIZE];
        }
        if self.read_slice(state, &mut buffer, now) != ReadOutcome::Nothing {
            state.flush_or_fail(now);
        }
        let _ = BUFFER.try_with(|kept| kept.0.replace(buffer));
    }

    /// Reads once, or takes more of what was read, and tells those who wait. What is to be answered at
    /// once is for the caller to write.
    pub(super) fn read_slice(&self, state: &mut State<A>, buffer: &mut [u8], now: Instant) -> ReadOutcome {
        let State { link: Link::Up(connection), session, host, .. } = &mut *state else {
            return ReadOutcome::Nothing;
        };
        let outcome = match connection.read(session, now, buffer, host) {
            Ok(_) if state.host.report.has_goodbye() => {
                state.close(CloseReason::Lost);
                ReadOutcome::Nothing
            }
            Ok(outcome) => outcome,
            Err(error) => {
                state.fail(now, &error);
                ReadOutcome::Nothing
            }
        };
        state.has_changed = true;
        outcome
    }

    /// Pings, retries, gives up: whatever the session's deadline is for.
    pub(super) fn handle_session_deadline(&self, state: &mut State<A>, now: Instant) {
        let Some(deadline) = state.session.deadline() else { return };
        if now < deadline || !matches!(state.link, Link::Up(_)) {
            return;
        }
        if state.session.is_giving_up(now) {
            self.look_for_life(state, now);
        }
        let State { session, host, .. } = &mut *state;
        let result = session.handle_timeout(now, host).map_err(Error::from);
        if let Err(error) = result.and_then(|()| state.flush(now)) {
            state.fail(clock::now(), &error);
        }
    }

    /// Before a server is given up: its answer may have come, and nobody has read it, or it may have taken
    /// bytes, and nobody was told, since the kernel tells only of much room.
    fn look_for_life(&self, state: &mut State<A>, now: Instant) {
        if state.is_write_blocked() {
            state.flush_or_fail(now);
        }
        // Who waits on the socket reads himself, and would not learn what was read here.
        if !matches!(state.turn.reader(), Reader::Waiter(_)) && !state.host.inbox.is_paused() {
            self.read_on_this_thread(state, now);
        }
    }

    /// Pings and gives up in time for a program that only publishes: in sync mode nobody else does.
    pub(super) fn keep_alive_while_calling(&self, state: &mut State<A>, now: Instant) {
        if state.mode == Mode::Calling && state.turn.is_free() && state.connecting.is_none() {
            self.handle_session_deadline(state, now);
        }
    }

    /// Writes what there is, as far as it goes. The lock is free while the kernel takes the bytes, so
    /// that others can go on; what they append meanwhile is taken along. An error has ended the
    /// connection.
    pub(super) fn write_out(&self, state: &mut Locked<'_, A>, now: Instant) -> Result<(), Error> {
        for _ in 0..WRITES_IN_A_ROW {
            if state.writing {
                return Ok(());
            }
            let State { link: Link::Up(connection), session, host, writing, .. } = &mut **state else {
                return Ok(());
            };
            if !connection.wants_to_write(session) {
                return state.flush(now).inspect_err(|error| state.fail(clock::now(), error));
            }
            let bytes = match connection.begin_writing(session, now, host) {
                Ok(Some(bytes)) => bytes,
                Ok(None) => return Ok(()),
                Err(error) => {
                    let error = error.into();
                    state.fail(clock::now(), &error);
                    return Err(error);
                }
            };
            *writing = true;
            let connection_number = state.connection_number;
            let result = state.unlocked(|| bytes.write());
            if state.connection_number != connection_number {
                // The connection has ended meanwhile, maybe because of what was written.
                let all = result.is_ok_and(|written| written == bytes.len());
                return if all { Ok(()) } else { Err(State::<A>::connection_aborted()) };
            }
            state.writing = false;
            state.has_changed = true;
            let State { link: Link::Up(connection), session, .. } = &mut **state else {
                return Err(State::<A>::connection_aborted());
            };
            if let Err(error) = connection.end_writing(session, now, bytes, result) {
                let error = error.into();
                state.fail(clock::now(), &error);
                return Err(error);
            }
            if connection.is_write_blocked() {
                return Ok(());
            }
            if !connection.wants_to_write(session) {
                state.defer_flush();
                return Ok(());
            }
        }
        // Others append faster than this thread writes; it has something else to do, too.
        self.flush_soon(state);
        Ok(())
    }

    /// Writes what there is, and behind it a payload that was not appended. An error has ended the connection.
    pub(super) fn write_with_payload(
        state: &mut State<A>,
        now: Instant,
        payload: &[u8],
    ) -> Result<(), Error> {
        let State { link: Link::Up(connection), session, .. } = &mut *state else {
            return Err(Error::Disconnected);
        };
        connection.flush_with_payload(session, now, payload).map_err(|error| {
            let error = error.into();
            state.fail(clock::now(), &error);
            error
        })
    }

    /// Writes what there is to answer, unless it waits for the program's reply.
    pub(super) fn send_answers(&self, state: &mut Locked<'_, A>) {
        let is_requested = self.flush_requested.load(Ordering::Relaxed);
        self.flush_requested.store(false, Ordering::Relaxed);
        if state.can_write() && (is_requested || !state.pacing.is_left_to_reply(state.unsent())) {
            let _ = self.write_out(state, clock::now());
        }
    }

    /// Has the engine come to write what there is. Whether it will.
    pub(super) fn flush_soon(&self, state: &mut State<A>) -> bool {
        let Some(due) = self.ask_for_flush(state) else { return false };
        state.pacing.left_to_flush(due);
        true
    }

    /// Leaves acknowledgements to the program's reply, and to the engine if there is none. Whether it will come.
    pub(super) fn leave_to_reply(&self, state: &mut State<A>) -> bool {
        let Some(due) = self.ask_for_flush(state) else { return false };
        state.pacing.left_to_reply(state.unsent(), due);
        true
    }

    /// Has the engine come to flush, if it does not anyway. When it does.
    fn ask_for_flush(&self, state: &mut State<A>) -> Option<Instant> {
        state.pacing.flush_due().or_else(|| self.registration(state).map(Registration::flush_soon))
    }
}

impl<A: Application> State<A> {
    /// Writes what there is, as far as it goes, and keeps the lock meanwhile. If another thread is
    /// writing just now, that one takes these bytes along.
    pub fn flush(&mut self, now: Instant) -> Result<(), Error> {
        if self.writing {
            return Ok(());
        }
        let State { link: Link::Up(connection), session, host, .. } = self else { return Ok(()) };
        connection.flush(session, now, host)?;
        Ok(())
    }

    /// The same, and ends the connection if that does not go well.
    fn flush_or_fail(&mut self, now: Instant) {
        if let Err(error) = self.flush(now) {
            self.fail(clock::now(), &error);
        }
    }

    /// Ends the connection because of an error, and tells an MQTT 5.0 server what it did wrong.
    pub fn fail(&mut self, now: Instant, error: &Error) {
        if let (Link::Up(connection), Some(attempt)) = (&self.link, &mut self.connecting) {
            attempt.ended = Some(without_connack(error, connection));
            if let Error::Io(error) = error {
                attempt.tls_failure = tls_failure_in(error);
            }
        }
        if let Error::Protocol(error) = error {
            // A silent server has been told of already, at its own level (contract C-12.7).
            if *error != ProtocolError::KeepAlive {
                trace::line(Level::Error, format_args!("{error}"));
            }
            self.session.report_error(*error);
            let _ = self.flush(now);
        }
        self.close(CloseReason::Lost);
    }
}
