//! Requests that are made before they can be sent. Each has its packet identifier from the beginning, which the
//! application knows it by, and is kept as the packet that it will be.

use std::time::Instant;

use super::Session;
use super::host::{Host, StoreKey};
use super::note;
use super::record;
use super::resend::translate;
use super::send::{Request, RequestKind};
use crate::error::Error;
use crate::protocol::packet::{
    Packet, PropertyList, Publish, Subscribe, Unsubscribe, encode_subscribe, encode_unsubscribe, packet_type,
};
use crate::protocol::session::OutgoingMessage;
use crate::protocol::{PacketId, Version};
use crate::trace::{self, Level};

impl Session {
    /// A packet identifier for a request that is to be sent later. Nothing else gets it before the request is
    /// [done](Session::send_queued), or [dropped](Session::release_id); not even if the session ends.
    pub fn reserve_id(&mut self) -> Result<PacketId, Error> {
        let id = self.next_id()?;
        self.ids.take(id);
        self.reserved.insert(id.get(), ());
        Ok(id)
    }

    /// The same for a request from a store, which has its identifier already. False: it is in use.
    pub fn reserve_restored_id(&mut self, id: PacketId) -> bool {
        let is_free = !self.is_pending(id.get()) && self.reserved.insert(id.get(), ()).is_none();
        if is_free {
            self.ids.reserve(id.get());
        }
        is_free
    }

    /// Whether a request with this identifier is to be sent later.
    pub fn is_reserved(&self, packet_id: u16) -> bool {
        self.reserved.contains(packet_id)
    }

    /// A request is not to be sent after all.
    pub fn release_id(&mut self, packet_id: u16) {
        if self.reserved.remove(packet_id).is_some() {
            self.ids.release(packet_id);
        }
    }

    /// Sends a request, of which `packet` was written with its reserved identifier; with none if it is a message of
    /// QoS 0. What the session needs for longer it takes out of `packet`.
    ///
    /// # Errors
    ///
    /// As [`Session::publish`] and [`Session::subscribe`]. The identifier stays reserved.
    pub fn send_queued(
        &mut self,
        now: Instant,
        packet_id: u16,
        packet: &mut Vec<u8>,
        version: Version,
        host: &mut impl Host,
    ) -> Result<(), Error> {
        self.require_connected()?;
        if version.has_properties() != self.version.has_properties() {
            *packet = translate_any(packet, version, self.version)?;
        }
        if packet.len() > self.maximum_packet_size {
            return Err(Error::TooLarge);
        }
        match packet.first().map_or(0, |first| first >> 4) {
            packet_type::SUBSCRIBE => self.send_queued_request(RequestKind::Subscribe, packet_id, packet),
            packet_type::UNSUBSCRIBE => self.send_queued_request(RequestKind::Unsubscribe, packet_id, packet),
            _ => self.publish_queued(now, packet_id, packet, host)?,
        }
        Ok(())
    }

    fn publish_queued(
        &mut self,
        now: Instant,
        packet_id: u16,
        packet: &mut Vec<u8>,
        host: &mut impl Host,
    ) -> Result<(), Error> {
        let Some(id) = PacketId::new(packet_id) else {
            self.note_queued(packet);
            self.outgoing.end().extend_from_slice(packet);
            return Ok(());
        };
        if self.window_is_full() {
            return Err(Error::NotNow);
        }
        let publish = Packet::decode_publish(packet, self.version)?;
        let qos = publish.qos;
        if host.has_store() {
            let parts = record::publish_parts(packet, publish.payload.len());
            if let Err(error) = host.persist(StoreKey::SentPublish(packet_id), &parts) {
                // As Paho (contract P-121): it was accepted long ago, and there may be nobody to tell.
                let client = self.label.client();
                note!(Error, "Error {} persisting PUBLISH {packet_id} for client {client}", error.code);
            }
        }
        self.note_queued(packet);
        // Not released: it is in use from now on for the message under way.
        self.reserved.remove(packet_id);
        self.begin_exchange(now, id, qos, std::mem::take(packet));
        Ok(())
    }

    fn send_queued_request(&mut self, kind: RequestKind, packet_id: u16, packet: &[u8]) {
        self.outgoing.end().extend_from_slice(packet);
        self.reserved.remove(packet_id);
        self.requests.insert(packet_id, Request { kind, abandoned: false });
        self.note_request(kind, packet_id);
    }

    fn note_queued(&self, packet: &[u8]) {
        if !trace::enabled(Level::Protocol) {
            return;
        }
        if let Ok(publish) = Packet::decode_publish(packet, self.version) {
            let Publish { topic, payload, qos, retain, properties, packet_id, .. } = publish;
            self.note_publish(packet_id, &OutgoingMessage { topic, payload, qos, retain, properties });
        }
    }
}

/// The same request for another version. Properties are lost on the way to MQTT 3.
fn translate_any(packet: &[u8], from: Version, to: Version) -> Result<Vec<u8>, Error> {
    let kept = |properties| if to.has_properties() { properties } else { PropertyList::EMPTY };
    let mut translated = Vec::new();
    match Packet::decode(packet, from)? {
        Packet::Subscribe(Subscribe { packet_id, properties, mut subscriptions }) => {
            for subscription in &mut subscriptions {
                // MQTT 3.1.1 [MQTT-3.8.3-4]: no more than the QoS.
                subscription.options &= if to.has_properties() { u8::MAX } else { 0b11 };
            }
            encode_subscribe(packet_id, &subscriptions, kept(properties), to, &mut translated)?;
        }
        Packet::Unsubscribe(Unsubscribe { packet_id, properties, filters }) => {
            encode_unsubscribe(packet_id, &filters, kept(properties), to, &mut translated)?;
        }
        _ => translated = translate(packet, from, to)?,
    }
    Ok(translated)
}
