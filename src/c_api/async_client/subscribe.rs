//! Subscribing and unsubscribing.

use std::ffi::{c_char, c_int};

use super::handle::{CLIENTS, MQTTAsync, Registered};
use super::return_code::async_code;
use super::structs::response_options::{
    MQTTAsync_responseOptions, read_response_options, read_subscribe_options, write_token,
};
use crate::c_api::cancellation::in_one_piece;
use crate::c_api::return_code::MQTTAPI_SUCCESS;
use crate::c_api::topic_filters::{add_options, filter_count, read_filters, read_subscriptions};
use crate::error::Error;

/// Subscribes to a topic filter; the call returns at once.
///
/// @param handle The client.
/// @param topic The filter, in UTF-8, perhaps with the wildcards + and #. It stays the caller's.
/// @param qos The highest QoS with which messages are to come: 0, 1 or 2.
/// @param response Who is to hear of the server's answer; takes the token of the request. NULL: nobody.
///   onSuccess gets the granted QoS; onFailure is called if the server refuses, or if there will be no
///   answer. For a client of MQTT 5.0 it has properties and subscribeOptions, too.
/// @return MQTTASYNC_SUCCESS: the request is sent, or waits for those before it. MQTTASYNC_DISCONNECTED
///   without a connection; MQTTASYNC_BAD_UTF8_STRING for topic; MQTTASYNC_BAD_QOS; MQTTASYNC_NO_MORE_MSGIDS
///   if all packet identifiers are taken; MQTTASYNC_BAD_STRUCTURE or MQTTASYNC_BAD_MQTT_OPTION for response;
///   MQTTASYNC_FAILURE without a client, or for what is too long for a packet.
/// @see Contract; MQTT 3.1.1 and MQTT 5.0 sections 3.8, 3.9 and 4.7.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_subscribe(
    handle: MQTTAsync,
    topic: *const c_char,
    qos: c_int,
    response: *mut MQTTAsync_responseOptions,
) -> c_int {
    in_one_piece(|| {
        CLIENTS.with_client("MQTTAsync_subscribe", handle, async_code, |registered| {
            // SAFETY: MQTTAsync.h asks for a string, and for options as long as their version implies.
            unsafe { subscribe(registered, 1, &topic, &qos, response) }
        })
    })
}

/// Subscribes to several topic filters at once; the call returns at once.
///
/// @param handle The client.
/// @param count How many filters: 1 at least.
/// @param topic The filters, in UTF-8. They stay the caller's.
/// @param qos As many numbers: the highest QoS for each filter.
/// @param response Who is to hear of the server's answer; takes the token of the request. NULL: nobody.
///   onSuccess gets the granted QoS of each, or MQTT_BAD_SUBSCRIBE where the server refused; with MQTT 5.0
///   onSuccess5 gets a reason code for each. For a client of MQTT 5.0 subscribeOptionsList has the options of
///   each filter, or subscribeOptionsCount is 0.
/// @return As MQTTAsync_subscribe; MQTTASYNC_BAD_MQTT_OPTION also for a subscribeOptionsCount that is neither
///   0 nor count; MQTTASYNC_FAILURE also for a count below 1.
/// @see Contract, W-701; MQTT 3.1.1 and MQTT 5.0 sections 3.8 and 3.9.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_subscribeMany(
    handle: MQTTAsync,
    count: c_int,
    topic: *const *mut c_char,
    qos: *const c_int,
    response: *mut MQTTAsync_responseOptions,
) -> c_int {
    in_one_piece(|| {
        CLIENTS.with_client("MQTTAsync_subscribeMany", handle, async_code, |registered| {
            // SAFETY: MQTTAsync.h asks for as many strings and numbers as it says, and for options.
            unsafe { subscribe(registered, count, topic.cast(), qos, response) }
        })
    })
}

