//! Setting the callbacks of a client.

use std::ffi::{c_int, c_void};

use super::application::{CApplication, Callback};
use super::handle::{CLIENTS, MQTTAsync};
use super::record_hooks;
use super::return_code::async_code;
use super::structs::callbacks::{
    MQTTAsync_connected, MQTTAsync_connectionLost, MQTTAsync_deliveryComplete, MQTTAsync_disconnected,
    MQTTAsync_messageArrived, MQTTAsync_updateConnectOptions,
};
use crate::c_api::callbacks::Context;
use crate::c_api::cancellation::at_once;
use crate::c_api::return_code::MQTTAPI_SUCCESS;
use crate::c_api::structs::persistence::{MQTTPersistence_afterRead, MQTTPersistence_beforeWrite};
use crate::client::AsyncClient;
use crate::error::Error;

/// Sets the callbacks for messages and for the connection, all with the same context. They are best set
/// before MQTTAsync_connect: messages may come as soon as the client is connected.
///
/// Callbacks may call all functions of this library, for their own client and for others. Those of one client
/// come in order and do not run at the same time. They run on threads of the library, with two exceptions, on
/// the thread that makes the call: requests that MQTTAsync_destroy gives up, and a message that
/// MQTTAsync_send drops for a newer one. No function of the library waits for a callback, but for
/// MQTTAsync_destroy.
///
/// Nor do callbacks of different clients of a process run at the same time: a program with one set of
/// callbacks for all of them needs no locks. Only when a callback has run for a second the others go on
/// beside it, so that one that waits or hangs stalls nobody for good. The environment variable
/// MQTT_C_CLIENT_CALLBACK_TURN_MS changes the second; 0 has callbacks of different clients run at the same
/// time from the start. Whatever a callback does, what the servers send is read, and acknowledged as far as
/// that need not wait for the program; connections are kept alive; and what other threads request is sent.
///
/// The threads of the library have the stack that a thread of the program gets if nothing else is asked for
/// (usually what "ulimit -s" says), and 8 MB at least; and they block all signals. There are none before the
/// first MQTTAsync_connect and after the last MQTTAsync_destroy, and no more with many clients than with a
/// few. A callback may end its thread with pthread_exit, or with pthread_cancel: it counts as if it had
/// returned 1, and further callbacks come on other threads. A C++ exception must not leave it.
///
/// When 8 MiB of messages wait for a program that takes them slowly, no more are read until it has taken
/// some.
///
/// @param handle The client.
/// @param context Passed to all three callbacks.
/// @param cl Called when the connection is lost. May be NULL.
/// @param ma Called for each message. Must not be NULL. As long as a client has none, messages wait.
/// @param dc Called when a message of QoS 1 or 2 has been delivered. May be NULL.
/// @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, if ma is NULL, or while the client connects
///   or disconnects.
/// @see Contract; decisions 3 and 12 there.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_setCallbacks(
    handle: MQTTAsync,
    context: *mut c_void,
    cl: MQTTAsync_connectionLost,
    ma: MQTTAsync_messageArrived,
    dc: MQTTAsync_deliveryComplete,
) -> c_int {
    set("MQTTAsync_setCallbacks", handle, ma.is_some(), |application| {
        application.connection_lost = with(context, cl);
        application.message_arrived = with(context, ma);
        application.delivery_complete = with(context, dc);
    })
}

/// Sets the callback for a connection that is lost.
///
/// @param handle The client.
/// @param context Passed to the callback. It is its own.
/// @param cl The callback. NULL removes it.
/// @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, or while it connects or disconnects.
/// @see Contract.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_setConnectionLostCallback(
    handle: MQTTAsync,
    context: *mut c_void,
    cl: MQTTAsync_connectionLost,
) -> c_int {
    set("MQTTAsync_setConnectionLostCallback", handle, true, |application| {
        application.connection_lost = with(context, cl);
    })
}

/// Sets the callback for messages.
///
/// @param handle The client.
/// @param context Passed to the callback. It is its own.
/// @param ma The callback. Must not be NULL.
/// @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, if ma is NULL, or while the client connects
///   or disconnects.
/// @see Contract.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_setMessageArrivedCallback(
    handle: MQTTAsync,
    context: *mut c_void,
    ma: MQTTAsync_messageArrived,
) -> c_int {
    set("MQTTAsync_setMessageArrivedCallback", handle, ma.is_some(), |application| {
        application.message_arrived = with(context, ma);
    })
}

