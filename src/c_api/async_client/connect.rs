//! Connecting and disconnecting.

use std::ffi::c_int;

use super::handle::{CLIENTS, MQTTAsync};
use super::return_code::async_code;
use super::structs::connect_options::{MQTTAsync_connectOptions, read_connect_options};
use super::structs::disconnect_options::{
    MQTTAsync_disconnectOptions, check_disconnect_options, read_disconnect_options,
};
use crate::c_api::boundary::guard;
use crate::c_api::cancellation::in_one_piece;
use crate::c_api::return_code::MQTTAPI_SUCCESS;
use crate::error::Error;

/// Connects a client to its server, in the background: the call returns at once.
///
/// When the server has accepted the client, onSuccess of the options is called, or onSuccess5; when it could
/// not be connected, onFailure or onFailure5, once. Names are resolved, and servers and addresses are tried
/// one after the other, without stopping anybody: each server has connectTimeout for all of it. With
/// MQTTVERSION_DEFAULT each is asked for MQTT 3.1.1 first, and then for 3.1.
///
/// Until MQTTAsync_disconnect is called, the client is to be connected: with automaticReconnect it connects
/// again by itself whenever the connection is lost, and also if it could not be made at first. It waits for
/// minRetryInterval before the first attempt, twice as long after each failed one, but no longer than
/// maxRetryInterval, and each time by up to a fifth more or less, so that not all clients of a server come at
/// the same moment. Each attempt tries all servers. MQTTAsync_setConnected tells when it succeeds.
///
/// Who asks again while a connection is being made hears what comes of it, in place of the one who asked
/// before. That attempt goes on with the options that it began with; the new ones are for the next.
///
/// @param handle The client.
/// @param options What to connect with, and who is to hear of it. All that is pointed to is copied during the
///   call.
/// @return MQTTASYNC_SUCCESS if the client will be connected, or is connected already, when nothing is sent
///   and no callback is called. MQTTASYNC_COMMAND_IGNORED if it is about to connect, whose callbacks are
///   those that will be called. MQTTASYNC_FAILURE without a client. MQTTASYNC_NULL_PARAMETER if options, the
///   will's topic, or the TLS options of a URI with TLS are NULL; MQTTASYNC_BAD_STRUCTURE; MQTTASYNC_BAD_QOS
///   or MQTTASYNC_0_LEN_WILL_TOPIC for the will; MQTTASYNC_BAD_UTF8_STRING for user name and password;
///   MQTTASYNC_WRONG_MQTT_VERSION and MQTTASYNC_BAD_MQTT_OPTION for what does not belong to the client's
///   version; MQTTASYNC_SSL_NOT_SUPPORTED for TLS options in a library without TLS.
/// @see Contract; MQTT 3.1.1 and MQTT 5.0 sections 3.1 and 3.2.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_connect(
    handle: MQTTAsync,
    options: *const MQTTAsync_connectOptions,
) -> c_int {
    const NAME: &str = "MQTTAsync_connect";
    in_one_piece(|| {
        guard(NAME, async_code, || {
            // As Paho: before the handle (contract ).
            if options.is_null() {
                return Err(Error::NullArgument);
            }
            Ok(CLIENTS.in_client(NAME, handle, async_code, |registered| {
                let client = &registered.client;
                // SAFETY: MQTTAsync.h asks for options as long as their version implies.
                let connect = unsafe { read_connect_options(options, client.is_v5(), client.needs_tls()) }?;
                match connect.version_is_unknown {
                    // As Paho: it turns out later (contract ).
                    true => client.refuse_to_connect(Error::BadVersion, connect.callbacks)?,
                    false => client.connect(connect.options, connect.reconnect, connect.callbacks)?,
                }
                Ok(MQTTAPI_SUCCESS)
            }))
        })
    })
}

/// Connects a client again, with the options of its last MQTTAsync_connect; the call returns at once.
///
/// With automaticReconnect the client does not wait for its next attempt, and the time between attempts
/// begins at minRetryInterval again. That is only for a client that is to be connected: after
/// MQTTAsync_disconnect the call fails. Nothing happens if the client is connected already.
/// MQTTAsync_setConnected tells when it is.
///
/// @param handle The client.
/// @return MQTTASYNC_SUCCESS; MQTTASYNC_COMMAND_IGNORED if the client is about to connect; MQTTASYNC_FAILURE
///   without a client, or if MQTTAsync_connect was never called for it.
/// @see Contract.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_reconnect(handle: MQTTAsync) -> c_int {
    in_one_piece(|| {
        CLIENTS.with_client("MQTTAsync_reconnect", handle, async_code, |registered| {
            registered.client.reconnect()?;
            Ok(MQTTAPI_SUCCESS)
        })
    })
}

/// Disconnects a client from its server, in the background: the call returns at once.
///
/// What was requested before is sent first, and messages that are under way may be delivered still: that
/// takes the timeout of the options, in milliseconds, at most. Then the connection ends, requests fail that
/// have had no answer and do not outlive it, and onSuccess of the options is called, or onSuccess5.
///
/// @param handle The client.
/// @param options For how long, and who is to hear of it. NULL: no time, and nobody. All that is pointed to
///   is copied during the call.
/// @return MQTTASYNC_SUCCESS; MQTTASYNC_DISCONNECTED if there is no connection, which ends an attempt to
///   connect and automatic reconnects nevertheless; MQTTASYNC_BAD_STRUCTURE; MQTTASYNC_FAILURE without a
///   client, or for a reason that is no byte.
/// @see Contract; MQTT 3.1.1 and MQTT 5.0 section 3.14.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_disconnect(
    handle: MQTTAsync,
    options: *const MQTTAsync_disconnectOptions,
) -> c_int {
    const NAME: &str = "MQTTAsync_disconnect";
    in_one_piece(|| {
        guard(NAME, async_code, || {
            // SAFETY: MQTTAsync.h asks for options as long as their version implies, or NULL.
            unsafe { check_disconnect_options(options) }?;
            Ok(CLIENTS.in_client(NAME, handle, async_code, |registered| {
                let is_v5 = registered.client.is_v5();
                // SAFETY: as above. A header with clients for MQTT 5.0 has all of the structure.
                let disconnect = unsafe { read_disconnect_options(options, is_v5) }?;
                registered.client.disconnect(&disconnect.options, disconnect.callbacks)?;
                Ok(MQTTAPI_SUCCESS)
            }))
        })
    })
}
