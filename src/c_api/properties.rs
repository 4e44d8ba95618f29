//! MQTTProperties.h: the functions; and the way of properties between C and us.
//!
//! A list is the application's to build and to keep, so nothing here needs a client, a create, or a
//! lock (contract W-510). Texts are copied, each into memory of its own.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::{null, null_mut};

use super::boundary::{bytes, c_length, guard};
use super::calls::traced;
use super::memory;
use super::structs::PropertyCodeNumber;
use super::structs::properties::{
    MQTT_INVALID_PROPERTY_ID, MQTTLenString, MQTTProperties, MQTTProperties_initializer, MQTTProperty,
    MQTTProperty_texts, MQTTProperty_value, MQTTPropertyCodes,
};
use crate::error::Error;
use crate::protocol::packet::{Properties, Property, PropertyId, PropertyList, PropertyType, PropertyValue};

/// Arrays grow by so many entries at a time (contract W-502).
const GROWTH: c_int = 10;
/// What MQTTProperties_add returns without memory, or without a list.
const OUT_OF_MEMORY: c_int = -99;
/// The value of a property that is no number.
const NOT_NUMERIC: i64 = -999_999;
/// The value of a property that is not there.
const ABSENT: i64 = -9_999_999;
/// MQTT 5.0 §1.5.5.
const MAX_VARIABLE_BYTE_INTEGER: u32 = 268_435_455;

/// The names, in the order of the identifiers. Contract W-508.
static NAMES: [(MQTTPropertyCodes, &CStr); 27] = {
    use MQTTPropertyCodes::*;
    [
        (MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR, c"PAYLOAD_FORMAT_INDICATOR"),
        (MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL, c"MESSAGE_EXPIRY_INTERVAL"),
        (MQTTPROPERTY_CODE_CONTENT_TYPE, c"CONTENT_TYPE"),
        (MQTTPROPERTY_CODE_RESPONSE_TOPIC, c"RESPONSE_TOPIC"),
        (MQTTPROPERTY_CODE_CORRELATION_DATA, c"CORRELATION_DATA"),
        (MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER, c"SUBSCRIPTION_IDENTIFIER"),
        (MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, c"SESSION_EXPIRY_INTERVAL"),
        (MQTTPROPERTY_CODE_ASSIGNED_CLIENT_IDENTIFIER, c"ASSIGNED_CLIENT_IDENTIFIER"),
        (MQTTPROPERTY_CODE_SERVER_KEEP_ALIVE, c"SERVER_KEEP_ALIVE"),
        (MQTTPROPERTY_CODE_AUTHENTICATION_METHOD, c"AUTHENTICATION_METHOD"),
        (MQTTPROPERTY_CODE_AUTHENTICATION_DATA, c"AUTHENTICATION_DATA"),
        (MQTTPROPERTY_CODE_REQUEST_PROBLEM_INFORMATION, c"REQUEST_PROBLEM_INFORMATION"),
        (MQTTPROPERTY_CODE_WILL_DELAY_INTERVAL, c"WILL_DELAY_INTERVAL"),
        (MQTTPROPERTY_CODE_REQUEST_RESPONSE_INFORMATION, c"REQUEST_RESPONSE_INFORMATION"),
        (MQTTPROPERTY_CODE_RESPONSE_INFORMATION, c"RESPONSE_INFORMATION"),
        (MQTTPROPERTY_CODE_SERVER_REFERENCE, c"SERVER_REFERENCE"),
        (MQTTPROPERTY_CODE_REASON_STRING, c"REASON_STRING"),
        (MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, c"RECEIVE_MAXIMUM"),
        (MQTTPROPERTY_CODE_TOPIC_ALIAS_MAXIMUM, c"TOPIC_ALIAS_MAXIMUM"),
        (MQTTPROPERTY_CODE_TOPIC_ALIAS, c"TOPIC_ALIAS"),
        (MQTTPROPERTY_CODE_MAXIMUM_QOS, c"MAXIMUM_QOS"),
        (MQTTPROPERTY_CODE_RETAIN_AVAILABLE, c"RETAIN_AVAILABLE"),
        (MQTTPROPERTY_CODE_USER_PROPERTY, c"USER_PROPERTY"),
        (MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, c"MAXIMUM_PACKET_SIZE"),
        (MQTTPROPERTY_CODE_WILDCARD_SUBSCRIPTION_AVAILABLE, c"WILDCARD_SUBSCRIPTION_AVAILABLE"),
        (MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIERS_AVAILABLE, c"SUBSCRIPTION_IDENTIFIERS_AVAILABLE"),
        (MQTTPROPERTY_CODE_SHARED_SUBSCRIPTION_AVAILABLE, c"SHARED_SUBSCRIPTION_AVAILABLE"),
    ]
};

