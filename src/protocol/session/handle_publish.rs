//! Messages from the server: PUBLISH, PUBREL, and our acknowledgements. MQTT 3.1.1 §4.3, MQTT 5.0
//! §4.3.
//!
//! Nothing is acknowledged that could be lost: QoS 1 and MQTT 5.0's QoS 2 when the application (or
//! the store) has the message; MQTT 3's QoS 2 first when we have it, then when the application has.

use std::time::Instant;

use super::Session;
use super::host::{AckToken, Acknowledge, Host, StoreKey};
use super::incoming::{Arrival, Stage};
use super::label::note;
use super::record;
use crate::error::ProtocolError;
use crate::protocol::Qos;
use crate::protocol::packet::{Packet, Publish, puback, pubcomp, pubrec};
use crate::trace::Excerpt;

impl Session {
    #[inline]
    pub(super) fn handle_publish(
        &mut self,
        packet: &[u8],
        publish: Publish<'_>,
        host: &mut impl Host,
    ) -> Result<(), ProtocolError> {
        note!(
            Protocol,
            "{} <- PUBLISH msgid: {} qos: {} retained: {} payload len({}): {}",
            self.label,
            publish.packet_id,
            publish.qos.level(),
            u8::from(publish.retain),
            publish.payload.len(),
            Excerpt(publish.payload)
        );
        let alias = self.aliases.learn(&publish)?;
        match publish.qos {
            Qos::AtMostOnce => self.deliver(publish, alias, None, host),
            Qos::AtLeastOnce => self.handle_qos1(publish, alias, host),
            Qos::ExactlyOnce => self.handle_qos2(packet, publish, alias, host),
        }
        Ok(())
    }

    #[inline]
    fn deliver(
        &mut self,
        publish: Publish<'_>,
        alias: Option<u16>,
        ack_token: Option<AckToken>,
        host: &mut impl Host,
    ) {
        let topic = alias.map_or(publish.topic, |alias| self.aliases.topic(alias));
        // As Paho (contract C-6.7): a QoS 2 message that is delivered is no duplicate.
        let dup = publish.dup && publish.qos != Qos::ExactlyOnce;
        let acknowledge = host.message(&Publish { topic, dup, ..publish }, ack_token);
        if let (Acknowledge::Now, Some(ack_token)) = (acknowledge, ack_token) {
            self.finish(ack_token, host);
        }
    }

    fn handle_qos1(&mut self, publish: Publish<'_>, alias: Option<u16>, host: &mut impl Host) {
        let packet_id = publish.packet_id;
        match self.expected.arrived(packet_id, publish.dup) {
            Arrival::Deliver => {
                let ack_token = AckToken { packet_id, qos: publish.qos, connection_number: self.connection };
                self.deliver(publish, alias, Some(ack_token), host);
            }
            Arrival::Acknowledge => self.send_puback(packet_id),
            Arrival::Nothing => {}
        }
    }

    fn handle_qos2(&mut self, packet: &[u8], publish: Publish<'_>, alias: Option<u16>, host: &mut impl Host) {
        let id = publish.packet_id;
        let holds_content = !self.version.has_properties();
        let connection = self.connection;
        let Some(message) = self.incoming.get_mut(id) else {
            return self.begin_qos2(packet, publish, alias, host);
        };
        match message.stage {
            // As Paho: the last content counts (contract C-10.1).
            Stage::Held if holds_content => self.hold(id, packet, host),
            Stage::Held | Stage::Confirmed => self.send_pubrec(id),
            // The server released the old message, so this is another one, unless it repeats. One that does
            // not wait for our PUBCOMP (rumqttd) has forgotten the old message, and gets it now.
            Stage::Released if !publish.dup => {
                if message.asked_on == connection {
                    self.send_pubcomp(id);
                }
                self.begin_qos2(packet, publish, alias, host);
            }
            Stage::Released => {}
            Stage::Delivered => message.asked_on = connection,
            Stage::Taken => {
                message.asked_on = connection;
                self.confirm(id, host);
            }
        }
    }

    /// A QoS 2 message that was not there before.
    fn begin_qos2(&mut self, packet: &[u8], publish: Publish<'_>, alias: Option<u16>, host: &mut impl Host) {
        let packet_id = publish.packet_id;
        if !self.version.has_properties() {
            return self.hold(packet_id, packet, host);
        }
        // The record is written with the acknowledgement. Were it written now, a crash before the
        // application has the message would make the server's repetition look like a known one.
        let kept = if host.has_store() { packet.to_vec() } else { Vec::new() };
        let connection_number =
            self.incoming.insert(packet_id, Stage::Delivered, self.connection, kept, self.version);
        self.deliver(publish, alias, Some(AckToken { packet_id, qos: publish.qos, connection_number }), host);
    }

    /// MQTT 3: takes the content over, and says so. The application gets it at the PUBREL.
    fn hold(&mut self, id: u16, packet: &[u8], host: &mut impl Host) {
        if self.persist_received(id, packet, host) {
            self.incoming.insert(id, Stage::Held, self.connection, packet.to_vec(), self.version);
            self.send_pubrec(id);
        }
    }

