//! A session: what client and server know of each other's messages, for all MQTT versions.
//!
//! Getters ask, commands append packets to the output, `handle_*` take what arrives; everything
//! else leaves through [`Host`]. A session outlives its connections: what is unfinished when one
//! ends goes on in the next.
//!
//! Waiting, sockets and reconnecting are the business of the layers above.

mod connection;
mod handle_acknowledgements;
mod handle_publish;
mod host;
mod id_map;
mod incoming;
mod inflight;
mod keep_alive;
mod label;
mod outgoing;
mod packet_ids;
#[cfg(feature = "async")]
mod queued;
mod record;
mod resend;
mod restore;
mod send;
mod topic_alias;

use std::time::Instant;

use crate::error::ProtocolError;
use crate::protocol::packet::{PINGREQ, Packet, packet_type};
use crate::protocol::{ReasonCode, Version};

pub use id_map::IdMap;
use incoming::{ExpectedDuplicates, IncomingMessages};
use inflight::Inflight;
use keep_alive::{Due, KeepAlive};
use label::{Label, note};
pub use outgoing::{Outgoing, OutgoingChunk};
use packet_ids::PacketIds;
use resend::{Pass, Retry};
use send::Request;
use topic_alias::TopicAliases;

pub use connection::SessionState;
pub use host::{AckToken, Acknowledge, ConnectionOptions, Event, Host, OutgoingMessage, StoreKey};

/// The state of one client's session, and of its connection while there is one.
pub struct Session {
    version: Version,
    phase: Phase,
    /// Clean Session or Clean Start, as the last CONNECT had it.
    clean: bool,
    /// See [`Session::outlives_connection`].
    outlives_connection: bool,
    /// Counts connections.
    connection: u32,
    outgoing: Outgoing,
    keep_alive: Option<KeepAlive>,
    requested_keep_alive: u16,
    /// Whether the last connection had a Server Keep Alive.
    server_keep_alive: bool,
    /// The longest packet that the server takes.
    maximum_packet_size: usize,
    aliases: TopicAliases,
    ids: PacketIds,
    /// How many QoS 1 and 2 messages may be under way.
    window: usize,
    inflight: Inflight,
    /// How many of those in `inflight` were sent on this connection.
    under_way: usize,
    pass: Option<Pass>,
    retry: Option<Retry>,
    requests: IdMap<Request>,
    incoming: IncomingMessages,
    expected: ExpectedDuplicates,
    /// The packet identifiers of requests that wait to be sent: see [`Session::reserve_id`].
    reserved: IdMap<()>,
    /// See [`ConnectionOptions::forgets_with_server`].
    forgets_with_server: bool,
    label: Label,
}

/// Where a connection is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// There is none.
    Closed,
    /// CONNECT was sent.
    Connecting,
    /// CONNACK 0 was received.
    Connected,
    /// It was accepted, and our DISCONNECT is the last that we send.
    Leaving,
    /// The server ended it, by CONNACK or DISCONNECT. Nothing goes either way any more.
    Ended {
        /// Whether it was ever accepted.
        accepted: bool,
    },
}

impl Default for Session {
    fn default() -> Session {
        Session::new()
    }
}

impl Session {
    /// A session that nobody knows yet.
    pub fn new() -> Session {
        Session {
            version: Version::V3_1_1,
            phase: Phase::Closed,
            clean: true,
            outlives_connection: false,
            connection: 0,
            outgoing: Outgoing::default(),
            keep_alive: None,
            requested_keep_alive: 0,
            server_keep_alive: false,
            maximum_packet_size: usize::MAX,
            aliases: TopicAliases::default(),
            ids: PacketIds::default(),
            window: 1,
            inflight: Inflight::default(),
            under_way: 0,
            pass: None,
            retry: None,
            requests: IdMap::default(),
            incoming: IncomingMessages::default(),
            expected: ExpectedDuplicates::default(),
            reserved: IdMap::default(),
            forgets_with_server: false,
            label: Label::default(),
        }
    }

    /// Names the session in trace lines: socket number, a space, client identifier.
    pub fn set_label(&mut self, label: String) {
        self.label = Label::new(label);
    }

