//! Receiving without callbacks.

use std::ffi::{c_char, c_int, c_ulong};
use std::ptr::null_mut;
use std::time::Duration;

use super::handle::{CLIENTS, MQTTClient};
use super::return_code::{MQTTCLIENT_TOPICNAME_TRUNCATED, sync_code};
use crate::c_api::boundary::{guard, milliseconds};
use crate::c_api::calls::must_not_wait;
use crate::c_api::cancellation::{at_edges, between_edges};
use crate::c_api::return_code::{MQTTAPI_FAILURE, MQTTAPI_SUCCESS};
use crate::c_api::structs::message::MQTTApi_message;
use crate::client;
use crate::error::Error;

/// How long MQTTClient_yield works for the clients.
const YIELD: Duration = Duration::from_millis(100);

/// Waits for a message, for clients without callbacks.
///
/// Programs look at message first, and at the return code then.
///
/// With persistence the message stays in the store until the program calls MQTTClient_receive,
/// MQTTClient_disconnect or MQTTClient_destroy for this client again, or ends: if it is killed before that,
/// the message comes again.
///
/// @param handle The client.
/// @param topicName Takes the topic, to be freed with MQTTClient_free, or NULL if no message came.
/// @param topicLen Takes the length of the topic, if a message came.
/// @param message Takes the message, to be freed with MQTTClient_freeMessage, or NULL if none came.
/// @param timeout How long to wait, in milliseconds.
/// @return MQTTCLIENT_SUCCESS, with or without a message; MQTTCLIENT_TOPICNAME_TRUNCATED with a message whose
///   topic has a NUL in it; MQTTCLIENT_DISCONNECTED without a connection; MQTTCLIENT_FAILURE if the
///   connection was lost, perhaps with a last message, or for a client with callbacks, or without a client;
///   MQTTCLIENT_NULL_PARAMETER if one of the three is NULL.
/// @see Contract C-9.2 to C-9.6.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_receive(
    handle: MQTTClient,
    topicName: *mut *mut c_char,
    topicLen: *mut c_int,
    message: *mut *mut MQTTApi_message,
    timeout: c_ulong,
) -> c_int {
    let is_empty = |_: &c_int| has_no_message(message);
    between_edges(is_empty, |between| {
        CLIENTS.with_client("MQTTClient_receive", handle, sync_code, |registered| {
            if registered.has_store {
                between.may_block();
            }
            if topicName.is_null() || topicLen.is_null() || message.is_null() {
                return Err(Error::NullArgument);
            }
            let received = match registered.client.receive(milliseconds(timeout), || between.may_block()) {
                Ok(received) => received,
                // Contract C-9.2: these come before the places for the message are touched.
                Err(error @ (Error::NotNow | Error::Disconnected | Error::InvalidHandle)) => {
                    return Err(error);
                }
                Err(error) => {
                    // SAFETY: not NULL; MQTTClient.h asks for places to write to.
                    unsafe { (topicName.write(null_mut()), message.write(null_mut())) };
                    return Err(error);
                }
            };
            let lost = received.lost;
            let mut has_nul = false;
            // SAFETY: not NULL; MQTTClient.h asks for places to write to.
            unsafe {
                topicName.write(null_mut());
                message.write(null_mut());
                if let Some(received) = received.message {
                    has_nul = received.topic_has_nul();
                    topicLen.write(received.topic_length());
                    let (its_topic, its_message) = received.release();
                    topicName.write(its_topic);
                    message.write(its_message);
                }
            }
            Ok(match (lost, has_nul) {
                (true, _) => MQTTAPI_FAILURE,
                (false, true) => MQTTCLIENT_TOPICNAME_TRUNCATED,
                (false, false) => MQTTAPI_SUCCESS,
            })
        })
    })
}

/// Works for a tenth of a second for all clients without callbacks: reads, acknowledges, keeps alive.
/// Messages that come wait for MQTTClient_receive.
///
/// A program without callbacks calls this, or MQTTClient_receive, from time to time.
///
/// @see Contract C-9.1, C-9.7.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn MQTTClient_yield() {
    at_edges(|| {
        guard(
            "MQTTClient_yield",
            |_| (),
            || {
                if !must_not_wait() {
                    client::yield_all(YIELD);
                }
                Ok(())
            },
        );
    })
}

/// Whether `receive` has left nothing behind that the program would have to free.
fn has_no_message(message: *mut *mut MQTTApi_message) -> bool {
    // SAFETY: NULL, or the place that it has written to.
    message.is_null() || unsafe { message.read() }.is_null()
}
