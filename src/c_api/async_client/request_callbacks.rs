//! Who hears of a request, and how: the structures that onSuccess and onFailure get.

use std::ffi::c_int;
use std::mem::zeroed;
use std::ptr::null_mut;

use super::return_code::async_code;
use super::structs::callbacks::{
    MQTTAsync_onFailure, MQTTAsync_onFailure5, MQTTAsync_onSuccess, MQTTAsync_onSuccess5,
};
use super::structs::results::{
    MQTTAsync_connectionMade, MQTTAsync_failureData, MQTTAsync_publishedMessage, MQTTAsync_successData,
};
use super::structs::results5::{
    MQTTAsync_failureData5, MQTTAsync_failureData5_initializer, MQTTAsync_reasonCodes,
    MQTTAsync_successData5, MQTTAsync_successData5_initializer,
};
use crate::c_api::boundary::c_length;
use crate::c_api::callbacks::{Context, with_properties};
use crate::c_api::calls::callback;
use crate::c_api::return_code::MQTTAPI_FAILURE;
use crate::c_api::structs::ReasonCodeNumber;
use crate::c_api::structs::message::{MQTTApi_message, MQTTApi_message_initializer};
use crate::c_api::structs::properties::{MQTTProperties, MQTTProperties_initializer};
use crate::client::{ConnectionMade, Failure, Outcome, PublishedMessage, Success};
use crate::error::Error;
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

    /// Whether anybody hears that the request has succeeded.
    pub fn hear_of_success(&self) -> bool {
        self.on_success.is_some() || self.on_success5.is_some()
    }

    /// Whether anybody hears that the request has failed.
    pub fn hear_of_failure(&self) -> bool {
        self.on_failure.is_some() || self.on_failure5.is_some()
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
            let mut data = MQTTAsync_failureData { token, code: code_of(failure.error), message };
            // SAFETY: the program's own function, with what MQTTAsync.h says that it gets.
            callback("MQTTAsync_onFailure", || unsafe { function(self.context.0, &mut data) });
        } else if let Some(function) = self.on_failure5 {
            with_properties(failure.properties, |properties| {
                let mut data = MQTTAsync_failureData5 {
                    token,
                    reasonCode: ReasonCodeNumber::from(failure.reason.0),
                    // SAFETY: lent for this call.
                    properties: unsafe { *properties },
                    code: code_of5(failure.error),
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

/// 0: the server's word says it all.
fn code_of(error: Option<&Error>) -> c_int {
    error.map_or(0, async_code)
}

/// Contract: with MQTT 5.0 the server's word is the reason code.
fn code_of5(error: Option<&Error>) -> c_int {
    match error {
        Some(Error::Refused(_)) => MQTTAPI_FAILURE,
        error => code_of(error),
    }
}

/// Contract. All bytes that say nothing are zero.
fn with_success(token: c_int, success: &Success<'_>, call: impl FnOnce(*mut MQTTAsync_successData)) {
    let mut granted: Vec<c_int> = Vec::new();
    // SAFETY: all zeros are numbers, and pointers that are NULL.
    let mut data: MQTTAsync_successData = unsafe { zeroed() };
    data.token = token;
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
        // SAFETY: all zeros are numbers, and pointers that are NULL.
        let mut data: MQTTAsync_successData5 = unsafe { zeroed() };
        data.struct_id = MQTTAsync_successData5_initializer.struct_id;
        data.token = token;
        data.reasonCode = numbers.first().copied().unwrap_or(0);
        data.properties = properties;
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

#[cfg(test)]
mod tests {
    use std::ffi::{CStr, c_char, c_void};

    use super::*;
    use crate::c_api::properties::read_properties;
    use crate::protocol::packet::{Properties, Property, PropertyId, PropertyValue};
    use crate::protocol::{Qos, ReasonCode, Version};

    type Look<T> = fn(&T);

    unsafe extern "C-unwind" fn look<T>(context: *mut c_void, data: *mut T) {
        unsafe { (*context.cast::<Look<T>>())(&*data) }
    }

    fn succeed(token: u16, success: Success<'_>, mut check: Look<MQTTAsync_successData>) {
        let context = Context((&raw mut check).cast());
        let callbacks = RequestCallbacks { context, on_success: Some(look), ..Default::default() };
        callbacks.tell(token, &Ok(success));
    }

    fn succeed5(token: u16, success: Success<'_>, mut check: Look<MQTTAsync_successData5>) {
        let context = Context((&raw mut check).cast());
        let callbacks = RequestCallbacks { context, on_success5: Some(look), ..Default::default() };
        callbacks.tell(token, &Ok(success));
    }

    fn text(raw: *const c_char) -> &'static str {
        unsafe { CStr::from_ptr(raw) }.to_str().unwrap()
    }

    fn content_type() -> Properties {
        let mut properties = Properties::default();
        let value = PropertyValue::Utf8String(b"text");
        properties.push(Property { id: PropertyId::ContentType, value }).unwrap();
        properties
    }

    fn all_zero<T>(data: &T, from: usize) -> bool {
        let bytes: *const T = data;
        (from..size_of::<T>()).all(|offset| unsafe { bytes.cast::<u8>().add(offset).read() } == 0)
    }

    const MADE: ConnectionMade<'static> = ConnectionMade {
        server_uri: c"127.0.0.1:1883",
        version: Version::V3_1_1,
        session_present: true,
        properties: PropertyList::EMPTY,
    };

    const MESSAGE: PublishedMessage<'static> = PublishedMessage {
        topic: c"a/b",
        payload: b"payload\0".split_at(7).0,
        qos: Qos::AtLeastOnce,
        retain: true,
        reason: ReasonCode(0x10),
        properties: PropertyList::EMPTY,
    };

    /// Contract.
    #[test]
    fn connecting_tells_where_to() {
        succeed(0, Success::Connected(MADE), |data| {
            let made = unsafe { data.alt.connect };
            assert_eq!((data.token, text(made.serverURI)), (0, "127.0.0.1:1883"));
            assert_eq!((made.MQTTVersion, made.sessionPresent), (4, 1));
        });
        let properties = content_type();
        let made = ConnectionMade { properties: properties.as_list(), version: Version::V5, ..MADE };
        succeed5(0, Success::Connected(made), |data| {
            assert_eq!((data.struct_id.map(|letter| letter as u8), data.struct_version), (*b"MQSD", 0));
            assert_eq!((data.reasonCode, data.properties.count), (0, 1));
            assert_eq!(unsafe { data.alt.connect }.MQTTVersion, 5);
        });
        succeed(0, Success::Disconnected, |data| assert!(all_zero(data, 0)));
        succeed5(0, Success::Disconnected, |data| assert!(all_zero(data, 4)));
    }

    /// Contract: an array only for more than one code.
    #[test]
    fn subscribing_tells_what_was_granted() {
        let subscribed = |codes| Success::Subscribed { codes, properties: PropertyList::EMPTY };
        succeed(7, subscribed(&[2]), |data| {
            assert_eq!((data.token, unsafe { data.alt.qos }), (7, 2));
            assert!(all_zero(data, 12));
        });
        succeed(7, subscribed(&[1, 0x80]), |data| {
            assert_eq!(unsafe { std::slice::from_raw_parts(data.alt.qosList, 2) }, [1, 0x80]);
        });
        succeed5(7, subscribed(&[1]), |data| {
            let sub = unsafe { data.alt.sub };
            assert_eq!((data.reasonCode, sub.reasonCodeCount, sub.reasonCodes.is_null()), (1, 1, true));
        });
        succeed5(7, subscribed(&[0x87, 1]), |data| {
            let sub = unsafe { data.alt.sub };
            assert_eq!((data.token, data.reasonCode, sub.reasonCodeCount), (7, 0x87, 2));
            assert_eq!(unsafe { std::slice::from_raw_parts(sub.reasonCodes, 2) }, [0x87, 1]);
        });
        let unsubscribed = |codes| Success::Unsubscribed { codes, properties: PropertyList::EMPTY };
        succeed(8, unsubscribed(&[]), |data| assert!(data.token == 8 && all_zero(data, 4)));
        succeed5(8, unsubscribed(&[0, 0x11]), |data| {
            assert_eq!(unsafe { data.alt.unsub }.reasonCodeCount, 2);
        });
    }

    /// Contract.
    #[test]
    fn publishing_tells_what_was_sent() {
        succeed(9, Success::Published(MESSAGE), |data| {
            let sent = unsafe { data.alt.r#pub };
            assert_eq!((data.token, text(sent.destinationName)), (9, "a/b"));
            assert_eq!((text(sent.message.payload.cast()), sent.message.payloadlen), ("payload", 7));
            assert_eq!((sent.message.qos, sent.message.retained, sent.message.struct_version), (1, 1, 1));
        });
        let properties = content_type();
        let message = PublishedMessage { properties: properties.as_list(), ..MESSAGE };
        succeed5(9, Success::Published(message), |data| {
            assert_eq!((data.reasonCode, data.properties.count), (0x10, 1));
            let seen = unsafe { read_properties(&data.properties) }.unwrap();
            assert_eq!(seen.as_list().iter().count(), 1);
        });
    }

    const FAILURE: Failure<'static> = Failure {
        error: Some(&Error::TimedOut),
        message: Some(c"TCP connect timeout"),
        reason: ReasonCode(0x87),
        properties: PropertyList::EMPTY,
        packet_type: 5,
    };

    /// Contract.
    #[test]
    fn failing_tells_why() {
        let mut check: Look<MQTTAsync_failureData> = |data| {
            assert_eq!((data.token, data.code, text(data.message)), (3, -1, "TCP connect timeout"));
        };
        let context = Context((&raw mut check).cast());
        RequestCallbacks { context, on_failure: Some(look), ..Default::default() }.tell(3, &Err(FAILURE));

        let mut check: Look<MQTTAsync_failureData5> = |data| {
            assert_eq!((data.struct_id.map(|letter| letter as u8), data.struct_version), (*b"MQFD", 0));
            assert_eq!((data.token, data.code, data.reasonCode, data.packet_type), (3, -1, 0x87, 5));
            assert_eq!((data.properties.count, data.message.is_null()), (1, true));
        };
        let properties = content_type();
        let failure = Failure { message: None, properties: properties.as_list(), ..FAILURE };
        let context = Context((&raw mut check).cast());
        RequestCallbacks { context, on_failure5: Some(look), ..Default::default() }.tell(3, &Err(failure));
    }

    /// Contract.
    #[test]
    fn of_two_callbacks_the_old_one_is_called() {
        unsafe extern "C-unwind" fn never(_: *mut c_void, _: *mut MQTTAsync_successData5) {
            panic!("the new one was called");
        }
        unsafe extern "C-unwind" fn count(context: *mut c_void, _: *mut MQTTAsync_successData) {
            unsafe { *context.cast::<u32>() += 1 };
        }
        let mut calls = 0;
        let callbacks = RequestCallbacks {
            context: Context((&raw mut calls).cast()),
            on_success: Some(count),
            on_success5: Some(never),
            ..Default::default()
        };
        callbacks.tell(0, &Ok(Success::Disconnected));
        callbacks.tell(0, &Err(FAILURE));
        assert_eq!(calls, 1);
        assert!(callbacks.are_before_v5() && callbacks.are_v5());
    }
}
