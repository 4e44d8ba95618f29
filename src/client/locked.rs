//! A client's lock, held; and what follows from what was changed under it.
//!
//! Code that has the lock only changes the state. Whenever the lock is let go, for good or for a while, it is
//! looked at once what follows: whether a worker is to come, what the engine is to watch the socket for, and
//! until when, and whether somebody waits for a change. Nothing else does that.

use super::application::Application;
use super::client::{Client, leave_parents_client};
use super::engaged::Engaged;
use super::link::Link;
use super::link::turn::TurnNumber;
use super::link::watch::Count;
use super::state::{Mode, State};
use crate::engine::{self, Interests, Token, Worker};
use crate::sync::MutexGuard;
use crate::trace;
use crate::transport::SocketFd;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

/// A client's lock, held. A thread that has the turn to read, or sees to the callbacks, has that with its
/// lock, and ends it with it, however it ends.
pub(super) struct Locked<'a, A: Application> {
    state: MutexGuard<'a, State<A>>,
    client: &'a Client<A>,
    /// The turn to read that this thread took.
    turn: Option<TurnNumber>,
    /// This thread sees to the callbacks.
    attends: bool,
    /// Nothing follows any more.
    is_settled: bool,
}

impl<A: Application> Deref for Locked<'_, A> {
    type Target = State<A>;

    #[inline]
    fn deref(&self) -> &State<A> {
        &self.state
    }
}

impl<A: Application> DerefMut for Locked<'_, A> {
    #[inline]
    fn deref_mut(&mut self) -> &mut State<A> {
        &mut self.state
    }
}

impl<A: Application> Drop for Locked<'_, A> {
    #[inline]
    fn drop(&mut self) {
        if self.turn.is_some() || self.attends || !self.is_settled {
            self.end();
        }
    }
}

