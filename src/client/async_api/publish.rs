//! Publishing: straight into the socket, if nothing waits; else behind what does.

use super::api::BACKLOG;
use super::application::AsyncApplication;
use super::client::AsyncClient;
use super::requests::{Kind, Request};
use super::telling::tell_failed;
use crate::client::client::Client;
use crate::client::locked::Locked;
use crate::client::pacing::{Pacing, SendRate};
use crate::client::state::State;
use crate::engine::clock;
use crate::error::Error;
use crate::protocol::packet::Publish;
use crate::protocol::session::OutgoingMessage;
use crate::protocol::{Qos, Version};
use crate::store::{Command, CommandRecord};
use std::time::Instant;

impl<A: AsyncApplication> AsyncClient<A> {
    /// Whether a message would be taken: there is a connection, or messages may wait for one (contract ).
    pub fn may_publish(&self) -> Result<(), Error> {
        accepts(&*self.lock_restored()?)
    }

    /// Publishes a message, as soon as that can be. QoS 1 and 2 have a packet identifier; with QoS 0 it is 0.
    ///
    /// `tell` gets it before anybody can hear of the message's outcome.
    pub fn publish(
        &self,
        message: &OutgoingMessage<'_>,
        token: A::Token,
        tell: impl FnOnce(u16),
    ) -> Result<u16, Error> {
        let client = &*self.client;
        client.let_worker_finish();
        let mut state = self.lock_restored()?;
        if !can_send(&state, message.qos != Qos::AtMostOnce) {
            return self.queue(state, message, token, tell);
        }
        let now = state.pacing.time(clock::now);
        let hears = of_interest::<A>(token);
        if message.qos == Qos::AtMostOnce {
            let is_large = Pacing::is_large(message.payload) && !state.writing;
            let State { session, host, .. } = &mut *state;
            if is_large {
                session.publish_head(now, message)?;
            } else {
                session.publish(now, message, host)?;
            }
            tell(0);
            if let Some(token) = hears {
                note_unwritten(&mut state, message, token)?;
            }
            if is_large {
                // If that fails, those hear of it whom it concerns.
                let _ = Client::write_with_payload(&mut state, now, message.payload);
                if hears.is_some() {
                    // What could not be written of the payload was appended.
                    let State { session, host, .. } = &mut *state;
                    host.api.unwritten.last_ends_at(session.appended());
                }
                SendRate::of_this_thread(|rate| state.pacing.note_written(rate, clock::now()));
            } else {
                send(client, state, now);
            }
            return Ok(0);
        }
        let State { session, host, .. } = &mut *state;
        let packet_id = session.publish(now, message, host)?.map_or(0, |id| id.get());
        tell(packet_id);
        if let Some(token) = hears {
            host.api.awaiting.insert(packet_id, Kind::Publish, token);
        }
        send(client, state, now);
        Ok(packet_id)
    }

    /// Has a message wait for its turn (contract A-11).
    fn queue(
        &self,
        mut state: Locked<'_, A>,
        message: &OutgoingMessage<'_>,
        token: A::Token,
        tell: impl FnOnce(u16),
    ) -> Result<u16, Error> {
        accepts(&state)?;
        let version = self.version();
        let State { session, host, .. } = &mut *state;
        let buffering = host.api.buffering;
        let is_full = buffering.max_messages.is_some_and(|most| host.api.waiting.messages() >= most);
        let packet_id = if message.qos == Qos::AtMostOnce { 0 } else { session.reserve_id()?.get() };
        if is_full && !buffering.delete_oldest {
            session.release_id(packet_id);
            return Err(Error::BufferFull);
        }
        let queued = encode(message, packet_id, version).and_then(|packet| {
            let stores = packet_id != 0 || buffering.persist_qos0;
            let record = match host.records.as_mut().filter(|_| stores) {
                Some(records) => Some(records.put_command(|mqtt5| record_of(message, packet_id, mqtt5))?),
                None => None,
            };
            Ok((packet, record))
        });
        let (packet, record) = queued.inspect_err(|_| session.release_id(packet_id))?;
        let deleted = if is_full { host.api.waiting.pop_oldest_message() } else { None };
        if let Some(deleted) = &deleted {
            session.release_id(deleted.packet_id);
            if let (Some(record), Some(records)) = (deleted.record, &mut host.records) {
                records.remove_command(record);
            }
            if let Some(disconnecting) = &mut host.api.disconnecting {
                disconnecting.note_sent();
            }
        }
        let token = of_interest::<A>(token);
        host.api.waiting.push(Request { kind: Kind::Publish, packet_id, packet, version, token, record });
        tell(packet_id);
        state.has_changed = true;
        if let Some(Request { packet_id, token: Some(token), .. }) = deleted {
            let application = state.application.clone();
            drop(state);
            // On this thread (contract ).
            tell_failed(&application, token, packet_id, &Error::BufferFull.into());
        }
        Ok(packet_id)
    }

