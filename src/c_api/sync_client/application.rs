//! A C program with the callbacks of MQTTClient.h, as a client sees it.

use std::ffi::c_int;
use std::ptr::null_mut;

use super::callbacks::{
    MQTTClient_connectionLost, MQTTClient_deliveryComplete, MQTTClient_disconnected,
    MQTTClient_messageArrived, MQTTClient_published,
};
use crate::c_api::callbacks::{Context, with_properties};
use crate::c_api::calls::callback;
use crate::c_api::cancellation::allow_in_callbacks;
use crate::c_api::received_message::CMessage;
use crate::c_api::structs::ReasonCodeNumber;
use crate::client::{Application, Event, Kind, SyncApi};
use crate::protocol::ReasonCode;
use crate::protocol::packet::{PropertyList, Publish};

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
    type Api = SyncApi;

    fn message(publish: &Publish<'_>) -> Option<CMessage> {
        CMessage::copy(publish).ok()
    }

    fn in_callbacks<T>(&self, callbacks: impl FnOnce() -> T) -> T {
        allow_in_callbacks(callbacks)
    }

    #[inline]
    fn handles(&self, kind: Kind) -> bool {
        match kind {
            Kind::Message => self.message_arrived.is_some(),
            Kind::Published => self.published.is_some(),
            Kind::Delivered => self.delivery_complete.is_some(),
            Kind::Lost => self.connection_lost.is_some(),
            Kind::Disconnected => self.disconnected.is_some(),
        }
    }

    // Whoever calls this knows the kind of the event; to find it out again is a good part of a short callback.
    #[inline(always)]
    fn deliver(&self, event: Event<'_, CApplication>) -> Result<(), CMessage> {
        match event {
            Event::Message(message) => return self.offer(message),
            Event::Published { packet_id, packet_type, reason, properties } => {
                self.published(packet_id, packet_type, reason, properties);
            }
            Event::Delivered { packet_id } => self.delivery_complete(packet_id),
            Event::Lost => self.connection_lost(),
            Event::Disconnected { reason, properties } => self.disconnected(reason, properties),
        }
        Ok(())
    }
}

impl CApplication {
    #[inline]
    fn offer(&self, message: CMessage) -> Result<(), CMessage> {
        let Some(function) = self.message_arrived else { return Err(message) };
        // As Paho: the length only says something if the text cannot (decision 5).
        let length = if message.topic_has_nul() { message.topic_length() } else { 0 };
        let context = self.context.0;
        message.offer(|topic, message| {
            // SAFETY: the program's own function, with what MQTTClient.h says that it gets.
            let call = move || unsafe { function(context, topic, length, message) };
            // Who ends the thread in it has taken the message.
            callback("MQTTClient_messageArrived", call).unwrap_or(1)
        })
    }

    fn delivery_complete(&self, packet_id: u16) {
        if let Some(function) = self.delivery_complete {
            // SAFETY: the program's own function, with what MQTTClient.h says that it gets.
            callback("MQTTClient_deliveryComplete", || unsafe {
                function(self.context.0, c_int::from(packet_id))
            });
        }
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

    fn connection_lost(&self) {
        if let Some(function) = self.connection_lost {
            // SAFETY: the program's own function, with what MQTTClient.h says that it gets.
            callback("MQTTClient_connectionLost", || unsafe { function(self.context.0, null_mut()) });
        }
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

#[cfg(test)]
mod tests {
    use std::ffi::{c_char, c_void};

    use super::*;
    use crate::c_api::structs::message::MQTTApi_message;
    use crate::c_api::sync_client::memory::{MQTTClient_free, MQTTClient_freeMessage};
    use crate::protocol::Qos;

    const PUBLISH: Publish<'static> = Publish {
        dup: false,
        qos: Qos::AtLeastOnce,
        retain: false,
        topic: b"a/b",
        packet_id: 7,
        properties: PropertyList::EMPTY,
        payload: b"payload",
    };

    struct Seen {
        answer: c_int,
        topics: Vec<(*mut c_char, c_int)>,
    }

    unsafe extern "C-unwind" fn arrived(
        context: *mut c_void,
        topic: *mut c_char,
        length: c_int,
        mut message: *mut MQTTApi_message,
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
        let message = application.offer(message).err().unwrap();
        unsafe { (*seen).answer = 1 };
        assert!(application.offer(message).is_ok());
        let topics = unsafe { &(*seen).topics };
        assert_eq!(topics[0], topics[1]);
        assert_eq!(topics[0].1, 3);
        let plain = CMessage::copy(&PUBLISH).unwrap();
        assert!(application.offer(plain).is_ok());
        assert_eq!(unsafe { &(*seen).topics }[2].1, 0);
    }
}