impl<'a, A: Application> Locked<'a, A> {
    #[inline]
    pub fn new(client: &'a Client<A>, state: MutexGuard<'a, State<A>>) -> Locked<'a, A> {
        Locked { state, client, turn: None, attends: false, is_settled: false }
    }

    /// Not in the place of each drop: those of a flood have nothing to end.
    #[inline(never)]
    fn end(&mut self) {
        self.give_turn_back();
        self.stop_attending();
        if !self.is_settled {
            self.settle();
        }
    }

    // ---- letting go for a while ----

    /// Lets go of the lock while this runs. It must not run the application's code, but for lines of a trace.
    #[inline]
    pub fn unlocked<T>(&mut self, run: impl FnOnce() -> T) -> T {
        self.settle();
        MutexGuard::unlocked(&mut self.state, run)
    }

    /// Lets go of the lock after a packet was appended to a flood, of which the flush that is due takes care.
    /// Nothing else may have been changed.
    #[inline]
    pub fn leave_to_flush(mut self) {
        self.is_settled = !self.has_changed;
    }

    /// Lets go of the lock until something has changed, or the time is up. Whether it is.
    pub fn wait(&mut self, deadline: Option<Instant>) -> bool {
        self.settle();
        match deadline {
            Some(deadline) => self.client.changed.wait_until(&mut self.state, deadline).timed_out(),
            None => {
                self.client.changed.wait(&mut self.state);
                false
            }
        }
    }

    /// Lets go of the lock while callbacks run.
    pub fn suspend(mut self) -> Suspended<'a, A> {
        let (client, turn, attends) = (self.client, self.turn.take(), self.attends);
        self.attends = false;
        drop(self);
        Suspended { client, turn, attends, begun_in: engine::generation(), is_resumed: false }
    }

    /// Lets go of the lock, as a worker. It tells the engine what to watch for afterwards: that may wake another
    /// worker, which would run into the lock at once.
    pub fn leave(mut self, worker: &Worker) {
        self.give_turn_back();
        self.stop_attending();
        let arming = self.take_arming();
        let client = self.client;
        drop(self);
        trace::flush();
        if arming.is_none_or(|arming| arming.arm(worker)) {
            return;
        }
        // Somebody has armed it otherwise meanwhile, and may have been first.
        if let Ok(mut state) = client.lock() {
            state.engaged.watch.disarmed();
        }
    }

    // ---- the turn to read ----

    /// Whether this thread has the turn to read. It may have been taken away.
    #[inline]
    pub fn has_turn(&self) -> bool {
        self.turn.is_some_and(|turn| self.state.turn.is_with(turn))
    }

    /// Takes the turn for a thread that waits, if there is something to read and no other waiter has it.
    pub fn take_turn_to_wait(&mut self) -> bool {
        if !matches!(self.link, Link::Up(_)) {
            return false;
        }
        let turn = self.state.turn.take_for_waiter(engine::this_thread());
        self.turn = turn.or(self.turn);
        turn.is_some()
    }

    /// Whether a worker may read: it has the turn, or takes it.
    pub fn may_read_as_worker(&mut self) -> bool {
        if self.mode != Mode::Workers || self.host.inbox.is_paused() {
            return false;
        }
        if !self.has_turn() {
            self.turn = self.state.turn.take_for_worker();
        }
        self.turn.is_some()
    }

    /// Gives the turn back, to the workers or to the next waiter.
    pub fn give_turn_back(&mut self) {
        let Some(turn) = self.turn.take() else { return };
        if self.state.turn.give_back(turn) {
            self.has_changed = true;
        }
    }

    // ---- callbacks ----

    /// Begins to see to the callbacks, if nobody does. Whether this thread does now.
    pub fn attend(&mut self) -> bool {
        self.attends = self.attends || self.dispatch.attend();
        self.attends
    }

    /// Leaves the callbacks to others.
    pub fn stop_attending(&mut self) {
        if std::mem::take(&mut self.attends) {
            self.dispatch.leave();
            self.has_changed = true;
        }
    }

    // ---- what follows ----

    /// Does what follows from what was changed.
    #[inline]
    fn settle(&mut self) {
        let has_changed = std::mem::take(&mut self.has_changed);
        if has_changed {
            self.client.changed.notify_all();
        }
        // Threads that call need no engine, but for room to write.
        if self.mode == Mode::Workers || self.is_write_blocked() || self.engaged.watch.is_watched() {
            self.settle_with_engine(has_changed);
        }
    }

    fn settle_with_engine(&mut self, has_changed: bool) {
        let wants_worker = self.wants_worker() && !self.dispatch.is_called();
        let interests = self.interests_to_arm();
        // In a burst the next write or flush is soon enough.
        let looks_at_deadline = has_changed || !self.pacing.is_in_burst();
        let deadline = if looks_at_deadline { self.deadline_to_set() } else { None };
        if wants_worker || interests.is_some() || deadline.is_some() {
            self.tell_engine(wants_worker, interests, deadline);
        }
    }

    #[cold]
    fn tell_engine(&mut self, wants_worker: bool, interests: Option<Interests>, deadline: Option<Instant>) {
        let client = self.client;
        let state = &mut *self.state;
        // In a child of fork the engine is the parent's.
        if state.destroyed || client.is_of_parent() || client.registration(state).is_none() {
            return;
        }
        let State { engaged, link, dispatch, .. } = state;
        let Engaged { registration: Some(registration), watch, deadline: known } = engaged else { return };
        if wants_worker && dispatch.call() {
            registration.post();
        }
        if let (Some(interests), Some(socket)) = (interests, link.socket()) {
            if watch.is_watched() {
                watch.armed(interests);
                registration.arm(socket, interests);
            } else {
                let is_watched = registration.watch(socket, interests).is_ok();
                watch.begun(is_watched.then_some(interests));
            }
        }
        if let Some(deadline) = deadline {
            registration.set_deadline(deadline);
            *known = Some(deadline);
        }
    }

    /// What the engine is to be told when the lock is free, if it watches the socket already.
    fn take_arming(&mut self) -> Option<Arming> {
        if !self.engaged.watch.is_watched() || self.client.is_of_parent() {
            return None;
        }
        let interests = self.interests_to_arm()?;
        let (token, socket) = (self.engaged.token()?, self.link.socket()?.clone());
        let count = self.engaged.watch.armed(interests);
        Some(Arming { token, socket, interests, count })
    }
}

