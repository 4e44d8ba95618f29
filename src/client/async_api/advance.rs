//! What workers do for this API: each that comes goes on with whatever there is to go on with.

use super::application::AsyncApplication;
use super::{connect, disconnect, sending};
use crate::client::client::Client;
use crate::client::locked::Locked;
use crate::engine;

/// Goes on with what was requested, as far as it goes without waiting.
pub(super) fn advance<A: AsyncApplication>(client: &Client<A>, state: &mut Locked<'_, A>) {
    if state.destroyed || engine::is_ending() {
        return;
    }
    state.host.api.calls_worker = false;
    connect::advance(client, state);
    sending::send_waiting(client, state);
    disconnect::advance(client, state);
    state.tell_written();
}
