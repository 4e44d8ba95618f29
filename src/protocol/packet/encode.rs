//! Writing packets of every type. Only tests and fuzzing do: what this library sends itself is written by
//! functions beside the readers.

use super::acknowledgement::first_byte;
use super::frame::{PINGREQ, packet_type};
use super::properties::PropertyBlock;
use super::wire::{put_fixed_header, put_request};
use super::{
    Acknowledgement, Auth, ConnAck, Packet, SubAck, Subscribe, UnsubAck, Unsubscribe, encode_subscribe,
    encode_unsubscribe,
};
use crate::error::Error;
use crate::protocol::{ReasonCode, Version};

impl Packet<'_> {
    /// Appends it. A CONNECT is encoded as the version it carries.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] for text beyond 65,535 bytes or a packet beyond 268,435,455,
    /// [`Error::BadVersion`] for AUTH below MQTT 5.0. Nothing is appended then.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), Error> {
        match self {
            Packet::Connect(connect) => connect.encode(out),
            Packet::ConnAck(connack) => connack.encode(version, out),
            Packet::Publish(publish) => publish.encode(version, out),
            Packet::PubAck(acknowledgement)
            | Packet::PubRec(acknowledgement)
            | Packet::PubRel(acknowledgement)
            | Packet::PubComp(acknowledgement) => acknowledgement.encode(self.packet_type(), version, out),
            Packet::Subscribe(subscribe) => subscribe.encode(version, out),
            Packet::SubAck(suback) => suback.encode(version, out),
            Packet::Unsubscribe(unsubscribe) => unsubscribe.encode(version, out),
            Packet::UnsubAck(unsuback) => unsuback.encode(version, out),
            Packet::PingReq => {
                out.extend_from_slice(&PINGREQ);
                Ok(())
            }
            Packet::PingResp => {
                out.extend_from_slice(&[packet_type::PINGRESP << 4, 0]);
                Ok(())
            }
            Packet::Disconnect(disconnect) => disconnect.encode(version, out),
            Packet::Auth(auth) => auth.encode(version, out),
        }
    }

    /// Its number, one of [`packet_type`].
    pub fn packet_type(&self) -> u8 {
        match self {
            Packet::Connect(_) => packet_type::CONNECT,
            Packet::ConnAck(_) => packet_type::CONNACK,
            Packet::Publish(_) => packet_type::PUBLISH,
            Packet::PubAck(_) => packet_type::PUBACK,
            Packet::PubRec(_) => packet_type::PUBREC,
            Packet::PubRel(_) => packet_type::PUBREL,
            Packet::PubComp(_) => packet_type::PUBCOMP,
            Packet::Subscribe(_) => packet_type::SUBSCRIBE,
            Packet::SubAck(_) => packet_type::SUBACK,
            Packet::Unsubscribe(_) => packet_type::UNSUBSCRIBE,
            Packet::UnsubAck(_) => packet_type::UNSUBACK,
            Packet::PingReq => packet_type::PINGREQ,
            Packet::PingResp => packet_type::PINGRESP,
            Packet::Disconnect(_) => packet_type::DISCONNECT,
            Packet::Auth(_) => packet_type::AUTH,
        }
    }
}

impl Acknowledgement<'_> {
    /// Appends it as a packet of this type, in the shortest of its forms (MQTT 5.0 §3.4.2.1).
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], with nothing appended, if the properties are too long.
    pub fn encode(&self, packet_type: u8, version: Version, out: &mut Vec<u8>) -> Result<(), Error> {
        let [high, low] = self.packet_id.to_be_bytes();
        let first = first_byte(packet_type);
        let reason = self.reason.0;
        if !version.has_properties() || (self.reason == ReasonCode::SUCCESS && self.properties.is_empty()) {
            out.extend_from_slice(&[first, 2, high, low]);
        } else if self.properties.is_empty() {
            out.extend_from_slice(&[first, 3, high, low, reason]);
        } else {
            let properties = PropertyBlock::new(self.properties, version)?;
            let remaining = 3 + properties.size();
            put_fixed_header(first, remaining, remaining, out)?;
            out.extend_from_slice(&[high, low, reason]);
            properties.put(out);
        }
        Ok(())
    }
}

impl ConnAck<'_> {
    /// Appends it as a packet.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], with nothing appended, if the properties are too long.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), Error> {
        let properties = PropertyBlock::new(self.properties, version)?;
        let remaining = 2 + properties.size();
        put_fixed_header(packet_type::CONNACK << 4, remaining, remaining, out)?;
        out.extend_from_slice(&[self.session_present.into(), self.reason.0]);
        properties.put(out);
        Ok(())
    }
}

impl Subscribe<'_> {
    /// Appends it as a packet.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], with nothing appended, if a filter or the whole is too long.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), Error> {
        encode_subscribe(self.packet_id, &self.subscriptions, self.properties, version, out)
    }
}

impl SubAck<'_> {
    /// Appends it as a packet.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], with nothing appended, if the whole is too long.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), Error> {
        let properties = PropertyBlock::new(self.properties, version)?;
        put_request(packet_type::SUBACK << 4, self.packet_id, properties, self.reasons.len(), out)?;
        out.extend_from_slice(self.reasons);
        Ok(())
    }
}

impl Unsubscribe<'_> {
    /// Appends it as a packet.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], with nothing appended, if a filter or the whole is too long.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), Error> {
        encode_unsubscribe(self.packet_id, &self.filters, self.properties, version, out)
    }
}

impl UnsubAck<'_> {
    /// Appends it as a packet.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], with nothing appended, if the whole is too long.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), Error> {
        let properties = PropertyBlock::new(self.properties, version)?;
        let reasons = if version.has_properties() { self.reasons } else { &[] };
        put_request(packet_type::UNSUBACK << 4, self.packet_id, properties, reasons.len(), out)?;
        out.extend_from_slice(reasons);
        Ok(())
    }
}

impl Auth<'_> {
    /// Appends it as a packet of MQTT 5.0; no other version has it.
    ///
    /// # Errors
    ///
    /// [`Error::BadVersion`] below MQTT 5.0, [`Error::TooLarge`] if the properties are too long.
    /// Nothing is appended then.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), Error> {
        if !version.has_properties() {
            return Err(Error::BadVersion);
        }
        let properties = PropertyBlock::new(self.properties, version)?;
        let remaining = 1 + properties.size();
        put_fixed_header(packet_type::AUTH << 4, remaining, remaining, out)?;
        out.push(self.reason.0);
        properties.put(out);
        Ok(())
    }
}
