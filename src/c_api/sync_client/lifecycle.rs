//! Creating and destroying clients, and their settings.

use std::ffi::{CString, c_char, c_int, c_ulong, c_void};
use std::ptr::{null, null_mut};

use super::handle::{CLIENTS, MQTTClient, Registered};
use super::information::VERSION_INFO;
use super::return_code::sync_code;
use super::structs::create_options::{MQTTClient_createOptions, read_create_options};
use crate::c_api::boundary::{guard_untraced, milliseconds};
use crate::c_api::calls::{Call, Outcome, must_not_wait, traced, traced_over};
use crate::c_api::cancellation::{at_edges, at_edges_if, at_once};
use crate::c_api::creation::Identity;
use crate::c_api::persistence::read_persistence;
use crate::c_api::process;
use crate::c_api::return_code::{MQTTAPI_FAILURE, MQTTAPI_SUCCESS};
use crate::c_api::structs::persistence::MQTTCLIENT_PERSISTENCE_NONE;
use crate::client::{Client, CreateOptions};
use crate::error::Error;

/// The shortest command timeout, in milliseconds (contract C-2.14).
const MIN_COMMAND_TIMEOUT: c_ulong = 5000;

/// Creates a client, for MQTT 3.1.1 and 3.1. As MQTTClient_createWithOptions without options.
///
/// @param handle Takes the client.
/// @param serverURI Where to connect to.
/// @param clientId Who this is, in UTF-8.
/// @param persistence_type One of the MQTTCLIENT_PERSISTENCE_ constants.
/// @param persistence_context What belongs to it: a directory, a store of the program's own, or NULL.
/// @return MQTTCLIENT_SUCCESS, or as MQTTClient_createWithOptions.
/// @see Contract C-2.1.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_create(
    handle: *mut MQTTClient,
    serverURI: *const c_char,
    clientId: *const c_char,
    persistence_type: c_int,
    persistence_context: *mut c_void,
) -> c_int {
    const NAME: &str = "MQTTClient_create";
    at_edges_if(is_failure, || {
        traced_over(NAME, |call| {
            guard_untraced(NAME, sync_code, || {
                // SAFETY: MQTTClient.h asks for what `create` asks for.
                unsafe {
                    create(call, handle, serverURI, clientId, persistence_type, persistence_context, null())
                }
            })
        })
    })
}

/// Creates a client. It is not connected yet.
///
/// After fork() the child may use the clients that had no connection at that time, as its parent may, and may
/// create others: a program can create its client, call daemon(), and connect then. A client that had a
/// connection is the parent's: in the child its calls fail, a line of level ERROR of the trace says why, and
/// destroying it frees the handle and nothing else.
///
/// A signal handler may call the functions for clients. If it has interrupted one of them on its thread, its
/// own call fails with MQTTCLIENT_FAILURE, unless the other one only waits for something; it never waits for
/// what the interrupted call holds.
///
/// A thread may be cancelled with pthread_cancel() while it is in a function of this library. Those that may
/// block honour that when they begin and when they return, unless they return a message or a client;
/// publishing does when it begins. In between they are not cancelled, so that nothing stays locked and other
/// threads can go on with the client. With PTHREAD_CANCEL_ASYNCHRONOUS a thread may only call the functions
/// that take a client, but for those that publish, and MQTTClient_yield.
///
/// @param handle Takes the client, which is to be given to MQTTClient_destroy once. If the call fails it is
///   left alone, but with MQTTCLIENT_PERSISTENCE_ERROR: then there is a client without its store, to be
///   destroyed, unless clientId is empty, for which there are no files.
/// @param serverURI Where to connect to: "tcp://host:port" or "mqtt://host:port". Without ":port" it is 1883,
///   and "tcp://" may be left out. "ws://host:port/path" is MQTT over WebSocket: without ":port" it is 80,
///   and without a path "/mqtt"; a query may follow the path. "unix://" and a path is a UNIX socket. With TLS
///   these are "ssl://", "tls://" or "mqtts://" (8883), and "wss://" (443), in the libraries that have TLS;
///   the options for it are given to connect. The text is copied.
/// @param clientId Tells the server who this is: UTF-8, and not the same for two clients. If it is empty, the
///   server chooses. The text is copied.
/// @param persistence_type One of the MQTTCLIENT_PERSISTENCE_ constants: where unfinished messages are kept.
/// @param persistence_context What belongs to it. For files the directory, a string, or NULL for the current
///   one; for a store of the program's own an MQTTClient_persistence, whose functions are used until the
///   client is destroyed.
/// @param options NULL, or options that are read during the call. A client for MQTT 5.0 needs them.
/// @return MQTTCLIENT_SUCCESS; MQTTCLIENT_NULL_PARAMETER if handle, serverURI or clientId is NULL;
///   MQTTCLIENT_BAD_UTF8_STRING for clientId; MQTTCLIENT_BAD_PROTOCOL for a scheme that this library does not
///   have; MQTTCLIENT_BAD_STRUCTURE for options; MQTTCLIENT_PERSISTENCE_ERROR, or what the program's own
///   store has returned, if the store cannot be opened or read.
/// @see Contract C-2.1 to C-2.5, P-102, T-101; decisions 13 and 14 there.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_createWithOptions(
    handle: *mut MQTTClient,
    serverURI: *const c_char,
    clientId: *const c_char,
    persistence_type: c_int,
    persistence_context: *mut c_void,
    options: *mut MQTTClient_createOptions,
) -> c_int {
    const NAME: &str = "MQTTClient_createWithOptions";
    at_edges_if(is_failure, || {
        traced_over(NAME, |call| {
            guard_untraced(NAME, sync_code, || {
                // SAFETY: MQTTClient.h asks for what `create` asks for.
                unsafe {
                    create(call, handle, serverURI, clientId, persistence_type, persistence_context, options)
                }
            })
        })
    })
}

