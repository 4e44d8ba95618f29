//! Properties: MQTT 5.0 §2.2.2.
//!
//! A list stays as it is on the wire and is read as often as need be: so receiving properties
//! allocates nothing, and what the application gets keeps the order of the wire.

use super::property_id::{PropertyId, PropertyType};
use super::wire::{Fault, Reader, Text, VariableInteger};
use crate::error::Error;
use crate::protocol::Version;

/// Properties as they are on the wire, checked to be well-formed, without their length in front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PropertyList<'a> {
    encoded: &'a [u8],
}

impl<'a> PropertyList<'a> {
    /// No properties.
    pub const EMPTY: PropertyList<'static> = PropertyList { encoded: &[] };

    /// Takes the bytes of a property list, without its length in front, if they are well-formed:
    /// known identifiers, values of their types, no bytes left over, and none twice that is not `repeatable`.
    pub(super) fn read(encoded: &'a [u8], repeatable: Repeatable) -> Result<Self, Fault> {
        let mut reader = Reader::new(encoded);
        let mut seen = 0;
        let mut repeated = 0;
        while !reader.is_empty() {
            let bit = Repeatable::bit(Property::read(&mut reader)?.id);
            repeated |= seen & bit;
            seen |= bit;
        }
        // Only now: what cannot be read is malformed, whatever else is wrong with it.
        if repeated & !repeatable.0 != 0 {
            return Err(Fault::Violation);
        }
        Ok(PropertyList { encoded })
    }

    /// Takes a property block, which is a list behind its length, if nothing follows it.
    pub fn parse_block(block: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(block);
        let list = reader.properties(Version::V5, Repeatable::ALL).ok()?;
        reader.finish().ok()?;
        Some(list)
    }

    /// The property block: the list behind its length.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] for a list that is too long for MQTT.
    pub fn to_block(self) -> Result<Vec<u8>, Error> {
        let length = VariableInteger::new(self.encoded.len())?;
        let mut block = Vec::with_capacity(length.size() + self.encoded.len());
        length.put(&mut block);
        block.extend_from_slice(self.encoded);
        Ok(block)
    }

    /// The properties, in the order of the wire.
    pub fn iter(&self) -> PropertyIter<'a> {
        PropertyIter { reader: Reader::new(self.encoded) }
    }

    /// The value of the first property with this identifier.
    pub fn find(&self, id: PropertyId) -> Option<PropertyValue<'a>> {
        self.iter().find(|property| property.id == id).map(|property| property.value)
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.encoded.is_empty()
    }
}

/// What only tests and fuzzing ask.
#[cfg(any(test, feature = "internals"))]
impl<'a> PropertyList<'a> {
    /// Takes the bytes of a property list, without its length in front, if they are well-formed.
    pub fn parse(encoded: &'a [u8]) -> Option<Self> {
        Self::read(encoded, Repeatable::ALL).ok()
    }

    /// The bytes on the wire, without the length in front.
    pub fn encoded(&self) -> &'a [u8] {
        self.encoded
    }
}

impl<'a> IntoIterator for PropertyList<'a> {
    type Item = Property<'a>;
    type IntoIter = PropertyIter<'a>;

    fn into_iter(self) -> PropertyIter<'a> {
        self.iter()
    }
}

/// The properties of a [`PropertyList`], one after the other.
#[derive(Clone, Debug)]
pub struct PropertyIter<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for PropertyIter<'a> {
    type Item = Property<'a>;

    fn next(&mut self) -> Option<Property<'a>> {
        // The list was checked when it was made, so the only fault here is its end.
        Property::read(&mut self.reader).ok()
    }
}

/// Properties that own their bytes, in the order they were pushed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    encoded: Vec<u8>,
}

impl Properties {
    /// Adds one at the end. Neither repetitions nor values are judged.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] for text, data or a variable byte integer beyond what the wire can
    /// carry, [`Error::BadArgument`] for a value not of its property's type. Nothing is added then.
    pub fn push(&mut self, property: Property<'_>) -> Result<(), Error> {
        if property.value.value_type() != property.id.value_type() {
            return Err(Error::BadArgument);
        }
        let id = property.id as u8;
        let out = &mut self.encoded;
        match property.value {
            PropertyValue::Byte(value) => out.extend_from_slice(&[id, value]),
            PropertyValue::TwoByteInteger(value) => {
                out.push(id);
                out.extend_from_slice(&value.to_be_bytes());
            }
            PropertyValue::FourByteInteger(value) => {
                out.push(id);
                out.extend_from_slice(&value.to_be_bytes());
            }
            PropertyValue::VariableByteInteger(value) => {
                let value = usize::try_from(value).map_err(|_| Error::TooLarge)?;
                VariableInteger::new(value)?.put_after(id, out);
            }
            PropertyValue::BinaryData(value) | PropertyValue::Utf8String(value) => {
                let value = Text::new(value)?;
                out.push(id);
                value.put(out);
            }
            PropertyValue::Utf8StringPair(name, value) => {
                let (name, value) = (Text::new(name)?, Text::new(value)?);
                out.push(id);
                name.put(out);
                value.put(out);
            }
        }
        Ok(())
    }

