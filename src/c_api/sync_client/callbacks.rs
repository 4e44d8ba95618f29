//! The callbacks that a program may set.

use std::ffi::{c_char, c_int, c_ulong, c_void};

use super::handle::{CLIENTS, MQTTClient, MQTTClient_deliveryToken};
use super::return_code::sync_code;
use crate::c_api::boundary::{self, guard};
use crate::c_api::callbacks::Context;
use crate::c_api::cancellation::at_once;
use crate::c_api::return_code::MQTTAPI_SUCCESS;
use crate::c_api::structs::ReasonCodeNumber;
use crate::c_api::structs::message::MQTTApi_message;
use crate::c_api::structs::properties::MQTTProperties;
use crate::client;
use crate::error::Error;

/// Takes a message that has arrived.
///
/// If a part of the message was freed with these functions, on the thread of the callback and before it
/// returned, then the message counts as taken whatever is returned; if that is 0, the library frees the other
/// parts. What is freed with free, or on another thread, the library does not see: after that the callback
/// must not return 0.
///
/// @param context What MQTTClient_setCallbacks was given.
/// @param topicName The topic, with a NUL behind it.
/// @param topicLen 0 if topicName is an ordinary string, and its length if it has a NUL in it.
/// @param message The message.
/// @return Non-zero if the message was taken: topicName and message are the program's now, which frees them
///   with MQTTClient_free and MQTTClient_freeMessage, before it returns or later. 0 if not: the program
///   leaves them alone, and the message is offered again, before any other.
/// @see Contract C-6.7 to C-6.10; decisions 3 and 15 there.
pub type MQTTClient_messageArrived = Option<
    unsafe extern "C-unwind" fn(
        context: *mut c_void,
        topicName: *mut c_char,
        topicLen: c_int,
        message: *mut MQTTApi_message,
    ) -> c_int,
>;

/// Tells that a message of QoS 1 or 2 has been delivered to the server. It may be called before the function
/// that published the message has returned.
///
/// @param context What MQTTClient_setCallbacks was given.
/// @param dt The token of the message.
/// @see Contract C-6.5.
pub type MQTTClient_deliveryComplete =
    Option<unsafe extern "C-unwind" fn(context: *mut c_void, dt: MQTTClient_deliveryToken)>;

/// Tells that the connection was lost; the program may connect again, even from here.
///
/// @param context What MQTTClient_setCallbacks was given.
/// @param cause NULL.
/// @see Contract C-4.5, C-4.7, C-6.3.
pub type MQTTClient_connectionLost =
    Option<unsafe extern "C-unwind" fn(context: *mut c_void, cause: *mut c_char)>;

/// Tells that the server has disconnected this client, and why. MQTT 5.0 only.
///
/// @param context What MQTTClient_setDisconnected was given.
/// @param properties The properties of the DISCONNECT packet. Never NULL, and valid only during the call.
/// @param reasonCode The server's reason.
/// @see Contract C-4.8; MQTT 5.0 section 3.14.
pub type MQTTClient_disconnected = Option<
    unsafe extern "C-unwind" fn(
        context: *mut c_void,
        properties: *mut MQTTProperties,
        reasonCode: ReasonCodeNumber,
    ),
>;

/// Tells what the server said of a message of QoS 1 or 2. MQTT 5.0 only.
///
/// @param context What MQTTClient_setPublished was given.
/// @param dt The token of the message.
/// @param packet_type The type of the server's packet: 4 (PUBACK), 7 (PUBCOMP), or 5 for a PUBREC with an
///   error.
/// @param properties The properties of that packet. Never NULL, and valid only during the call.
/// @param reasonCode The server's reason code; from 128 on the message was refused.
/// @see Contract C-6.6; MQTT 5.0 sections 3.4 to 3.7.
pub type MQTTClient_published = Option<
    unsafe extern "C-unwind" fn(
        context: *mut c_void,
        dt: c_int,
        packet_type: c_int,
        properties: *mut MQTTProperties,
        reasonCode: ReasonCodeNumber,
    ),
>;

