//! Creating and destroying clients.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

use super::handle::{CLIENTS, MQTTAsync, Registered};
use super::information::VERSION_INFO;
use super::return_code::async_code;
use super::structs::create_options::{MQTTAsync_createOptions, read_create_options};
use crate::c_api::boundary::guard_untraced;
use crate::c_api::calls::{Call, Outcome, must_not_wait, traced_over};
use crate::c_api::cancellation::{at_edges, at_edges_if, at_once};
use crate::c_api::creation::Identity;
use crate::c_api::persistence::read_persistence;
use crate::c_api::process;
use crate::c_api::return_code::MQTTAPI_SUCCESS;
use crate::c_api::structs::persistence::MQTTCLIENT_PERSISTENCE_NONE;
use crate::client::{AsyncClient, CreateOptions};
use crate::error::Error;

/// Creates a client, for MQTT 3.1.1 and 3.1. As MQTTAsync_createWithOptions without options.
///
/// @param handle Takes the client, or NULL if the call fails.
/// @param serverURI Where to connect to.
/// @param clientId Who this is, in UTF-8.
/// @param persistence_type One of the MQTTCLIENT_PERSISTENCE_ constants.
/// @param persistence_context What belongs to it: a directory, a store of the program's own, or NULL.
/// @return MQTTASYNC_SUCCESS, or as MQTTAsync_createWithOptions.
/// @see Contract.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_create(
    handle: *mut MQTTAsync,
    serverURI: *const c_char,
    clientId: *const c_char,
    persistence_type: c_int,
    persistence_context: *mut c_void,
) -> c_int {
    const NAME: &str = "MQTTAsync_create";
    at_edges_if(is_failure, || {
        traced_over(NAME, |call| {
            guard_untraced(NAME, async_code, || {
                // SAFETY: MQTTAsync.h asks for what `create` asks for.
                unsafe {
                    create(call, handle, serverURI, clientId, persistence_type, persistence_context, null())
                }
            })
        })
    })
}

/// Creates a client. It is not connected yet. What an earlier client of the same name and server has left in
/// the store is taken up again.
///
/// After fork() the child may use the clients that had no connection at that time, as its parent may, and may
/// create others: a program can create its client, call daemon(), and connect then. A client that had a
/// connection, or was about to make one, is the parent's: in the child its calls fail, a line of level ERROR
/// of the trace says why, and destroying it frees the handle and nothing else.
///
/// A signal handler may call the functions for clients. If it has interrupted one of them on its thread, its
/// own call fails with MQTTASYNC_FAILURE, unless the other one only waits for something; it never waits for
/// what the interrupted call holds.
///
/// A thread may be cancelled with pthread_cancel() while it is in a function of this library.
/// MQTTAsync_create, MQTTAsync_createWithOptions, MQTTAsync_destroy and MQTTAsync_waitForCompletion honour
/// that when they begin and when they return, unless they return a client; the others do not block, and leave
/// it to what the program calls next. In between no thread is cancelled, so that nothing stays locked and
/// other threads can go on with the client. With PTHREAD_CANCEL_ASYNCHRONOUS a thread may only call the
/// functions that take a client, but for MQTTAsync_send and MQTTAsync_sendMessage.
///
/// @param handle Takes the client, which is to be given to MQTTAsync_destroy once, or NULL if the call fails.
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
/// @param options What is pointed to is read during the call. May be NULL: then messages can only be sent
///   while there is a connection. A client for MQTT 5.0 needs them.
/// @return MQTTASYNC_SUCCESS; MQTTASYNC_NULL_PARAMETER if handle, serverURI or clientId is NULL;
///   MQTTASYNC_BAD_UTF8_STRING for clientId; MQTTASYNC_BAD_PROTOCOL for a scheme that this library does not
///   have; MQTTASYNC_MAX_BUFFERED or MQTTASYNC_BAD_STRUCTURE for options; MQTTASYNC_PERSISTENCE_ERROR, or
///   what the program's own store has returned, if the store cannot be opened or read, or if clientId is
///   empty and there are to be files.
/// @see Contract, P-102, T-101; decisions 13 and 14 there.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_createWithOptions(
    handle: *mut MQTTAsync,
    serverURI: *const c_char,
    clientId: *const c_char,
    persistence_type: c_int,
    persistence_context: *mut c_void,
    options: *mut MQTTAsync_createOptions,
) -> c_int {
    const NAME: &str = "MQTTAsync_createWithOptions";
    at_edges_if(is_failure, || {
        traced_over(NAME, |call| {
            guard_untraced(NAME, async_code, || {
                // SAFETY: MQTTAsync.h asks for what `create` asks for.
                unsafe {
                    create(call, handle, serverURI, clientId, persistence_type, persistence_context, options)
                }
            })
        })
    })
}

