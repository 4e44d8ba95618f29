//! Subscribe and unsubscribe: a request, and its answer.

use super::SyncApi;
use crate::client::application::Application;
use crate::client::client::Client;
use crate::client::locked::Locked;
use crate::client::options::Answer;
use crate::client::state::State;
use crate::engine::clock;
use crate::error::Error;
use crate::protocol::PacketId;
use crate::protocol::packet::{PropertyList, Subscription};
use crate::protocol::session::Session;
use std::time::Instant;

impl<A: Application<Api = SyncApi>> Client<A> {
    /// Subscribes, and waits for the SUBACK.
    pub fn subscribe(
        &self,
        subscriptions: &[Subscription<'_>],
        properties: PropertyList<'_>,
    ) -> Result<Answer, Error> {
        self.request(|session, now| session.subscribe(now, subscriptions, properties))
    }

    /// Unsubscribes, and waits for the UNSUBACK.
    pub fn unsubscribe(&self, filters: &[&[u8]], properties: PropertyList<'_>) -> Result<Answer, Error> {
        self.request(|session, now| session.unsubscribe(now, filters, properties))
    }

    /// Waits up to the command timeout. A late answer costs the request, not the connection: whether
    /// the server is dead is for keep alive to say (contract C-8.6).
    fn request(
        &self,
        send: impl FnOnce(&mut Session, Instant) -> Result<PacketId, Error>,
    ) -> Result<Answer, Error> {
        let mut state = self.lock()?;
        state.require_connected()?;
        let now = clock::now();
        let packet_id = send(&mut state.session, now)?.get();
        state.host.api.requests.expect(packet_id);
        let connection_number = state.connection_number;
        let deadline = now.checked_add(state.host.api.command_timeout);
        let (mut state, answer) = self.wait_until(state, deadline, |state| {
            if let Some(answer) = state.host.api.requests.take_answer(packet_id) {
                return Some(Ok(answer));
            }
            (state.destroyed || state.connection_number != connection_number)
                .then(|| Err(State::<A>::connection_aborted()))
        });
        self.forget_request(&mut state, packet_id, connection_number);
        answer.unwrap_or(Err(Error::TimedOut))
    }

    fn forget_request(&self, state: &mut Locked<'_, A>, packet_id: u16, connection_number: u64) {
        state.host.api.requests.forget(packet_id);
        if state.connection_number == connection_number {
            state.session.abandon_request(packet_id);
        }
    }
}
