//! A client as the process sees it: driven by `yield`, finished at exit, held while the process forks.

use super::client::Client;
use super::delivery::in_callbacks::is_dispatching;
use super::front_end::{FrontEnd, Served};
use super::link::Link;
use super::locked::Locked;
use super::registry::{HeldClient, Registered, ToDrive};
use super::state::{Mode, State};
use crate::engine::{Interests, clock};
use crate::sync::HeldIn;
use crate::trace;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Instant;

impl<A: Served> Registered for Client<A> {
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
        let own = is_dispatching(self);
        while state.dispatch.is_running() && !own && !state.wait(Some(callbacks)) {}
        state.host.confirm_received();
        drop(A::Api::flush(self, state, deadline));
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

impl<A: Served> HeldClient for HeldIn<Client<A>, State<A>> {
    fn adopt(&mut self) -> Weak<dyn Registered> {
        let (client, state) = self.parts();
        client.adopt(state);
        client.me.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::link::Attempt;
    use crate::client::testing::{Program, client};

    /// A child of fork gets what has no connection, and is not getting one.
    #[test]
    fn clients_at_rest_can_be_adopted() {
        let client = client(&Program::default());
        let deadline = || clock::now();
        let mut held = client.clone().hold_for_fork(deadline()).unwrap();
        assert!(client.state.try_lock().is_none(), "its lock is held meanwhile");
        assert!(held.adopt().upgrade().is_some());
        drop(held);
        client.lock().unwrap().connecting = Some(Box::new(Attempt::new(1)));
        assert!(client.clone().hold_for_fork(deadline()).is_none());
        client.lock().unwrap().connecting = None;
        client.destroy();
        assert!(client.hold_for_fork(deadline()).is_none());
    }

    #[test]
    fn without_a_connection_there_is_nothing_to_drive() {
        let client = client(&Program::default());
        assert!(client.socket_to_drive().is_none());
        client.drive();
        client.serve_in_background();
        assert_eq!(client.lock().unwrap().mode, Mode::Calling);
    }

    #[test]
    fn at_exit_callbacks_do_not_begin() {
        let client = client(&Program::default());
        client.end_callbacks();
        assert!(client.ended.load(Ordering::Relaxed) && client.interrupt.load(Ordering::Relaxed));
        client.finish_until(clock::now(), clock::now());
    }
}