/// What is to be told to the engine, when the lock is free.
struct Arming {
    token: Token,
    socket: Arc<SocketFd>,
    interests: Interests,
    count: Count,
}

impl Arming {
    /// Tells it. Whether it is still what the engine is to know.
    fn arm(&self, worker: &Worker) -> bool {
        worker.arm(self.token, &self.socket, self.interests);
        self.count.is_current()
    }
}

/// What a thread has that runs callbacks, and takes the lock again afterwards. If a callback panics, others may
/// read and run callbacks.
pub(super) struct Suspended<'a, A: Application> {
    client: &'a Client<A>,
    turn: Option<TurnNumber>,
    attends: bool,
    /// The process in which it began: see [`engine::generation`].
    begun_in: u32,
    is_resumed: bool,
}

impl<'a, A: Application> Suspended<'a, A> {
    /// Whether this is still the process in which it began.
    pub fn is_in_its_process(&self) -> bool {
        engine::generation() == self.begun_in
    }

    /// Takes the lock again.
    ///
    /// If a callback has forked and returns in the child, too, this does not return there. A worker ends, whosever
    /// the client is: it would take the parent's messages from the parent's epoll. A call of the application
    /// fails, if the client is the parent's.
    pub fn resume(mut self) -> Locked<'a, A> {
        if self.client.is_of_parent() || !self.is_in_its_process() {
            leave_parents_client();
        }
        trace::flush();
        self.is_resumed = true;
        self.take_lock()
    }

    fn take_lock(&self) -> Locked<'a, A> {
        let mut state = Locked::new(self.client, self.client.state.lock());
        state.turn = self.turn;
        state.attends = self.attends;
        state
    }
}

impl<A: Application> Drop for Suspended<'_, A> {
    fn drop(&mut self) {
        if !self.is_resumed && !self.client.is_of_parent() && self.is_in_its_process() {
            let mut state = self.take_lock();
            // What was on its way into the application is gone.
            state.host.inbox.lose_taken();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::application::Kind;
    use crate::client::testing::{Program, client, waiting};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// However a thread leaves: what it had is there for others.
    #[test]
    fn who_lets_go_gives_the_turn_and_the_callbacks_back() {
        let client = client(&Program::default());
        let mut state = client.lock().unwrap();
        state.mode = Mode::Workers;
        assert!(state.may_read_as_worker() && state.has_turn() && state.attend());
        let panic = catch_unwind(AssertUnwindSafe(move || {
            let _state = state;
            panic!("with the lock");
        }));
        assert!(panic.is_err());
        let mut state = client.lock().unwrap();
        assert!(state.state.turn.is_free() && state.dispatch.is_idle());
        state.mode = Mode::Calling;
    }

    /// While callbacks run the lock is free, and the thread still has the turn, unless it was taken away.
    #[test]
    fn who_comes_back_from_callbacks_has_what_he_had() {
        let client = client(&Program::default());
        let mut state = client.lock().unwrap();
        state.mode = Mode::Workers;
        assert!(state.may_read_as_worker() && state.attend());
        let suspended = state.suspend();
        let mut other = client.lock().unwrap();
        assert!(!other.may_read_as_worker() && !other.attend());
        other.state.turn.take_from_worker();
        drop(other);
        let mut state = suspended.resume();
        assert!(!state.has_turn() && state.attend());
        state.mode = Mode::Calling;
    }

    #[test]
    fn what_was_on_its_way_in_a_callback_that_panics_does_not_count_any_more() {
        let client = client(&Program::hears_of(&[Kind::Message]));
        let mut state = client.lock().unwrap();
        state.host.inbox.push(waiting("a", 32 << 20));
        state.host.inbox.take_first(1, &mut std::collections::VecDeque::new());
        assert!(state.host.inbox.is_overfull() && state.attend());
        drop(state.suspend());
        let state = client.lock().unwrap();
        assert!(!state.host.inbox.is_overfull() && state.dispatch.is_idle());
    }
}
