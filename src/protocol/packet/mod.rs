//! The control packets, one file each, all MQTT versions together.
//!
//! Packets borrow from the buffer they were read from; nothing is copied on receive. Text is
//! bytes: what old servers send is not always UTF-8, and is delivered as it is (contract W-206).

mod acknowledgement;
mod auth;
mod connack;
mod connect;
mod disconnect;
#[cfg(any(test, feature = "internals"))]
mod encode;
mod frame;
mod properties;
mod property_id;
mod publish;
mod subscribe;
#[cfg(test)]
mod tests;
mod unsubscribe;
mod wire;

use crate::error::ProtocolError;
use crate::protocol::Version;
use wire::Fault;

pub use acknowledgement::{Acknowledgement, puback, pubcomp, pubrec, pubrel};
pub use auth::Auth;
pub use connack::ConnAck;
pub use connect::{Connect, Will};
pub use disconnect::Disconnect;
pub use frame::{Framing, PINGREQ, frame, packet_type};
pub use properties::{Properties, Property, PropertyList, PropertyValue};
pub use property_id::{PropertyId, PropertyType};
pub use publish::{Publish, set_dup};
pub use subscribe::{SubAck, Subscribe, Subscription, encode_subscribe};
pub use unsubscribe::{UnsubAck, Unsubscribe, encode_unsubscribe};

/// Any control packet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Packet<'a> {
    Connect(Connect<'a>),
    ConnAck(ConnAck<'a>),
    Publish(Publish<'a>),
    PubAck(Acknowledgement<'a>),
    PubRec(Acknowledgement<'a>),
    PubRel(Acknowledgement<'a>),
    PubComp(Acknowledgement<'a>),
    Subscribe(Subscribe<'a>),
    SubAck(SubAck<'a>),
    Unsubscribe(Unsubscribe<'a>),
    UnsubAck(UnsubAck<'a>),
    PingReq,
    PingResp,
    Disconnect(Disconnect<'a>),
    Auth(Auth<'a>),
}

impl<'a> Packet<'a> {
    /// Reads one whole packet, as [`frame()`] cuts it. A CONNECT says itself which version it is.
    ///
    /// Reads all types, whoever may send them: that is for the caller to judge. How strict it is
    /// contract W-206 decides. Allocates nothing, but for SUBSCRIBE and UNSUBSCRIBE.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::Malformed`] for what cannot be read, [`ProtocolError::Violation`] for a
    /// property that may not be repeated and is.
    #[inline]
    pub fn decode(packet: &'a [u8], version: Version) -> Result<Packet<'a>, ProtocolError> {
        let first = packet.first().copied().unwrap_or(0);
        let (packet_type, flags) = (first >> 4, first & 0x0f);
        let Some(body) = frame::body(packet) else {
            return Err(ProtocolError::Malformed(packet_type));
        };
        let refuse = |fault: Fault| fault.of(packet_type);
        // One `map_err` for all would copy every packet once more; this one arrives all the time.
        match packet_type {
            packet_type::PUBLISH => Self::decode_publish(packet, version).map(Packet::Publish),
            packet_type::PUBACK => Acknowledgement::decode(body, version).map(Packet::PubAck).map_err(refuse),
            _ => Self::decode_other(packet_type, flags, body, version).map_err(refuse),
        }
    }

    /// As [`Packet::decode`], for a PUBLISH: what arrives most is not moved about as one of many.
    ///
    /// # Errors
    ///
    /// As [`Packet::decode`]; it is malformed, too, if it is not a PUBLISH.
    #[inline]
    pub fn decode_publish(packet: &'a [u8], version: Version) -> Result<Publish<'a>, ProtocolError> {
        let first = packet.first().copied().unwrap_or(0);
        let (packet_type, flags) = (first >> 4, first & 0x0f);
        match frame::body(packet) {
            Some(body) if packet_type == packet_type::PUBLISH => {
                Publish::decode(flags, body, version).map_err(|fault| fault.of(packet_type))
            }
            _ => Err(ProtocolError::Malformed(packet_type)),
        }
    }

    #[inline(never)]
    fn decode_other(
        packet_type: u8,
        flags: u8,
        body: &'a [u8],
        version: Version,
    ) -> Result<Packet<'a>, Fault> {
        Ok(match packet_type {
            packet_type::PUBREC => Packet::PubRec(Acknowledgement::decode(body, version)?),
            packet_type::PUBREL => Packet::PubRel(Acknowledgement::decode(body, version)?),
            packet_type::PUBCOMP => Packet::PubComp(Acknowledgement::decode(body, version)?),
            packet_type::CONNACK => Packet::ConnAck(ConnAck::decode(body, version)?),
            packet_type::SUBACK => Packet::SubAck(SubAck::decode(body, version)?),
            packet_type::UNSUBACK => Packet::UnsubAck(UnsubAck::decode(body, version)?),
            // A body is ignored (contract W-202).
            packet_type::PINGRESP => Packet::PingResp,
            packet_type::DISCONNECT => Packet::Disconnect(Disconnect::decode(body, version)?),
            packet_type::AUTH => Packet::Auth(Auth::decode(body, version)?),
            // From here on what only clients send. Only tests read it, so it is read strictly.
            packet_type::CONNECT if flags == 0 => Packet::Connect(Connect::decode(body)?),
            packet_type::SUBSCRIBE if flags == 0b0010 => Packet::Subscribe(Subscribe::decode(body, version)?),
            packet_type::UNSUBSCRIBE if flags == 0b0010 => {
                Packet::Unsubscribe(Unsubscribe::decode(body, version)?)
            }
            packet_type::PINGREQ if flags == 0 && body.is_empty() => Packet::PingReq,
            _ => return Err(Fault::Malformed),
        })
    }
}
