//! How a calling thread waits: it drives the socket itself, so that the answer wakes it directly.
//!
//! One thread at a time does so; others wait for it to report. In callback mode the socket is taken
//! from the workers for that time, and callbacks that come up are left to them.

use super::application::Application;
use super::dispatch;
use super::lifecycle::SyncClient;
use super::link::Link;
use super::link::turn::Reader;
use super::locked::Locked;
use super::registry::{HeldClient, Registered, ToDrive};
use super::state::{CloseReason, Mode, State};
use crate::engine::{self, Interests, ReadOutcome, clock};
use crate::error::Error;
use crate::sync::{HeldIn, Place, place};
use crate::trace;
use std::cell::RefCell;
use std::mem;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
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

impl<A: Application> SyncClient<A> {
    /// Waits until `check` has an answer, or the deadline has passed. `check` sees every change.
    ///
    /// It must have an answer when the connection is gone, unless it waits for a connection.
    pub(super) fn wait_until<'a, T>(
        &'a self,
        mut state: Locked<'a, A>,
        deadline: Option<Instant>,
        mut check: impl FnMut(&mut State<A>) -> Option<T>,
    ) -> (Locked<'a, A>, Option<T>) {
        let (mut has_waited, mut patience) = (false, None);
        // Read again after whatever may have taken time. To read it costs more than much of the rest.
        let mut now = clock::now();
        let answer = loop {
            if self.is_of_parent() {
                // A signal handler or a trace callback has forked, and has returned in the child.
                leave_parents_client();
            }
            if state.has_turn() {
                // An error is for `check` to see.
                let _ = self.write_out(&mut state, now);
            }
            if self.has_events_to_run(&state) {
                // Before the answer, or nobody would run them; without the socket, since they may wait, too.
                state.give_turn_back();
                state = self.run_events(state);
                now = clock::now();
                continue;
            }
            if let Some(answer) = check(&mut state) {
                break Some(answer);
            }
            if has_waited {
                // What came may have gone into a store, which takes its time.
                now = clock::now();
            }
            // A thread that is about to end waits for nothing.
            if engine::is_ending() || deadline.is_some_and(|deadline| now >= deadline) {
                break None;
            }
            if trace::has_lines() {
                // Lines go to a callback of the application's, which may call this client, and take its time.
                state.give_turn_back();
                state.unlocked(trace::flush);
                now = clock::now();
            } else if state.holds_too_much() {
                state.give_turn_back();
                if !self.wait_for_room(&mut state, deadline, &mut patience) {
                    break None;
                }
                now = clock::now();
            } else if state.has_turn() && !state.writing {
                if mem::replace(&mut has_waited, true)
                    && let Link::Up(connection) = &mut state.link
                {
                    // What came was not it, so the server may hold back what is.
                    connection.acknowledge_now();
                }
                (state, now) = self.drive_once(state, deadline, now);
            } else if state.has_turn() || !state.take_turn_to_wait() {
                state.wait(deadline);
                now = clock::now();
            }
        };
        state.give_turn_back();
        (state, answer)
    }

    /// Waits until the application has taken some of what waits for it. False: it may never do so, and the wait
    /// has no deadline. In a callback of this client nothing is taken before that returns; elsewhere `patience`
    /// is for as long as a command may take.
    fn wait_for_room(
        &self,
        state: &mut Locked<'_, A>,
        deadline: Option<Instant>,
        patience: &mut Option<Instant>,
    ) -> bool {
        state.pause_if_full();
        let now = clock::now();
        let until = match deadline {
            Some(deadline) => deadline,
            None if dispatch::is_dispatching(self) => return false,
            None => *patience.get_or_insert(now + state.command_timeout),
        };
        if now >= until {
            return false;
        }
        let looks_at = if state.mode == Mode::Calling { state.session.deadline() } else { None };
        let until = earliest(Some(until), looks_at).unwrap_or(until);
        state.wait(Some(until));
        self.handle_session_deadline(state, clock::now());
        if !state.holds_too_much() {
            *patience = None;
        }
        true
    }

    /// Waits for the socket, and handles what comes. The lock is free meanwhile. Answers what time it was
    /// when something came.
    fn drive_once<'a>(
        &'a self,
        mut state: Locked<'a, A>,
        deadline: Option<Instant>,
        now: Instant,
    ) -> (Locked<'a, A>, Instant) {
        if state.has_packet() {
            self.read_on_this_thread(&mut state, now);
            self.handle_session_deadline(&mut state, now);
            return (state, now);
        }
        let Some(socket) = state.socket() else { return (state, now) };
        let connection_number = state.connection_number;
        // Also when the last write was not blocked: others may have appended since, or the worker may send
        // the bytes this thread waits for, and nobody else would end its poll.
        let interests = Interests { readable: true, writable: state.wants_to_write() };
        let until = earliest(deadline, state.session.deadline());
        let ready = state.unlocked(|| engine::wait_one(&socket, interests, now, until));
        let now = clock::now();
        if state.connection_number != connection_number {
            return (state, now);
        }
        match ready {
            Ok(true) => self.read_on_this_thread(&mut state, now),
            Ok(false) => {}
            Err(error) => state.fail(clock::now(), &error.into()),
        }
        self.handle_session_deadline(&mut state, now);
        (state, now)
    }

    /// Reads once, with this thread's buffer.
    pub(super) fn read_on_this_thread(&self, state: &mut State<A>, now: Instant) {
        // At exit the thread's own is gone already.
        let mut buffer = BUFFER.try_with(|kept| kept.0.take()).unwrap_or_default();
        if buffer.is_empty() {
            buffer = vec![0; BUFFER_SIZE];
        }
        if self.read_slice(state, &mut buffer, now) != ReadOutcome::Nothing
            && let Err(error) = state.flush(now)
        {
            state.fail(clock::now(), &error);
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
            Ok(_) if state.host.server_disconnect.is_some() => {
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
        if state.is_write_blocked()
            && let Err(error) = state.flush(now)
        {
            state.fail(clock::now(), &error);
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

    /// Writes all that is unsent. Gives up at the deadline, or with the connection.
    pub(super) fn flush_all<'a>(&'a self, mut state: Locked<'a, A>, deadline: Instant) -> Locked<'a, A> {
        let _ = self.write_out(&mut state, clock::now());
        let done =
            |state: &mut State<A>| (!matches!(state.link, Link::Up(_)) || state.is_flushed()).then_some(());
        self.wait_until(state, Some(deadline), done).0
    }
}

impl<A: Application> Registered for SyncClient<A> {
    fn socket_to_drive(&self) -> Option<ToDrive> {
        let mut state = self.lock().ok()?;
        if state.mode != Mode::Calling || !state.turn.is_free() || state.connecting.is_some() {
            return None;
        }
        if state.holds_too_much() {
            // Nothing is read, so that there is nothing to wait for.
            state.pause_if_full();
            self.handle_session_deadline(&mut state, clock::now());
            return None;
        }
        let interests = Interests { readable: true, writable: state.is_write_blocked() };
        let (is_ready, deadline) = (state.has_packet(), state.session.deadline());
        Some(ToDrive { socket: state.socket()?, interests, is_ready, deadline })
    }

    fn drive(&self) {
        let Ok(mut state) = self.lock() else { return };
        if state.mode != Mode::Calling || !state.turn.is_free() || state.connecting.is_some() {
            return;
        }
        let now = clock::now();
        self.read_on_this_thread(&mut state, now);
        self.handle_session_deadline(&mut state, now);
        while self.has_events_to_run(&state) {
            state = self.run_events(state);
        }
        drop(state);
        trace::flush();
    }

    fn serve_in_background(&self) {
        let Ok(mut state) = self.lock() else { return };
        // Who is connecting sees at its end who is to drive.
        if state.mode == Mode::Calling && state.connecting.is_none() && matches!(state.link, Link::Up(_)) {
            self.leave_to_workers(&mut state);
        }
        drop(state);
        trace::flush();
    }

    fn end_callbacks(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.interrupt.store(true, Ordering::Relaxed);
    }

    fn finish_until(&self, callbacks: Instant, deadline: Instant) {
        if self.is_of_parent() {
            return;
        }
        // Another thread may hold the lock for good.
        let Some(state) = self.state.try_lock_until(deadline) else { return };
        let mut state = Locked::new(self, state);
        let own = dispatch::is_dispatching(self);
        while state.dispatch.is_running() && !own && !state.wait(Some(callbacks)) {}
        state.host.confirm_received();
        drop(self.flush_all(state, deadline));
    }

    fn hold_for_fork(self: Arc<Self>, deadline: Instant) -> Option<Box<dyn HeldClient>> {
        if self.is_of_parent() {
            return None;
        }
        let mut held = HeldIn::take(self, |client| &client.state, deadline)?;
        let (_, state) = held.parts();
        let is_adoptable = matches!(state.link, Link::Down) && state.connecting.is_none() && !state.destroyed;
        is_adoptable.then(|| Box::new(held) as Box<dyn HeldClient>)
    }
}

impl<A: Application> HeldClient for HeldIn<SyncClient<A>, State<A>> {
    fn adopt(&mut self) -> Weak<dyn Registered> {
        let (client, state) = self.parts();
        client.adopt(state);
        client.me.clone()
    }
}

/// Ends a call, or a worker, in a child of fork that goes on with a client of its parent. Nothing of the client is
/// touched: other threads of the parent may hold copied locks for good, and its socket is not the child's.
pub fn leave_parents_client() -> ! {
    std::panic::resume_unwind(Box::new("in a child of fork, with a client of its parent"));
}

fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
