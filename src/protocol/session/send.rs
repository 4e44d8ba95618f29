//! Commands: publish, subscribe, unsubscribe.

use std::time::Instant;

use super::host::{Event, Host, OutgoingMessage, StoreKey};
use super::inflight::{Awaits, Message};
use super::label::note;
use super::record;
use super::{Phase, Session};
use crate::error::Error;
use crate::protocol::packet::{
    PropertyList, Publish, SubAck, Subscription, UnsubAck, encode_subscribe, encode_unsubscribe,
};
use crate::protocol::{PacketId, Qos};
use crate::trace::Excerpt;

/// A SUBSCRIBE or UNSUBSCRIBE that was not answered yet.
pub(super) struct Request {
    pub(super) kind: RequestKind,
    /// Nobody waits for the answer. The packet identifier is in use until it comes.
    pub(super) abandoned: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestKind {
    Subscribe,
    Unsubscribe,
}

/// What a PUBLISH has besides its topic and payload, if it has no properties: and one byte, for whoever shows it as it
/// was.
const PACKET_OVERHEAD: usize = 1 + 4 + 2 + 2 + 1 + 1;

impl<'a> OutgoingMessage<'a> {
    fn packet(&self, packet_id: u16) -> Publish<'a> {
        Publish {
            dup: false,
            qos: self.qos,
            retain: self.retain,
            topic: self.topic,
            packet_id,
            properties: self.properties,
            payload: self.payload,
        }
    }
}

impl Session {
    /// Publishes. With QoS 1 and 2 the message is stored first, and sent again after a reconnect
    /// until the server has it; the packet identifier says which one is done later. QoS 0 has none.
    ///
    /// # Errors
    ///
    /// None of them changes anything: [`Error::Disconnected`] without an accepted connection,
    /// [`Error::NotNow`] if QoS is 1 or 2 and the [window is full](Session::window_is_full),
    /// [`Error::NoPacketId`], [`Error::TooLarge`] for what MQTT or this server cannot take,
    /// [`Error::Persistence`].
    #[inline]
    pub fn publish(
        &mut self,
        now: Instant,
        message: &OutgoingMessage<'_>,
        host: &mut impl Host,
    ) -> Result<Option<PacketId>, Error> {
        self.require_connected()?;
        if message.qos != Qos::AtMostOnce {
            return self.publish_acknowledged(now, message, host).map(Some);
        }
        let version = self.version;
        self.append(|out| message.packet(0).encode(version, out))?;
        self.note_publish(0, message);
        Ok(None)
    }

    /// Appends all of a QoS 0 PUBLISH but its payload. The caller writes the output and the payload
    /// right behind it, or gives what could not be written to [`Session::append_payload`].
    ///
    /// # Errors
    ///
    /// As [`Session::publish`], and [`Error::BadQos`] for QoS 1 and 2.
    #[inline]
    pub fn publish_head(&mut self, _now: Instant, message: &OutgoingMessage<'_>) -> Result<(), Error> {
        self.require_connected()?;
        if message.qos != Qos::AtMostOnce {
            return Err(Error::BadQos);
        }
        let version = self.version;
        let before = self.outgoing.end().len();
        message.packet(0).encode_head(version, self.outgoing.end())?;
        self.refuse_too_large(before, message.payload.len())?;
        self.note_publish(0, message);
        Ok(())
    }

    /// What the caller of [`Session::publish_head`] could not write of the payload.
    pub fn append_payload(&mut self, rest: &[u8]) {
        self.outgoing.end().extend_from_slice(rest);
        if let Some(keep_alive) = self.keep_alive.as_mut().filter(|_| !rest.is_empty()) {
            keep_alive.note_no_room();
        }
    }

    fn publish_acknowledged(
        &mut self,
        now: Instant,
        message: &OutgoingMessage<'_>,
        host: &mut impl Host,
    ) -> Result<PacketId, Error> {
        if self.window_is_full() {
            return Err(Error::NotNow);
        }
        let id = self.next_id()?;
        let mut packet = Vec::with_capacity(message.topic.len() + message.payload.len() + PACKET_OVERHEAD);
        message.packet(id.get()).encode(self.version, &mut packet)?;
        if packet.len() > self.maximum_packet_size {
            return Err(Error::TooLarge);
        }
        if host.has_store() {
            host.persist(
                StoreKey::SentPublish(id.get()),
                &record::publish_parts(&packet, message.payload.len()),
            )?;
        }
        self.ids.take(id);
        self.begin_exchange(now, id, message.qos, packet);
        self.note_publish(id.get(), message);
        Ok(id)
    }

    /// Sends a QoS 1 or 2 message that is stored, and whose identifier is taken.
    #[inline]
    pub(super) fn begin_exchange(&mut self, now: Instant, id: PacketId, qos: Qos, packet: Vec<u8>) {
        self.outgoing.end().extend_from_slice(&packet);
        let awaits = if qos == Qos::ExactlyOnce { Awaits::Received } else { Awaits::Acknowledged };
        let mut sent = Message::new(awaits, packet, self.version);
        sent.sent_on = self.connection;
        sent.sent_at = Some(now);
        self.inflight.push(id, sent);
        self.under_way += 1;
        self.note_sent_for_retry(now);
    }