/// The name of a property.
///
/// @param value The identifier.
/// @return The name, such as "CONTENT_TYPE". NULL if MQTT 5.0 does not have the property. Not to be freed.
/// @see Contract W-508; MQTT 5.0 section 2.2.2.2.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn MQTTPropertyName(value: PropertyCodeNumber) -> *const c_char {
    traced("MQTTPropertyName", || {
        NAMES
            .iter()
            .find(|(code, _)| *code as PropertyCodeNumber == value)
            .map_or(null(), |(_, name)| name.as_ptr())
    })
}

/// The type of a property's value.
///
/// @param value The identifier.
/// @return One of enum MQTTPropertyTypes. -1 if MQTT 5.0 does not have the property.
/// @see Contract W-508; MQTT 5.0 section 2.2.2.2.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn MQTTProperty_getType(value: PropertyCodeNumber) -> c_int {
    traced("MQTTProperty_getType", || property_type(value).map_or(-1, |value_type| value_type as c_int))
}

/// Counts the properties with an identifier in a list.
///
/// @param props The list. NULL has none.
/// @param propid The identifier.
/// @return How many there are.
/// @see Contract W-505.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTProperties_propertyCount(
    props: *const MQTTProperties,
    propid: PropertyCodeNumber,
) -> c_int {
    traced("MQTTProperties_propertyCount", || {
        // SAFETY: MQTTProperties.h asks for a list or NULL.
        c_length(unsafe { entries(props) }.iter().filter(|entry| entry.identifier == propid).count())
    })
}

/// Tells whether a list has a property with an identifier.
///
/// @param props The list. NULL has none.
/// @param propid The identifier.
/// @return 1 if it has, else 0.
/// @see Contract W-505.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTProperties_hasProperty(
    props: *const MQTTProperties,
    propid: PropertyCodeNumber,
) -> c_int {
    traced("MQTTProperties_hasProperty", || {
        // SAFETY: MQTTProperties.h asks for a list or NULL.
        c_int::from(unsafe { find(props, propid, 0) }.is_some())
    })
}

/// Finds the property with an identifier in a list, the first if there are several.
///
/// @param props The list. NULL has none.
/// @param propid The identifier.
/// @return The property, or NULL if there is none. It stays part of the list: not to be freed, and no longer
///   valid once the list is added to or freed.
/// @see Contract W-507.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTProperties_getProperty(
    props: *const MQTTProperties,
    propid: PropertyCodeNumber,
) -> *mut MQTTProperty {
    traced("MQTTProperties_getProperty", || {
        // SAFETY: MQTTProperties.h asks for a list or NULL.
        unsafe { property_at(props, propid, 0) }
    })
}

/// Finds one of the properties with an identifier in a list, for those that may come several times.
///
/// @param props The list. NULL has none.
/// @param propid The identifier.
/// @param index 0 is the first with this identifier, 1 the second.
/// @return The property, or NULL if there are not so many. It stays part of the list: see
///   MQTTProperties_getProperty.
/// @see Contract W-507.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTProperties_getPropertyAt(
    props: *const MQTTProperties,
    propid: PropertyCodeNumber,
    index: c_int,
) -> *mut MQTTProperty {
    // SAFETY: MQTTProperties.h asks for a list or NULL.
    traced("MQTTProperties_getPropertyAt", || unsafe { property_at(props, propid, index) })
}

/// The number that is the value of the property with an identifier, the first if there are several.
///
/// @param props The list. NULL has none.
/// @param propid The identifier.
/// @return The number. -9999999 if there is no such property, -999999 if its value is not a number.
/// @see Contract W-506.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTProperties_getNumericValue(
    props: *const MQTTProperties,
    propid: PropertyCodeNumber,
) -> i64 {
    traced("MQTTProperties_getNumericValue", || {
        // SAFETY: MQTTProperties.h asks for a list or NULL.
        unsafe { number_at(props, propid, 0) }
    })
}