/// Destroys a client. Does nothing if the handle is NULL already.
///
/// A client that is connected sends DISCONNECT first. Requests that have had no answer fail with
/// MQTTASYNC_OPERATION_INCOMPLETE. Whoever has not heard yet of the outcome of a request hears of it now, on
/// this thread, before the call returns. No callback of the client runs after that, except the one that this
/// is called from. The call waits for a callback of the client that runs on another thread, ten seconds at
/// most.
///
/// Stored messages stay for the next client of the same name. May be called in a callback, also for the
/// client that it is a callback of.
///
/// @param handle The client. It becomes NULL.
/// @see Contract.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_destroy(handle: *mut MQTTAsync) {
    const NAME: &str = "MQTTAsync_destroy";
    at_edges(|| {
        traced_over(NAME, |call| {
            let destroy = || {
                if handle.is_null() || must_not_wait() {
                    return Ok(());
                }
                // SAFETY: not NULL; MQTTAsync.h asks for a handle that may be written. It is not touched
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

/// Tells whether a client is connected.
///
/// @param handle The client.
/// @return MQTTASYNC_TRUE, which is 1, if it is connected, else 0, also without a client.
/// @see Contract.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTAsync_isConnected(handle: MQTTAsync) -> c_int {
    at_once(|| {
        CLIENTS.with_client(
            "MQTTAsync_isConnected",
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

/// The order of the checks is the contract's. Where it fails there is no client.
///
/// # Safety
/// The pointers are NULL or what MQTTAsync.h says they are.
unsafe fn create(
    call: &mut Call,
    handle: *mut MQTTAsync,
    server_uri: *const c_char,
    client_id: *const c_char,
    persistence_type: c_int,
    persistence_context: *mut c_void,
    options: *const MQTTAsync_createOptions,
) -> Result<c_int, Error> {
    if handle.is_null() {
        return Err(Error::NullArgument);
    }
    // SAFETY: not NULL; our caller's promise.
    unsafe { handle.write(null_mut()) };
    // SAFETY: our caller's promise.
    let Identity { server, client_id } =
        unsafe { Identity::read(server_uri, client_id, persistence_type, &VERSION_INFO) }?;
    // SAFETY: our caller's promise.
    let creation = unsafe { read_create_options(options) }?;

    process::client_created(&VERSION_INFO);
    call.begin_if_traced();
    let has_store = persistence_type != MQTTCLIENT_PERSISTENCE_NONE;
    // SAFETY: our caller's promise.
    let persistence = unsafe { read_persistence(persistence_type, persistence_context) };
    let options = CreateOptions { server, client_id, version: creation.version, persistence };
    let created = AsyncClient::create(options, creation.buffering).map_err(Error::from);
    let registered = created.and_then(|client| {
        let registered = CLIENTS.insert(Registered::new(client, has_store));
        registered.ok_or(Error::OutOfMemory)
    });
    match registered {
        Ok(client) => {
            // SAFETY: as above.
            unsafe { handle.write(client) };
            Ok(MQTTAPI_SUCCESS)
        }
        Err(error) => {
            // The trace may end here, which is to have the end of this call.
            call.end(c_int::code(&async_code(&error)));
            process::client_destroyed();
            Err(error)
        }
    }
}
