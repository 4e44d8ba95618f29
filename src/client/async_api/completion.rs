//! Tokens: which requests are on their way, and waiting until one is done.

use super::application::AsyncApplication;
use super::client::AsyncClient;
use crate::client::state::State;
use crate::engine::{self, clock};
use crate::error::Error;
use std::time::Duration;

impl<A: AsyncApplication> AsyncClient<A> {
    /// The packet identifiers of the messages that wait, and then of those that are under way, oldest first
    /// (contract ).
    pub fn pending(&self) -> Result<Vec<u16>, Error> {
        let state = self.lock_restored()?;
        let waiting = state.host.api.waiting.message_ids();
        Ok(waiting.chain(state.session.pending()).collect())
    }

    /// Whether a request neither waits nor is a message under way. One that there never was is complete, and so is a
    /// SUBSCRIBE that was sent (contract ).
    pub fn is_complete(&self, packet_id: u16) -> Result<bool, Error> {
        Ok(is_complete(&*self.lock_restored()?, packet_id))
    }

    /// Waits until a request is complete. The only call that waits.
    pub fn wait_for_completion(&self, packet_id: u16, timeout: Duration) -> Result<(), Error> {
        let mut state = self.lock_restored()?;
        state.require_connected()?;
        let deadline = clock::now().checked_add(timeout);
        let connection_number = state.connection_number;
        loop {
            // First, since a session that has ended knows of nothing that would be pending.
            if state.destroyed || state.connection_number != connection_number || !state.is_connected() {
                return Err(Error::Disconnected);
            }
            if is_complete(&state, packet_id) {
                return Ok(());
            }
            let is_late = deadline.is_some_and(|deadline| clock::now() >= deadline);
            if is_late || engine::is_ending() {
                return Err(Error::TimedOut);
            }
            state.wait(deadline);
        }
    }
}

fn is_complete<A: AsyncApplication>(state: &State<A>, packet_id: u16) -> bool {
    match packet_id {
        0 => !state.host.api.waiting.has_qos0(),
        _ => !state.session.is_pending(packet_id) && !state.session.is_reserved(packet_id),
    }
}