/// Sets the callbacks for messages and for the connection. With them the next connection is served in the
/// background: MQTTClient_receive and MQTTClient_yield are not for such a client.
///
/// From when a client with callbacks connects, until no client of the process is connected any more, all
/// clients are served in the background, also those without callbacks: what the server sends is read and
/// acknowledged, and the connection is kept alive. Their messages wait for MQTTClient_receive. A client that
/// is connected then and is given callbacks has them called from now on.
///
/// Callbacks may call all functions of this library. Those of one client do not run at the same time.
///
/// Nor do those of different clients of a process: a program with one set of callbacks for all of them needs
/// no locks. Only when a callback has run for a second the others go on beside it, so that one that waits or
/// hangs stalls nobody for good. What the server sends is read and acknowledged meanwhile, and the
/// connections are kept alive. MQTTClient_setCallbackTurn changes the second. Callbacks that run on a thread
/// of the program, in a call that it makes, do not wait for others: those of a program whose clients are not
/// served in the background.
///
/// Callbacks run on threads of the library. These have the stack that a thread of the program gets if nothing
/// else is asked for (usually what "ulimit -s" says), and 8 MB at least; and they block all signals. A
/// callback may end its thread with pthread_exit, or with pthread_cancel: it counts as if it had returned 1,
/// and further callbacks come on other threads. A C++ exception must not leave it.
///
/// When 8 MiB of messages wait for a program that takes them slowly, no more are read until it has taken
/// some; 32 MiB while it waits for an answer, which the server sends behind them. A call without a time limit
/// fails then if its callback would have to return first, or if nothing is taken for as long as a command may
/// take.
///
/// @param handle The client.
/// @param context Passed to all three callbacks.
/// @param cl Called when the connection is lost. May be NULL.
/// @param ma Called for each message. Must not be NULL.
/// @param dc Called when a message of QoS 1 or 2 has been delivered. May be NULL.
/// @return MQTTCLIENT_SUCCESS; MQTTCLIENT_FAILURE without a client, if ma is NULL, or while the client
///   connects or disconnects.
/// @see Contract C-5.1, C-6.1 to C-6.10; decisions 3 and 12 there.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_setCallbacks(
    handle: MQTTClient,
    context: *mut c_void,
    cl: MQTTClient_connectionLost,
    ma: MQTTClient_messageArrived,
    dc: MQTTClient_deliveryComplete,
) -> c_int {
    at_once(|| {
        CLIENTS.with_client("MQTTClient_setCallbacks", handle, sync_code, |registered| {
            if ma.is_none() {
                return Err(Error::BadArgument);
            }
            let context = Context(context);
            registered.client.set_application(|application| {
                application.context = context;
                application.connection_lost = cl;
                application.message_arrived = ma;
                application.delivery_complete = dc;
            })?;
            Ok(MQTTAPI_SUCCESS)
        })
    })
}

/// Sets how long a callback may run before callbacks of other clients run beside it: see
/// MQTTClient_setCallbacks. It is 1000 milliseconds unless this is called, or the environment variable
/// MQTT_C_CLIENT_CALLBACK_TURN_MS says otherwise. A callback that runs already is seen within some 20
/// milliseconds.
///
/// For all clients of the process. Not in Eclipse Paho's library.
///
/// @param milliseconds How long, in milliseconds. With 0 callbacks of different clients run at the same time
///   from the start.
/// @see Contract, decision 12.
#[unsafe(no_mangle)]
pub extern "C" fn MQTTClient_setCallbackTurn(milliseconds: c_ulong) {
    guard(
        "MQTTClient_setCallbackTurn",
        |_| (),
        || {
            client::set_callback_turn(boundary::milliseconds(milliseconds));
            Ok(())
        },
    );
}

/// Sets the callback for a DISCONNECT from the server, which MQTT 5.0 has. Without one connectionLost is
/// called instead.
///
/// @param handle The client.
/// @param context Passed to the callback. It is its own, not that of MQTTClient_setCallbacks.
/// @param co The callback. NULL removes it.
/// @return MQTTCLIENT_SUCCESS; MQTTCLIENT_FAILURE without a client, or while it connects or disconnects.
/// @see Contract C-4.8, C-5.2; MQTT 5.0 section 3.14.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_setDisconnected(
    handle: MQTTClient,
    context: *mut c_void,
    co: MQTTClient_disconnected,
) -> c_int {
    at_once(|| {
        CLIENTS.with_client("MQTTClient_setDisconnected", handle, sync_code, |registered| {
            let context = Context(context);
            registered.client.set_application(|application| {
                application.disconnected_context = context;
                application.disconnected = co;
            })?;
            Ok(MQTTAPI_SUCCESS)
        })
    })
}

/// Sets the callback for acknowledgements of messages, which tell more in MQTT 5.0.
///
/// @param handle The client.
/// @param context Passed to the callback. It is its own, not that of MQTTClient_setCallbacks.
/// @param co The callback. NULL removes it.
/// @return MQTTCLIENT_SUCCESS; MQTTCLIENT_FAILURE without a client, or while it connects or disconnects.
/// @see Contract C-5.2, C-6.6; MQTT 5.0 sections 3.4 to 3.7.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_setPublished(
    handle: MQTTClient,
    context: *mut c_void,
    co: MQTTClient_published,
) -> c_int {
    at_once(|| {
        CLIENTS.with_client("MQTTClient_setPublished", handle, sync_code, |registered| {
            let context = Context(context);
            registered.client.set_application(|application| {
                application.published_context = context;
                application.published = co;
            })?;
            Ok(MQTTAPI_SUCCESS)
        })
    })
}
