//! Received messages, in memory that the application may come to own and to free.

use std::ffi::{c_char, c_int};
use std::mem::ManuallyDrop;
use std::ptr::null_mut;

use super::boundary::c_length;
use super::memory;
use super::offer;
use super::properties::write_properties;
use super::structs::message::{MQTTApi_message, MQTTApi_message_initializer};
use crate::error::Error;
use crate::protocol::Qos;
use crate::protocol::packet::Publish;

/// A received message in memory that the program may come to own: three allocations, and more only
/// for properties.
pub(super) struct CMessage {
    topic: *mut c_char,
    topic_length: c_int,
    message: *mut MQTTApi_message,
}

// SAFETY: plain memory, with one owner at a time.
unsafe impl Send for CMessage {}

impl CMessage {
    pub fn copy(publish: &Publish<'_>) -> Result<CMessage, Error> {
        // From here on a failure frees what is there so far.
        let mut copy = CMessage {
            topic: memory::copy_bytes(publish.topic)?,
            topic_length: c_length(publish.topic.len()),
            message: null_mut(),
        };
        copy.message = memory::place(MQTTApi_message_initializer)?;
        // SAFETY: just placed, and nobody else has it yet.
        let message = unsafe { &mut *copy.message };
        message.payload = memory::copy_bytes(publish.payload)?.cast();
        message.payloadlen = c_length(publish.payload.len());
        message.qos = c_int::from(publish.qos.level());
        message.retained = c_int::from(publish.retain);
        message.dup = c_int::from(publish.dup && publish.qos != Qos::ExactlyOnce);
        message.msgid = c_int::from(publish.packet_id);
        // Nearly all messages have none, which is what was placed.
        if !publish.properties.is_empty() {
            message.properties = write_properties(publish.properties)?;
        }
        Ok(copy)
    }

    /// Whether the topic, taken for a string, ends too early.
    pub fn topic_has_nul(&self) -> bool {
        let length = usize::try_from(self.topic_length).unwrap_or(0);
        // SAFETY: the topic has that many bytes.
        !unsafe { libc::memchr(self.topic.cast(), 0, length) }.is_null()
    }

    /// The topic's length, whatever is in it.
    pub fn topic_length(&self) -> c_int {
        self.topic_length
    }

    /// Offers the message to the program by this call. What it has not taken comes back.
    pub fn offer(
        self,
        call: impl FnOnce(*mut c_char, *mut MQTTApi_message) -> c_int,
    ) -> Result<(), CMessage> {
        let given = ManuallyDrop::new(self);
        let (topic, message) = (given.topic, given.message);
        // SAFETY: both were allocated in `copy`.
        match unsafe { offer::make(topic, message, || call(topic, message)) } {
            true => Ok(()), // The program has freed it, or will.
            false => Err(ManuallyDrop::into_inner(given)),
        }
    }

    /// Gives the message away, to be freed by the program: topic and message.
    pub fn release(self) -> (*mut c_char, *mut MQTTApi_message) {
        let message = ManuallyDrop::new(self);
        (message.topic, message.message)
    }
}

impl Drop for CMessage {
    fn drop(&mut self) {
        // SAFETY: allocated in `copy`, and not given away.
        unsafe {
            offer::free_message(self.message);
            memory::free(self.topic.cast());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;
    use crate::protocol::packet::{Properties, Property, PropertyId, PropertyList, PropertyValue};

    const PUBLISH: Publish<'static> = Publish {
        dup: true,
        qos: Qos::AtLeastOnce,
        retain: true,
        topic: b"a/b",
        packet_id: 7,
        properties: PropertyList::EMPTY,
        payload: b"payload",
    };

    #[test]
    fn a_message_is_what_was_published() {
        let mut properties = Properties::default();
        properties
            .push(Property { id: PropertyId::ContentType, value: PropertyValue::Utf8String(b"text") })
            .unwrap();
        let copy = CMessage::copy(&Publish { properties: properties.as_list(), ..PUBLISH }).unwrap();
        assert_eq!((copy.topic_length(), copy.topic_has_nul()), (3, false));
        let (topic, message) = copy.release();
        unsafe {
            assert_eq!(CStr::from_ptr(topic), c"a/b");
            let seen = &*message;
            assert_eq!((seen.struct_id.map(|letter| letter as u8), seen.struct_version), (*b"MQTM", 1));
            assert_eq!(CStr::from_ptr(seen.payload.cast()), c"payload");
            assert_eq!((seen.payloadlen, seen.qos, seen.retained, seen.dup, seen.msgid), (7, 1, 1, 1, 7));
            assert_eq!((seen.properties.count, seen.properties.length), (1, 7));
            offer::free_message(message);
            memory::free(topic.cast());
        }
    }

    /// Contract C-6.7: dup means nothing for QoS 2; and no payload is no NULL.
    #[test]
    fn corner_cases_of_messages() {
        let empty =
            CMessage::copy(&Publish { qos: Qos::ExactlyOnce, payload: b"", topic: b"", ..PUBLISH }).unwrap();
        let seen = unsafe { &*empty.message };
        assert_eq!((seen.dup, seen.payloadlen, empty.topic_length()), (0, 0, 0));
        assert!(!seen.payload.is_null());
        let with_nul = CMessage::copy(&Publish { topic: b"a\0b", ..PUBLISH }).unwrap();
        assert!(with_nul.topic_has_nul());
    }
}
