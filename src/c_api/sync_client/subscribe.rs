//! Subscribing and unsubscribing.

use std::ffi::{c_char, c_int};
use std::ptr::null;

use super::handle::{CLIENTS, MQTTClient, Registered, before_mqtt5};
use super::memory::free_response;
use super::return_code::{sync_code, sync_response};
use super::structs::response::{MQTTResponse, MQTTResponse_initializer};
use crate::c_api::boundary::c_length;
use crate::c_api::cancellation::{at_edges, at_edges_if};
use crate::c_api::memory;
use crate::c_api::properties::{read_properties, write_properties};
use crate::c_api::return_code::MQTT_BAD_SUBSCRIBE;
use crate::c_api::structs::ReasonCodeNumber;
use crate::c_api::structs::properties::MQTTProperties;
use crate::c_api::structs::subscribe_options::MQTTSubscribe_options;
use crate::c_api::topic_filters::{add_options, filter_count, read_filters, read_subscriptions};
use crate::client::Answer;
use crate::error::Error;
use crate::protocol::packet::Properties;

/// Subscribes to a topic filter, for MQTT 3.1.1 and 3.1, and waits for the server's answer.
///
/// @param handle The client.
/// @param topic The filter, in UTF-8, perhaps with the wildcards + and #. It stays the caller's.
/// @param qos The highest QoS with which messages are to come: 0, 1 or 2.
/// @return MQTTCLIENT_SUCCESS; MQTT_BAD_SUBSCRIBE if the server refused; MQTTCLIENT_FAILURE without a client,
///   or if there was no answer in the time that MQTTClient_setCommandTimeout sets, or the connection was
///   lost; MQTTCLIENT_WRONG_MQTT_VERSION for a client of MQTT 5.0; MQTTCLIENT_DISCONNECTED;
///   MQTTCLIENT_BAD_UTF8_STRING; MQTTCLIENT_BAD_QOS; MQTTCLIENT_MAX_MESSAGES_INFLIGHT if all packet
///   identifiers are taken.
/// @see Contract C-8.2 to C-8.7; MQTT 3.1.1 sections 3.8, 3.9 and 4.7.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_subscribe(
    handle: MQTTClient,
    topic: *const c_char,
    qos: c_int,
) -> c_int {
    at_edges(|| {
        CLIENTS.with_client("MQTTClient_subscribe", handle, sync_code, |registered| {
            before_mqtt5(registered)?;
            // SAFETY: MQTTClient.h asks for a string.
            Ok(code_only(unsafe { subscribe_one(registered, topic, qos, null(), null()) }?))
        })
    })
}

/// Subscribes to a topic filter, for MQTT 5.0, and waits for the server's answer.
///
/// @param handle The client.
/// @param topic The filter, in UTF-8, perhaps with the wildcards + and #. It stays the caller's.
/// @param qos The highest QoS with which messages are to come: 0, 1 or 2.
/// @param opts How the subscription is to behave. NULL: as before MQTT 5.0. They stay the caller's.
/// @param props The properties of the SUBSCRIBE packet. NULL: none. They stay the caller's.
/// @return A response, to be freed with MQTTResponse_free. Its reasonCode is the granted QoS; or from 128 on
///   why the server refused; or negative, one of the return codes of MQTTClient_subscribe.
/// @see Contract C-8.1 to C-8.7; MQTT 5.0 sections 3.8, 3.9 and 4.7.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_subscribe5(
    handle: MQTTClient,
    topic: *const c_char,
    qos: c_int,
    opts: *mut MQTTSubscribe_options,
    props: *mut MQTTProperties,
) -> MQTTResponse {
    at_edges_if(MQTTResponse::is_code_only, || {
        CLIENTS.with_client("MQTTClient_subscribe5", handle, sync_response, |registered| {
            // SAFETY: MQTTClient.h asks for a string, for options and for a list.
            unsafe { subscribe_one(registered, topic, qos, opts, props) }
        })
    })
}

