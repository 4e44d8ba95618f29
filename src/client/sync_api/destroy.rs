//! Destroying a client: what was published is sent before.

use super::SyncApi;
use crate::client::application::Application;
use crate::client::client::Client;
use crate::engine::clock;
use std::time::Duration;

/// How long destroy waits for a server that does not read what was published.
const FLUSH_WITHIN: Duration = Duration::from_secs(5);

impl<A: Application<Api = SyncApi>> Client<A> {
    /// Ends everything: the connection closes without a DISCONNECT, so that the will is published, and
    /// no callback runs any more when this returns, unless it is called from one.
    pub fn destroy(&self) {
        if self.is_of_parent() {
            self.leave_to_parent();
            return;
        }
        let Ok(mut state) = self.lock() else { return };
        state.host.confirm_received();
        let deadline = clock::now() + FLUSH_WITHIN;
        state = self.flush_all(state, deadline);
        self.end(state);
    }
}
