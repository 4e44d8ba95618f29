//! Calls into C: the application's callbacks, and messages in memory that it may free.

use std::ffi::{c_char, c_int, c_void};
use std::mem::ManuallyDrop;
use std::ptr::null_mut;

use super::boundary::c_length;
use super::calls::callback;
use super::memory;
use super::offer;
use super::properties::{free_properties, write_properties};
use super::structs::ReasonCodeNumber;
use super::structs::message::{MQTTClient_message, MQTTClient_message_initializer};
use super::structs::properties::MQTTProperties;
use super::sync_client::callbacks::{
    MQTTClient_connectionLost, MQTTClient_deliveryComplete, MQTTClient_disconnected,
    MQTTClient_messageArrived, MQTTClient_published,
};
use crate::client::Application;
use crate::error::Error;
use crate::protocol::packet::{PropertyList, Publish};
use crate::protocol::{Qos, ReasonCode};

/// What a program passes along for its callbacks.
#[derive(Clone, Copy)]
pub(super) struct Context(pub *mut c_void);

// SAFETY: only ever handed back to the program, which knows that callbacks run on other threads.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Default for Context {
    fn default() -> Context {
        Context(null_mut())
    }
}

/// A C program, as a client sees it.
#[derive(Clone, Default)]
pub(super) struct CApplication {
    pub context: Context,
    pub connection_lost: MQTTClient_connectionLost,
    pub message_arrived: MQTTClient_messageArrived,
    pub delivery_complete: MQTTClient_deliveryComplete,
    pub disconnected_context: Context,
    pub disconnected: MQTTClient_disconnected,
    pub published_context: Context,
    pub published: MQTTClient_published,
}

impl Application for CApplication {
    type Message = CMessage;

    fn message(publish: &Publish<'_>) -> Option<CMessage> {
        CMessage::copy(publish).ok()
    }

    fn handles_messages(&self) -> bool {
        self.message_arrived.is_some()
    }

    fn message_arrived(&self, message: CMessage) -> Result<(), CMessage> {
        let Some(function) = self.message_arrived else { return Err(message) };
        let message = ManuallyDrop::new(message);
        // As Paho: the length only says something if the text cannot (decision 5).
        let length = if message.topic_has_nul() { message.topic_length } else { 0 };
        // SAFETY: the program's own function, with what MQTTClient.h says that it gets.
        let call = || unsafe { function(self.context.0, message.topic, length, message.message) };
        // Who ends the thread in it has taken the message.
        let call = || callback("MQTTClient_messageArrived", call).unwrap_or(1);
        // SAFETY: both were allocated in `copy`.
        match unsafe { offer::make(message.topic, message.message, call) } {
            true => Ok(()), // The program has freed it, or will.
            false => Err(ManuallyDrop::into_inner(message)),
        }
    }

    fn handles_deliveries(&self) -> bool {
        self.delivery_complete.is_some()
    }

    fn delivery_complete(&self, packet_id: u16) {
        if let Some(function) = self.delivery_complete {
            // SAFETY: the program's own function, with what MQTTClient.h says that it gets.
            callback("MQTTClient_deliveryComplete", || unsafe {
                function(self.context.0, c_int::from(packet_id))
            });
        }
    }

    fn handles_published(&self) -> bool {
        self.published.is_some()
    }

    fn published(&self, packet_id: u16, packet_type: u8, reason: ReasonCode, properties: PropertyList<'_>) {
        let Some(function) = self.published else { return };
        with_properties(properties, |properties| {
            let (id, packet_type) = (c_int::from(packet_id), c_int::from(packet_type));
            let reason = ReasonCodeNumber::from(reason.0);
            // SAFETY: the program's own function, with what MQTTClient.h says that it gets.
            callback("MQTTClient_published", || unsafe {
                function(self.published_context.0, id, packet_type, properties, reason);
            });
        });
    }

    fn handles_loss(&self) -> bool {
        self.connection_lost.is_some()
    }

    fn connection_lost(&self) {
        if let Some(function) = self.connection_lost {
            // SAFETY: the program's own function, with what MQTTClient.h says that it gets.
            callback("MQTTClient_connectionLost", || unsafe { function(self.context.0, null_mut()) });
        }
    }

    fn handles_disconnect(&self) -> bool {
        self.disconnected.is_some()
    }

    fn disconnected(&self, reason: ReasonCode, properties: PropertyList<'_>) {
        let Some(function) = self.disconnected else { return };
        with_properties(properties, |properties| {
            let reason = ReasonCodeNumber::from(reason.0);
            // SAFETY: the program's own function, with what MQTTClient.h says that it gets.
            callback("MQTTClient_disconnected", || unsafe {
                function(self.disconnected_context.0, properties, reason);
            });
        });
    }
}

