//! Destroying a client: whoever waits for something hears that it is given up.

use super::application::AsyncApplication;
use super::client::AsyncClient;
use super::disconnecting::Leaving;
use super::telling;
use crate::engine::clock;
use crate::protocol::ReasonCode;
use std::time::Duration;

/// No write takes so long, but the thread may not get a processor.
const WRITE_WITHIN: Duration = Duration::from_secs(1);

impl<A: AsyncApplication> AsyncClient<A> {
    /// Ends everything: says goodbye to the server, if there is a connection, and tells whoever waits for a request
    /// that it is given up, on this thread (contract ). No callback runs any more when this returns; if it is
    /// called from one, when that has returned.
    pub fn destroy(&self) {
        let client = &*self.client;
        if client.is_of_parent() {
            client.leave_to_parent();
            return;
        }
        let Ok(mut state) = client.lock() else { return };
        let now = clock::now();
        if state.is_connected() && state.host.api.leaving.is_none() {
            state.session.disconnect(now, ReasonCode::SUCCESS, None);
            // When the server closes the connection now, it is not lost.
            state.host.api.leaving = Some(Leaving::begin(now, state.session.handed_over()));
        }
        // Another thread that is just writing is about to come back: no write waits for the server.
        let deadline = now + WRITE_WITHIN;
        while state.writing && !state.wait(Some(deadline)) {}
        let _ = client.write_out(&mut state, now);
        state.tell_written();
        let application = state.application.clone();
        for event in client.end(state) {
            // Only whoever has asked for something hears of it now.
            if event.is_outcome() {
                telling::tell(client, &application, event);
            }
        }
    }
}
