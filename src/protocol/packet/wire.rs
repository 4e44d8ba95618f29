//! The data types of the wire: integers, length-prefixed bytes (MQTT 5.0 §1.5, MQTT 3.1.1 §1.5).
//!
//! Reading borrows and cannot run past the end. Writing is in two steps: first a value is checked
//! to fit its length field, then it is put, which cannot fail. So an encoder that refuses has not
//! written anything yet.

use super::properties::{PropertyBlock, PropertyList, Repeatable};
use crate::error::{Error, ProtocolError};
use crate::protocol::Version;

/// Why a packet is refused, as long as nobody has said which packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The bytes cannot be read.
    Malformed,
    /// They can, and break a rule that contract W-206 enforces.
    Violation,
}

impl Fault {
    /// The error for a packet of this type.
    pub(super) fn of(self, packet_type: u8) -> ProtocolError {
        match self {
            Fault::Malformed => ProtocolError::Malformed(packet_type),
            Fault::Violation => ProtocolError::Violation(packet_type),
        }
    }
}

/// Reads from the front of a packet's body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Reader { rest }
    }

    /// What has not been read yet.
    pub(super) fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn is_empty(self) -> bool {
        self.rest.is_empty()
    }

    /// Refuses bytes behind the last field.
    pub(super) fn finish(self) -> Result<(), Fault> {
        if self.is_empty() { Ok(()) } else { Err(Fault::Malformed) }
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (array, rest) = self.rest.split_first_chunk::<N>().ok_or(Fault::Malformed)?;
        self.rest = rest;
        Ok(*array)
    }

    #[inline]
    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Fault::Malformed)?;
        self.rest = rest;
        Ok(bytes)
    }

    #[inline]
    pub(super) fn u8(&mut self) -> Result<u8, Fault> {
        self.array().map(|[byte]| byte)
    }

    #[inline]
    pub(super) fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_be_bytes)
    }

    #[inline]
    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_be_bytes)
    }

    #[inline]
    pub(super) fn variable_integer(&mut self) -> Result<u32, Fault> {
        match VariableInteger::read(self.rest) {
            Leading::Value { value, size } => {
                self.bytes(size)?;
                Ok(value)
            }
            Leading::Cut | Leading::TooLong => Err(Fault::Malformed),
        }
    }

    /// A string or binary data with its two-byte length.
    #[inline]
    pub(super) fn text(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.u16()?;
        self.bytes(usize::from(length))
    }

    /// A property list with its length; nothing is read below MQTT 5.0.
    ///
    /// Which properties may stand in which packet is not checked (contract W-202), but a repeated
    /// one is refused (contract W-206, MQTT 5.0 §2.2.2.2) unless it is among `repeatable`.
    #[inline]
    pub(super) fn properties(
        &mut self,
        version: Version,
        repeatable: Repeatable,
    ) -> Result<PropertyList<'a>, Fault> {
        if !version.has_properties() {
            return Ok(PropertyList::EMPTY);
        }
        let length = self.variable_integer()?;
        let encoded = self.bytes(usize::try_from(length).map_err(|_| Fault::Malformed)?)?;
        PropertyList::read(encoded, repeatable)
    }
}

/// A variable byte integer, known to be in range.
#[derive(Clone, Copy, Debug)]
pub(super) struct VariableInteger(u32);

/// What a variable byte integer at the front of some bytes looks like.
pub(super) enum Leading {
    /// It is `value`, and takes `size` bytes.
    Value { value: u32, size: usize },
    /// It goes on behind the end.
    Cut,
    /// Its fourth byte is not the last.
    TooLong,
}

impl VariableInteger {
    /// The largest value that four bytes can carry.
    pub(super) const MAX: u32 = 268_435_455;

    pub(super) fn new(value: usize) -> Result<Self, Error> {
        match u32::try_from(value) {
            Ok(value) if value <= Self::MAX => Ok(VariableInteger(value)),
            _ => Err(Error::TooLarge),
        }
    }