/// Sets the callback for messages that are delivered.
///
/// @param handle The client.
/// @param context Passed to the callback. It is its own.
/// @param dc The callback. NULL removes it.
/// @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, or while it connects or disconnects.
/// @see Contract.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_setDeliveryCompleteCallback(
    handle: MQTTAsync,
    context: *mut c_void,
    dc: MQTTAsync_deliveryComplete,
) -> c_int {
    set("MQTTAsync_setDeliveryCompleteCallback", handle, true, |application| {
        application.delivery_complete = with(context, dc);
    })
}

/// Sets the callback for connections that are made.
///
/// It is the only one that hears of connections that were made again. Subscriptions of a clean session are
/// renewed here.
///
/// @param handle The client.
/// @param context Passed to the callback. It is its own.
/// @param co The callback. NULL removes it.
/// @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, or while it connects or disconnects.
/// @see Contract.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_setConnected(
    handle: MQTTAsync,
    context: *mut c_void,
    co: MQTTAsync_connected,
) -> c_int {
    set("MQTTAsync_setConnected", handle, true, |application| {
        application.connected = with(context, co);
    })
}

/// Sets the callback for a DISCONNECT from the server, which MQTT 5.0 has. After it connectionLost is not
/// called.
///
/// @param handle The client.
/// @param context Passed to the callback. It is its own.
/// @param co The callback. NULL removes it.
/// @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, or while it connects or disconnects.
/// @see Contract; MQTT 5.0 section 3.14.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_setDisconnected(
    handle: MQTTAsync,
    context: *mut c_void,
    co: MQTTAsync_disconnected,
) -> c_int {
    set("MQTTAsync_setDisconnected", handle, true, |application| {
        application.disconnected = with(context, co);
    })
}

/// Sets the callback for what the client logs in with when it connects again by itself. At any time.
///
/// @param handle The client.
/// @param context Passed to the callback. It is its own.
/// @param co The callback. NULL removes it.
/// @return MQTTASYNC_SUCCESS, or MQTTASYNC_FAILURE without a client.
/// @see Contract.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_setUpdateConnectOptions(
    handle: MQTTAsync,
    context: *mut c_void,
    co: MQTTAsync_updateConnectOptions,
) -> c_int {
    set_anytime("MQTTAsync_setUpdateConnectOptions", handle, |client| {
        client.change_application(|application| application.update_options = with(context, co))
    })
}

/// Sets the callback for records that are about to be stored. At any time. The callback must not call this
/// library, but for MQTTAsync_malloc and MQTTAsync_free.
///
/// @param handle The client.
/// @param context Passed to the callback. It is its own.
/// @param co The callback. NULL removes it.
/// @return MQTTASYNC_SUCCESS, or MQTTASYNC_FAILURE without a client.
/// @see Contract, P-701 to P-703.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_setBeforePersistenceWrite(
    handle: MQTTAsync,
    context: *mut c_void,
    co: MQTTPersistence_beforeWrite,
) -> c_int {
    set_anytime("MQTTAsync_setBeforePersistenceWrite", handle, |client| {
        client.set_before_write(record_hooks::before_write(with(context, co)))
    })
}

/// Sets the callback for records that were read from the store. At any time; but for records that an earlier
/// client has left, before the client is used for anything else than to set callbacks. The callback must not
/// call this library, but for MQTTAsync_malloc and MQTTAsync_free.
///
/// @param handle The client.
/// @param context Passed to the callback. It is its own.
/// @param co The callback. NULL removes it.
/// @return MQTTASYNC_SUCCESS, or MQTTASYNC_FAILURE without a client.
/// @see Contract, P-701, P-704, P-705.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_setAfterPersistenceRead(
    handle: MQTTAsync,
    context: *mut c_void,
    co: MQTTPersistence_afterRead,
) -> c_int {
    set_anytime("MQTTAsync_setAfterPersistenceRead", handle, |client| {
        client.set_after_read(record_hooks::after_read(with(context, co)))
    })
}

fn with<F>(context: *mut c_void, function: F) -> Callback<F> {
    Callback { context: Context(context), function }
}

/// Contract.
fn set(
    name: &'static str,
    handle: MQTTAsync,
    is_right: bool,
    change: impl FnOnce(&mut CApplication) + Copy,
) -> c_int {
    at_once(|| {
        CLIENTS.with_client(name, handle, async_code, |registered| {
            if !is_right {
                return Err(Error::BadArgument);
            }
            registered.client.set_application(change)?;
            Ok(MQTTAPI_SUCCESS)
        })
    })
}

/// As [`set`], also while the client connects or disconnects.
fn set_anytime(
    name: &'static str,
    handle: MQTTAsync,
    change: impl FnOnce(&AsyncClient<CApplication>) -> Result<(), Error> + Copy,
) -> c_int {
    at_once(|| {
        CLIENTS.with_client(name, handle, async_code, |registered| {
            change(&registered.client)?;
            Ok(MQTTAPI_SUCCESS)
        })
    })
}
