//! What workers do for this API: each that comes goes on with whatever there is to go on with.

use super::application::AsyncApplication;
use super::requests::UnwrittenMessages;
use super::to_tell::ToTell;
use super::{connect, disconnect, sending};
use crate::client::client::Client;
use crate::client::delivery::events::Events;
use crate::client::locked::Locked;
use crate::client::state::State;
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
    tell_written(state);
}

/// Messages of QoS 0 that are written have succeeded (contract ).
pub(super) fn tell_written<A: AsyncApplication>(state: &mut State<A>) {
    let State { session, host, .. } = state;
    tell_handed_over::<A>(&mut host.api.unwritten, session.handed_over(), &mut host.events);
}

/// The same, when so many bytes are.
pub(super) fn tell_handed_over<A: AsyncApplication>(
    unwritten: &mut UnwrittenMessages<A::Token>,
    handed_over: u64,
    events: &mut Events<ToTell<A::Token>>,
) {
    while let Some(message) = unwritten.take_written(handed_over) {
        if A::hears_of_success(&message.token) {
            let (token, packet, version) = (message.token, message.packet, message.version);
            events.push(ToTell::Written { token, packet, version });
        }
    }
}