    /// A view of them, as packets want it.
    pub fn as_list(&self) -> PropertyList<'_> {
        PropertyList { encoded: &self.encoded }
    }
}

impl From<PropertyList<'_>> for Properties {
    fn from(list: PropertyList<'_>) -> Self {
        Properties { encoded: list.encoded.to_vec() }
    }
}

/// One property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property<'a> {
    /// Which.
    pub id: PropertyId,
    /// Of the type that `id` implies.
    pub value: PropertyValue<'a>,
}

impl<'a> Property<'a> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        // The standard makes the identifier a variable byte integer, but all take one byte.
        let id = PropertyId::from_byte(reader.u8()?).ok_or(Fault::Malformed)?;
        let value = match id.value_type() {
            PropertyType::Byte => PropertyValue::Byte(reader.u8()?),
            PropertyType::TwoByteInteger => PropertyValue::TwoByteInteger(reader.u16()?),
            PropertyType::FourByteInteger => PropertyValue::FourByteInteger(reader.u32()?),
            PropertyType::VariableByteInteger => {
                PropertyValue::VariableByteInteger(reader.variable_integer()?)
            }
            PropertyType::BinaryData => PropertyValue::BinaryData(reader.text()?),
            PropertyType::Utf8String => PropertyValue::Utf8String(reader.text()?),
            PropertyType::Utf8StringPair => PropertyValue::Utf8StringPair(reader.text()?, reader.text()?),
        };
        Ok(Property { id, value })
    }
}

/// A property's value. Text is bytes, as everywhere in this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PropertyValue<'a> {
    Byte(u8),
    TwoByteInteger(u16),
    FourByteInteger(u32),
    VariableByteInteger(u32),
    BinaryData(&'a [u8]),
    Utf8String(&'a [u8]),
    Utf8StringPair(&'a [u8], &'a [u8]),
}

impl PropertyValue<'_> {
    /// Its type.
    pub fn value_type(self) -> PropertyType {
        match self {
            PropertyValue::Byte(_) => PropertyType::Byte,
            PropertyValue::TwoByteInteger(_) => PropertyType::TwoByteInteger,
            PropertyValue::FourByteInteger(_) => PropertyType::FourByteInteger,
            PropertyValue::VariableByteInteger(_) => PropertyType::VariableByteInteger,
            PropertyValue::BinaryData(_) => PropertyType::BinaryData,
            PropertyValue::Utf8String(_) => PropertyType::Utf8String,
            PropertyValue::Utf8StringPair(..) => PropertyType::Utf8StringPair,
        }
    }
}

/// Which properties may come more than once in a list: a bit for each identifier.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repeatable(u64);

impl Repeatable {
    /// The rule for most packets, MQTT 5.0 §2.2.2.2.
    pub(super) const USER_PROPERTY: Repeatable = Repeatable(Self::bit(PropertyId::UserProperty));
    /// The rule for PUBLISH, which may match several subscriptions: MQTT 5.0 §3.3.2.3.8.
    pub(super) const IN_PUBLISH: Repeatable =
        Repeatable(Self::USER_PROPERTY.0 | Self::bit(PropertyId::SubscriptionIdentifier));
    const ALL: Repeatable = Repeatable(u64::MAX);

    const fn bit(id: PropertyId) -> u64 {
        1 << id as u8
    }
}

/// A list to be put with its length in front; nothing at all below MQTT 5.0.
#[derive(Clone, Copy, Debug)]
pub(super) struct PropertyBlock<'a>(Option<(VariableInteger, &'a [u8])>);

impl<'a> PropertyBlock<'a> {
    #[inline]
    pub(super) fn new(list: PropertyList<'a>, version: Version) -> Result<Self, Error> {
        if !version.has_properties() {
            return Ok(PropertyBlock(None));
        }
        Ok(PropertyBlock(Some((VariableInteger::new(list.encoded.len())?, list.encoded))))
    }

    /// The number of bytes it takes.
    #[inline]
    pub(super) fn size(self) -> usize {
        self.0.map_or(0, |(length, encoded)| length.size() + encoded.len())
    }

    #[inline]
    pub(super) fn put(self, out: &mut Vec<u8>) {
        if let Some((length, encoded)) = self.0 {
            length.put(out);
            out.extend_from_slice(encoded);
        }
    }
}
