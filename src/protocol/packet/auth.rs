//! AUTH: MQTT 5.0 §3.15.

use super::PropertyList;
use super::frame::packet_type;
use super::properties::{PropertyBlock, Repeatable};
use super::wire::{Fault, Reader, put_fixed_header};
use crate::error::Error;
use crate::protocol::{ReasonCode, Version};

/// A step of an enhanced authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auth<'a> {
    /// Success, continue, or re-authenticate.
    pub reason: ReasonCode,
    /// Method and data.
    pub properties: PropertyList<'a>,
}

impl<'a> Auth<'a> {
    /// Reads the body. One without properties is refused (contract W-202): the authentication
    /// method may not be missing, MQTT 5.0 §3.15.2.2.2.
    pub(super) fn decode(body: &'a [u8], version: Version) -> Result<Self, Fault> {
        if !version.has_properties() {
            return Err(Fault::Malformed);
        }
        let mut reader = Reader::new(body);
        let reason = ReasonCode(reader.u8()?);
        let properties = reader.properties(version, Repeatable::USER_PROPERTY)?;
        reader.finish()?;
        Ok(Auth { reason, properties })
    }

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
