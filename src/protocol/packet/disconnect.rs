//! DISCONNECT: MQTT 3.1.1 §3.14, MQTT 5.0 §3.14.

use super::PropertyList;
use super::frame::packet_type;
use super::properties::{PropertyBlock, Repeatable};
use super::wire::{Fault, Reader, put_fixed_header};
use crate::error::Error;
use crate::protocol::{ReasonCode, Version};

/// The last packet of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// Why. [`ReasonCode::SUCCESS`] below MQTT 5.0 and where it was left out.
    pub reason: ReasonCode,
    /// `None` writes no property length at all (contract W-113); reading gives `Some` if one was there.
    pub properties: Option<PropertyList<'a>>,
}

impl<'a> Disconnect<'a> {
    /// Reads the body; below MQTT 5.0 it should be empty, and is not looked at.
    pub(super) fn decode(body: &'a [u8], version: Version) -> Result<Self, Fault> {
        let mut reader = Reader::new(body);
        let mut disconnect = Disconnect { reason: ReasonCode::SUCCESS, properties: None };
        if !version.has_properties() || reader.is_empty() {
            return Ok(disconnect);
        }
        disconnect.reason = ReasonCode(reader.u8()?);
        if !reader.is_empty() {
            disconnect.properties = Some(reader.properties(version, Repeatable::USER_PROPERTY)?);
            reader.finish()?;
        }
        Ok(disconnect)
    }

    /// Appends it as a packet, in the form of contract W-113.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], with nothing appended, if the properties are too long.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), Error> {
        let first = packet_type::DISCONNECT << 4;
        match self.properties {
            Some(properties) if version.has_properties() => {
                let properties = PropertyBlock::new(properties, version)?;
                let remaining = 1 + properties.size();
                put_fixed_header(first, remaining, remaining, out)?;
                out.push(self.reason.0);
                properties.put(out);
            }
            None if version.has_properties() && self.reason != ReasonCode::SUCCESS => {
                out.extend_from_slice(&[first, 1, self.reason.0]);
            }
            _ => out.extend_from_slice(&[first, 0]),
        }
        Ok(())
    }
}
