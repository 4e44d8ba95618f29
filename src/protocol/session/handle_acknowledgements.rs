//! What the server answers to our QoS 1 and 2 messages: PUBACK, PUBREC, PUBCOMP. MQTT 3.1.1 §4.3,
//! MQTT 5.0 §4.3.

use std::time::Instant;

use super::Session;
use super::host::{Event, Host, StoreKey};
use super::inflight::Awaits;
use super::label::note;
use super::record;
use crate::protocol::packet::{Acknowledgement, packet_type, pubrel};

impl Session {
    /// The end of a QoS 1 message, successful or not.
    #[inline]
    pub(super) fn handle_puback(&mut self, now: Instant, puback: &Acknowledgement<'_>, host: &mut impl Host) {
        let id = puback.packet_id;
        note!(Protocol, "{} <- PUBACK msgid: {id}", self.label);
        match self.inflight.get(id).map(|message| message.awaits) {
            Some(Awaits::Acknowledged) => {
                self.note_removal("PUBACK", id);
                self.complete(now, packet_type::PUBACK, puback, host);
            }
            Some(Awaits::Received | Awaits::Complete) => {
                self.note_unfit("PUBACK", id, format_args!("message is wrong QoS, 2"));
            }
            None => self.note_unknown("PUBACK", id),
        }
    }

    /// The server has a QoS 2 message, or refuses it.
    pub(super) fn handle_pubrec(&mut self, now: Instant, pubrec: &Acknowledgement<'_>, host: &mut impl Host) {
        let id = pubrec.packet_id;
        note!(Protocol, "{} <- PUBREC msgid: {id}", self.label);
        let awaits = self.inflight.get(id).map(|message| message.awaits);
        if pubrec.reason.is_error() {
            // MQTT 5.0 §4.3.3: the message is not accepted and the exchange is over.
            note!(
                Minimum,
                "Pubrec error {} received for client {} msgid {id}, not sending PUBREL",
                pubrec.reason.0,
                self.label.client()
            );
            match awaits {
                Some(Awaits::Received) => self.complete(now, packet_type::PUBREC, pubrec, host),
                Some(Awaits::Acknowledged) => {
                    self.note_unfit("PUBREC", id, format_args!("message is wrong QoS, 1"));
                }
                Some(Awaits::Complete) => {
                    self.note_unfit("PUBREC", id, format_args!("message is in wrong state"));
                }
                None => self.note_unknown("PUBREC", id),
            }
            return;
        }
        match awaits {
            Some(Awaits::Received) => self.persist_pubrel(id, host),
            Some(Awaits::Acknowledged) => {
                self.note_unfit("PUBREC", id, format_args!("message is wrong QoS, 1"))
            }
            Some(Awaits::Complete) => {
                self.note_unfit("PUBREC", id, format_args!("message is in wrong state"));
            }
            None => self.note_unknown("PUBREC", id),
        }
        // As Paho: PUBREL is the answer to every PUBREC (contract W-202), or the server would ask
        // for ever.
        self.send_pubrel(id);
        let connection = self.connection;
        let Some(message) =
            self.inflight.get_mut(id).filter(|message| message.awaits != Awaits::Acknowledged)
        else {
            return;
        };
        if message.awaits == Awaits::Received {
            message.awaits = Awaits::Complete;
        }
        message.sent_at = Some(now);
        if message.sent_on != connection {
            // It was yet to be sent again. That is done herewith.
            message.sent_on = connection;
            self.under_way += 1;
        }
    }

    /// The end of a QoS 2 message.
    pub(super) fn handle_pubcomp(
        &mut self,
        now: Instant,
        pubcomp: &Acknowledgement<'_>,
        host: &mut impl Host,
    ) {
        let id = pubcomp.packet_id;
        note!(Protocol, "{} <- PUBCOMP msgid:{id}", self.label);
        match self.inflight.get(id).map(|message| message.awaits) {
            Some(Awaits::Complete) => {
                self.note_removal("PUBCOMP", id);
                self.complete(now, packet_type::PUBCOMP, pubcomp, host);
            }
            Some(Awaits::Received) => {
                self.note_unfit("PUBCOMP", id, format_args!("message is in wrong state"));
            }
            Some(Awaits::Acknowledged) => {
                self.note_unfit("PUBCOMP", id, format_args!("message is wrong QoS, 1"));
            }
            None => self.note_unknown("PUBCOMP", id),
        }
    }

    /// A message is done: its records, its identifier and its place in the window are free.
    fn complete(
        &mut self,
        now: Instant,
        packet_type: u8,
        answer: &Acknowledgement<'_>,
        host: &mut impl Host,
    ) {
        let &Acknowledgement { packet_id, reason, properties } = answer;
        self.step_pass_over(packet_id);
        let Some(message) = self.inflight.remove(packet_id) else { return };
        if message.sent_on == self.connection {
            self.under_way -= 1;
        }
        self.ids.release(packet_id);
        host.forget(StoreKey::SentPublish(packet_id));
        host.forget(StoreKey::SentPubRel(packet_id));
        if !message.packet.is_empty() {
            host.spent(packet_id, message.packet, message.version);
        }
        host.event(Event::Completed { packet_id, packet_type, reason, properties });
        if self.is_resending() {
            self.refill(now, host);
        }
    }

    /// From PUBREC on only PUBREL may be sent, also after a restart. Stored once, unlike with Paho
    /// (contract P-304): a record that is there need not be written again.
    pub(super) fn persist_pubrel(&mut self, id: u16, host: &mut impl Host) {
        if let Err(error) = host.persist(StoreKey::SentPubRel(id), &record::pubrel_parts(&pubrel(id))) {
            // As Paho (contract P-121): the exchange goes on. It would never end otherwise.
            note!(Error, "Error {} persisting PUBREL {id} for client {}", error.code, self.label.client());
        } else if let Some(message) = self.inflight.get_mut(id) {
            let (packet, version) = (std::mem::take(&mut message.packet), message.version);
            host.spent(id, packet, version);
        }
    }

    pub(super) fn send_pubrel(&mut self, id: u16) {
        if self.is_writable() {
            self.outgoing.end().extend_from_slice(&pubrel(id));
            note!(Protocol, "{} -> PUBREL msgid: {id} (0)", self.label);
        }
    }

    fn note_removal(&self, packet: &str, id: u16) {
        note!(
            Minimum,
            "{packet} received from client {} for message id {id} - removing publication",
            self.label.client()
        );
    }

    pub(super) fn note_unknown(&self, packet: &str, id: u16) {
        note!(
            Minimum,
            "Packet {packet} received from client {} for message identifier {id}, but no record of that \
             message identifier found",
            self.label.client()
        );
    }

    fn note_unfit(&self, packet: &str, id: u16, why: std::fmt::Arguments<'_>) {
        note!(
            Minimum,
            "Packet {packet} received from client {} for message identifier {id}, but {why}",
            self.label.client()
        );
    }
}
