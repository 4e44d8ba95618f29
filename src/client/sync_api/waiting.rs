//! How a calling thread waits: it drives the socket itself, so that the answer wakes it directly.
//!
//! One thread at a time does so; others wait for it to report. In callback mode the socket is taken
//! from the workers for that time, and callbacks that come up are left to them.

use super::SyncApi;
use crate::client::application::Application;
use crate::client::client::{Client, leave_parents_client};
use crate::client::delivery::in_callbacks::is_dispatching;
use crate::client::link::Link;
use crate::client::locked::Locked;
use crate::client::state::{Mode, State, earliest};
use crate::engine::{self, Interests, clock};
use crate::trace;
use std::mem;
use std::time::Instant;

impl<A: Application<Api = SyncApi>> Client<A> {
    /// Waits until `check` has an answer, or the deadline has passed. `check` sees every change.
    ///
    /// It must have an answer when the connection is gone, unless it waits for a connection.
    pub(in crate::client) fn wait_until<'a, T>(
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
                let waits_again = mem::replace(&mut has_waited, true);
                if let (true, Link::Up(connection)) = (waits_again, &mut state.link) {
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
            None if is_dispatching(self) => return false,
            None => *patience.get_or_insert(now + state.host.api.command_timeout),
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

    /// Writes all that is unsent. Gives up at the deadline, or with the connection.
    pub(in crate::client) fn flush_all<'a>(
        &'a self,
        mut state: Locked<'a, A>,
        deadline: Instant,
    ) -> Locked<'a, A> {
        let _ = self.write_out(&mut state, clock::now());
        let done =
            |state: &mut State<A>| (!matches!(state.link, Link::Up(_)) || state.is_flushed()).then_some(());
        self.wait_until(state, Some(deadline), done).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::application::Kind;
    use crate::client::sync_api::api::ToTell;
    use crate::client::testing::{Program, client};
    use std::thread;
    use std::time::Duration;

    #[test]
    fn a_wait_ends_at_its_deadline_and_not_before() {
        let client = client(&Program::default());
        let deadline = clock::now() + Duration::from_millis(20);
        let (_, answer) = client.wait_until(client.lock().unwrap(), Some(deadline), |_| None::<()>);
        assert!(answer.is_none() && clock::now() >= deadline);
    }

    #[test]
    fn a_wait_ends_when_somebody_has_changed_what_it_waits_for() {
        let client = client(&Program::default());
        thread::scope(|scope| {
            let state = client.lock().unwrap();
            scope.spawn(|| {
                let mut state = client.lock().unwrap();
                state.quiescing = true;
                state.has_changed = true;
            });
            let (_, answer) = client.wait_until(state, None, |state| state.quiescing.then_some(()));
            assert!(answer.is_some());
        });
    }

    /// Contract C-5.1: who waits runs the callbacks that nobody else can run, before he has his answer.
    #[test]
    fn who_waits_runs_callbacks_first() {
        let program = Program::hears_of(&[Kind::Lost]);
        let client = client(&program);
        let mut state = client.lock().unwrap();
        state.host.events.push(ToTell::Lost);
        let (_, told) = client.wait_until(state, None, |_| Some(program.told()));
        assert_eq!(told.unwrap(), ["lost"]);
    }
}