    /// The version that requests are written for that wait.
    pub(super) fn version(&self) -> Version {
        if self.client.is_v5() { Version::V5 } else { Version::V3_1_1 }
    }
}

/// The token, if anybody hears of the outcome.
#[inline]
pub(super) fn of_interest<A: AsyncApplication>(token: A::Token) -> Option<A::Token> {
    (A::hears_of_success(&token) || A::hears_of_failure(&token)).then_some(token)
}

/// Whether a request can be sent at once, which is so if none waits. `needs_window`: not if too much is under way.
#[inline]
pub(super) fn can_send<A: AsyncApplication>(state: &State<A>, needs_window: bool) -> bool {
    let api = &state.host.api;
    state.is_connected()
        && api.waiting.is_empty()
        && api.disconnecting.is_none()
        && api.leaving.is_none()
        && state.unsent() < BACKLOG
        && !(needs_window && state.session.window_is_full())
}

/// Contract.
fn accepts<A: AsyncApplication>(state: &State<A>) -> Result<(), Error> {
    let api = &state.host.api;
    let may_wait =
        api.buffering.while_disconnected && (api.buffering.at_any_time || api.wanted.reconnect.is_wanted());
    if may_wait || state.is_connected() { Ok(()) } else { Err(Error::Disconnected) }
}

/// A message of QoS 0 was appended. Somebody is to hear when it is written.
fn note_unwritten<A: AsyncApplication>(
    state: &mut State<A>,
    message: &OutgoingMessage<'_>,
    token: A::Token,
) -> Result<(), Error> {
    let version = state.session.version();
    let packet = if A::hears_of_success(&token) { encode(message, 0, version)? } else { Vec::new() };
    state.host.api.unwritten.push(state.session.appended(), token, packet, version);
    Ok(())
}

/// Sends what was just appended: at once, unless it is one of many that follow each other closely. If the connection
/// breaks, those hear of it whom it concerns.
#[inline]
pub(super) fn send<A: AsyncApplication>(client: &Client<A>, mut state: Locked<'_, A>, now: Instant) {
    // Behind a server that does not read others write: they are told when there is room.
    if state.is_write_blocked() || client.waits_for_more(&mut state, now) {
        client.leave_to_flush(state);
    } else if client.write_now(&mut state, now).is_ok() {
        SendRate::of_this_thread(|rate| state.pacing.note_written(rate, clock::now()));
    }
}

fn encode(message: &OutgoingMessage<'_>, packet_id: u16, version: Version) -> Result<Vec<u8>, Error> {
    let &OutgoingMessage { topic, payload, qos, retain, properties } = message;
    // With room for the NUL behind it.
    let mut packet = Vec::with_capacity(topic.len() + payload.len() + 16);
    Publish { dup: false, qos, retain, topic, packet_id, properties, payload }
        .encode(version, &mut packet)?;
    Ok(packet)
}

/// Contract P-502.
fn record_of(message: &OutgoingMessage<'_>, token: u16, mqtt5: bool) -> Vec<Vec<u8>> {
    let block = mqtt5.then(|| message.properties.to_block().unwrap_or_else(|_| vec![0]));
    let &OutgoingMessage { topic, payload, qos, retain: retained, .. } = message;
    let command = Command::Publish { topic, payload, qos: qos.level(), retained };
    CommandRecord { token, command, properties: block.as_deref() }.encode()
}