    /// The version of the connection, or of the last one.
    #[cfg(feature = "async")]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether the server accepted the connection and it was not closed since.
    pub fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected | Phase::Leaving | Phase::Ended { accepted: true })
    }

    /// Whether the server keeps the session when the connection ends, and then sends again what was
    /// not acknowledged.
    pub fn outlives_connection(&self) -> bool {
        self.outlives_connection
    }

    /// Whether no QoS 1 or 2 message can be published at present. So it is while older ones are
    /// still to be sent again, since new ones come after them (contract C-10.8).
    pub fn window_is_full(&self) -> bool {
        self.is_resending() || self.under_way >= self.window
    }

    /// Whether an outgoing message with this packet identifier is not finished.
    pub fn is_pending(&self, packet_id: u16) -> bool {
        self.inflight.contains(packet_id)
    }

    /// The packet identifiers of all outgoing messages that are not finished, oldest first.
    pub fn pending(&self) -> impl Iterator<Item = u16> + '_ {
        self.inflight.ids()
    }

    /// Whether no message exchange waits for the server, in either direction. What waits for the
    /// application does not count (contract C-4.2).
    pub fn is_quiet(&self) -> bool {
        self.inflight.is_empty() && self.incoming.unreleased() == 0
    }

    /// What has to be written.
    pub fn outgoing(&self) -> &[u8] {
        self.outgoing.bytes()
    }

    /// How many bytes were ever appended to [`Session::outgoing`].
    #[cfg(feature = "async")]
    pub fn appended(&self) -> u64 {
        self.outgoing.appended()
    }

    /// How many of those are the transport's, or lost with their connection.
    #[cfg(feature = "async")]
    #[inline]
    pub fn handed_over(&self) -> u64 {
        self.outgoing.gone()
    }

    /// The first `written` bytes of [`Session::outgoing`] were written; there was no room for the others.
    #[inline]
    pub fn consume(&mut self, now: Instant, written: usize) {
        self.outgoing.consume(written);
        self.note_written(now, written, !self.outgoing.is_empty(), false);
    }

    /// So many bytes were written. `unfinished`: there was no room for more. `has_more`: the transport has bytes
    /// that the session has handed over, and that are still to be written.
    #[inline]
    pub fn note_written(&mut self, now: Instant, written: usize, unfinished: bool, has_more: bool) {
        match &mut self.keep_alive {
            Some(keep_alive) if written > 0 => {
                keep_alive.note_written(now, unfinished, !has_more && self.outgoing.is_empty());
            }
            Some(keep_alive) if unfinished => keep_alive.note_no_room(),
            _ => {}
        }
    }

    /// The first `count` bytes of [`Session::outgoing`] are the transport's now, which tells by
    /// [`Session::note_written`] when it has written them.
    pub fn hand_over(&mut self, count: usize) {
        self.outgoing.consume(count);
    }

    /// Gives [`Session::outgoing`] to a writer that does not want to keep the session meanwhile. What
    /// is sent until [`Session::take_back`] goes behind it. `None` if there is nothing.
    #[inline]
    pub fn take_chunk(&mut self) -> Option<OutgoingChunk> {
        (!self.outgoing.is_empty()).then(|| self.outgoing.take_chunk())
    }

    /// Takes back a chunk, of which the first `written` bytes were written. Not to be called if
    /// the connection was closed since.
    #[inline]
    pub fn take_back(&mut self, now: Instant, chunk: OutgoingChunk, written: usize) {
        let unfinished = written < chunk.bytes().len();
        self.outgoing.take_back(chunk, written);
        self.note_written(now, written, unfinished, false);
    }

    /// Something arrived, if only a part of a packet (contract C-11.3).
    #[inline]
    pub fn note_received(&mut self, now: Instant) {
        if let Some(keep_alive) = &mut self.keep_alive {
            keep_alive.note_received(now);
        }
    }

    /// Whether nobody reads for the time being. The server is not given up then for its silence.
    pub fn pause_reading(&mut self, now: Instant, paused: bool) {
        if let Some(keep_alive) = &mut self.keep_alive {
            keep_alive.pause(now, paused);
        }
    }

    /// When [`Session::handle_timeout`] wants to be called next. May be too early, never too late.
    #[inline]
    pub fn deadline(&self) -> Option<Instant> {
        if self.phase != Phase::Connected {
            return None;
        }
        let keep_alive = self.keep_alive.as_ref().and_then(KeepAlive::deadline);
        let retry = self.retry.as_ref().and_then(Retry::deadline);
        match (keep_alive, retry) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// Whether [`Session::handle_timeout`] would give the connection up. A sign of life may still be found
    /// where nobody has looked yet: something to read, or room for what is unsent.
    pub fn is_giving_up(&self, now: Instant) -> bool {
        let keep_alive = self.keep_alive.as_ref().filter(|_| self.phase == Phase::Connected);
        keep_alive.is_some_and(|keep_alive| keep_alive.is_giving_up(now))
    }

    /// Does what is due: PINGREQ, sending again, giving up.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::KeepAlive`] when the server is taken for dead. To be closed without
    /// DISCONNECT, so that the server publishes the will.
    pub fn handle_timeout(&mut self, now: Instant, host: &mut impl Host) -> Result<(), ProtocolError> {
        if self.phase != Phase::Connected {
            return Ok(());
        }
        match self.keep_alive.as_mut().and_then(|keep_alive| keep_alive.handle_timeout(now)) {
            Some(Due::Ping) => {
                // Nothing was sent for a while: an idle client needs no memory.
                self.outgoing.release_if_empty();
                self.ids.release_if_unused();
                self.inflight.release_if_empty();
                self.requests.release_if_empty();
                self.incoming.release_if_empty();
                self.reserved.release_if_empty();
                host.idle();
                self.outgoing.end().extend_from_slice(&PINGREQ);
                note!(Protocol, "{} -> PINGREQ (0)", self.label);
            }
            Some(Due::GiveUp) => {
                note!(
                    Protocol,
                    "PINGRESP not received in keepalive interval for client {} on socket {}, disconnecting",
                    self.label.client(),
                    self.label.socket()
                );
                return Err(ProtocolError::KeepAlive);
            }
            None => {}
        }
        self.start_retry(now, host);
        Ok(())
    }

    /// Takes one whole packet, as [`crate::protocol::packet::frame`] cuts it.
    ///
    /// # Errors
    ///
    /// What the server must not send. The connection is to be closed, after
    /// [`Session::report_error`].
    pub fn handle_packet(
        &mut self,
        now: Instant,
        packet: &[u8],
        host: &mut impl Host,
    ) -> Result<(), ProtocolError> {
        self.note_received(now);
        if matches!(self.phase, Phase::Closed | Phase::Ended { .. }) {
            return Ok(());
        }
        self.dispatch(now, packet, host)
    }

    /// Tells a server of MQTT 5.0 what it did wrong, before the connection is closed for it (contract
    /// W-206). Older ones cannot be told.
    pub fn report_error(&mut self, error: ProtocolError) {
        if !self.version.has_properties() {
            return;
        }
        match error {
            ProtocolError::Malformed(_) | ProtocolError::BadLength => {
                self.disconnect_with(ReasonCode::MALFORMED_PACKET, None);
            }
            ProtocolError::Violation(_) => self.disconnect_with(ReasonCode::PROTOCOL_ERROR, None),
            // Never on a connection that timed out: the will must be published.
            ProtocolError::KeepAlive => {}
        }
    }

    #[inline]
    fn dispatch(&mut self, now: Instant, packet: &[u8], host: &mut impl Host) -> Result<(), ProtocolError> {
        let packet_type = packet.first().map_or(0, |first| first >> 4);
        match packet_type {
            packet_type::PUBLISH => {
                let publish = Packet::decode_publish(packet, self.version)?;
                return self.handle_publish(packet, publish, host);
            }
            // Only a client may send these (contract W-206).
            packet_type::CONNECT
            | packet_type::SUBSCRIBE
            | packet_type::UNSUBSCRIBE
            | packet_type::PINGREQ => return Err(ProtocolError::Violation(packet_type)),
            // Servers of MQTT 3 have no DISCONNECT; it is ignored, whatever is in it.
            packet_type::DISCONNECT if !self.version.has_properties() => return Ok(()),
            _ => {}
        }
        match Packet::decode(packet, self.version)? {
            Packet::PubAck(puback) => self.handle_puback(now, &puback, host),
            Packet::PubRec(pubrec) => self.handle_pubrec(now, &pubrec, host),
            Packet::PubRel(pubrel) => self.handle_pubrel(pubrel.packet_id, host),
            Packet::PubComp(pubcomp) => self.handle_pubcomp(now, &pubcomp, host),
            Packet::ConnAck(connack) => self.handle_connack(now, &connack, host),
            Packet::SubAck(suback) => self.handle_suback(&suback, host),
            Packet::UnsubAck(unsuback) => self.handle_unsuback(&unsuback, host),
            Packet::PingResp => {
                note!(Protocol, "{} <- PINGRESP", self.label);
                if let Some(keep_alive) = &mut self.keep_alive {
                    keep_alive.note_ping_response();
                }
            }
            Packet::Disconnect(disconnect) => self.handle_disconnect(&disconnect, host),
            // We offer no enhanced authentication, so this is for nobody (contract W-202).
            Packet::Auth(_) => {}
            Packet::Publish(_)
            | Packet::Connect(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::PingReq => {
                return Err(ProtocolError::Violation(packet_type));
            }
        }
        Ok(())
    }

    /// Whether acknowledgements may be sent.
    fn is_writable(&self) -> bool {
        matches!(self.phase, Phase::Connecting | Phase::Connected)
    }
}