/// Destroys a client. Does nothing if the handle is NULL already.
///
/// A connection that is still open is closed without a DISCONNECT, so that the server publishes the will.
/// Stored messages stay for the next client of the same name. A call of another thread that waits for this
/// client fails. May be called in a callback, also for the client that it is a callback of.
///
/// @param handle The client. It becomes NULL.
/// @see Contract C-2.7 to C-2.9.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_destroy(handle: *mut MQTTClient) {
    const NAME: &str = "MQTTClient_destroy";
    at_edges(|| {
        traced_over(NAME, |call| {
            let destroy = || {
                if handle.is_null() || must_not_wait() {
                    return Ok(());
                }
                // SAFETY: not NULL; MQTTClient.h asks for a handle that may be written. It is not touched
                // after the client is gone, when the program may free it.
                let client = unsafe { handle.replace(null_mut()) };
                CLIENTS.remove(client)?.client.destroy();
                // The last client takes the trace file with it, which is to have the end of this call.
                call.end(().code());
                process::client_destroyed();
                Ok(())
            };
            guard_untraced(NAME, |_| (), destroy);
        });
    })
}

/// Sets how long subscribing and unsubscribing wait for the server's answer. It is 10 seconds.
///
/// @param handle The client.
/// @param milliSeconds How long, in milliseconds: 5000 at least.
/// @return MQTTCLIENT_SUCCESS, or MQTTCLIENT_FAILURE for fewer than 5000 or without a client.
/// @see Contract C-2.14.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_setCommandTimeout(
    handle: MQTTClient,
    milliSeconds: c_ulong,
) -> c_int {
    const NAME: &str = "MQTTClient_setCommandTimeout";
    at_once(|| {
        traced(NAME, || {
            if milliSeconds < MIN_COMMAND_TIMEOUT {
                return MQTTAPI_FAILURE;
            }
            CLIENTS.in_client(NAME, handle, sync_code, |registered| {
                registered.client.set_command_timeout(milliseconds(milliSeconds))?;
                Ok(MQTTAPI_SUCCESS)
            })
        })
    })
}

/// Tells whether a client is connected.
///
/// Without callbacks, a lost connection is only noticed by the next call that uses it.
///
/// @param handle The client.
/// @return 1 if it is connected, else 0, also without a client.
/// @see Contract C-2.15.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_isConnected(handle: MQTTClient) -> c_int {
    at_once(|| {
        CLIENTS.with_client(
            "MQTTClient_isConnected",
            handle,
            |_| 0,
            |registered| Ok(c_int::from(registered.client.is_connected())),
        )
    })
}

/// Whether creating has left nothing behind that the program would have to destroy.
fn is_failure(code: &c_int) -> bool {
    *code != MQTTAPI_SUCCESS
}

/// The order of the checks is the contract's (C-2.1).
///
/// # Safety
/// The pointers are NULL or what MQTTClient.h says they are.
unsafe fn create(
    call: &mut Call,
    handle: *mut MQTTClient,
    server_uri: *const c_char,
    client_id: *const c_char,
    persistence_type: c_int,
    persistence_context: *mut c_void,
    options: *const MQTTClient_createOptions,
) -> Result<c_int, Error> {
    if handle.is_null() {
        return Err(Error::NullArgument);
    }
    // SAFETY: our caller's promise.
    let Identity { server, client_id } =
        unsafe { Identity::read(server_uri, client_id, persistence_type, &VERSION_INFO) }?;
    // SAFETY: our caller's promise.
    let version = unsafe { read_create_options(options) }?;

    process::client_created(&VERSION_INFO);
    call.begin_if_traced();
    let has_store = persistence_type != MQTTCLIENT_PERSISTENCE_NONE;
    let without_scheme = CString::new(server.without_scheme()).unwrap_or_default();
    // SAFETY: our caller's promise.
    let persistence = unsafe { read_persistence(persistence_type, persistence_context) };
    let (client, restored) = Client::create(CreateOptions { server, client_id, version, persistence });
    let Some(client) = CLIENTS.insert(Registered { client, server: without_scheme, has_store }) else {
        process::client_destroyed();
        return Err(Error::OutOfMemory);
    };
    // SAFETY: not NULL; our caller's promise. As Paho: there is a client even if its store failed
    // (contract C-2.5).
    unsafe { handle.write(client) };
    restored?;
    Ok(MQTTAPI_SUCCESS)
}