/// The number that is the value of one of the properties with an identifier, for those that may come several
/// times.
///
/// @param props The list. NULL has none.
/// @param propid The identifier.
/// @param index 0 is the first with this identifier, 1 the second.
/// @return The number. -9999999 if there are not so many, -999999 if the value is not a number.
/// @see Contract W-506.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTProperties_getNumericValueAt(
    props: *const MQTTProperties,
    propid: PropertyCodeNumber,
    index: c_int,
) -> i64 {
    // SAFETY: MQTTProperties.h asks for a list or NULL.
    traced("MQTTProperties_getNumericValueAt", || unsafe { number_at(props, propid, index) })
}

/// Adds a copy of a property, with copies of its texts, to the end of a list. Behind each text of the copy
/// there is a NUL, which its length does not count.
///
/// @param props The list. Unless the call succeeds it stays as it was.
/// @param prop The property. It stays the caller's.
/// @return 0; MQTT_INVALID_PROPERTY_ID if MQTT 5.0 does not have the property; -1 if its value can be in no
///   packet; -99 if there is no memory left or a pointer is NULL.
/// @see Contract W-502.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTProperties_add(
    props: *mut MQTTProperties,
    prop: *const MQTTProperty,
) -> c_int {
    guard("MQTTProperties_add", add_code, || {
        if props.is_null() || prop.is_null() {
            return Err(Error::OutOfMemory);
        }
        // SAFETY: not NULL; MQTTProperties.h asks for a list and a property of the caller's.
        unsafe {
            let entry = checked((*prop).identifier, &(*prop).value)?;
            append(&mut *props, &entry)?;
        }
        Ok(0)
    })
}

/// Frees what is in a list, and makes it empty.
///
/// @param properties The list. One that is NULL or empty is left as it is.
/// @see Contract W-503.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTProperties_free(properties: *mut MQTTProperties) {
    // SAFETY: MQTTProperties.h asks for a list, whose texts and array come from here, or NULL.
    traced("MQTTProperties_free", || unsafe { free_properties(properties) });
}

/// Copies a list, with all that is in it.
///
/// @param props The list. It stays as it is.
/// @return The copy, to be freed with MQTTProperties_free. It is empty if props is NULL or empty, or if there
///   is no memory left.
/// @see Contract W-504.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTProperties_copy(props: *const MQTTProperties) -> MQTTProperties {
    guard(
        "MQTTProperties_copy",
        |_| MQTTProperties_initializer,
        || {
            let mut copy = MQTTProperties_initializer;
            // SAFETY: MQTTProperties.h asks for a list or NULL.
            let outcome = unsafe { entries(props) }.iter().try_for_each(|entry| {
                // SAFETY: an entry of a list is a property.
                append(&mut copy, &unsafe { checked(entry.identifier, &entry.value) }?)
            });
            if outcome.is_err() {
                // SAFETY: a list of ours.
                unsafe { free_properties(&mut copy) };
            }
            outcome.map(|()| copy)
        },
    )
}

/// # Safety
/// `props` is NULL or a list.
unsafe fn property_at(
    props: *const MQTTProperties,
    propid: PropertyCodeNumber,
    index: c_int,
) -> *mut MQTTProperty {
    let Ok(index) = usize::try_from(index) else { return null_mut() };
    // SAFETY: our caller's promise; what `find` finds is in its array.
    unsafe { find(props, propid, index).map_or(null_mut(), |place| (*props).array.add(place)) }
}

/// # Safety
/// `props` is NULL or a list.
unsafe fn number_at(props: *const MQTTProperties, propid: PropertyCodeNumber, index: c_int) -> i64 {
    // As Paho: a negative index is the first (contract W-506), other than in getPropertyAt.
    let index = usize::try_from(index).unwrap_or(0);
    // SAFETY: our caller's promise.
    let entry = unsafe { find(props, propid, index).map(|place| (*props).array.add(place).read()) };
    let Some(entry) = entry else { return ABSENT };
    // SAFETY: which member of the value holds it follows from the identifier.
    unsafe {
        match property_type(propid) {
            Some(PropertyType::Byte) => entry.value.byte.into(),
            Some(PropertyType::TwoByteInteger) => entry.value.integer2.into(),
            Some(PropertyType::FourByteInteger | PropertyType::VariableByteInteger) => {
                entry.value.integer4.into()
            }
            _ => NOT_NUMERIC,
        }
    }
}

