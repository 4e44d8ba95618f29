//! How connections begin and end: CONNECT, CONNACK, DISCONNECT, and what becomes of the state.

use std::time::Instant;

use super::host::{AckToken, ConnectionOptions, Event, Host, StoreKey};
use super::incoming::Stage;
use super::inflight::Inflight;
use super::keep_alive::KeepAlive;
use super::label::note;
use super::topic_alias::TopicAliases;
use super::{Phase, Session};
use crate::error::Error;
use crate::protocol::packet::{ConnAck, Connect, Disconnect, PropertyId, PropertyList, PropertyValue};
use crate::protocol::{ReasonCode, Version};

/// What becomes of a session when its connection ends.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// It goes on with the next connection.
    Kept,
    /// It was dropped, and what is stored for it goes, too. Messages that were handed up are not concerned: they
    /// have arrived.
    Dropped,
}

impl Session {
    /// These messages of earlier connections are queued for the application and were not
    /// acknowledged. If the server sends one of them again it is not delivered twice, and its
    /// acknowledgement token is good for the new connection. To be called before [`Session::connect`].
    pub fn expect_duplicates(&mut self, ack_tokens: impl Iterator<Item = AckToken>) {
        self.expected.expect(ack_tokens);
    }

    /// Begins a connection: CONNECT is the first that goes out.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] if something in it is too long. There is no connection then.
    pub fn connect(
        &mut self,
        now: Instant,
        connect: &Connect<'_>,
        options: ConnectionOptions,
    ) -> Result<(), Error> {
        self.leave_connection();
        connect.encode(self.outgoing.end())?;
        self.phase = Phase::Connecting;
        self.connection = self.connection.wrapping_add(1);
        self.version = connect.version;
        self.clean = connect.clean;
        self.outlives_connection = if connect.version.has_properties() {
            connect.properties.find(PropertyId::SessionExpiryInterval).is_some_and(is_some_time)
        } else {
            !connect.clean
        };
        self.window = usize::from(options.window.max(1));
        self.forgets_with_server = options.forgets_with_server;
        self.set_retry_interval(options.retry_interval);
        self.requested_keep_alive = connect.keep_alive;
        self.keep_alive = Some(KeepAlive::new(now, connect.keep_alive));
        self.maximum_packet_size = usize::MAX;
        self.aliases = TopicAliases::new(match connect.properties.find(PropertyId::TopicAliasMaximum) {
            Some(PropertyValue::TwoByteInteger(maximum)) if connect.version.has_properties() => maximum,
            _ => 0,
        });
        // As Paho: the trace knows only the clean session of MQTT 3.
        let clean = u8::from(connect.clean && !connect.version.has_properties());
        note!(Protocol, "{} -> CONNECT version {} clean: {clean} (0)", self.label, connect.version.level());
        Ok(())
    }

    /// Takes a CONNACK. A second one means nothing (contract W-206).
    pub(super) fn handle_connack(&mut self, now: Instant, connack: &ConnAck<'_>, host: &mut impl Host) {
        note!(Protocol, "{} <- CONNACK rc: {}", self.label, connack.reason.0);
        if self.phase != Phase::Connecting {
            return;
        }
        let properties = connack.properties;
        if connack.reason != ReasonCode::SUCCESS {
            self.phase = Phase::Ended { accepted: false };
            self.outgoing.clear();
            return host.event(Event::Refused { reason: connack.reason, properties });
        }
        self.phase = Phase::Connected;
        let session_present = connack.session_present && self.version != Version::V3_1;
        self.take_server_limits(properties);
        let is_lost = !session_present && !self.clean && self.version != Version::V3_1;
        if is_lost && self.forgets_with_server {
            // Not without what is ours already.
            self.finish_incoming_of_lost_session(host);
            self.drop_state();
            host.event(Event::Cleared);
        } else if self.clean {
            self.drop_state();
            host.event(Event::Cleared);
        }
        host.event(Event::Connected { session_present, properties });
        if is_lost {
            self.finish_incoming_of_lost_session(host);
        }
        self.start_resend();
        self.refill(now, host);
    }

    /// What an MQTT 5.0 CONNACK limits: §3.2.2.3.
    fn take_server_limits(&mut self, properties: PropertyList<'_>) {
        let mut server_keep_alive = None;
        for property in properties.iter() {
            match (property.id, property.value) {
                // Contract C-3.11: only if smaller. 0 is not allowed, and would stop everything.
                (PropertyId::ReceiveMaximum, PropertyValue::TwoByteInteger(maximum)) if maximum > 0 => {
                    self.window = self.window.min(maximum.into());
                }
                (PropertyId::MaximumPacketSize, PropertyValue::FourByteInteger(size)) if size > 0 => {
                    self.maximum_packet_size = usize::try_from(size).unwrap_or(usize::MAX);
                }
                (PropertyId::SessionExpiryInterval, interval) => {
                    self.outlives_connection = is_some_time(interval);
                }
                (PropertyId::ServerKeepAlive, PropertyValue::TwoByteInteger(seconds)) => {
                    server_keep_alive = Some(seconds);
                }
                _ => {}
            }
        }
        match server_keep_alive {
            Some(seconds) => {
                note!(Protocol, "Setting keep alive interval to server keep alive {seconds}");
                if let Some(keep_alive) = &mut self.keep_alive {
                    keep_alive.set_interval(seconds);
                }
            }
            None if self.server_keep_alive => {
                note!(Protocol, "Resetting keep alive interval to {}", self.requested_keep_alive);
            }
            None => {}
        }
        self.server_keep_alive = server_keep_alive.is_some();
    }

