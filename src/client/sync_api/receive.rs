//! Receiving without callbacks: `receive` and `yield`.

use super::SyncApi;
use crate::client::application::Application;
use crate::client::client::Client;
use crate::client::link::Link;
use crate::client::options::Received;
use crate::client::registry;
use crate::client::state::{Mode, State};
use crate::engine::{self, clock};
use crate::error::Error;
use std::time::Duration;

impl<A: Application<Api = SyncApi>> Client<A> {
    /// Waits for a message, and takes it. Not possible if workers hand messages to a callback.
    ///
    /// `before_blocking` is called unless a message is there and needs no answer.
    pub fn receive(
        &self,
        timeout: Duration,
        before_blocking: impl Fn(),
    ) -> Result<Received<A::Message>, Error> {
        let mut state = self.lock()?;
        let has_callbacks = state.mode == Mode::Workers && state.has_message_callback();
        if has_callbacks && matches!(state.link, Link::Up(_)) {
            return Err(Error::NotNow);
        }
        state.host.confirm_received();
        state.require_connected()?;
        let mut lost = false;
        if state.host.inbox.is_empty() {
            before_blocking();
            let connection_number = state.connection_number;
            let now = clock::now();
            let deadline = now.checked_add(timeout);
            if timeout.is_zero() {
                // No time to wait is still one look.
                self.read_on_this_thread(&mut state, now);
            }
            (state, _) = self.wait_until(state, deadline, |state| {
                lost = state.destroyed || state.connection_number != connection_number;
                (lost || !state.host.inbox.is_empty()).then_some(())
            });
        } else if state.clock_has_ticked()
            && state.session.deadline().is_some_and(|deadline| clock::now_coarse() >= deadline)
        {
            before_blocking();
            let now = clock::now();
            self.read_on_this_thread(&mut state, now);
            self.handle_session_deadline(&mut state, now);
            lost = !state.is_connected();
        }
        let Some(waiting) = state.host.inbox.pop() else {
            return Ok(Received { message: None, lost });
        };
        state.host.last_received = waiting.stored;
        if state.host.inbox.is_paused() {
            state.resume_reading(clock::now());
        }
        if let Some(ack_token) = waiting.ack_token {
            before_blocking();
            let now = clock::now();
            let State { session, host, .. } = &mut *state;
            session.acknowledge(now, ack_token, host);
            // The message is handed over, whatever becomes of its acknowledgement.
            let _ = self.send(state, now);
        }
        Ok(Received { message: Some(waiting.message), lost })
    }
}

/// Drives all clients that are not in callback mode, for this long (contract C-9.1).
pub fn yield_all(duration: Duration) {
    let deadline = clock::now() + duration;
    while clock::now() < deadline {
        let clients: Vec<_> = registry::all()
            .into_iter()
            .filter_map(|client| client.socket_to_drive().map(|to_drive| (client, to_drive)))
            .collect();
        let sockets: Vec<_> =
            clients.iter().map(|(_, to_drive)| (&*to_drive.socket, to_drive.interests)).collect();
        let earliest = clients.iter().filter_map(|(_, to_drive)| to_drive.deadline).min();
        let mut until = earliest.map_or(deadline, |at| at.min(deadline));
        if clients.iter().any(|(_, to_drive)| to_drive.is_ready) {
            until = clock::now();
        }
        let Ok(ready) = engine::wait(&sockets, Some(until)) else { return };
        let now = clock::now();
        for ((client, to_drive), ready) in clients.iter().zip(ready) {
            if ready || to_drive.is_ready || to_drive.deadline.is_some_and(|at| now >= at) {
                client.drive();
            }
        }
    }
}