/// Frees what is in a list, and makes it empty.
///
/// # Safety
/// `properties` is NULL or a list, whose texts and array come from here.
pub(super) unsafe fn free_properties(properties: *mut MQTTProperties) {
    if properties.is_null() {
        return;
    }
    // SAFETY: not NULL; our caller's promise.
    unsafe {
        for entry in entries(properties) {
            free_texts(entry);
        }
        memory::free_any((*properties).array.cast());
        properties.write(MQTTProperties_initializer);
    }
}

/// The properties that the application gives for a packet. NULL is none.
///
/// # Safety
/// `props` is NULL or a list.
pub(super) unsafe fn read_properties(props: *const MQTTProperties) -> Result<Properties, Error> {
    let mut properties = Properties::default();
    // SAFETY: our caller's promise.
    for entry in unsafe { entries(props) } {
        // SAFETY: an entry of a list is a property.
        properties.push(unsafe { checked(entry.identifier, &entry.value) }?)?;
    }
    Ok(properties)
}

/// A list for the application, which frees it.
pub(super) fn write_properties(properties: PropertyList<'_>) -> Result<MQTTProperties, Error> {
    let mut list = MQTTProperties_initializer;
    for entry in properties.iter() {
        if let Err(error) = append(&mut list, &entry) {
            // SAFETY: a list of ours.
            unsafe { free_properties(&mut list) };
            return Err(error);
        }
    }
    Ok(list)
}

/// Adds a copy of a property.
fn append(list: &mut MQTTProperties, entry: &Property<'_>) -> Result<(), Error> {
    let length = list.length.checked_add(size(entry)).ok_or(Error::TooLarge)?;
    if list.count == list.max_count {
        let max_count = list.max_count.checked_add(GROWTH).ok_or(Error::TooLarge)?;
        // SAFETY: the array is NULL or from the C allocator, as every list's is.
        list.array = unsafe { memory::resize(list.array, usize::try_from(max_count).unwrap_or(0)) }?;
        list.max_count = max_count;
    }
    let copy = MQTTProperty {
        identifier: PropertyCodeNumber::from(entry.id as u8),
        value: copy_value(entry.value)?,
    };
    // SAFETY: there is room for another entry.
    unsafe { list.array.add(usize::try_from(list.count).unwrap_or(0)).write(copy) };
    list.count += 1;
    list.length = length;
    Ok(())
}

fn copy_value(value: PropertyValue<'_>) -> Result<MQTTProperty_value, Error> {
    let none = MQTTLenString { len: 0, data: null_mut() };
    // The widest member first: C programs may copy and compare the whole.
    let mut copy = MQTTProperty_value { texts: MQTTProperty_texts { data: none, value: none } };
    match value {
        PropertyValue::Byte(value) => copy.byte = value,
        PropertyValue::TwoByteInteger(value) => copy.integer2 = value,
        PropertyValue::FourByteInteger(value) | PropertyValue::VariableByteInteger(value) => {
            copy.integer4 = value;
        }
        PropertyValue::BinaryData(data) | PropertyValue::Utf8String(data) => {
            copy.texts = MQTTProperty_texts { data: copy_text(data)?, value: none };
        }
        PropertyValue::Utf8StringPair(name, value) => {
            let data = copy_text(name)?;
            let value = copy_text(value).inspect_err(|_| {
                // SAFETY: allocated just now.
                unsafe { memory::free(data.data.cast()) }
            })?;
            copy.texts = MQTTProperty_texts { data, value };
        }
    }
    Ok(copy)
}

fn copy_text(text: &[u8]) -> Result<MQTTLenString, Error> {
    Ok(MQTTLenString { len: c_length(text.len()), data: memory::copy_bytes(text)? })
}