    pub(super) fn note_publish(&self, id: u16, message: &OutgoingMessage<'_>) {
        let (retain, length) = (u8::from(message.retain), message.payload.len());
        let (label, qos, payload) = (&self.label, message.qos.level(), Excerpt(message.payload));
        // As Paho: a colon after rc with QoS 0 only.
        if id == 0 {
            note!(
                Protocol,
                "{label} -> PUBLISH qos: {qos} retained: {retain} rc: 0 payload len({length}): {payload}"
            );
        } else {
            note!(
                Protocol,
                "{label} -> PUBLISH msgid: {id} qos: {qos} retained: {retain} rc 0 payload len({length}): {payload}"
            );
        }
    }

    /// Subscribes. The answer comes as [`Event::Subscribed`].
    ///
    /// # Errors
    ///
    /// As [`Session::publish`], and [`Error::BadArgument`] without any subscription.
    pub fn subscribe(
        &mut self,
        _now: Instant,
        subscriptions: &[Subscription<'_>],
        properties: PropertyList<'_>,
    ) -> Result<PacketId, Error> {
        if subscriptions.is_empty() {
            // MQTT 3.1.1 [MQTT-3.8.3-3].
            return Err(Error::BadArgument);
        }
        let version = self.version;
        let id = self.request(RequestKind::Subscribe, |id, out| {
            encode_subscribe(id, subscriptions, properties, version, out)
        })?;
        self.note_request(RequestKind::Subscribe, id.get());
        Ok(id)
    }

    /// Unsubscribes. The answer comes as [`Event::Unsubscribed`].
    ///
    /// # Errors
    ///
    /// As [`Session::subscribe`].
    pub fn unsubscribe(
        &mut self,
        _now: Instant,
        filters: &[&[u8]],
        properties: PropertyList<'_>,
    ) -> Result<PacketId, Error> {
        if filters.is_empty() {
            return Err(Error::BadArgument);
        }
        let version = self.version;
        let id = self.request(RequestKind::Unsubscribe, |id, out| {
            encode_unsubscribe(id, filters, properties, version, out)
        })?;
        self.note_request(RequestKind::Unsubscribe, id.get());
        Ok(id)
    }

    pub(super) fn note_request(&self, kind: RequestKind, id: u16) {
        let packet = match kind {
            RequestKind::Subscribe => "SUBSCRIBE",
            RequestKind::Unsubscribe => "UNSUBSCRIBE",
        };
        note!(Protocol, "{} -> {packet} msgid: {id} (0)", self.label);
    }

    /// Whoever subscribed or unsubscribed with this identifier no longer waits for the answer.
    pub fn abandon_request(&mut self, packet_id: u16) {
        if let Some(request) = self.requests.get_mut(packet_id) {
            request.abandoned = true;
        }
    }

    pub(super) fn handle_suback(&mut self, suback: &SubAck<'_>, host: &mut impl Host) {
        note!(Protocol, "{} <- SUBACK msgid: {}", self.label, suback.packet_id);
        let &SubAck { packet_id, reasons, properties } = suback;
        if self.finish_request(packet_id, RequestKind::Subscribe) {
            host.event(Event::Subscribed { packet_id, reasons, properties });
        }
    }

    pub(super) fn handle_unsuback(&mut self, unsuback: &UnsubAck<'_>, host: &mut impl Host) {
        note!(Protocol, "{} <- UNSUBACK msgid: {}", self.label, unsuback.packet_id);
        let &UnsubAck { packet_id, reasons, properties } = unsuback;
        if self.finish_request(packet_id, RequestKind::Unsubscribe) {
            host.event(Event::Unsubscribed { packet_id, reasons, properties });
        }
    }

    fn request(
        &mut self,
        kind: RequestKind,
        encode: impl FnOnce(u16, &mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<PacketId, Error> {
        self.require_connected()?;
        let id = self.next_id()?;
        self.append(|out| encode(id.get(), out))?;
        self.ids.take(id);
        self.requests.insert(id.get(), Request { kind, abandoned: false });
        Ok(id)
    }

    /// Whether this answers a request that somebody waits for. Improves C-8.6: identifiers and
    /// packet types have to match.
    fn finish_request(&mut self, packet_id: u16, kind: RequestKind) -> bool {
        match self.requests.get(packet_id) {
            Some(request) if request.kind == kind => {
                let awaited = !request.abandoned;
                self.requests.remove(packet_id);
                self.ids.release(packet_id);
                awaited
            }
            _ => false,
        }
    }

    pub(super) fn require_connected(&self) -> Result<(), Error> {
        if self.phase == Phase::Connected { Ok(()) } else { Err(Error::Disconnected) }
    }

    pub(super) fn next_id(&self) -> Result<PacketId, Error> {
        let is_used =
            |id| self.inflight.contains(id) || self.requests.contains(id) || self.reserved.contains(id);
        self.ids.next(is_used).ok_or(Error::NoPacketId)
    }

    /// Appends a packet, unless the server would not take it.
    #[inline]
    fn append(&mut self, encode: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>) -> Result<(), Error> {
        let before = self.outgoing.end().len();
        encode(self.outgoing.end())?;
        self.refuse_too_large(before, 0)
    }

    /// Takes back what was appended since `before` if it, with `more` to come, is longer than the
    /// server's Maximum Packet Size (MQTT 5.0 [MQTT-3.2.2-15]).
    #[inline]
    fn refuse_too_large(&mut self, before: usize, more: usize) -> Result<(), Error> {
        let end = self.outgoing.end();
        if end.len() - before + more > self.maximum_packet_size {
            end.truncate(before);
            return Err(Error::TooLarge);
        }
        Ok(())
    }
}
