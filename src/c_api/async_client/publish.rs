//! Sending messages, and what is still on its way. The hot path: see Handles::in_client and Handles::find.

use std::ffi::{c_char, c_int, c_ulong, c_void};
use std::ptr::{null, null_mut};

use super::handle::{CLIENTS, MQTTAsync, MQTTAsync_token, Registered};
use super::return_code::async_code;
use super::structs::response_options::{
    MQTTAsync_responseOptions, properties_of, read_response_options, write_token,
};
use crate::c_api::boundary::{guard, milliseconds};
use crate::c_api::calls::traced;
use crate::c_api::cancellation::{at_edges, in_one_piece};
use crate::c_api::memory;
use crate::c_api::outgoing::read_outgoing;
use crate::c_api::return_code::{MQTTAPI_FAILURE, MQTTAPI_SUCCESS};
use crate::c_api::structs::message::{MQTTApi_message, MessageFields, read_message};
use crate::error::Error;
use crate::protocol::session::OutgoingMessage;

/// Sends a message; the call returns at once.
///
/// onSuccess of response is called when a message of QoS 0 is written, or one of QoS 1 or 2 is delivered, and
/// onFailure if that will not happen any more.
///
/// Messages leave in the order in which they were sent. They wait while others of QoS 1 and 2 are under way,
/// as many as maxInflight allows; while the server takes nothing; and for a connection, if the client was
/// created with sendWhileDisconnected and is to be connected, or allowDisconnectedSendAtAnyTime. With a store
/// they wait there, too, and outlive the process.
///
/// When the call returns, a message that need not wait is written: it arrives even if the process is killed
/// then. Only a thread that floods, with hundreds of messages and no pause of a millisecond, has its next
/// messages leave together, within 400 microseconds. MQTTAsync_disconnect and exit() send what has not left
/// yet; a process that ends by _exit(), a signal or exec loses it, unless it is stored, and so does one whose
/// signal handler has interrupted a call of this library and calls exit().
///
/// @param handle The client.
/// @param destinationName The topic, in UTF-8, without wildcards. It stays the caller's.
/// @param payloadlen How many bytes the payload has.
/// @param payload The bytes. May be NULL if there are none. They stay the caller's: what is not written at
///   once is copied.
/// @param qos 0: the message may be lost. 1: it arrives, perhaps more than once. 2: it arrives once.
/// @param retained Other than 0: asks the server to keep the message for those who subscribe later.
/// @param response Who is to hear of the message; takes its token. NULL: nobody. For a client of MQTT 5.0 it
///   has the properties of the message.
/// @return MQTTASYNC_SUCCESS: the message is sent, or waits. MQTTASYNC_DISCONNECTED without a connection, if
///   it may not wait for one; MQTTASYNC_MAX_BUFFERED_MESSAGES if as many wait as may;
///   MQTTASYNC_NO_MORE_MSGIDS if all packet identifiers are taken; MQTTASYNC_BAD_UTF8_STRING for
///   destinationName; MQTTASYNC_NULL_PARAMETER for a payload that is NULL; MQTTASYNC_BAD_QOS;
///   MQTTASYNC_BAD_STRUCTURE or MQTTASYNC_BAD_MQTT_OPTION for response; MQTTASYNC_PERSISTENCE_ERROR, or the
///   code of the program's own store, if the message could not be stored; MQTTASYNC_FAILURE without a client,
///   or for what is too long for a packet.
/// @see Contract; MQTT 3.1.1 and MQTT 5.0 sections 3.3 and 4.3.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_send(
    handle: MQTTAsync,
    destinationName: *const c_char,
    payloadlen: c_int,
    payload: *const c_void,
    qos: c_int,
    retained: c_int,
    response: *mut MQTTAsync_responseOptions,
) -> c_int {
    CLIENTS.with_client("MQTTAsync_send", handle, async_code, |registered| {
        let message =
            MessageFields { payload, payload_length: payloadlen, qos, retained, properties: null() };
        // SAFETY: MQTTAsync.h asks for what `send` asks for.
        unsafe { send(registered, destinationName, &message, response) }
    })
}