/// Subscribes to several topic filters at once, for MQTT 3.1.1 and 3.1, and waits for the server's answer.
///
/// @param handle The client.
/// @param count How many filters: 1 at least.
/// @param topic The filters, in UTF-8. They stay the caller's.
/// @param qos As many numbers: the highest QoS for each filter. They become the granted ones, or
///   MQTT_BAD_SUBSCRIBE where the server refused.
/// @return MQTTCLIENT_SUCCESS, also if the server refused some or all; or as MQTTClient_subscribe.
/// @see Contract C-8.2 to C-8.7; MQTT 3.1.1 sections 3.8 and 3.9.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_subscribeMany(
    handle: MQTTClient,
    count: c_int,
    topic: *const *mut c_char,
    qos: *mut c_int,
) -> c_int {
    at_edges(|| {
        CLIENTS.with_client("MQTTClient_subscribeMany", handle, sync_code, |registered| {
            before_mqtt5(registered)?;
            // SAFETY: MQTTClient.h asks for as many strings and numbers as it says.
            Ok(code_only(unsafe { subscribe_many(registered, count, topic, qos, null(), null()) }?))
        })
    })
}

/// Subscribes to several topic filters at once, for MQTT 5.0, and waits for the server's answer.
///
/// @param handle The client.
/// @param count How many filters: 1 at least.
/// @param topic The filters, in UTF-8. They stay the caller's.
/// @param qos As many numbers: the highest QoS for each filter. They stay as they are.
/// @param opts As many options, or NULL: as before MQTT 5.0.
/// @param props The properties of the SUBSCRIBE packet. NULL: none. They stay the caller's.
/// @return A response, to be freed with MQTTResponse_free. It has a reason code for each filter: the granted
///   QoS, or from 128 on why the server refused. If the call failed, reasonCode is negative, as for
///   MQTTClient_subscribe5.
/// @see Contract C-8.1 to C-8.7; MQTT 5.0 sections 3.8 and 3.9.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_subscribeMany5(
    handle: MQTTClient,
    count: c_int,
    topic: *const *mut c_char,
    qos: *mut c_int,
    opts: *mut MQTTSubscribe_options,
    props: *mut MQTTProperties,
) -> MQTTResponse {
    at_edges_if(MQTTResponse::is_code_only, || {
        CLIENTS.with_client("MQTTClient_subscribeMany5", handle, sync_response, |registered| {
            // SAFETY: MQTTClient.h asks for as many strings, numbers and options as it says.
            unsafe { subscribe_many(registered, count, topic, qos, opts, props) }
        })
    })
}

/// Ends a subscription, and waits for the server's answer.
///
/// @param handle The client.
/// @param topic The filter that was subscribed to, in UTF-8. It stays the caller's.
/// @return MQTTCLIENT_SUCCESS; MQTTCLIENT_FAILURE without a client, or if there was no answer in the time
///   that MQTTClient_setCommandTimeout sets, or the connection was lost; MQTTCLIENT_DISCONNECTED;
///   MQTTCLIENT_BAD_UTF8_STRING; MQTTCLIENT_MAX_MESSAGES_INFLIGHT if all packet identifiers are taken. For a
///   client of MQTT 5.0 the server's reason code.
/// @see Contract C-8.2, C-8.6; MQTT 3.1.1 sections 3.10 and 3.11.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_unsubscribe(handle: MQTTClient, topic: *const c_char) -> c_int {
    at_edges(|| {
        CLIENTS.with_client("MQTTClient_unsubscribe", handle, sync_code, |registered| {
            // As Paho: for clients of all versions (contract C-8.2).
            // SAFETY: MQTTClient.h asks for a string.
            Ok(code_only(unsafe { unsubscribe(registered, 1, &topic, null()) }?))
        })
    })
}

