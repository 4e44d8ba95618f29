//! Publishing: on the calling thread, which waits while the window is full or the server does not read.

use super::SyncApi;
use crate::client::application::Application;
use crate::client::client::Client;
use crate::client::locked::Locked;
use crate::client::pacing::{Pacing, SendRate};
use crate::client::state::State;
use crate::engine::clock;
use crate::error::Error;
use crate::protocol::PacketId;
use crate::protocol::Qos;
use crate::protocol::session::OutgoingMessage;
use crate::trace::{self, Level};
use std::time::Instant;

impl<A: Application<Api = SyncApi>> Client<A> {
    /// Publishes a message. QoS 1 and 2 have a packet identifier, by which to wait for completion.
    ///
    /// `tell` gets it before anybody can hear of the message's delivery (contract C-6.5).
    ///
    /// Waits while the window of unacknowledged messages is full, or the server does not read.
    pub fn publish(
        &self,
        message: &OutgoingMessage<'_>,
        tell: impl FnOnce(PacketId),
    ) -> Result<Option<PacketId>, Error> {
        self.let_worker_finish();
        let mut state = self.lock()?;
        match state.may_publish() {
            Err(Error::NotNow) => {
                state = self.wait_for_window(state)?;
                SendRate::of_this_thread(|rate| rate.note_waited(clock::now()));
            }
            result => result?,
        }
        let now = state.pacing.time(clock::now);
        let is_large = message.qos == Qos::AtMostOnce && Pacing::is_large(message.payload);
        if is_large && !state.writing {
            return self.publish_large(state, now, message);
        }
        let State { session, host, .. } = &mut *state;
        let packet_id = session.publish(now, message, host)?;
        if let Some(packet_id) = packet_id {
            tell(packet_id);
        }
        match self.send(state, now) {
            // A QoS 1 or 2 message is the session's now, and goes out again on the next connection.
            Err(_) if packet_id.is_some() => Ok(packet_id),
            result => result.map(|()| packet_id),
        }
    }

    /// Publishes a QoS 0 message whose payload goes from the caller's memory into the socket.
    fn publish_large(
        &self,
        mut state: Locked<'_, A>,
        now: Instant,
        message: &OutgoingMessage<'_>,
    ) -> Result<Option<PacketId>, Error> {
        state.session.publish_head(now, message)?;
        Self::write_with_payload(&mut state, now, message.payload)?;
        self.finish_sending(state)?;
        Ok(None)
    }

    /// Blocks without a time limit, as Paho does; ends with the connection (contract C-7.2).
    fn wait_for_window<'a>(&'a self, state: Locked<'a, A>) -> Result<Locked<'a, A>, Error> {
        let name = &self.name;
        trace::line(Level::Minimum, format_args!("Blocking publish on queue full for client {name}"));
        let connection_number = state.connection_number;
        let (state, freed) = self.wait_until(state, None, |state| {
            if state.destroyed || state.connection_number != connection_number || !state.is_connected() {
                return Some(false);
            }
            (!state.session.window_is_full()).then_some(true)
        });
        if freed != Some(true) {
            return Err(State::<A>::connection_aborted());
        }
        trace::line(Level::Minimum, format_args!("Resuming publish now queue not full for client {name}"));
        Ok(state)
    }

    /// Sends what was just appended: at once, unless it is one of many that follow each other closely.
    pub(in crate::client) fn send(&self, mut state: Locked<'_, A>, now: Instant) -> Result<(), Error> {
        if self.waits_for_more(&mut state, now) {
            self.leave_to_flush(state);
            return Ok(());
        }
        self.write_now(&mut state, now)?;
        self.finish_sending(state)
    }

    /// After a write: has the rest written, and waits if there is too much of it.
    fn finish_sending(&self, mut state: Locked<'_, A>) -> Result<(), Error> {
        let now = clock::now();
        SendRate::of_this_thread(|rate| state.pacing.note_written(rate, now));
        let connection_number = state.connection_number;
        self.keep_alive_while_calling(&mut state, now);
        if state.connection_number != connection_number {
            return Err(State::<A>::connection_aborted());
        }
        if !state.has_backlog() {
            return Ok(());
        }
        let (_, sent) = self.wait_until(state, None, |state| {
            if state.destroyed || state.connection_number != connection_number {
                return Some(false);
            }
            state.has_little_backlog().then_some(true)
        });
        if sent == Some(true) { Ok(()) } else { Err(State::<A>::connection_aborted()) }
    }
}
