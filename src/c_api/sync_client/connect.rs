//! Connecting and disconnecting.

use std::ffi::{c_char, c_int};
use std::ptr::null;
use std::time::Duration;

use super::handle::{CLIENTS, MQTTClient, Registered, before_mqtt5};
use super::return_code::{sync_code, sync_response};
use super::structs::connect_options::{
    MQTTClient_connectOptions, MQTTClient_connectReturned, read_connect_options, server_text, write_returned,
};
use super::structs::response::{MQTTResponse, MQTTResponse_initializer};
use crate::c_api::calls::traced;
use crate::c_api::cancellation::{at_edges, at_edges_if};
use crate::c_api::memory;
use crate::c_api::process;
use crate::c_api::properties::{read_properties, write_properties};
use crate::c_api::return_code::{MQTTAPI_FAILURE, MQTTAPI_NULL_PARAMETER, MQTTAPI_SUCCESS};
use crate::c_api::structs::ReasonCodeNumber;
use crate::c_api::structs::properties::MQTTProperties;
use crate::client::Connected;
use crate::error::Error;
use crate::protocol::{ReasonCode, Version};

/// Connects a client for MQTT 3.1.1 and 3.1 to its server, and waits until that has accepted it.
///
/// @param handle The client.
/// @param options What to connect with, and what is filled in when the connection is made. All that is
///   pointed to is copied during the call; returned.serverURI points into the options or is the client's.
/// @return MQTTCLIENT_SUCCESS. A positive number is the server's word for why it refused: 1 protocol version,
///   2 client identifier, 3 unavailable, 4 user name or password, 5 not authorized. MQTTCLIENT_FAILURE if no
///   server could be reached, did not answer within connectTimeout, or broke the protocol: the trace says
///   which. MQTTCLIENT_WRONG_MQTT_VERSION for a client of MQTT 5.0. Before anything is sent:
///   MQTTCLIENT_NULL_PARAMETER if options, the will's topic, or the TLS options of a URI with TLS are NULL;
///   MQTTCLIENT_BAD_STRUCTURE; MQTTCLIENT_BAD_QOS or MQTTCLIENT_0_LEN_WILL_TOPIC for the will;
///   MQTTCLIENT_BAD_UTF8_STRING for user name and password; MQTTCLIENT_BAD_MQTT_VERSION;
///   MQTTCLIENT_BAD_MQTT_OPTION. MQTTCLIENT_DISCONNECTED if the connection was lost again while unfinished
///   messages were sent.
/// @see Contract C-3.1 to C-3.16; MQTT 3.1.1 sections 3.1 and 3.2.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_connect(
    handle: MQTTClient,
    options: *mut MQTTClient_connectOptions,
) -> c_int {
    const NAME: &str = "MQTTClient_connect";
    at_edges(|| {
        traced(NAME, || {
            if handle.is_null() {
                return code_without_client();
            }
            CLIENTS.in_client(NAME, handle, sync_code, |registered| {
                before_mqtt5(registered)?;
                // SAFETY: MQTTClient.h asks for options as long as their version implies.
                unsafe { connect(registered, options, null(), null()) }?;
                Ok(MQTTAPI_SUCCESS)
            })
        })
    })
}

/// Connects a client for MQTT 5.0 to its server, and waits until that has accepted it.
///
/// @param handle The client.
/// @param options What to connect with: see MQTTClient_connect.
/// @param connectProperties Go into the CONNECT packet. NULL: none. They stay the caller's.
/// @param willProperties Go with the will, if there is one. NULL: none. They stay the caller's.
/// @return A response, to be freed with MQTTResponse_free. Its reasonCode is MQTTREASONCODE_SUCCESS; or from
///   128 on why the server refused; or negative, one of the codes of MQTTClient_connect. After a success it
///   has the properties of the server's answer.
/// @see Contract C-3.1 to C-3.16, C-8.8; MQTT 5.0 sections 3.1 and 3.2.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_connect5(
    handle: MQTTClient,
    options: *mut MQTTClient_connectOptions,
    connectProperties: *mut MQTTProperties,
    willProperties: *mut MQTTProperties,
) -> MQTTResponse {
    const NAME: &str = "MQTTClient_connect5";
    at_edges_if(MQTTResponse::is_code_only, || {
        traced(NAME, || {
            if handle.is_null() {
                return MQTTResponse { reasonCode: code_without_client(), ..MQTTResponse_initializer };
            }
            CLIENTS.in_client(NAME, handle, sync_response, |registered| {
                if !registered.client.is_v5() {
                    return Err(Error::WrongVersion);
                }
                // SAFETY: MQTTClient.h asks for options as long as their version implies, and for lists.
                let connected = unsafe { connect(registered, options, connectProperties, willProperties) }?;
                let mut response = MQTTResponse_initializer;
                if connected.version == Version::V5 {
                    // As Paho: a list even if it is empty (contract C-8.8).
                    response.properties = memory::place(write_properties(connected.properties.as_list())?)?;
                }
                Ok(response)
            })
        })
    })
}