    /// Reads one. Encodings longer than need be are accepted, as Paho does (MQTT 5.0
    /// [MQTT-1.5.5-1] forbids sending them).
    #[inline]
    pub(super) fn read(bytes: &[u8]) -> Leading {
        let mut value = 0;
        for (index, byte) in bytes.iter().take(4).enumerate() {
            value |= u32::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                return Leading::Value { value, size: index + 1 };
            }
        }
        if bytes.len() < 4 { Leading::Cut } else { Leading::TooLong }
    }

    /// The number of bytes it takes.
    #[inline]
    pub(super) fn size(self) -> usize {
        match self.0 {
            0..=0x7f => 1,
            0x80..=0x3fff => 2,
            0x4000..=0x1f_ffff => 3,
            _ => 4,
        }
    }

    #[inline]
    pub(super) fn put(self, out: &mut Vec<u8>) {
        let (size, [a, b, c, d]) = self.encoded();
        match size {
            1 => out.push(a),
            2 => out.extend_from_slice(&[a, b]),
            3 => out.extend_from_slice(&[a, b, c]),
            _ => out.extend_from_slice(&[a, b, c, d]),
        }
    }

    /// Puts `first` and then the integer: a fixed header, in one write of a constant size.
    #[inline]
    pub(super) fn put_after(self, first: u8, out: &mut Vec<u8>) {
        let (size, [a, b, c, d]) = self.encoded();
        match size {
            1 => out.extend_from_slice(&[first, a]),
            2 => out.extend_from_slice(&[first, a, b]),
            3 => out.extend_from_slice(&[first, a, b, c]),
            _ => out.extend_from_slice(&[first, a, b, c, d]),
        }
    }

    /// The number of bytes it takes, and four bytes that start with them.
    #[inline]
    fn encoded(self) -> (usize, [u8; 4]) {
        let value = self.0;
        let size = self.size();
        let groups =
            value & 0x7f | (value & 0x3f80) << 1 | (value & 0x1f_c000) << 2 | (value & 0xfe0_0000) << 3;
        let goes_on = match size {
            1 => 0,
            2 => 0x80,
            3 => 0x8080,
            _ => 0x80_8080,
        };
        (size, (groups | goes_on).to_le_bytes())
    }
}

/// A string or binary data, known to fit its two-byte length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    length: u16,
    bytes: &'a [u8],
}

impl<'a> Text<'a> {
    #[inline]
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        let length = u16::try_from(bytes.len()).map_err(|_| Error::TooLarge)?;
        Ok(Text { length, bytes })
    }

    /// The number of bytes it takes, with its length.
    #[inline]
    pub(super) fn size(self) -> usize {
        2 + self.bytes.len()
    }

    #[inline]
    pub(super) fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.length.to_be_bytes());
        out.extend_from_slice(self.bytes);
    }
}

/// Puts a fixed header, and makes room for `room` of the `remaining` bytes that follow.
///
/// Refuses what MQTT cannot carry, so it is called after all other checks and before all other puts.
#[inline]
pub(super) fn put_fixed_header(
    first: u8,
    remaining: usize,
    room: usize,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let remaining = VariableInteger::new(remaining)?;
    out.reserve(room + 5);
    remaining.put_after(first, out);
    Ok(())
}

/// Puts a packet whose body is a packet identifier, properties, and a list of something: SUBSCRIBE,
/// SUBACK, UNSUBSCRIBE, UNSUBACK. `payload_size` is what `put_payload` will put.
pub(super) fn put_request(
    first: u8,
    packet_id: u16,
    properties: PropertyBlock<'_>,
    payload_size: usize,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let remaining = (2 + properties.size()).saturating_add(payload_size);
    put_fixed_header(first, remaining, remaining, out)?;
    out.extend_from_slice(&packet_id.to_be_bytes());
    properties.put(out);
    Ok(())
}