/// Ends a subscription; the call returns at once.
///
/// @param handle The client.
/// @param topic The filter that was subscribed to, in UTF-8. It stays the caller's.
/// @param response Who is to hear of the server's answer; takes the token of the request. NULL: nobody. With
///   MQTT 5.0 onSuccess5 gets the reason code, also if it says that there was no such subscription.
/// @return As MQTTAsync_subscribe.
/// @see Contract; MQTT 3.1.1 and MQTT 5.0 sections 3.10 and 3.11.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_unsubscribe(
    handle: MQTTAsync,
    topic: *const c_char,
    response: *mut MQTTAsync_responseOptions,
) -> c_int {
    in_one_piece(|| {
        CLIENTS.with_client("MQTTAsync_unsubscribe", handle, async_code, |registered| {
            // SAFETY: MQTTAsync.h asks for a string, and for options as long as their version implies.
            unsafe { unsubscribe(registered, 1, &topic, response) }
        })
    })
}

/// Ends several subscriptions at once; the call returns at once.
///
/// @param handle The client.
/// @param count How many filters: 1 at least.
/// @param topic The filters that were subscribed to, in UTF-8. They stay the caller's.
/// @param response As for MQTTAsync_unsubscribe; with MQTT 5.0 onSuccess5 gets a reason code for each filter.
/// @return As MQTTAsync_subscribe; MQTTASYNC_FAILURE also for a count below 1.
/// @see Contract; MQTT 3.1.1 and MQTT 5.0 sections 3.10 and 3.11.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_unsubscribeMany(
    handle: MQTTAsync,
    count: c_int,
    topic: *const *mut c_char,
    response: *mut MQTTAsync_responseOptions,
) -> c_int {
    in_one_piece(|| {
        CLIENTS.with_client("MQTTAsync_unsubscribeMany", handle, async_code, |registered| {
            // SAFETY: MQTTAsync.h asks for as many strings as it says, and for options.
            unsafe { unsubscribe(registered, count, topic.cast(), response) }
        })
    })
}

/// The order of the checks is the contract's.
///
/// # Safety
/// `topics` and `levels` are NULL or have `count` elements, NULL or NUL-terminated strings, and `response` is NULL, or
/// as long as its `struct_version` implies and may be written.
unsafe fn subscribe(
    registered: &Registered,
    count: c_int,
    topics: *const *const c_char,
    levels: *const c_int,
    response: *mut MQTTAsync_responseOptions,
) -> Result<c_int, Error> {
    let client = &registered.client;
    client.require_connected()?;
    let (count, is_v5) = (filter_count(count)?, client.is_v5());
    // SAFETY: our caller's promise.
    let mut subscriptions = unsafe { read_subscriptions(count, topics, levels) }?;
    // SAFETY: our caller's promise.
    let (subscribe_options, options) =
        unsafe { (read_subscribe_options(response, is_v5, count)?, read_response_options(response, is_v5)?) };
    add_options(&mut subscriptions, &subscribe_options);
    client.subscribe(&subscriptions, options.properties.as_list(), options.callbacks, |packet_id| {
        // SAFETY: our caller's promise.
        unsafe { write_token(response, c_int::from(packet_id)) };
    })?;
    Ok(MQTTAPI_SUCCESS)
}

/// The order of the checks is the contract's.
///
/// # Safety
/// As for [`subscribe`].
unsafe fn unsubscribe(
    registered: &Registered,
    count: c_int,
    topics: *const *const c_char,
    response: *mut MQTTAsync_responseOptions,
) -> Result<c_int, Error> {
    let client = &registered.client;
    client.require_connected()?;
    // SAFETY: our caller's promise.
    let filters = unsafe { read_filters(filter_count(count)?, topics) }?;
    // SAFETY: our caller's promise.
    let options = unsafe { read_response_options(response, client.is_v5()) }?;
    client.unsubscribe(&filters, options.properties.as_list(), options.callbacks, |packet_id| {
        // SAFETY: our caller's promise.
        unsafe { write_token(response, c_int::from(packet_id)) };
    })?;
    Ok(MQTTAPI_SUCCESS)
}
