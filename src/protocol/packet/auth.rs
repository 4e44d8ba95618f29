//! AUTH: MQTT 5.0 §3.15.

use super::PropertyList;
use super::properties::Repeatable;
use super::wire::{Fault, Reader};
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
}
