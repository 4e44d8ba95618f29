//! Disconnecting: asked for on a thread that goes on at once, and done by workers in its turn.

use super::application::AsyncApplication;
use super::client::AsyncClient;
use super::disconnecting::{Disconnecting, Leaving, Turn};
use super::options::DisconnectOptions;
use super::to_tell::ToTell;
use crate::client::client::Client;
use crate::client::locked::Locked;
use crate::client::state::{CloseReason, State};
use crate::engine::clock;
use crate::error::Error;
use std::sync::atomic::Ordering;

impl<A: AsyncApplication> AsyncClient<A> {
    /// Disconnects in good order: behind what was requested before, and when what is under way is delivered, or at
    /// the timeout. Whether there is a connection or not, the client is not connected again by itself. A connection
    /// that is being made is given up (contract ).
    pub fn disconnect(&self, options: &DisconnectOptions, token: A::Token) -> Result<(), Error> {
        let mut state = self.lock_restored()?;
        if !state.is_connected() {
            give_up_connecting(&mut state);
            return Err(Error::Disconnected);
        }
        // One who has asked for a connection behind an earlier disconnect does not want it any more.
        discard(&mut state);
        let now = clock::now();
        let before = state.host.api.waiting.len();
        match &mut state.host.api.disconnecting {
            Some(disconnecting) => disconnecting.join(options, token, now),
            none => *none = Some(Box::new(Disconnecting::new(options.clone(), token, before, now))),
        }
        state.quiescing = true;
        state.call_worker();
        Ok(())
    }
}

/// Nobody wants a connection any more, and none is made.
pub(super) fn give_up_connecting<A: AsyncApplication>(state: &mut Locked<'_, A>) {
    state.cancel_connecting();
    discard(state);
    state.call_worker();
}

/// Whoever asked for a connection hears that there will be none.
fn discard<A: AsyncApplication>(state: &mut Locked<'_, A>) {
    if let Some(token) = state.host.api.wanted.give_up() {
        state.host.events.push(ToTell::Discarded { token, packet_id: 0 });
    }
}

/// Disconnects if it is time to.
pub(super) fn advance<A: AsyncApplication>(client: &Client<A>, state: &mut Locked<'_, A>) {
    if state.host.api.disconnecting.is_none() {
        state.quiescing = false;
        return;
    }
    let now = clock::now();
    if state.host.api.leaving.is_none() {
        let (is_quiet, is_delivering) =
            (state.session.pending().next().is_none(), state.dispatch.is_delivering());
        let Some(disconnecting) = &mut state.host.api.disconnecting else { return };
        if disconnecting.turn(is_quiet, now) != Turn::Now {
            return;
        }
        if is_delivering && disconnecting.puts_off(now) {
            // What is not handed over yet does not count.
            client.interrupt.store(true, Ordering::Relaxed);
            return;
        }
        let DisconnectOptions { reason, properties, .. } = disconnecting.options.clone();
        state.session.disconnect(now, reason, Some(properties.as_list()));
        state.host.api.leaving = Some(Leaving::begin(now, state.session.handed_over()));
    }
    let number = state.connection_number;
    let _ = client.write_out(state, now);
    if state.connection_number != number {
        return; // The server was faster. There may be another connection by now.
    }
    let State { session, host, .. } = &mut **state;
    let written = session.handed_over();
    let is_over = host.api.leaving.as_mut().is_some_and(|leaving| leaving.is_over(now, written));
    if state.is_flushed() || is_over {
        state.close(CloseReason::Wanted);
        state.quiescing = false;
        state.call_worker();
    }
}
