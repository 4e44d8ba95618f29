//! Publishing, and waiting for what was published. The hot path: see with_client and Handles::find.

use std::ffi::{c_char, c_int, c_ulong, c_void};
use std::ptr::{null, null_mut};

use super::handle::{CLIENTS, MQTTClient, MQTTClient_deliveryToken, Registered, before_mqtt5};
use super::return_code::{sync_code, sync_response};
use super::structs::response::{MQTTResponse, MQTTResponse_initializer};
use crate::c_api::boundary::milliseconds;
use crate::c_api::calls::traced;
use crate::c_api::cancellation::{at_edges, at_once, look};
use crate::c_api::memory;
use crate::c_api::outgoing::read_outgoing;
use crate::c_api::return_code::{MQTTAPI_FAILURE, MQTTAPI_SUCCESS};
use crate::c_api::structs::message::{MQTTApi_message, MessageFields, read_message};
use crate::c_api::structs::properties::MQTTProperties;
use crate::error::Error;
use crate::protocol::session::OutgoingMessage;
use crate::sync::Uncancelled;

/// Publishes a message, for MQTT 3.1.1 and 3.1.
///
/// The call does not wait until the message is delivered: see MQTTClient_waitForCompletion. But it waits
/// while as many messages are under way as the connect options allow.
///
/// When the call returns, the message is written: it arrives even if the process is killed then. Only a
/// thread that floods, with hundreds of messages and no pause of a millisecond, has its next messages leave
/// together, within 400 microseconds, and so do messages that the server is too slow for.
/// MQTTClient_disconnect, MQTTClient_destroy and exit() send what has not left yet; a process that ends by
/// _exit(), a signal or exec loses it, unless it is stored, and so does one whose signal handler has
/// interrupted a call of this library and calls exit().
///
/// @param handle The client.
/// @param topicName Where to, in UTF-8, without wildcards. It stays the caller's.
/// @param payloadlen How many bytes the payload has.
/// @param payload The bytes. May be NULL if there are none. They stay the caller's.
/// @param qos 0: the message may be lost. 1: it arrives, perhaps more than once. 2: it arrives once.
/// @param retained 1 asks the server to keep the message for those who subscribe later, else 0.
/// @param dt Takes the token of a message of QoS 1 or 2, before any callback is told of it. May be NULL.
/// @return MQTTCLIENT_SUCCESS. For QoS 1 and 2 that means that the message is the library's now, even if the
///   connection was lost meanwhile. MQTTCLIENT_FAILURE without a client, for what is too long for a packet,
///   or if a message of QoS 0 could not be written; MQTTCLIENT_WRONG_MQTT_VERSION for a client of MQTT 5.0;
///   MQTTCLIENT_DISCONNECTED; MQTTCLIENT_BAD_UTF8_STRING for topicName; MQTTCLIENT_NULL_PARAMETER for a
///   payload that is NULL; MQTTCLIENT_BAD_QOS; MQTTCLIENT_MAX_MESSAGES_INFLIGHT if all packet identifiers are
///   taken; MQTTCLIENT_PERSISTENCE_ERROR, or the code of the program's own store, if the message could not be
///   stored.
/// @see Contract C-7.1 to C-7.6; MQTT 3.1.1 sections 3.3 and 4.3.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_publish(
    handle: MQTTClient,
    topicName: *const c_char,
    payloadlen: c_int,
    payload: *const c_void,
    qos: c_int,
    retained: c_int,
    dt: *mut MQTTClient_deliveryToken,
) -> c_int {
    look();
    CLIENTS.with_client("MQTTClient_publish", handle, sync_code, |registered| {
        before_mqtt5(registered)?;
        let message =
            MessageFields { payload, payload_length: payloadlen, qos, retained, properties: null() };
        // SAFETY: MQTTClient.h asks for what `publish` asks for.
        unsafe { publish(registered, topicName, &message, dt) }?;
        Ok(MQTTAPI_SUCCESS)
    })
}