    /// Whether the record is stored. If not, the server gets no PUBREC and will send the message
    /// again after a reconnect.
    pub(super) fn persist_received(&self, id: u16, packet: &[u8], host: &mut impl Host) -> bool {
        let stored = host.persist(StoreKey::ReceivedPublish(id), &record::received_parts(packet));
        if let Err(error) = &stored {
            let client = self.label.client();
            note!(
                Error,
                "Error {} persisting received message {id} for client {client}, not acknowledging it",
                error.code
            );
        }
        stored.is_ok()
    }

    /// MQTT 5.0: the application has the message; PUBREC, if the store knows of it.
    fn confirm(&mut self, id: u16, host: &mut impl Host) {
        let connection = self.connection;
        let Some(message) = self.incoming.get_mut(id) else { return };
        let asked = message.asked_on == connection;
        let packet = std::mem::take(&mut message.packet);
        // With an earlier version the record would be that of a message that is yet to come.
        let is_stored = !packet.is_empty() && self.version.has_properties();
        if host.has_store() && is_stored && !self.persist_received(id, &packet, host) {
            if let Some(message) = self.incoming.get_mut(id) {
                message.packet = packet;
            }
            return;
        }
        self.incoming.set_stage(id, Stage::Confirmed);
        if asked {
            self.send_pubrec(id);
        }
    }

    /// The server will not send the message again.
    pub(super) fn handle_pubrel(&mut self, id: u16, host: &mut impl Host) {
        note!(Protocol, "{} <- PUBREL msgid {id}", self.label);
        let connection = self.connection;
        let Some(message) = self.incoming.get_mut(id) else {
            self.note_unknown("PUBREL", id);
            // Or the server would ask for ever (contract W-202).
            return self.send_pubcomp(id);
        };
        message.asked_on = connection;
        match message.stage {
            Stage::Held => self.release(id, host),
            Stage::Released => {}
            // Too early, we said no PUBREC; but what the application has is still ours to finish.
            Stage::Delivered => self.incoming.set_stage(id, Stage::Released),
            Stage::Taken | Stage::Confirmed => self.finish_incoming(id, host),
        }
    }

    /// Gives the application a message whose content we hold.
    pub(super) fn release(&mut self, id: u16, host: &mut impl Host) {
        self.incoming.set_stage(id, Stage::Released);
        let Some(message) = self.incoming.get_mut(id) else { return };
        let packet = std::mem::take(&mut message.packet);
        let ack_token = AckToken { packet_id: id, qos: Qos::ExactlyOnce, connection_number: message.number };
        match Packet::decode(&packet, message.version) {
            Ok(Packet::Publish(publish)) => self.deliver(publish, None, Some(ack_token), host),
            // Was a PUBLISH when it came.
            _ => self.finish_incoming(id, host),
        }
    }

    /// The application has the message, or the store has it for the application. Tokens that no
    /// longer apply are ignored.
    #[inline]
    pub fn acknowledge(&mut self, _now: Instant, ack_token: AckToken, host: &mut impl Host) {
        self.finish(ack_token, host);
    }

    #[inline]
    fn finish(&mut self, ack_token: AckToken, host: &mut impl Host) {
        match ack_token.qos {
            Qos::AtMostOnce => {}
            Qos::AtLeastOnce => self.acknowledge_qos1(ack_token),
            Qos::ExactlyOnce => self.acknowledge_qos2(ack_token, host),
        }
    }

    fn acknowledge_qos1(&mut self, ack_token: AckToken) {
        if ack_token.connection_number == self.connection {
            if self.is_writable() {
                self.send_puback(ack_token.packet_id);
            } else {
                self.expected.expect_taken(ack_token);
            }
        } else if self.expected.take(ack_token, self.is_writable()) {
            self.send_puback(ack_token.packet_id);
        }
    }

    fn acknowledge_qos2(&mut self, ack_token: AckToken, host: &mut impl Host) {
        let id = ack_token.packet_id;
        match self.incoming.get(id) {
            Some(message) if message.number == ack_token.connection_number => match message.stage {
                Stage::Released => self.finish_incoming(id, host),
                Stage::Delivered => {
                    self.incoming.set_stage(id, Stage::Taken);
                    self.confirm(id, host);
                }
                Stage::Held | Stage::Taken | Stage::Confirmed => {}
            },
            _ => {}
        }
    }

    /// The last step of an incoming QoS 2 message. PUBCOMP goes out only if the server asked for it
    /// on this connection; if not it will ask again.
    fn finish_incoming(&mut self, id: u16, host: &mut impl Host) {
        let asked = self.incoming.get(id).is_some_and(|message| message.asked_on == self.connection);
        self.incoming.remove(id);
        host.forget(StoreKey::ReceivedPublish(id));
        if asked {
            self.send_pubcomp(id);
        }
    }

    fn send_puback(&mut self, id: u16) {
        if self.is_writable() {
            self.outgoing.end().extend_from_slice(&puback(id));
            note!(Protocol, "{} -> PUBACK msgid: {id} (0)", self.label);
        }
    }

    fn send_pubrec(&mut self, id: u16) {
        if self.is_writable() {
            self.outgoing.end().extend_from_slice(&pubrec(id));
            note!(Protocol, "{} -> PUBREC msgid: {id} (0)", self.label);
        }
    }

    fn send_pubcomp(&mut self, id: u16) {
        if self.is_writable() {
            self.outgoing.end().extend_from_slice(&pubcomp(id));
            note!(Protocol, "{} -> PUBCOMP msgid {id} (0)", self.label);
        }
    }
}
