//! UNSUBSCRIBE and UNSUBACK: MQTT 3.1.1 §3.10 and §3.11, MQTT 5.0 the same.

use super::PropertyList;
use super::frame::packet_type;
use super::properties::{PropertyBlock, Repeatable};
use super::wire::{Fault, Reader, Text, put_request};
use crate::error::Error;
use crate::protocol::Version;

/// A request for no more messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// Matches the UNSUBACK to this.
    pub packet_id: u16,
    /// Empty below MQTT 5.0.
    pub properties: PropertyList<'a>,
    /// At least one.
    pub filters: Vec<&'a [u8]>,
}

/// The server's answer to UNSUBSCRIBE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsubAck<'a> {
    /// Of the UNSUBSCRIBE.
    pub packet_id: u16,
    /// Empty below MQTT 5.0.
    pub properties: PropertyList<'a>,
    /// One for each filter in MQTT 5.0, none before.
    pub reasons: &'a [u8],
}

impl<'a> Unsubscribe<'a> {
    /// Reads the body.
    pub(super) fn decode(body: &'a [u8], version: Version) -> Result<Self, Fault> {
        let mut reader = Reader::new(body);
        let packet_id = reader.u16()?;
        let properties = reader.properties(version, Repeatable::USER_PROPERTY)?;
        let mut filters = Vec::new();
        while !reader.is_empty() {
            filters.push(reader.text()?);
        }
        if filters.is_empty() {
            // MQTT 3.1.1 [MQTT-3.10.3-2].
            return Err(Fault::Malformed);
        }
        Ok(Unsubscribe { packet_id, properties, filters })
    }
}

/// Appends an UNSUBSCRIBE. Takes no [`Unsubscribe`], whose list would have to be allocated.
///
/// # Errors
///
/// [`Error::TooLarge`], with nothing appended, if a filter or the whole is too long.
pub fn encode_unsubscribe(
    packet_id: u16,
    filters: &[&[u8]],
    properties: PropertyList<'_>,
    version: Version,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let properties = PropertyBlock::new(properties, version)?;
    let mut size: usize = 0;
    for filter in filters {
        size = size.saturating_add(Text::new(filter)?.size());
    }
    // MQTT 3.1.1 [MQTT-3.10.1-1]: the flags are fixed.
    put_request(packet_type::UNSUBSCRIBE << 4 | 0b0010, packet_id, properties, size, out)?;
    for filter in filters {
        Text::new(filter)?.put(out);
    }
    Ok(())
}

impl<'a> UnsubAck<'a> {
    /// Reads the body. Below MQTT 5.0 bytes behind the packet identifier are ignored; there, at
    /// least one reason has to be (contract W-202).
    pub(super) fn decode(body: &'a [u8], version: Version) -> Result<Self, Fault> {
        let mut reader = Reader::new(body);
        let packet_id = reader.u16()?;
        if !version.has_properties() {
            return Ok(UnsubAck { packet_id, properties: PropertyList::EMPTY, reasons: &[] });
        }
        let properties = reader.properties(version, Repeatable::USER_PROPERTY)?;
        if reader.is_empty() {
            return Err(Fault::Malformed);
        }
        Ok(UnsubAck { packet_id, properties, reasons: reader.rest() })
    }
}
