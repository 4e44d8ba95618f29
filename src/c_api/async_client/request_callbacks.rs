//! Who hears of a request, and how: the structures that onSuccess and onFailure get.

use std::ffi::c_int;
use std::ptr::null_mut;

use super::structs::callbacks::{
    MQTTAsync_onFailure, MQTTAsync_onFailure5, MQTTAsync_onSuccess, MQTTAsync_onSuccess5,
};
use super::structs::results::{
    MQTTAsync_connectionMade, MQTTAsync_failureData, MQTTAsync_publishedMessage, MQTTAsync_successData,
    MQTTAsync_successData_alt,
};
use super::structs::results5::{
    MQTTAsync_failureData5, MQTTAsync_failureData5_initializer, MQTTAsync_reasonCodes,
    MQTTAsync_successData5, MQTTAsync_successData5_alt, MQTTAsync_successData5_initializer,
};
use crate::c_api::boundary::c_length;
use crate::c_api::callbacks::{Context, with_properties};
use crate::c_api::calls::callback;
use crate::c_api::structs::ReasonCodeNumber;
use crate::c_api::structs::message::{MQTTApi_message, MQTTApi_message_initializer};
use crate::c_api::structs::properties::{MQTTProperties, MQTTProperties_initializer};
use crate::client::{ConnectionMade, Failure, Outcome, PublishedMessage, Success};
use crate::protocol::packet::PropertyList;

/// The callbacks of one request. They are called once, or not at all.
#[derive(Clone, Copy, Default)]
pub(in crate::c_api) struct RequestCallbacks {
    pub context: Context,
    pub on_success: MQTTAsync_onSuccess,
    pub on_failure: MQTTAsync_onFailure,
    pub on_success5: MQTTAsync_onSuccess5,
    pub on_failure5: MQTTAsync_onFailure5,
}

impl RequestCallbacks {
    /// Whether there is one that is not for clients of MQTT 5.0.
    pub fn are_before_v5(&self) -> bool {
        self.on_success.is_some() || self.on_failure.is_some()
    }

    /// Whether there is one that is only for clients of MQTT 5.0.
    pub fn are_v5(&self) -> bool {
        self.on_success5.is_some() || self.on_failure5.is_some()
    }

    /// Tells the program what became of its request. `token` is 0 for requests that have none.
    pub fn tell(&self, token: u16, outcome: &Outcome<'_>) {
        match outcome {
            Ok(success) => self.succeed(c_int::from(token), success),
            Err(failure) => self.fail(c_int::from(token), failure),
        }
    }

    /// Contract: of two callbacks the old one is called.
    fn succeed(&self, token: c_int, success: &Success<'_>) {
        if let Some(function) = self.on_success {
            with_success(token, success, |data| {
                // SAFETY: the program's own function, with what MQTTAsync.h says that it gets.
                callback("MQTTAsync_onSuccess", || unsafe { function(self.context.0, data) });
            });
        } else if let Some(function) = self.on_success5 {
            with_success5(token, success, |data| {
                // SAFETY: the program's own function, with what MQTTAsync.h says that it gets.
                callback("MQTTAsync_onSuccess5", || unsafe { function(self.context.0, data) });
            });
        }
    }

    fn fail(&self, token: c_int, failure: &Failure<'_>) {
        let message = failure.message.map_or(std::ptr::null(), |text| text.as_ptr());
        if let Some(function) = self.on_failure {
            let mut data = MQTTAsync_failureData { token, code: failure.code, message };
            // SAFETY: the program's own function, with what MQTTAsync.h says that it gets.
            callback("MQTTAsync_onFailure", || unsafe { function(self.context.0, &mut data) });
        } else if let Some(function) = self.on_failure5 {
            with_properties(failure.properties, |properties| {
                let mut data = MQTTAsync_failureData5 {
                    token,
                    reasonCode: ReasonCodeNumber::from(failure.reason.0),
                    // SAFETY: lent for this call.
                    properties: unsafe { *properties },
                    code: failure.code,
                    message,
                    packet_type: c_int::from(failure.packet_type),
                    ..MQTTAsync_failureData5_initializer
                };
                // SAFETY: the program's own function, with what MQTTAsync.h says that it gets.
                callback("MQTTAsync_onFailure5", || unsafe { function(self.context.0, &mut data) });
            });
        }
    }
}