/// Publishes a message, for MQTT 5.0. As MQTTClient_publish, with properties.
///
/// @param handle The client.
/// @param topicName Where to, in UTF-8, without wildcards. It stays the caller's.
/// @param payloadlen How many bytes the payload has.
/// @param payload The bytes. May be NULL if there are none. They stay the caller's.
/// @param qos 0, 1 or 2.
/// @param retained 1 asks the server to keep the message for those who subscribe later, else 0.
/// @param properties The properties of the message. NULL: none. They stay the caller's.
/// @param dt Takes the token of a message of QoS 1 or 2. May be NULL.
/// @return A response whose reasonCode is one of the return codes of MQTTClient_publish. It has nothing of
///   the server's, for which see MQTTClient_setPublished, and so nothing to be freed.
/// @see Contract C-7.1 to C-7.6, C-7.9; MQTT 5.0 sections 3.3 and 4.3.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_publish5(
    handle: MQTTClient,
    topicName: *const c_char,
    payloadlen: c_int,
    payload: *const c_void,
    qos: c_int,
    retained: c_int,
    properties: *mut MQTTProperties,
    dt: *mut MQTTClient_deliveryToken,
) -> MQTTResponse {
    look();
    CLIENTS.with_client("MQTTClient_publish5", handle, sync_response, |registered| {
        let message = MessageFields { payload, payload_length: payloadlen, qos, retained, properties };
        // SAFETY: MQTTClient.h asks for what `publish` asks for.
        unsafe { publish(registered, topicName, &message, dt) }?;
        Ok(MQTTResponse_initializer)
    })
}

/// Publishes a message, for MQTT 3.1.1 and 3.1. As MQTTClient_publish, with the message in one piece.
///
/// @param handle The client.
/// @param topicName Where to, in UTF-8, without wildcards. It stays the caller's.
/// @param msg The message. It stays the caller's.
/// @param dt Takes the token of a message of QoS 1 or 2. May be NULL.
/// @return As MQTTClient_publish; MQTTCLIENT_NULL_PARAMETER or MQTTCLIENT_BAD_STRUCTURE for msg.
/// @see Contract C-7.1.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_publishMessage(
    handle: MQTTClient,
    topicName: *const c_char,
    msg: *mut MQTTApi_message,
    dt: *mut MQTTClient_deliveryToken,
) -> c_int {
    look();
    const NAME: &str = "MQTTClient_publishMessage";
    traced(NAME, || {
        // As Paho: the message is looked at before the client is (contract C-7.1).
        // SAFETY: MQTTClient.h asks for a message as long as its version implies.
        let message = match unsafe { read_message(msg) } {
            Ok(message) => message,
            Err(error) => return sync_code(&error),
        };
        CLIENTS.in_client(NAME, handle, sync_code, |registered| {
            before_mqtt5(registered)?;
            // SAFETY: MQTTClient.h asks for what `publish` asks for.
            unsafe { publish(registered, topicName, &message, dt) }?;
            Ok(MQTTAPI_SUCCESS)
        })
    })
}

/// Publishes a message, for MQTT 5.0. As MQTTClient_publish5, with the message in one piece.
///
/// @param handle The client.
/// @param topicName Where to, in UTF-8, without wildcards. It stays the caller's.
/// @param msg The message, with its properties. It stays the caller's.
/// @param dt Takes the token of a message of QoS 1 or 2. May be NULL.
/// @return As MQTTClient_publish5; MQTTCLIENT_NULL_PARAMETER or MQTTCLIENT_BAD_STRUCTURE for msg.
/// @see Contract C-7.1.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_publishMessage5(
    handle: MQTTClient,
    topicName: *const c_char,
    msg: *mut MQTTApi_message,
    dt: *mut MQTTClient_deliveryToken,
) -> MQTTResponse {
    look();
    const NAME: &str = "MQTTClient_publishMessage5";
    traced(NAME, || {
        // SAFETY: MQTTClient.h asks for a message as long as its version implies.
        let message = match unsafe { read_message(msg) } {
            Ok(message) => message,
            Err(error) => return sync_response(&error),
        };
        CLIENTS.in_client(NAME, handle, sync_response, |registered| {
            // SAFETY: MQTTClient.h asks for what `publish` asks for.
            unsafe { publish(registered, topicName, &message, dt) }?;
            Ok(MQTTResponse_initializer)
        })
    })
}

