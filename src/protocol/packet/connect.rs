//! CONNECT: MQTT 3.1.1 §3.1, MQTT 5.0 §3.1.

use super::PropertyList;
use super::frame::packet_type;
use super::properties::{PropertyBlock, Repeatable};
use super::wire::{Fault, Reader, Text, put_fixed_header};
use crate::error::Error;
use crate::protocol::{Qos, Version};

/// The connect flags, MQTT 5.0 §3.1.2.3. The will's QoS is in the bits 3 and 4.
mod flag {
    pub(super) const RESERVED: u8 = 1;
    pub(super) const CLEAN: u8 = 1 << 1;
    pub(super) const WILL: u8 = 1 << 2;
    pub(super) const WILL_QOS_SHIFT: u8 = 3;
    pub(super) const WILL_RETAIN: u8 = 1 << 5;
    pub(super) const PASSWORD: u8 = 1 << 6;
    pub(super) const USERNAME: u8 = 1 << 7;
}

/// A client's request for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connect<'a> {
    /// Protocol name and level.
    pub version: Version,
    /// Clean Session (MQTT 3) or Clean Start (MQTT 5.0).
    pub clean: bool,
    /// Seconds; 0 turns keep alive off.
    pub keep_alive: u16,
    /// Empty below MQTT 5.0.
    pub properties: PropertyList<'a>,
    /// May be empty; the server decides whether it accepts that.
    pub client_id: &'a [u8],
    /// What the server publishes when the connection is lost.
    pub will: Option<Will<'a>>,
    /// User name.
    pub username: Option<&'a [u8]>,
    /// Password. Sent without a user name if so asked (contract W-102).
    pub password: Option<&'a [u8]>,
}

/// The message a server publishes for a client that vanished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Will<'a> {
    /// Where to.
    pub topic: &'a [u8],
    /// What.
    pub payload: &'a [u8],
    /// With which QoS.
    pub qos: Qos,
    /// Whether it is kept for later subscribers.
    pub retain: bool,
    /// Empty below MQTT 5.0.
    pub properties: PropertyList<'a>,
}

impl<'a> Connect<'a> {
    /// Reads the body, of whatever version it says it is.
    pub(super) fn decode(body: &'a [u8]) -> Result<Self, Fault> {
        let mut reader = Reader::new(body);
        let version = match (reader.text()?, reader.u8()?) {
            (b"MQIsdp", 3) => Version::V3_1,
            (b"MQTT", 4) => Version::V3_1_1,
            (b"MQTT", 5) => Version::V5,
            _ => return Err(Fault::Malformed),
        };
        let flags = reader.u8()?;
        let keep_alive = reader.u16()?;
        let properties = reader.properties(version, Repeatable::USER_PROPERTY)?;
        let client_id = reader.text()?;
        let will = Will::decode(flags, &mut reader, version)?;
        let username = (flags & flag::USERNAME != 0).then(|| reader.text()).transpose()?;
        let password = (flags & flag::PASSWORD != 0).then(|| reader.text()).transpose()?;
        if flags & flag::RESERVED != 0 {
            return Err(Fault::Malformed);
        }
        reader.finish()?;
        let clean = flags & flag::CLEAN != 0;
        Ok(Connect { version, clean, keep_alive, properties, client_id, will, username, password })
    }

    /// Appends it as a packet of its own version.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], with nothing appended, if a field or the whole is too long.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let name = match self.version {
            Version::V3_1 => Text::new(b"MQIsdp")?,
            Version::V3_1_1 | Version::V5 => Text::new(b"MQTT")?,
        };
        let properties = PropertyBlock::new(self.properties, self.version)?;
        let client_id = Text::new(self.client_id)?;
        let will = self.will.map(|will| will.parts(self.version)).transpose()?;
        let username = self.username.map(Text::new).transpose()?;
        let password = self.password.map(Text::new).transpose()?;

        let mut flags = 0;
        flags |= if self.clean { flag::CLEAN } else { 0 };
        flags |= self.will.map_or(0, |will| will.flags());
        flags |= if password.is_some() { flag::PASSWORD } else { 0 };
        flags |= if username.is_some() { flag::USERNAME } else { 0 };

        let will_size =
            will.map_or(0, |(properties, topic, payload)| properties.size() + topic.size() + payload.size());
        let remaining = name.size()
            + 4
            + properties.size()
            + client_id.size()
            + will_size
            + username.map_or(0, Text::size)
            + password.map_or(0, Text::size);

        put_fixed_header(packet_type::CONNECT << 4, remaining, remaining, out)?;
        name.put(out);
        out.extend_from_slice(&[self.version.level(), flags]);
        out.extend_from_slice(&self.keep_alive.to_be_bytes());
        properties.put(out);
        client_id.put(out);
        if let Some((properties, topic, payload)) = will {
            properties.put(out);
            topic.put(out);
            payload.put(out);
        }
        for text in [username, password].into_iter().flatten() {
            text.put(out);
        }
        Ok(())
    }
}

impl<'a> Will<'a> {
    fn decode(flags: u8, reader: &mut Reader<'a>, version: Version) -> Result<Option<Self>, Fault> {
        let qos = flags >> flag::WILL_QOS_SHIFT & 3;
        let retain = flags & flag::WILL_RETAIN != 0;
        if flags & flag::WILL == 0 {
            // MQTT 3.1.1 [MQTT-3.1.2-13], [MQTT-3.1.2-15].
            return if qos == 0 && !retain { Ok(None) } else { Err(Fault::Malformed) };
        }
        let qos = Qos::from_level(qos).ok_or(Fault::Malformed)?;
        let properties = reader.properties(version, Repeatable::USER_PROPERTY)?;
        let topic = reader.text()?;
        let payload = reader.text()?;
        Ok(Some(Will { topic, payload, qos, retain, properties }))
    }

    fn flags(self) -> u8 {
        let retain = if self.retain { flag::WILL_RETAIN } else { 0 };
        flag::WILL | self.qos.level() << flag::WILL_QOS_SHIFT | retain
    }

    fn parts(self, version: Version) -> Result<(PropertyBlock<'a>, Text<'a>, Text<'a>), Error> {
        let properties = PropertyBlock::new(self.properties, version)?;
        Ok((properties, Text::new(self.topic)?, Text::new(self.payload)?))
    }
}