/// Sends a message. As MQTTAsync_send, with the message in one piece.
///
/// For a client of MQTT 5.0 the message has its properties itself. Afterwards the properties of response are
/// those of the message, not a copy: they are still the caller's, once.
///
/// @param handle The client.
/// @param destinationName The topic, in UTF-8, without wildcards. It stays the caller's.
/// @param msg The message. It stays the caller's.
/// @param response Who is to hear of the message; takes its token. NULL: nobody.
/// @return As MQTTAsync_send; MQTTASYNC_NULL_PARAMETER or MQTTASYNC_BAD_STRUCTURE for msg.
/// @see Contract.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_sendMessage(
    handle: MQTTAsync,
    destinationName: *const c_char,
    msg: *const MQTTApi_message,
    response: *mut MQTTAsync_responseOptions,
) -> c_int {
    const NAME: &str = "MQTTAsync_sendMessage";
    guard(NAME, async_code, || {
        // As Paho: before the handle (contract ).
        // SAFETY: MQTTAsync.h asks for a message as long as its version implies.
        let message = unsafe { read_message(msg) }?;
        Ok(CLIENTS.in_client(NAME, handle, async_code, |registered| {
            let mut message = message;
            if registered.client.is_v5() {
                // SAFETY: MQTTAsync.h asks for options as long as their version implies, which may be written.
                unsafe { show_properties(&message, response) };
            } else {
                message.properties = null();
            }
            // SAFETY: MQTTAsync.h asks for what `send` asks for.
            unsafe { send(registered, destinationName, &message, response) }
        }))
    })
}

/// Tells whether a request is complete. One that is not known (any more) is.
///
/// @param handle The client.
/// @param token The token of the request.
/// @return 1 if it is complete; 0 if it waits to be sent, or is a message that is not delivered yet;
///   MQTTASYNC_FAILURE without a client.
/// @see Contract.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_isComplete(handle: MQTTAsync, token: MQTTAsync_token) -> c_int {
    in_one_piece(|| {
        CLIENTS.with_client("MQTTAsync_isComplete", handle, async_code, |registered| {
            // What is no token was never one, so nothing with it is on its way.
            let is_complete = match u16::try_from(token) {
                Ok(packet_id) => registered.client.is_complete(packet_id)?,
                Err(_) => true,
            };
            Ok(c_int::from(is_complete))
        })
    })
}

/// Waits until a request is complete, as MQTTAsync_isComplete has it. The only function that waits for the
/// network.
///
/// @param handle The client.
/// @param token The token of the request.
/// @param timeout How long to wait, in milliseconds.
/// @return MQTTASYNC_SUCCESS if it is complete; MQTTASYNC_FAILURE if the time is up, or without a client;
///   MQTTASYNC_DISCONNECTED without a connection, or if it is lost meanwhile.
/// @see Contract.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_waitForCompletion(
    handle: MQTTAsync,
    token: MQTTAsync_token,
    timeout: c_ulong,
) -> c_int {
    at_edges(|| {
        CLIENTS.with_client("MQTTAsync_waitForCompletion", handle, async_code, |registered| {
            match u16::try_from(token) {
                Ok(packet_id) => {
                    registered.client.wait_for_completion(packet_id, milliseconds(timeout))?;
                }
                Err(_) => registered.client.require_connected()?,
            }
            Ok(MQTTAPI_SUCCESS)
        })
    })
}

/// Lists the tokens of the messages that are not delivered yet: first those that wait to be sent, then those
/// that are under way. Messages of QoS 0 that wait have the token 0. Needs no connection.
///
/// @param handle The client.
/// @param tokens Takes an array that ends with -1, to be freed with MQTTAsync_free; NULL if there are no such
///   messages.
/// @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, or if tokens is NULL.
/// @see Contract.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_getPendingTokens(
    handle: MQTTAsync,
    tokens: *mut *mut MQTTAsync_token,
) -> c_int {
    const NAME: &str = "MQTTAsync_getPendingTokens";
    in_one_piece(|| {
        traced(NAME, || {
            if tokens.is_null() {
                return MQTTAPI_FAILURE;
            }
            // SAFETY: not NULL; MQTTAsync.h asks for a place for a pointer.
            unsafe { tokens.write(null_mut()) };
            CLIENTS.in_client(NAME, handle, async_code, |registered| {
                let pending = memory::place_tokens(&registered.client.pending()?)?;
                // SAFETY: as above.
                unsafe { tokens.write(pending) };
                Ok(MQTTAPI_SUCCESS)
            })
        })
    })
}

