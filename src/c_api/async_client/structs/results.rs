//! MQTTAsync_successData and MQTTAsync_failureData: what became of a request, before MQTT 5.0.

use std::ffi::{c_char, c_int};

use crate::c_api::async_client::handle::MQTTAsync_token;
use crate::c_api::structs::message::MQTTApi_message;

/// A message that was published.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTAsync_publishedMessage {
    /// The message, with its payload.
    pub message: MQTTApi_message,
    /// The topic that it was published to.
    pub destinationName: *mut c_char,
}

/// The connection that was made.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTAsync_connectionMade {
    /// The server that accepted the connection: the one of MQTTAsync_create without "scheme://", or
    /// an entry of serverURIs as it is there.
    pub serverURI: *mut c_char,
    /// The version of the protocol that is used now: 3, 4 or 5.
    pub MQTTVersion: c_int,
    /// 1 if the server had kept this client's session.
    pub sessionPresent: c_int,
}

/// What a success has to tell. One of these is valid, by what was asked for.
#[repr(C)]
#[derive(Clone, Copy)]
pub union MQTTAsync_successData_alt {
    /// Of MQTTAsync_subscribe: the granted QoS.
    pub qos: c_int,
    /// Of MQTTAsync_subscribeMany, for more than one topic filter: the granted QoS of each, or
    /// MQTT_BAD_SUBSCRIBE.
    pub qosList: *mut c_int,
    /// Of MQTTAsync_send and MQTTAsync_sendMessage.
    pub r#pub: MQTTAsync_publishedMessage,
    /// Of MQTTAsync_connect.
    pub connect: MQTTAsync_connectionMade,
}

/// What MQTTAsync_onSuccess gets.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTAsync_successData {
    /// The token of the request; 0 if it has none.
    pub token: MQTTAsync_token,
    /// What else there is to tell.
    pub alt: MQTTAsync_successData_alt,
}

/// What MQTTAsync_onFailure gets.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTAsync_failureData {
    /// The token of the request; 0 if it has none.
    pub token: MQTTAsync_token,
    /// One of the MQTTASYNC_ return codes, or if it is positive, the server's word.
    pub code: c_int,
    /// Why it failed, for people. May be NULL.
    pub message: *const c_char,
}