/// Ends a subscription, for MQTT 5.0, and waits for the server's answer.
///
/// @param handle The client.
/// @param topic The filter that was subscribed to, in UTF-8. It stays the caller's.
/// @param props The properties of the UNSUBSCRIBE packet. NULL: none. They stay the caller's.
/// @return A response, to be freed with MQTTResponse_free. Its reasonCode is the server's, 17 if there was no
///   such subscription; or negative, one of the return codes of MQTTClient_unsubscribe.
/// @see Contract C-8.1 to C-8.6; MQTT 5.0 sections 3.10 and 3.11.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_unsubscribe5(
    handle: MQTTClient,
    topic: *const c_char,
    props: *mut MQTTProperties,
) -> MQTTResponse {
    at_edges_if(MQTTResponse::is_code_only, || {
        CLIENTS.with_client("MQTTClient_unsubscribe5", handle, sync_response, |registered| {
            // SAFETY: MQTTClient.h asks for a string and for a list.
            unsafe { unsubscribe(registered, 1, &topic, props) }
        })
    })
}

/// Ends several subscriptions at once, for MQTT 3.1.1 and 3.1, and waits for the server's answer.
///
/// @param handle The client.
/// @param count How many filters: 1 at least.
/// @param topic The filters that were subscribed to, in UTF-8. They stay the caller's.
/// @return As MQTTClient_unsubscribe; MQTTCLIENT_WRONG_MQTT_VERSION for a client of MQTT 5.0.
/// @see Contract C-8.2, C-8.6; MQTT 3.1.1 sections 3.10 and 3.11.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_unsubscribeMany(
    handle: MQTTClient,
    count: c_int,
    topic: *const *mut c_char,
) -> c_int {
    at_edges(|| {
        CLIENTS.with_client("MQTTClient_unsubscribeMany", handle, sync_code, |registered| {
            before_mqtt5(registered)?;
            // SAFETY: MQTTClient.h asks for as many strings as it says.
            Ok(code_only(unsafe { unsubscribe(registered, count, topic.cast(), null()) }?))
        })
    })
}

/// Ends several subscriptions at once, for MQTT 5.0, and waits for the server's answer.
///
/// @param handle The client.
/// @param count How many filters: 1 at least.
/// @param topic The filters that were subscribed to, in UTF-8. They stay the caller's.
/// @param props The properties of the UNSUBSCRIBE packet. NULL: none. They stay the caller's.
/// @return A response, to be freed with MQTTResponse_free, with a reason code for each filter. If the call
///   failed, reasonCode is negative, as for MQTTClient_unsubscribe5.
/// @see Contract C-8.1 to C-8.6; MQTT 5.0 sections 3.10 and 3.11.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_unsubscribeMany5(
    handle: MQTTClient,
    count: c_int,
    topic: *const *mut c_char,
    props: *mut MQTTProperties,
) -> MQTTResponse {
    at_edges_if(MQTTResponse::is_code_only, || {
        CLIENTS.with_client("MQTTClient_unsubscribeMany5", handle, sync_response, |registered| {
            // SAFETY: MQTTClient.h asks for as many strings as it says, and for a list.
            unsafe { unsubscribe(registered, count, topic.cast(), props) }
        })
    })
}

/// Subscribes to one filter. Before MQTT 5.0 the code is 0 or [`MQTT_BAD_SUBSCRIBE`]: the granted QoS
/// is not told (contract C-8.4).
///
/// # Safety
/// `topic` is NULL or a NUL-terminated string, the others are NULL or what they seem.
unsafe fn subscribe_one(
    registered: &Registered,
    topic: *const c_char,
    qos: c_int,
    options: *const MQTTSubscribe_options,
    properties: *const MQTTProperties,
) -> Result<MQTTResponse, Error> {
    // SAFETY: our caller's promise: one of each.
    let answer = unsafe { subscribe(registered, 1, &topic, &qos, options, properties) }?;
    if registered.client.is_v5() {
        return respond(&answer);
    }
    let refused = answer.reasons.first().is_some_and(|&code| c_int::from(code) == MQTT_BAD_SUBSCRIBE);
    Ok(MQTTResponse { reasonCode: if refused { MQTT_BAD_SUBSCRIBE } else { 0 }, ..MQTTResponse_initializer })
}

