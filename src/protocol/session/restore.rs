//! Taking up what a store kept from an earlier process (contract P-310, P-320).

use super::Session;
use super::host::{Host, StoreKey};
use super::incoming::Stage;
use super::inflight::{Awaits, Message};
use crate::error::ProtocolError;
use crate::protocol::packet::{Packet, Publish, packet_type};
use crate::protocol::{PacketId, Qos, Version};

impl Session {
    /// Takes a sent PUBLISH from the store. `pubrel_sent`: its PUBREL is stored, too. The records
    /// may come in any order; [`Session::restore_finished`] has to follow. Returns the packet
    /// identifier, which is the packet's and not the key's (contract P-311).
    ///
    /// # Errors
    ///
    /// [`ProtocolError::Malformed`] for what is not a QoS 1 or 2 PUBLISH, or one already there.
    pub fn restore_sent(
        &mut self,
        record: &[u8],
        version: Version,
        pubrel_sent: bool,
    ) -> Result<u16, ProtocolError> {
        let publish = read_publish(record, version)?;
        let awaits = match publish.qos {
            Qos::AtLeastOnce => Awaits::Acknowledged,
            Qos::ExactlyOnce if pubrel_sent => Awaits::Complete,
            Qos::ExactlyOnce => Awaits::Received,
            Qos::AtMostOnce => return Err(CORRUPT),
        };
        let id = PacketId::new(publish.packet_id).ok_or(CORRUPT)?;
        if self.inflight.contains(id.get()) {
            return Err(CORRUPT);
        }
        let packet = if awaits == Awaits::Complete { Vec::new() } else { record.to_vec() };
        self.inflight.push(id, Message::new(awaits, packet, version));
        self.ids.reserve(id.get());
        Ok(id.get())
    }

    /// Takes a received QoS 2 PUBLISH from the store. Returns the packet identifier.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::Malformed`] for what is not a QoS 2 PUBLISH.
    pub fn restore_received(&mut self, record: &[u8], version: Version) -> Result<u16, ProtocolError> {
        let publish = read_publish(record, version)?;
        if publish.qos != Qos::ExactlyOnce {
            return Err(CORRUPT);
        }
        // MQTT 5.0: the application had it before it was stored. Before that: it is yet to come.
        let (stage, packet) = if version.has_properties() {
            (Stage::Confirmed, Vec::new())
        } else {
            (Stage::Held, record.to_vec())
        };
        self.incoming.insert(publish.packet_id, stage, self.connection, packet, version);
        Ok(publish.packet_id)
    }

    /// Finishes what a kill may have interrupted. This QoS 2 message was the last to be made safe for the
    /// application, which is done just before its exchange takes the next step, and if that step is missing
    /// the message must not come again.
    ///
    /// With MQTT 3 the exchange still has the content, and ends now. With MQTT 5.0 there is none, and it
    /// begins now: the server will send the message again, and wait for the PUBREC.
    pub fn restore_newest(&mut self, publish: &Publish<'_>, version: Version, host: &mut impl Host) {
        let id = publish.packet_id;
        match self.incoming.get(id) {
            Some(message) if message.stage == Stage::Held => {
                let held = read_publish(&message.packet, message.version);
                if held.is_ok_and(|held| held.topic == publish.topic && held.payload == publish.payload) {
                    self.incoming.remove(id);
                    host.forget(StoreKey::ReceivedPublish(id));
                }
            }
            None if version.has_properties() && id != 0 => {
                let mut packet = Vec::new();
                if publish.encode(version, &mut packet).is_ok() && self.persist_received(id, &packet, host) {
                    self.incoming.insert(id, Stage::Confirmed, self.connection, Vec::new(), version);
                }
            }
            _ => {}
        }
    }

    /// All records were taken: brings the messages to send into their order (contract P-320).
    pub fn restore_finished(&mut self) {
        self.inflight.sort_restored();
    }
}

const CORRUPT: ProtocolError = ProtocolError::Malformed(packet_type::PUBLISH);

fn read_publish(record: &[u8], version: Version) -> Result<Publish<'_>, ProtocolError> {
    match Packet::decode(record, version)? {
        Packet::Publish(publish) => Ok(publish),
        _ => Err(CORRUPT),
    }
}