/// Lends a list of properties for a call. Without memory it is empty.
fn with_properties(properties: PropertyList<'_>, call: impl FnOnce(*mut MQTTProperties)) {
    let mut list =
        write_properties(properties).unwrap_or(super::structs::properties::MQTTProperties_initializer);
    call(&mut list);
    // SAFETY: made above.
    unsafe { free_properties(&mut list) };
}

/// A received message in memory that the program may come to own: three allocations, and more only
/// for properties.
pub(super) struct CMessage {
    topic: *mut c_char,
    topic_length: c_int,
    message: *mut MQTTClient_message,
}

// SAFETY: plain memory, with one owner at a time.
unsafe impl Send for CMessage {}

impl CMessage {
    fn copy(publish: &Publish<'_>) -> Result<CMessage, Error> {
        // From here on a failure frees what is there so far.
        let mut copy = CMessage {
            topic: memory::copy_bytes(publish.topic)?,
            topic_length: c_length(publish.topic.len()),
            message: null_mut(),
        };
        copy.message = memory::place(MQTTClient_message_initializer)?;
        // SAFETY: just placed, and nobody else has it yet.
        let message = unsafe { &mut *copy.message };
        message.payload = memory::copy_bytes(publish.payload)?.cast();
        message.payloadlen = c_length(publish.payload.len());
        message.qos = c_int::from(publish.qos.level());
        message.retained = c_int::from(publish.retain);
        message.dup = c_int::from(publish.dup && publish.qos != Qos::ExactlyOnce);
        message.msgid = c_int::from(publish.packet_id);
        message.properties = write_properties(publish.properties)?;
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

    /// Gives the message away, to be freed by the program: topic and message.
    pub fn release(self) -> (*mut c_char, *mut MQTTClient_message) {
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
    use crate::c_api::sync_client::memory::{MQTTClient_free, MQTTClient_freeMessage};
    use crate::protocol::packet::{Properties, Property, PropertyId, PropertyValue};

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
        let mut properties = Properties::new();
        properties
            .push(Property { id: PropertyId::ContentType, value: PropertyValue::Utf8String(b"text") })
            .unwrap();
        let copy = CMessage::copy(&Publish { properties: properties.as_list(), ..PUBLISH }).unwrap();
        assert_eq!((copy.topic_length(), copy.topic_has_nul()), (3, false));
        let (topic, mut message) = copy.release();
        unsafe {
            assert_eq!(CStr::from_ptr(topic), c"a/b");
            let seen = &*message;
            assert_eq!((seen.struct_id.map(|letter| letter as u8), seen.struct_version), (*b"MQTM", 1));
            assert_eq!(CStr::from_ptr(seen.payload.cast()), c"payload");
            assert_eq!((seen.payloadlen, seen.qos, seen.retained, seen.dup, seen.msgid), (7, 1, 1, 1, 7));
            assert_eq!((seen.properties.count, seen.properties.length), (1, 7));
            MQTTClient_freeMessage(&mut message);
            assert!(message.is_null());
            MQTTClient_freeMessage(&mut message);
            MQTTClient_free(topic.cast());
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

    struct Seen {
        answer: c_int,
        topics: Vec<(*mut c_char, c_int)>,
    }

    unsafe extern "C-unwind" fn arrived(
        context: *mut c_void,
        topic: *mut c_char,
        length: c_int,
        mut message: *mut MQTTClient_message,
    ) -> c_int {
        let seen = unsafe { &mut *context.cast::<Seen>() };
        seen.topics.push((topic, length));
        if seen.answer != 0 {
            unsafe {
                MQTTClient_freeMessage(&mut message);
                MQTTClient_free(topic.cast());
            }
        }
        seen.answer
    }

    /// Contract C-6.8: what was refused is offered again with the same pointers.
    #[test]
    fn refused_messages_come_back() {
        let mut seen = Seen { answer: 0, topics: Vec::new() };
        let seen = &raw mut seen;
        let application = CApplication {
            context: Context(seen.cast()),
            message_arrived: Some(arrived),
            ..Default::default()
        };
        let message = CMessage::copy(&Publish { topic: b"a\0b", ..PUBLISH }).unwrap();
        let message = application.message_arrived(message).err().unwrap();
        unsafe { (*seen).answer = 1 };
        assert!(application.message_arrived(message).is_ok());
        let topics = unsafe { &(*seen).topics };
        assert_eq!(topics[0], topics[1]);
        assert_eq!(topics[0].1, 3);
        let plain = CMessage::copy(&PUBLISH).unwrap();
        assert!(application.message_arrived(plain).is_ok());
        assert_eq!(unsafe { &(*seen).topics }[2].1, 0);
    }
}
