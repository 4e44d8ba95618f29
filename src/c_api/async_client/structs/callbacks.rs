//! The types of the callbacks that a program may set.

use std::ffi::{c_char, c_int, c_void};

use super::connect_data::MQTTAsync_connectData;
use super::results::{MQTTAsync_failureData, MQTTAsync_successData};
use super::results5::{MQTTAsync_failureData5, MQTTAsync_successData5};
use crate::c_api::async_client::handle::MQTTAsync_token;
use crate::c_api::structs::ReasonCodeNumber;
use crate::c_api::structs::message::MQTTApi_message;
use crate::c_api::structs::properties::MQTTProperties;

/// Takes a message that has arrived.
///
/// If a part of the message was freed with these functions, on the thread of the callback and before it
/// returned, then the message counts as taken whatever is returned; if that is 0, the library frees the other
/// parts. What is freed with free, or on another thread, the library does not see: after that the callback
/// must not return 0.
///
/// @param context What the function was given that set this callback.
/// @param topicName The topic, with a NUL behind it.
/// @param topicLen The length of topicName, which is a string, too, unless it has a NUL in it.
/// @param message The message.
/// @return Non-zero if the message was taken: topicName and message are the program's now, which frees them
///   with MQTTAsync_free and MQTTAsync_freeMessage, before it returns or later. 0 if not: the program leaves
///   them alone, and the message is offered again, before any other.
/// @see Contract; decisions 3 and 15 there.
pub type MQTTAsync_messageArrived = Option<
    unsafe extern "C-unwind" fn(
        context: *mut c_void,
        topicName: *mut c_char,
        topicLen: c_int,
        message: *mut MQTTApi_message,
    ) -> c_int,
>;

/// Tells that a message of QoS 1 or 2 has been delivered to the server. It comes before the onSuccess of the
/// message.
///
/// @param context What the function was given that set this callback.
/// @param token The token of the message.
/// @see Contract.
pub type MQTTAsync_deliveryComplete =
    Option<unsafe extern "C-unwind" fn(context: *mut c_void, token: MQTTAsync_token)>;

/// Tells that the connection was lost; the program may connect again, even from here.
///
/// @param context What the function was given that set this callback.
/// @param cause NULL.
/// @see Contract.
pub type MQTTAsync_connectionLost =
    Option<unsafe extern "C-unwind" fn(context: *mut c_void, cause: *mut c_char)>;

/// Tells that the client is connected: for the first time, or again.
///
/// @param context What MQTTAsync_setConnected was given.
/// @param cause "connect onSuccess called" if the onSuccess of MQTTAsync_connect was called just before, else
///   "automatic reconnect".
/// @see Contract.
pub type MQTTAsync_connected = Option<unsafe extern "C-unwind" fn(context: *mut c_void, cause: *mut c_char)>;

/// Tells that the server has disconnected this client, and why. MQTT 5.0 only.
///
/// @param context What MQTTAsync_setDisconnected was given.
/// @param properties The properties of the DISCONNECT packet. Never NULL, and valid only during the call.
/// @param reasonCode The server's reason.
/// @see Contract; MQTT 5.0 section 3.14.
pub type MQTTAsync_disconnected = Option<
    unsafe extern "C-unwind" fn(
        context: *mut c_void,
        properties: *mut MQTTProperties,
        reasonCode: ReasonCodeNumber,
    ),
>;

/// Called before each automatic reconnect: may change what the client logs in with.
///
/// @param context What MQTTAsync_setUpdateConnectOptions was given.
/// @param data What is used now. Pointers that are put there must come from MQTTAsync_malloc or malloc, and
///   are the library's from then on, which frees those that were there before.
/// @return Non-zero if data was changed, else 0.
/// @see Contract.
pub type MQTTAsync_updateConnectOptions =
    Option<unsafe extern "C-unwind" fn(context: *mut c_void, data: *mut MQTTAsync_connectData) -> c_int>;

/// Tells that a request has succeeded, for MQTT 3.1.1 and 3.1.
///
/// Of each request that was accepted the program hears once: by this callback, or by its onFailure. It may be
/// called before the function that made the request has returned. Requests that were taken out of the store
/// by a later process have no callbacks.
///
/// @param context That of the options of the request.
/// @param response What there is to tell. Never NULL, and valid only during the call, with all that it points
///   to.
/// @see Contract.
pub type MQTTAsync_onSuccess =
    Option<unsafe extern "C-unwind" fn(context: *mut c_void, response: *mut MQTTAsync_successData)>;

/// Tells that a request has succeeded, for MQTT 5.0. See MQTTAsync_onSuccess.
///
/// @param context That of the options of the request.
/// @param response What there is to tell. Never NULL, and valid only during the call, with all that it points
///   to.
/// @see Contract.
pub type MQTTAsync_onSuccess5 =
    Option<unsafe extern "C-unwind" fn(context: *mut c_void, response: *mut MQTTAsync_successData5)>;

/// Tells that a request has failed, for MQTT 3.1.1 and 3.1. See MQTTAsync_onSuccess.
///
/// @param context That of the options of the request.
/// @param response Why. Never NULL, and valid only during the call, with all that it points to.
/// @see Contract.
pub type MQTTAsync_onFailure =
    Option<unsafe extern "C-unwind" fn(context: *mut c_void, response: *mut MQTTAsync_failureData)>;

/// Tells that a request has failed, for MQTT 5.0. See MQTTAsync_onSuccess.
///
/// @param context That of the options of the request.
/// @param response Why. Never NULL, and valid only during the call, with all that it points to.
/// @see Contract.
pub type MQTTAsync_onFailure5 =
    Option<unsafe extern "C-unwind" fn(context: *mut c_void, response: *mut MQTTAsync_failureData5)>;