/// Waits until the message with this token is delivered.
///
/// @param handle The client.
/// @param dt The token that publishing has given.
/// @param timeout How long to wait, in milliseconds; 0 fails at once.
/// @return MQTTCLIENT_SUCCESS if the message is delivered, or the token is not known (any more);
///   MQTTCLIENT_FAILURE if the time is up, or without a client; MQTTCLIENT_DISCONNECTED without a connection,
///   or if it is lost meanwhile.
/// @see Contract C-7.7.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_waitForCompletion(
    handle: MQTTClient,
    dt: MQTTClient_deliveryToken,
    timeout: c_ulong,
) -> c_int {
    const NAME: &str = "MQTTClient_waitForCompletion";
    at_edges(|| {
        traced(NAME, || {
            if timeout == 0 {
                return MQTTAPI_FAILURE; // As Paho: even if it is delivered (contract C-7.7).
            }
            CLIENTS.in_client(NAME, handle, sync_code, |registered| {
                match u16::try_from(dt) {
                    Ok(packet_id) => {
                        registered.client.wait_for_completion(packet_id, milliseconds(timeout))?
                    }
                    // No such message was ever under way, so it is no longer.
                    Err(_) => registered.client.require_connected()?,
                }
                Ok(MQTTAPI_SUCCESS)
            })
        })
    })
}

/// Lists the tokens of the messages that are not delivered yet, the oldest first. Needs no connection.
///
/// @param handle The client.
/// @param tokens Takes an array that ends with -1, to be freed with MQTTClient_free; NULL if there are no
///   such messages.
/// @return MQTTCLIENT_SUCCESS; MQTTCLIENT_FAILURE without a client, or if tokens is NULL.
/// @see Contract C-7.8.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_getPendingDeliveryTokens(
    handle: MQTTClient,
    tokens: *mut *mut MQTTClient_deliveryToken,
) -> c_int {
    const NAME: &str = "MQTTClient_getPendingDeliveryTokens";
    at_once(|| {
        traced(NAME, || {
            if tokens.is_null() {
                return MQTTAPI_FAILURE;
            }
            // SAFETY: not NULL; MQTTClient.h asks for a place for a pointer.
            unsafe { tokens.write(null_mut()) };
            CLIENTS.in_client(NAME, handle, sync_code, |registered| {
                let pending = memory::place_tokens(&registered.client.pending()?)?;
                // SAFETY: as above.
                unsafe { tokens.write(pending) };
                Ok(MQTTAPI_SUCCESS)
            })
        })
    })
}

/// The order of the checks is the contract's (C-7.2): without a connection that comes first,
/// whatever the arguments are like.
///
/// # Safety
/// `topic` is NULL or a NUL-terminated string, the message's payload is as long as it says, its
/// properties are NULL or a list, and `token` is NULL or may be written.
#[inline]
unsafe fn publish(
    registered: &Registered,
    topic: *const c_char,
    message: &MessageFields,
    token: *mut MQTTClient_deliveryToken,
) -> Result<(), Error> {
    let client = &registered.client;
    // As Paho: only the lowest bit counts (contract C-7.3).
    let retain = message.retained & 1 == 1;
    let properties;
    // SAFETY: our caller's promise.
    let outgoing = match unsafe { read_outgoing(topic, message, retain) } {
        Ok((outgoing, None)) => outgoing,
        Ok((outgoing, Some(list))) => {
            properties = list;
            OutgoingMessage { properties: properties.as_list(), ..outgoing }
        }
        Err(error) => {
            client.require_connected()?;
            return Err(error);
        }
    };
    // Writing files looks whether the thread is cancelled. What else does is rare, and sees to it by itself: so the
    // others need not pay for it.
    let _uncancelled = registered.has_store.then(Uncancelled::begin);
    client.publish(&outgoing, |packet_id| {
        if !token.is_null() {
            // SAFETY: not NULL; our caller's promise.
            unsafe { token.write(c_int::from(packet_id.get())) };
        }
    })?;
    Ok(())
}