    /// The server says that it knows nothing of the session that we want to go on with. What it
    /// entrusted to us is ours now: it cannot release or repeat it any more, and identifiers
    /// start anew. (Outgoing messages are sent again nevertheless: contract C-3.14.)
    fn finish_incoming_of_lost_session(&mut self, host: &mut impl Host) {
        self.expected.clear();
        for id in self.incoming.ids() {
            match self.incoming.get(id).map(|message| message.stage) {
                // We took the message over with our PUBREC, and the application never saw it.
                Some(Stage::Held) => self.release(id, host),
                // The application got it; an acknowledgement is no longer called for.
                Some(_) => {
                    self.incoming.remove(id);
                    host.forget(StoreKey::ReceivedPublish(id));
                }
                None => {}
            }
        }
    }

    /// Ends the connection with a DISCONNECT, the last packet that goes out (contract C-4.3,
    /// W-113). Without a connection that the server accepted, nothing is sent.
    pub fn disconnect(&mut self, _now: Instant, reason: ReasonCode, properties: Option<PropertyList<'_>>) {
        self.disconnect_with(reason, properties);
    }

    pub(super) fn disconnect_with(&mut self, reason: ReasonCode, properties: Option<PropertyList<'_>>) {
        if self.phase != Phase::Connected {
            return;
        }
        self.phase = Phase::Leaving;
        let with_properties = Disconnect { reason, properties };
        if with_properties.encode(self.version, self.outgoing.end()).is_err() {
            // Longer than a packet can be. The reason is what matters to the server.
            let bare = Disconnect { reason, properties: None };
            let encoded = bare.encode(self.version, self.outgoing.end());
            debug_assert!(encoded.is_ok());
        }
        note!(Protocol, "{} -> DISCONNECT (0)", self.label);
    }

    /// Takes the server's DISCONNECT. Nothing is sent after it (contract W-114).
    pub(super) fn handle_disconnect(&mut self, disconnect: &Disconnect<'_>, host: &mut impl Host) {
        note!(Protocol, "{} <- DISCONNECT ({})", self.label, disconnect.reason.0);
        let accepted = self.is_connected();
        self.phase = Phase::Ended { accepted };
        self.outgoing.clear();
        let properties = disconnect.properties.unwrap_or_default();
        host.event(Event::Disconnected { reason: disconnect.reason, properties });
    }

    /// The connection is gone, for whatever reason. What was not written is dropped with it; a
    /// clean session of MQTT 3 ends here, whether it was accepted or not (contract C-3.13).
    pub fn connection_closed(&mut self) -> SessionState {
        if self.phase == Phase::Closed {
            return SessionState::Kept;
        }
        let was_accepted = self.is_connected();
        self.leave_connection();
        let ends = if self.version.has_properties() {
            self.forgets_with_server && was_accepted && !self.outlives_connection
        } else {
            self.clean
        };
        if !ends {
            return SessionState::Kept;
        }
        self.drop_state();
        SessionState::Dropped
    }

    /// Forgets what belongs to a connection and not to the session.
    fn leave_connection(&mut self) {
        self.phase = Phase::Closed;
        self.outgoing.clear();
        self.keep_alive = None;
        self.aliases = TopicAliases::default();
        self.under_way = 0;
        self.pass = None;
        self.retry = None;
        for (id, _) in self.requests.take_if(|_| true) {
            self.ids.release(id);
        }
    }

    /// Forgets the session. The next packet identifier is 1 (contract C-7.4).
    fn drop_state(&mut self) {
        note_dropped(self);
        // Tokens of the old session are good for nothing in the new one.
        self.connection = self.connection.wrapping_add(1);
        self.inflight = Inflight::default();
        self.under_way = 0;
        self.pass = None;
        self.incoming.clear();
        self.expected.clear();
        self.ids.reset();
        // What waits to be sent is not the old session's.
        self.reserved.iter().for_each(|(id, ())| self.ids.reserve(id));
    }
}

/// Whether a Session Expiry Interval lets a session live on without a connection.
fn is_some_time(interval: PropertyValue<'_>) -> bool {
    interval != PropertyValue::FourByteInteger(0)
}

fn note_dropped(session: &Session) {
    let dropped = session.inflight.len() + session.incoming.len();
    if dropped > 0 {
        note!(Minimum, "{dropped} inflight messages deleted for client {}", session.label.client());
    }
}