/// Subscribes to several filters. Before MQTT 5.0 the granted ones replace `qos` (contract C-8.4).
///
/// # Safety
/// `topic` and `qos` have `count` elements, `options` too or is NULL; the strings are NULL or
/// NUL-terminated, and `properties` is NULL or a list.
unsafe fn subscribe_many(
    registered: &Registered,
    count: c_int,
    topic: *const *mut c_char,
    qos: *mut c_int,
    options: *const MQTTSubscribe_options,
    properties: *const MQTTProperties,
) -> Result<MQTTResponse, Error> {
    // SAFETY: our caller's promise.
    let answer = unsafe { subscribe(registered, count, topic.cast(), qos, options, properties) }?;
    if registered.client.is_v5() {
        return respond(&answer);
    }
    if answer.reasons.len() > usize::try_from(count).unwrap_or(0) {
        return Err(Error::BadArgument);
    }
    for (index, &granted) in answer.reasons.iter().enumerate() {
        // SAFETY: `qos` has `count` elements, and `index` is below that.
        unsafe { qos.add(index).write(c_int::from(granted)) };
    }
    Ok(MQTTResponse_initializer)
}

/// The order of the checks is the contract's (C-8.2).
///
/// # Safety
/// As for [`subscribe_many`].
unsafe fn subscribe(
    registered: &Registered,
    count: c_int,
    topics: *const *const c_char,
    levels: *const c_int,
    options: *const MQTTSubscribe_options,
    properties: *const MQTTProperties,
) -> Result<Answer, Error> {
    let client = &registered.client;
    client.require_connected()?;
    let count = filter_count(count)?;
    let is_v5 = client.is_v5();
    // SAFETY: our caller's promise: there are `count` of each.
    let mut subscriptions = unsafe { read_subscriptions(count, topics, levels) }?;
    if is_v5 && !options.is_null() {
        // SAFETY: as above.
        add_options(&mut subscriptions, unsafe { std::slice::from_raw_parts(options, count) });
    }
    // SAFETY: our caller's promise.
    let properties = unsafe { properties_for(is_v5, properties) }?;
    client.subscribe(&subscriptions, properties.as_list())
}

/// # Safety
/// `topics` has `count` elements, NULL or NUL-terminated strings; `properties` is NULL or a list.
unsafe fn unsubscribe(
    registered: &Registered,
    count: c_int,
    topics: *const *const c_char,
    properties: *const MQTTProperties,
) -> Result<MQTTResponse, Error> {
    let client = &registered.client;
    client.require_connected()?;
    // SAFETY: our caller's promise: there are `count`.
    let filters = unsafe { read_filters(filter_count(count)?, topics) }?;
    let is_v5 = client.is_v5();
    // SAFETY: our caller's promise.
    let properties = unsafe { properties_for(is_v5, properties) }?;
    let answer = client.unsubscribe(&filters, properties.as_list())?;
    if is_v5 { respond(&answer) } else { Ok(MQTTResponse_initializer) }
}

/// # Safety
/// `properties` is NULL or a list.
unsafe fn properties_for(is_v5: bool, properties: *const MQTTProperties) -> Result<Properties, Error> {
    // SAFETY: our caller's promise.
    if is_v5 { unsafe { read_properties(properties) } } else { Ok(Properties::default()) }
}

/// An answer of MQTT 5.0. Contract C-8.5: the array only if there is more than one code.
fn respond(answer: &Answer) -> Result<MQTTResponse, Error> {
    let codes: Vec<_> = answer.reasons.iter().map(|&code| ReasonCodeNumber::from(code)).collect();
    let mut response = MQTTResponse_initializer;
    response.reasonCode = codes.first().copied().unwrap_or(0);
    response.reasonCodeCount = c_length(codes.len());
    let list = answer.properties.as_list();
    if !list.is_empty() {
        response.properties = memory::place(write_properties(list)?)?;
    }
    if codes.len() > 1 {
        response.reasonCodes = memory::place_all(&codes)?;
    }
    Ok(response)
}

/// The code of a response that nobody else will see.
fn code_only(response: MQTTResponse) -> c_int {
    // SAFETY: made by this module, and given to nobody.
    unsafe { free_response(response) };
    response.reasonCode
}
