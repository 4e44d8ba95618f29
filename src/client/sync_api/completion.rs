//! Tokens: which messages are under way, and waiting until one has arrived.

use super::SyncApi;
use crate::client::application::Application;
use crate::client::client::Client;
use crate::engine::clock;
use crate::error::Error;
use std::time::Duration;

impl<A: Application<Api = SyncApi>> Client<A> {
    /// Waits until a message is delivered. One that is not under way is (contract C-7.7).
    pub fn wait_for_completion(&self, packet_id: u16, timeout: Duration) -> Result<(), Error> {
        let state = self.lock()?;
        state.require_connected()?;
        let deadline = clock::now().checked_add(timeout);
        let connection_number = state.connection_number;
        let (_, result) = self.wait_until(state, deadline, |state| {
            // First, since a clean session that has ended knows of nothing that would be pending.
            if state.destroyed || state.connection_number != connection_number {
                return Some(Err(Error::Disconnected));
            }
            if !state.session.is_pending(packet_id) {
                return Some(Ok(()));
            }
            (!state.is_connected()).then_some(Err(Error::Disconnected))
        });
        result.unwrap_or(Err(Error::TimedOut))
    }

    /// The messages under way, oldest first.
    pub fn pending(&self) -> Result<Vec<u16>, Error> {
        Ok(self.lock()?.session.pending().collect())
    }
}
