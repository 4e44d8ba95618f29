//! PUBACK, PUBREC, PUBREL and PUBCOMP, which look alike: MQTT 3.1.1 §3.4 to §3.7, MQTT 5.0 the same.

use super::PropertyList;
use super::frame::packet_type;
use super::properties::Repeatable;
use super::wire::{Fault, Reader};
use crate::protocol::{ReasonCode, Version};

/// The body of PUBACK, PUBREC, PUBREL or PUBCOMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledgement<'a> {
    /// Which message this is about.
    pub packet_id: u16,
    /// [`ReasonCode::SUCCESS`] below MQTT 5.0 and where it was left out.
    pub reason: ReasonCode,
    /// Empty below MQTT 5.0.
    pub properties: PropertyList<'a>,
}

impl<'a> Acknowledgement<'a> {
    /// Reads the body. The fixed header's flags are not looked at: servers get PUBREL's wrong
    /// (contract W-202). Bytes too many are ignored below MQTT 5.0.
    #[inline]
    pub(super) fn decode(body: &'a [u8], version: Version) -> Result<Self, Fault> {
        let mut reader = Reader::new(body);
        let mut acknowledgement = Acknowledgement {
            packet_id: reader.u16()?,
            reason: ReasonCode::SUCCESS,
            properties: PropertyList::EMPTY,
        };
        if !version.has_properties() || reader.is_empty() {
            return Ok(acknowledgement);
        }
        acknowledgement.reason = ReasonCode(reader.u8()?);
        if !reader.is_empty() {
            acknowledgement.properties = reader.properties(version, Repeatable::USER_PROPERTY)?;
            reader.finish()?;
        }
        Ok(acknowledgement)
    }
}

/// A whole PUBACK without reason and properties, as this library sends it (contract W-112).
#[inline]
pub const fn puback(packet_id: u16) -> [u8; 4] {
    short(packet_type::PUBACK, packet_id)
}

/// A whole PUBREC, likewise.
#[inline]
pub const fn pubrec(packet_id: u16) -> [u8; 4] {
    short(packet_type::PUBREC, packet_id)
}

/// A whole PUBREL, likewise.
#[inline]
pub const fn pubrel(packet_id: u16) -> [u8; 4] {
    short(packet_type::PUBREL, packet_id)
}

/// A whole PUBCOMP, likewise.
#[inline]
pub const fn pubcomp(packet_id: u16) -> [u8; 4] {
    short(packet_type::PUBCOMP, packet_id)
}

const fn short(packet_type: u8, packet_id: u16) -> [u8; 4] {
    let [high, low] = packet_id.to_be_bytes();
    [first_byte(packet_type), 2, high, low]
}

/// PUBREL alone has a flag set, MQTT 5.0 [MQTT-3.6.1-1].
pub(super) const fn first_byte(packet_type: u8) -> u8 {
    packet_type << 4 | if packet_type == packet_type::PUBREL { 0b0010 } else { 0 }
}