/// As Paho: the properties of the message become those of the options (contract ).
///
/// # Safety
/// `response` is NULL, or as long as its `struct_version` implies and may be written.
unsafe fn show_properties(message: &MessageFields, response: *mut MQTTAsync_responseOptions) {
    // SAFETY: our caller's promise.
    let place = unsafe { properties_of(response) };
    if !place.is_null() && !message.properties.is_null() {
        // SAFETY: not NULL: what the message and the options have.
        unsafe { place.write(message.properties.read()) };
    }
}

/// The order of the checks is the contract's: without a connection that comes first, whatever the
/// arguments are like.
///
/// # Safety
/// `topic` is NULL or a NUL-terminated string, the message's payload is as long as it says, its properties are
/// NULL or a list, and `response` is NULL, or as long as its `struct_version` implies and may be written.
#[inline]
unsafe fn send(
    registered: &Registered,
    topic: *const c_char,
    message: &MessageFields,
    response: *mut MQTTAsync_responseOptions,
) -> Result<c_int, Error> {
    let client = &registered.client;
    // SAFETY: our caller's promise.
    let (outgoing, properties) = match unsafe { read_outgoing(topic, message, message.retained != 0) } {
        Ok(read) => read,
        Err(error) => {
            client.may_publish()?;
            return Err(error);
        }
    };
    // SAFETY: our caller's promise.
    let options = match unsafe { read_response_options(response, client.is_v5()) } {
        Ok(options) => options,
        Err(error) => {
            client.may_publish()?;
            return Err(error);
        }
    };
    let properties = properties.as_ref().unwrap_or(&options.properties);
    let outgoing = OutgoingMessage { properties: properties.as_list(), ..outgoing };
    let _uncancelled = registered.uncancelled();
    client.publish(&outgoing, options.callbacks, |packet_id| {
        // SAFETY: our caller's promise.
        unsafe { write_token(response, c_int::from(packet_id)) };
    })?;
    Ok(MQTTAPI_SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::c_api::async_client::structs::response_options::MQTTAsync_responseOptions_initializer;
    use crate::c_api::properties::free_properties;
    use crate::c_api::properties::write_properties;
    use crate::c_api::structs::message::MQTTApi_message_initializer;
    use crate::protocol::packet::{Properties, Property, PropertyId, PropertyValue};

    /// Contract: the same list, which stays the message's.
    #[test]
    fn the_properties_of_the_message_are_shown_in_the_options() {
        let mut properties = Properties::default();
        let value = PropertyValue::Utf8String(b"text");
        properties.push(Property { id: PropertyId::ContentType, value }).unwrap();
        let mut whole = MQTTApi_message {
            properties: write_properties(properties.as_list()).unwrap(),
            ..MQTTApi_message_initializer
        };
        let shown = |message: &MQTTApi_message, version| {
            let mut response = MQTTAsync_responseOptions {
                struct_version: version,
                ..MQTTAsync_responseOptions_initializer
            };
            unsafe { show_properties(&read_message(message).unwrap(), &mut response) };
            response.properties
        };
        assert_eq!(shown(&whole, 1).array, whole.properties.array);
        assert_eq!(shown(&whole, 1).count, 1);
        assert!(shown(&whole, 0).array.is_null());
        let old = MQTTApi_message { struct_version: 0, ..whole };
        assert!(shown(&old, 1).array.is_null());
        unsafe {
            show_properties(&read_message(&whole).unwrap(), null_mut());
            free_properties(&mut whole.properties);
        }
    }
}
