//! Disconnecting in good order.

use super::SyncApi;
use crate::client::application::Application;
use crate::client::client::Client;
use crate::client::delivery::in_callbacks::is_dispatching;
use crate::client::locked::Locked;
use crate::client::state::{CloseReason, State};
use crate::engine::{self, clock};
use crate::error::Error;
use crate::protocol::ReasonCode;
use crate::protocol::packet::PropertyList;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long DISCONNECT may wait for a server that does not read.
const FLUSH_WITHIN: Duration = Duration::from_secs(5);

impl<A: Application<Api = SyncApi>> Client<A> {
    /// Lets what is under way finish, up to a timeout; then says goodbye and closes.
    pub fn disconnect(
        &self,
        timeout: Duration,
        reason: ReasonCode,
        properties: Option<PropertyList<'_>>,
    ) -> Result<(), Error> {
        let mut state = self.lock()?;
        state.cancel_connecting();
        state.host.confirm_received();
        if !state.is_connected() {
            state.has_changed = true;
            return Ok(());
        }
        let connection_number = state.connection_number;
        // A second call does not wait for the first, but ends its waiting (contract C-4.2).
        let is_second = std::mem::replace(&mut state.quiescing, true);
        if !is_second && !timeout.is_zero() {
            let deadline = clock::now().checked_add(timeout);
            state = self.wait_for_delivery(state, deadline);
            (state, _) = self.wait_until(state, deadline, |state| {
                (state.connection_number != connection_number || state.session.is_quiet()).then_some(())
            });
            state = self.wait_for_completions(state, deadline);
        }
        if state.connection_number == connection_number {
            state.session.disconnect(clock::now(), reason, properties);
            state = self.flush_all(state, clock::now() + FLUSH_WITHIN.max(timeout));
        }
        if state.connection_number == connection_number {
            state.close(CloseReason::Wanted);
        }
        state.quiescing = false;
        state.has_changed = true;
        Ok(())
    }

    /// Waits until the application has taken the message it is just being given: without its
    /// acknowledgement the server would send again what the application has. What it has not been given
    /// yet does not count (contract C-4.2).
    fn wait_for_delivery<'a>(&self, state: Locked<'a, A>, deadline: Option<Instant>) -> Locked<'a, A> {
        if !state.dispatch.is_delivering() {
            return state;
        }
        self.interrupt.store(true, Ordering::Relaxed);
        let (connection_number, batches) = (state.connection_number, state.dispatch.batches());
        self.wait_for_callbacks(state, deadline, |state| {
            state.connection_number == connection_number && state.dispatch.batches() == batches
        })
    }

    /// Waits until the application has been told of all that is complete: it may destroy the client next.
    fn wait_for_completions<'a>(&self, state: Locked<'a, A>, deadline: Option<Instant>) -> Locked<'a, A> {
        // In a callback of another client's: these wait for their turn, which is that one's.
        let only_running = engine::may_have_turn();
        let is_completing = |state: &State<A>| {
            if only_running { state.dispatch.is_completing() } else { state.is_completing() }
        };
        self.wait_for_callbacks(state, deadline, is_completing)
    }

    fn wait_for_callbacks<'a>(
        &self,
        mut state: Locked<'a, A>,
        deadline: Option<Instant>,
        are_running: impl Fn(&State<A>) -> bool,
    ) -> Locked<'a, A> {
        // A callback cannot wait for its own end.
        while are_running(&state) && !is_dispatching(self) {
            if state.wait(deadline) {
                break;
            }
        }
        state
    }
}
