//! Where a packet begins and ends, and what type it is: the fixed header, MQTT 5.0 §2.1.

use super::wire::{Leading, VariableInteger};
use crate::error::ProtocolError;

/// The packet types, MQTT 5.0 table 2-1: the high four bits of the first byte.
#[allow(missing_docs)]
pub mod packet_type {
    pub const CONNECT: u8 = 1;
    pub const CONNACK: u8 = 2;
    pub const PUBLISH: u8 = 3;
    pub const PUBACK: u8 = 4;
    pub const PUBREC: u8 = 5;
    pub const PUBREL: u8 = 6;
    pub const PUBCOMP: u8 = 7;
    pub const SUBSCRIBE: u8 = 8;
    pub const SUBACK: u8 = 9;
    pub const UNSUBSCRIBE: u8 = 10;
    pub const UNSUBACK: u8 = 11;
    pub const PINGREQ: u8 = 12;
    pub const PINGRESP: u8 = 13;
    pub const DISCONNECT: u8 = 14;
    pub const AUTH: u8 = 15;
}

/// A whole PINGREQ.
pub const PINGREQ: [u8; 2] = [packet_type::PINGREQ << 4, 0];

/// What stands at the front of the bytes that have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A whole packet of this many bytes.
    Complete(usize),
    /// Less than a packet.
    Incomplete {
        /// The packet's whole size, as soon as its fixed header is there.
        total: Option<usize>,
    },
}

/// Looks at the front of `bytes` for a packet. Says nothing of what is in it.
#[inline]
pub fn frame(bytes: &[u8]) -> Result<Framing, ProtocolError> {
    let Some((_, rest)) = bytes.split_first() else {
        return Ok(Framing::Incomplete { total: None });
    };
    match VariableInteger::read(rest) {
        Leading::Value { value, size } => {
            let remaining = usize::try_from(value).map_err(|_| ProtocolError::BadLength)?;
            let total = 1 + size + remaining;
            if bytes.len() < total {
                Ok(Framing::Incomplete { total: Some(total) })
            } else {
                Ok(Framing::Complete(total))
            }
        }
        Leading::Cut => Ok(Framing::Incomplete { total: None }),
        Leading::TooLong => Err(ProtocolError::BadLength),
    }
}

/// What is behind the fixed header of one whole packet, if it is one whole packet.
#[inline]
pub(super) fn body(packet: &[u8]) -> Option<&[u8]> {
    let (_, rest) = packet.split_first()?;
    let Leading::Value { value, size } = VariableInteger::read(rest) else { return None };
    let (_, body) = rest.split_at_checked(size)?;
    (u32::try_from(body.len()) == Ok(value)).then_some(body)
}
