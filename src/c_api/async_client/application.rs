//! A C program with the callbacks of MQTTAsync.h, as a client sees it.

use std::ffi::{CStr, c_int};
use std::ptr::null_mut;

use super::request_callbacks::RequestCallbacks;
use super::structs::callbacks::{
    MQTTAsync_connected, MQTTAsync_connectionLost, MQTTAsync_deliveryComplete, MQTTAsync_disconnected,
    MQTTAsync_messageArrived, MQTTAsync_updateConnectOptions,
};
use super::update;
use crate::c_api::callbacks::{Context, with_properties};
use crate::c_api::calls::callback;
use crate::c_api::cancellation::allow_in_callbacks;
use crate::c_api::received_message::CMessage;
use crate::c_api::structs::ReasonCodeNumber;
use crate::client::{Application, AsyncApi, AsyncApplication, Credentials, Event, Kind, Outcome};
use crate::protocol::ReasonCode;
use crate::protocol::packet::{PropertyList, Publish};

/// A function of the program's, and what it is called with.
#[derive(Clone, Copy, Default)]
pub(super) struct Callback<F> {
    pub context: Context,
    /// NULL: there is none.
    pub function: F,
}

/// A C program, as a client sees it.
#[derive(Clone, Default)]
pub(super) struct CApplication {
    pub message_arrived: Callback<MQTTAsync_messageArrived>,
    pub delivery_complete: Callback<MQTTAsync_deliveryComplete>,
    pub connection_lost: Callback<MQTTAsync_connectionLost>,
    pub connected: Callback<MQTTAsync_connected>,
    pub disconnected: Callback<MQTTAsync_disconnected>,
    pub update_options: Callback<MQTTAsync_updateConnectOptions>,
}

/// What setConnected's callback is told, and programs compare. Contract.
const AFTER_SUCCESS: &CStr = c"connect onSuccess called";
const AGAIN: &CStr = c"automatic reconnect";

impl Application for CApplication {
    type Message = CMessage;
    type Api = AsyncApi<RequestCallbacks>;

    fn message(publish: &Publish<'_>) -> Option<CMessage> {
        CMessage::copy(publish).ok()
    }

    fn in_callbacks<T>(&self, callbacks: impl FnOnce() -> T) -> T {
        allow_in_callbacks(callbacks)
    }

    #[inline]
    fn handles(&self, kind: Kind) -> bool {
        match kind {
            Kind::Message => self.message_arrived.function.is_some(),
            Kind::Published => false,
            Kind::Delivered => self.delivery_complete.function.is_some(),
            Kind::Lost => self.connection_lost.function.is_some(),
            Kind::Disconnected => self.disconnected.function.is_some(),
        }
    }

    #[inline]
    fn deliver(&self, event: Event<'_, CApplication>) -> Result<(), CMessage> {
        match event {
            Event::Message(message) => return self.message_arrived(message),
            Event::Published { .. } => {}
            Event::Delivered { packet_id } => self.delivery_complete(packet_id),
            Event::Lost => self.connection_lost(),
            Event::Disconnected { reason, properties } => self.disconnected(reason, properties),
        }
        Ok(())
    }
}

impl AsyncApplication for CApplication {
    type Token = RequestCallbacks;

    fn hears_of_success(token: &RequestCallbacks) -> bool {
        token.hear_of_success()
    }

    fn hears_of_failure(token: &RequestCallbacks) -> bool {
        token.hear_of_failure()
    }

    fn complete(&self, token: RequestCallbacks, packet_id: u16, outcome: &Outcome<'_>) {
        token.tell(packet_id, outcome);
    }

    fn handles_connected(&self) -> bool {
        self.connected.function.is_some()
    }

    fn connected(&self, after_success: bool) {
        let Callback { context, function } = self.connected;
        let Some(function) = function else { return };
        let cause = if after_success { AFTER_SUCCESS } else { AGAIN };
        // SAFETY: the program's own function, with what MQTTAsync.h says that it gets.
        callback("MQTTAsync_connected", || unsafe { function(context.0, cause.as_ptr().cast_mut()) });
    }

    fn handles_update(&self) -> bool {
        self.update_options.function.is_some()
    }

    fn update_credentials(&self, credentials: &mut Credentials) {
        // What cannot be taken leaves the client with what it has.
        let _ = update::ask(self.update_options, credentials);
    }
}

impl CApplication {
    fn message_arrived(&self, message: CMessage) -> Result<(), CMessage> {
        let Callback { context, function } = self.message_arrived;
        let Some(function) = function else { return Err(message) };
        // As Paho, though its header speaks of 0: the real length, each time (contract, decision 5).
        let length = message.topic_length();
        message.offer(|topic, message| {
            // SAFETY: the program's own function, with what MQTTAsync.h says that it gets.
            let call = || unsafe { function(context.0, topic, length, message) };
            // Who ends the thread in it has taken the message.
            callback("MQTTAsync_messageArrived", call).unwrap_or(1)
        })
    }

    fn delivery_complete(&self, packet_id: u16) {
        let Callback { context, function } = self.delivery_complete;
        let Some(function) = function else { return };
        // SAFETY: the program's own function, with what MQTTAsync.h says that it gets.
        callback("MQTTAsync_deliveryComplete", || unsafe { function(context.0, c_int::from(packet_id)) });
    }

    fn connection_lost(&self) {
        let Callback { context, function } = self.connection_lost;
        let Some(function) = function else { return };
        // SAFETY: the program's own function, with what MQTTAsync.h says that it gets.
        callback("MQTTAsync_connectionLost", || unsafe { function(context.0, null_mut()) });
    }

    fn disconnected(&self, reason: ReasonCode, properties: PropertyList<'_>) {
        let Callback { context, function } = self.disconnected;
        let Some(function) = function else { return };
        with_properties(properties, |properties| {
            let reason = ReasonCodeNumber::from(reason.0);
            // SAFETY: the program's own function, with what MQTTAsync.h says that it gets.
            callback("MQTTAsync_disconnected", || unsafe { function(context.0, properties, reason) });
        });
    }
}
