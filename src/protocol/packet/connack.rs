//! CONNACK: MQTT 3.1.1 §3.2, MQTT 5.0 §3.2.

use super::PropertyList;
use super::properties::Repeatable;
use super::wire::{Fault, Reader};
use crate::protocol::{ReasonCode, Version};

/// The server's answer to CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnAck<'a> {
    /// Whether the server still knows this client's session. MQTT 3.1 has no such flag: there it
    /// says nothing either way.
    pub session_present: bool,
    /// Zero accepts the connection; anything else refuses it.
    pub reason: ReasonCode,
    /// Empty below MQTT 5.0.
    pub properties: PropertyList<'a>,
}

impl<'a> ConnAck<'a> {
    /// Reads the body. Flags but the lowest are ignored (contract W-203); in MQTT 5.0 the
    /// properties may be missing altogether, as old servers answer that refuse the version.
    pub(super) fn decode(body: &'a [u8], version: Version) -> Result<Self, Fault> {
        let mut reader = Reader::new(body);
        let session_present = reader.u8()? & 1 != 0;
        let reason = ReasonCode(reader.u8()?);
        let properties = if reader.is_empty() {
            PropertyList::EMPTY
        } else {
            reader.properties(version, Repeatable::USER_PROPERTY)?
        };
        reader.finish()?;
        Ok(ConnAck { session_present, reason, properties })
    }
}