/// Contract. All bytes that say nothing are zero.
fn with_success(token: c_int, success: &Success<'_>, call: impl FnOnce(*mut MQTTAsync_successData)) {
    let mut granted: Vec<c_int> = Vec::new();
    // The largest of them, so that the others leave no byte undefined.
    let nothing = MQTTAsync_publishedMessage { message: ALL_ZERO, destinationName: null_mut() };
    let mut data = MQTTAsync_successData { token, alt: MQTTAsync_successData_alt { r#pub: nothing } };
    match success {
        Success::Disconnected | Success::Unsubscribed { .. } => {}
        Success::Connected(made) => data.alt.connect = connection(made),
        Success::Published(message) => data.alt.r#pub = published(message, MQTTProperties_initializer),
        Success::Subscribed { codes, .. } => match codes {
            [code] => data.alt.qos = c_int::from(*code),
            codes => {
                granted.extend(codes.iter().map(|&code| c_int::from(code)));
                data.alt.qosList = granted.as_mut_ptr();
            }
        },
    }
    call(&mut data);
}

/// Contract.
fn with_success5(token: c_int, success: &Success<'_>, call: impl FnOnce(*mut MQTTAsync_successData5)) {
    let (codes, list): (&[u8], PropertyList<'_>) = match success {
        Success::Disconnected => (&[], PropertyList::EMPTY),
        Success::Connected(made) => (&[], made.properties),
        Success::Published(message) => (std::slice::from_ref(&message.reason.0), message.properties),
        Success::Subscribed { codes, properties } | Success::Unsubscribed { codes, properties } => {
            (codes, *properties)
        }
    };
    let mut numbers: Vec<ReasonCodeNumber> = codes.iter().map(|&code| code.into()).collect();
    with_properties(list, |properties| {
        // SAFETY: lent for this call.
        let properties = unsafe { *properties };
        let nothing = MQTTAsync_publishedMessage { message: ALL_ZERO, destinationName: null_mut() };
        let mut data = MQTTAsync_successData5 {
            token,
            reasonCode: numbers.first().copied().unwrap_or(0),
            properties,
            alt: MQTTAsync_successData5_alt { r#pub: nothing },
            ..MQTTAsync_successData5_initializer
        };
        let reason_codes = MQTTAsync_reasonCodes {
            reasonCodeCount: c_length(numbers.len()),
            reasonCodes: if numbers.len() > 1 { numbers.as_mut_ptr() } else { null_mut() },
        };
        match success {
            Success::Disconnected => {}
            Success::Connected(made) => data.alt.connect = connection(made),
            Success::Published(message) => data.alt.r#pub = published(message, properties),
            Success::Subscribed { .. } => data.alt.sub = reason_codes,
            Success::Unsubscribed { .. } => data.alt.unsub = reason_codes,
        }
        call(&mut data);
    });
}

const ALL_ZERO: MQTTApi_message =
    MQTTApi_message { struct_id: [0; 4], struct_version: 0, ..MQTTApi_message_initializer };

fn connection(made: &ConnectionMade<'_>) -> MQTTAsync_connectionMade {
    MQTTAsync_connectionMade {
        serverURI: made.server_uri.as_ptr().cast_mut(),
        MQTTVersion: c_int::from(made.version.level()),
        sessionPresent: c_int::from(made.session_present),
    }
}

fn published(message: &PublishedMessage<'_>, properties: MQTTProperties) -> MQTTAsync_publishedMessage {
    MQTTAsync_publishedMessage {
        message: MQTTApi_message {
            payload: message.payload.as_ptr().cast_mut().cast(),
            payloadlen: c_length(message.payload.len()),
            qos: c_int::from(message.qos.level()),
            retained: c_int::from(message.retain),
            properties,
            ..MQTTApi_message_initializer
        },
        destinationName: message.topic.as_ptr().cast_mut(),
    }
}
