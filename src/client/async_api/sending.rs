//! Sending requests that have waited, as soon as they can be sent.

use super::application::AsyncApplication;
use super::requests::Request;
use super::to_tell::ToTell;
use crate::client::client::Client;
use crate::client::locked::Locked;
use crate::client::state::State;
use crate::engine::clock;
use crate::error::Error;
use crate::trace::{self, Level};
use std::time::Duration;

/// Sends what waits, in order, as far as the window and the server's pace allow.
pub(super) fn send_waiting<A: AsyncApplication>(client: &Client<A>, state: &mut Locked<'_, A>) {
    if state.host.api.waiting.is_empty() {
        return;
    }
    let until = clock::now() + AT_MOST;
    let (mut sent, mut has_stored) = (0_u32, false);
    while state.host.api.can_send_next(&state.session) {
        sent += 1;
        if (sent % LOOK_EVERY == 0 || has_stored) && clock::now() >= until {
            // Others want the lock, too; the store may be slow.
            state.call_worker();
            break;
        }
        let Some(request) = state.host.api.waiting.pop() else { break };
        has_stored = request.record.is_some();
        if let Err(request) = send_one(state, request) {
            state.host.api.waiting.put_back(request);
            break;
        }
        state.host.api.is_blocked = false;
        if let Some(disconnecting) = &mut state.host.api.disconnecting {
            disconnecting.note_sent();
        }
        if state.session.outgoing().len() >= FULL {
            // So that the queue does not become a second one, of bytes.
            let _ = client.write_out(state, clock::now());
        }
    }
    note_blocked(client, state);
    state.has_changed = true;
}

/// For so long a worker sends before it lets others have the client.
const AT_MOST: Duration = Duration::from_millis(2);

/// It looks at the clock after so many requests; and after each that has a record, since the store may be slow.
const LOOK_EVERY: u32 = 16;

/// So many bytes are written before more are appended.
const FULL: usize = 256 << 10;

/// Sends a request; or gives it back, if it cannot be sent now.
fn send_one<A: AsyncApplication>(
    state: &mut Locked<'_, A>,
    mut request: Request<A::Token>,
) -> Result<(), Request<A::Token>> {
    let State { session, host, .. } = &mut **state;
    let now = clock::now();
    let sent = session.send_queued(now, request.packet_id, &mut request.packet, request.version, host);
    if matches!(sent, Err(Error::NotNow | Error::Disconnected)) {
        return Err(request);
    }
    // A message is stored as one under way by now. If the process is killed in between there are two records of it,
    // which restoring tells by its identifier.
    if let (Some(record), Some(records)) = (request.record.take(), &mut host.records) {
        records.remove_command(record);
    }
    let Request { kind, packet_id, packet, token, .. } = request;
    match sent {
        Ok(()) => {
            let Some(token) = token else { return Ok(()) };
            if packet_id != 0 {
                host.api.awaiting.insert(packet_id, kind, token);
            } else {
                // As it was sent, perhaps in another version than it was made for.
                host.api.unwritten.push(session.appended(), token, packet, session.version());
            }
        }
        Err(error) => {
            session.release_id(packet_id);
            if let Some(token) = token {
                let error = Box::new(error.into());
                host.events.push(ToTell::Failed { token, packet_id, error });
            }
        }
    }
    Ok(())
}

/// Contract: a line that programs look for.
fn note_blocked<A: AsyncApplication>(client: &Client<A>, state: &mut Locked<'_, A>) {
    let State { session, host, .. } = &mut **state;
    let waits = host.api.waiting.first().is_some_and(|first| first.packet_id != 0);
    if waits && session.is_connected() && session.window_is_full() && !host.api.is_blocked {
        host.api.is_blocked = true;
        let name = &client.name;
        trace::line(Level::Minimum, format_args!("Blocking on server receive maximum for client {name}"));
    }
}
