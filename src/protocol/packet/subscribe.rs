//! SUBSCRIBE and SUBACK: MQTT 3.1.1 §3.8 and §3.9, MQTT 5.0 the same.

use super::PropertyList;
use super::frame::packet_type;
use super::properties::{PropertyBlock, Repeatable};
use super::wire::{Fault, Reader, Text, put_request};
use crate::error::Error;
use crate::protocol::Version;

/// A request for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// Matches the SUBACK to this.
    pub packet_id: u16,
    /// Empty below MQTT 5.0.
    pub properties: PropertyList<'a>,
    /// At least one.
    pub subscriptions: Vec<Subscription<'a>>,
}

/// One topic filter with its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription<'a> {
    /// Which topics.
    pub filter: &'a [u8],
    /// QoS in bits 0 and 1; in MQTT 5.0 also noLocal, retainAsPublished and retainHandling (§3.8.3.1).
    pub options: u8,
}

/// The server's answer to SUBSCRIBE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubAck<'a> {
    /// Of the SUBSCRIBE.
    pub packet_id: u16,
    /// Empty below MQTT 5.0.
    pub properties: PropertyList<'a>,
    /// One for each filter: the granted QoS, or an error from 0x80.
    pub reasons: &'a [u8],
}

impl<'a> Subscribe<'a> {
    /// Reads the body. Options are taken as they come.
    pub(super) fn decode(body: &'a [u8], version: Version) -> Result<Self, Fault> {
        let mut reader = Reader::new(body);
        let packet_id = reader.u16()?;
        let properties = reader.properties(version, Repeatable::USER_PROPERTY)?;
        let mut subscriptions = Vec::new();
        while !reader.is_empty() {
            subscriptions.push(Subscription { filter: reader.text()?, options: reader.u8()? });
        }
        if subscriptions.is_empty() {
            // MQTT 3.1.1 [MQTT-3.8.3-3].
            return Err(Fault::Malformed);
        }
        Ok(Subscribe { packet_id, properties, subscriptions })
    }
}

/// Appends a SUBSCRIBE. Takes no [`Subscribe`], whose list would have to be allocated.
///
/// # Errors
///
/// [`Error::TooLarge`], with nothing appended, if a filter or the whole is too long.
pub fn encode_subscribe(
    packet_id: u16,
    subscriptions: &[Subscription<'_>],
    properties: PropertyList<'_>,
    version: Version,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let properties = PropertyBlock::new(properties, version)?;
    let mut size: usize = 0;
    for subscription in subscriptions {
        size = size.saturating_add(Text::new(subscription.filter)?.size() + 1);
    }
    // MQTT 3.1.1 [MQTT-3.8.1-1]: the flags are fixed.
    put_request(packet_type::SUBSCRIBE << 4 | 0b0010, packet_id, properties, size, out)?;
    for subscription in subscriptions {
        Text::new(subscription.filter)?.put(out);
        out.push(subscription.options);
    }
    Ok(())
}

impl<'a> SubAck<'a> {
    /// Reads the body. Whether there are as many reasons as filters is the session's to see;
    /// none at all is refused in MQTT 5.0 (contract W-202).
    pub(super) fn decode(body: &'a [u8], version: Version) -> Result<Self, Fault> {
        let mut reader = Reader::new(body);
        let packet_id = reader.u16()?;
        let properties = reader.properties(version, Repeatable::USER_PROPERTY)?;
        if version.has_properties() && reader.is_empty() {
            return Err(Fault::Malformed);
        }
        Ok(SubAck { packet_id, properties, reasons: reader.rest() })
    }
}
