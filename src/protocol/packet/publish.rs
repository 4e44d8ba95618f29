//! PUBLISH: MQTT 3.1.1 §3.3, MQTT 5.0 §3.3.

use super::PropertyList;
use super::frame::packet_type;
use super::properties::{PropertyBlock, Repeatable};
use super::wire::{Fault, Reader, Text, put_fixed_header};
use crate::error::Error;
use crate::protocol::{Qos, Version};

/// The bit of the first byte that marks a repetition.
const DUP: u8 = 0b1000;

/// A message on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Whether this may be a repetition.
    pub dup: bool,
    /// How often it may arrive.
    pub qos: Qos,
    /// Whether the server keeps it, or kept it, for later subscribers.
    pub retain: bool,
    /// The topic name as it is on the wire.
    pub topic: &'a [u8],
    /// The packet identifier; 0 for QoS 0. Servers have been seen to send 0 otherwise, too.
    pub packet_id: u16,
    /// Empty below MQTT 5.0.
    pub properties: PropertyList<'a>,
    /// The application's bytes.
    pub payload: &'a [u8],
}

impl<'a> Publish<'a> {
    /// Reads the body. The topic is taken as it comes (contract W-206), but below MQTT 5.0 an
    /// empty one is refused (contract W-202); there it may stand for a topic alias.
    #[inline]
    pub(super) fn decode(flags: u8, body: &'a [u8], version: Version) -> Result<Self, Fault> {
        let mut reader = Reader::new(body);
        let qos = Qos::from_level(flags >> 1 & 3).ok_or(Fault::Malformed)?;
        let topic = reader.text()?;
        if topic.is_empty() && !version.has_properties() {
            return Err(Fault::Malformed);
        }
        let packet_id = if qos == Qos::AtMostOnce { 0 } else { reader.u16()? };
        let properties = reader.properties(version, Repeatable::IN_PUBLISH)?;
        Ok(Publish {
            dup: flags & DUP != 0,
            qos,
            retain: flags & 1 != 0,
            topic,
            packet_id,
            properties,
            payload: reader.rest(),
        })
    }

    /// Appends it as a packet.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], with nothing appended, if the topic or the whole is too long.
    #[inline]
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), Error> {
        self.parts(version)?.put_head(self, self.payload.len(), out)?;
        out.extend_from_slice(self.payload);
        Ok(())
    }

    /// Appends all but the payload, which the caller has to send right behind it.
    ///
    /// # Errors
    ///
    /// As [`Publish::encode`].
    #[inline]
    pub fn encode_head(&self, version: Version, out: &mut Vec<u8>) -> Result<(), Error> {
        self.parts(version)?.put_head(self, 0, out)
    }

    #[inline]
    fn parts(&self, version: Version) -> Result<Parts<'a>, Error> {
        let topic = Text::new(self.topic)?;
        let properties = PropertyBlock::new(self.properties, version)?;
        Ok(Parts { topic, properties })
    }
}

/// The fields of variable length in front of the payload, checked.
struct Parts<'a> {
    topic: Text<'a>,
    properties: PropertyBlock<'a>,
}

impl Parts<'_> {
    /// The number of bytes between the fixed header and the payload.
    #[inline]
    fn head_size(&self, publish: &Publish<'_>) -> usize {
        let packet_id_size = if publish.qos == Qos::AtMostOnce { 0 } else { 2 };
        self.topic.size() + packet_id_size + self.properties.size()
    }

    /// Puts all but the payload, and makes room for `payload_room` bytes of it.
    #[inline]
    fn put_head(self, publish: &Publish<'_>, payload_room: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        let dup = if publish.dup { DUP } else { 0 };
        let flags = dup | publish.qos.level() << 1 | u8::from(publish.retain);
        let head = self.head_size(publish);
        let remaining = head + publish.payload.len();
        put_fixed_header(packet_type::PUBLISH << 4 | flags, remaining, head + payload_room, out)?;
        self.topic.put(out);
        if publish.qos != Qos::AtMostOnce {
            out.extend_from_slice(&publish.packet_id.to_be_bytes());
        }
        self.properties.put(out);
        Ok(())
    }
}

/// Marks an encoded PUBLISH as a repetition, for sending it again (contract W-110).
pub fn set_dup(packet: &mut [u8]) {
    if let Some(first) = packet.first_mut() {
        *first |= DUP;
    }
}