/// Disconnects a client from its server.
///
/// If another thread is in MQTTClient_connect for this client, that call ends with MQTTCLIENT_FAILURE, and
/// tries nothing more.
///
/// @param handle The client.
/// @param timeout How long to wait for messages of QoS 1 and 2 that are under way, in milliseconds. With 0
///   they are not waited for. What was published and has not left yet is written in any case.
/// @return MQTTCLIENT_SUCCESS, also if the client is not connected; MQTTCLIENT_FAILURE without a client.
/// @see Contract C-4.1 to C-4.3; MQTT 3.1.1 section 3.14.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_disconnect(handle: MQTTClient, timeout: c_int) -> c_int {
    at_edges(|| {
        CLIENTS.with_client("MQTTClient_disconnect", handle, sync_code, |registered| {
            // SAFETY: no list.
            unsafe { disconnect(registered, timeout, 0, null()) }
        })
    })
}

/// Disconnects a client for MQTT 5.0 from its server, and tells it why.
///
/// @param handle The client.
/// @param timeout As for MQTTClient_disconnect, in milliseconds.
/// @param reason The reason code of the DISCONNECT packet. With MQTTREASONCODE_DISCONNECT_WITH_WILL_MESSAGE
///   the server publishes the will.
/// @param props The properties of the DISCONNECT packet. NULL: none. They stay the caller's.
/// @return MQTTCLIENT_SUCCESS, also if the client is not connected; MQTTCLIENT_FAILURE without a client, or
///   for a reason that is no byte. For a client for another version reason and props count for nothing.
/// @see Contract C-4.1 to C-4.3; MQTT 5.0 section 3.14.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_disconnect5(
    handle: MQTTClient,
    timeout: c_int,
    reason: ReasonCodeNumber,
    props: *mut MQTTProperties,
) -> c_int {
    at_edges(|| {
        CLIENTS.with_client("MQTTClient_disconnect5", handle, sync_code, |registered| {
            // SAFETY: MQTTClient.h asks for a list or NULL.
            unsafe { disconnect(registered, timeout, reason, props) }
        })
    })
}

/// Before the first create the original does not get as far as the handle (contract C-3.2).
fn code_without_client() -> c_int {
    if process::has_clients() { MQTTAPI_NULL_PARAMETER } else { MQTTAPI_FAILURE }
}

/// # Safety
/// `options` is NULL or as long as its `struct_version` implies; the others are lists or NULL.
unsafe fn connect(
    registered: &Registered,
    options: *mut MQTTClient_connectOptions,
    connect_properties: *const MQTTProperties,
    will_properties: *const MQTTProperties,
) -> Result<Connected, Error> {
    // SAFETY: our caller's promise. NULL is refused.
    let mut read = unsafe { read_connect_options(options, registered.client.needs_tls()) }?;
    if read.version.is_v5() {
        // SAFETY: our caller's promise.
        read.properties = unsafe { read_properties(connect_properties) }?;
        if let Some(will) = &mut read.will {
            // SAFETY: our caller's promise.
            will.properties = unsafe { read_properties(will_properties) }?;
        }
    }
    let connected = registered.client.connect(&read)?;
    // SAFETY: `options` was read above.
    unsafe {
        let server = match connected.server {
            Some(index) => without_scheme(server_text(options, index)),
            None => registered.server.as_ptr(),
        };
        let returned = MQTTClient_connectReturned {
            serverURI: server,
            MQTTVersion: c_int::from(connected.version.level()),
            sessionPresent: c_int::from(connected.session_present),
        };
        write_returned(options, returned);
    }
    Ok(connected)
}

/// Where a URI goes on after `scheme://`.
///
/// # Safety
/// `uri` is a NUL-terminated string or NULL.
unsafe fn without_scheme(uri: *const c_char) -> *const c_char {
    if uri.is_null() {
        return uri;
    }
    // SAFETY: NUL-terminated, as our caller promises; so is what we search for.
    unsafe {
        let mark = libc::strstr(uri, c"://".as_ptr());
        if mark.is_null() { uri } else { mark.add(3) }
    }
}

/// # Safety
/// `properties` is a list or NULL.
unsafe fn disconnect(
    registered: &Registered,
    timeout: c_int,
    reason: ReasonCodeNumber,
    properties: *const MQTTProperties,
) -> Result<c_int, Error> {
    let client = &registered.client;
    let timeout = Duration::from_millis(u64::try_from(timeout).unwrap_or(0));
    let outcome = if client.is_v5() {
        let reason = u8::try_from(reason).map_err(|_| Error::BadArgument)?;
        // SAFETY: our caller's promise.
        let list = unsafe { read_properties(properties) }?;
        let list = (!properties.is_null()).then(|| list.as_list());
        client.disconnect(timeout, ReasonCode(reason), list)
    } else {
        client.disconnect(timeout, ReasonCode::SUCCESS, None)
    };
    match outcome {
        // As Paho: it is what was asked for (contract C-4.1).
        Ok(()) | Err(Error::Disconnected) => Ok(MQTTAPI_SUCCESS),
        Err(error) => Err(error),
    }
}