/// A property of C's, if there is such a one.
///
/// # Safety
/// The member of `value` that belongs to the identifier is set, and its texts are as long as they say.
unsafe fn checked<'a>(
    identifier: PropertyCodeNumber,
    value: &MQTTProperty_value,
) -> Result<Property<'a>, Error> {
    let id = property_id(identifier).ok_or(Error::BadStructure)?;
    // SAFETY: our caller's promise.
    let value = unsafe {
        match id.value_type() {
            PropertyType::Byte => PropertyValue::Byte(value.byte),
            PropertyType::TwoByteInteger => PropertyValue::TwoByteInteger(value.integer2),
            PropertyType::FourByteInteger => PropertyValue::FourByteInteger(value.integer4),
            PropertyType::VariableByteInteger if value.integer4 > MAX_VARIABLE_BYTE_INTEGER => {
                return Err(Error::TooLarge);
            }
            PropertyType::VariableByteInteger => PropertyValue::VariableByteInteger(value.integer4),
            PropertyType::BinaryData => PropertyValue::BinaryData(text_of(value.texts.data)?),
            PropertyType::Utf8String => PropertyValue::Utf8String(text_of(value.texts.data)?),
            PropertyType::Utf8StringPair => {
                PropertyValue::Utf8StringPair(text_of(value.texts.data)?, text_of(value.texts.value)?)
            }
        }
    };
    Ok(Property { id, value })
}

/// # Safety
/// `text` is as long as it says.
unsafe fn text_of<'a>(text: MQTTLenString) -> Result<&'a [u8], Error> {
    // SAFETY: our caller's promise.
    unsafe { bytes(text.data.cast(), text.len) }.map_err(|_| Error::BadArgument)
}

/// # Safety
/// The entry's texts, if it has any, are from the C allocator.
unsafe fn free_texts(entry: &MQTTProperty) {
    let value_type = property_type(entry.identifier);
    // SAFETY: our caller's promise; which member holds the value follows from the identifier.
    unsafe {
        if let Some(PropertyType::BinaryData | PropertyType::Utf8String | PropertyType::Utf8StringPair) =
            value_type
        {
            memory::free_any(entry.value.texts.data.data.cast());
        }
        if value_type == Some(PropertyType::Utf8StringPair) {
            memory::free_any(entry.value.texts.value.data.cast());
        }
    }
}

/// The bytes that a property takes in a packet. Contract W-501.
fn size(entry: &Property<'_>) -> c_int {
    1 + match entry.value {
        PropertyValue::Byte(_) => 1,
        PropertyValue::TwoByteInteger(_) => 2,
        PropertyValue::FourByteInteger(_) => 4,
        PropertyValue::VariableByteInteger(0..=127) => 1,
        PropertyValue::VariableByteInteger(128..=16_383) => 2,
        PropertyValue::VariableByteInteger(16_384..=2_097_151) => 3,
        PropertyValue::VariableByteInteger(_) => 4,
        PropertyValue::BinaryData(data) | PropertyValue::Utf8String(data) => 2 + c_length(data.len()),
        PropertyValue::Utf8StringPair(name, value) => 4 + c_length(name.len() + value.len()),
    }
}

/// The entries of a list; none if there is no list.
///
/// # Safety
/// `props` is NULL or a list, unchanged while the result is in use.
unsafe fn entries<'a>(props: *const MQTTProperties) -> &'a [MQTTProperty] {
    // SAFETY: our caller's promise.
    let Some(list) = (unsafe { props.as_ref() }) else { return &[] };
    match usize::try_from(list.count) {
        // SAFETY: our caller's promise.
        Ok(count) if !list.array.is_null() => unsafe { std::slice::from_raw_parts(list.array, count) },
        _ => &[],
    }
}

/// The place of a property in the list's array.
///
/// # Safety
/// `props` is NULL or a list.
unsafe fn find(props: *const MQTTProperties, propid: PropertyCodeNumber, index: usize) -> Option<usize> {
    // SAFETY: our caller's promise.
    let entries = unsafe { entries(props) }.iter().enumerate();
    entries.filter(|(_, entry)| entry.identifier == propid).map(|(place, _)| place).nth(index)
}

fn property_id(number: PropertyCodeNumber) -> Option<PropertyId> {
    u8::try_from(number).ok().and_then(PropertyId::from_byte)
}

fn property_type(number: PropertyCodeNumber) -> Option<PropertyType> {
    property_id(number).map(PropertyId::value_type)
}

fn add_code(error: &Error) -> c_int {
    match error {
        Error::OutOfMemory => OUT_OF_MEMORY,
        Error::BadStructure => MQTT_INVALID_PROPERTY_ID,
        _ => -1,
    }
}

#[cfg(test)]
mod tests;
