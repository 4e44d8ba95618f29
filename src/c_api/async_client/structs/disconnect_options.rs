//! MQTTAsync_disconnectOptions: how to disconnect.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::time::Duration;

use super::callbacks::{
    MQTTAsync_onFailure, MQTTAsync_onFailure5, MQTTAsync_onSuccess, MQTTAsync_onSuccess5,
};
use crate::c_api::async_client::request_callbacks::RequestCallbacks;
use crate::c_api::boundary::{Versioned, eyecatcher, field};
use crate::c_api::callbacks::Context;
use crate::c_api::properties::read_properties;
use crate::c_api::reason_codes::MQTTReasonCodes;
use crate::c_api::structs::ReasonCodeNumber;
use crate::c_api::structs::properties::{MQTTProperties, MQTTProperties_initializer};
use crate::client::DisconnectOptions;
use crate::error::Error;
use crate::protocol::ReasonCode;

/// Options for MQTTAsync_disconnect.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTAsync_disconnectOptions {
    /// "MQTD".
    pub struct_id: [c_char; 4],
    /// Which members there are. 0: those up to context. 1: all.
    pub struct_version: c_int,
    /// How long, in milliseconds, to wait for messages that are under way.
    pub timeout: c_int,
    /// Called when the client is disconnected. NULL: nothing is.
    pub onSuccess: MQTTAsync_onSuccess,
    /// Called if the client is destroyed before that. NULL: nothing is.
    pub onFailure: MQTTAsync_onFailure,
    /// Passed to these callbacks.
    pub context: *mut c_void,
    /// MQTT 5.0: properties of the DISCONNECT packet.
    pub properties: MQTTProperties,
    /// MQTT 5.0: why the client disconnects.
    pub reasonCode: ReasonCodeNumber,
    /// MQTT 5.0: called in place of onSuccess, if that is NULL.
    pub onSuccess5: MQTTAsync_onSuccess5,
    /// MQTT 5.0: called in place of onFailure, if that is NULL.
    pub onFailure5: MQTTAsync_onFailure5,
}

/// For MQTT 3.1.1 and 3.1.
pub const MQTTAsync_disconnectOptions_initializer: MQTTAsync_disconnectOptions =
    MQTTAsync_disconnectOptions {
        struct_id: eyecatcher(*b"MQTD"),
        struct_version: 0,
        timeout: 0,
        onSuccess: None,
        onFailure: None,
        context: null_mut(),
        properties: MQTTProperties_initializer,
        reasonCode: MQTTReasonCodes::MQTTREASONCODE_SUCCESS as ReasonCodeNumber,
        onSuccess5: None,
        onFailure5: None,
    };

/// For MQTT 5.0.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTAsync_disconnectOptions_initializer5: MQTTAsync_disconnectOptions =
    MQTTAsync_disconnectOptions { struct_version: 1, ..MQTTAsync_disconnectOptions_initializer };

/// How a client is to disconnect.
pub(in crate::c_api) struct Disconnect {
    pub options: DisconnectOptions,
    pub callbacks: RequestCallbacks,
}

/// Whether these are such options, or none. To be looked at before the client is (contract ).
///
/// # Safety
/// `raw` is NULL or as long as its `struct_version` implies.
pub(in crate::c_api) unsafe fn check_disconnect_options(
    raw: *const MQTTAsync_disconnectOptions,
) -> Result<(), Error> {
    // SAFETY: our caller's promise.
    if raw.is_null() { Ok(()) } else { unsafe { Versioned::open(raw, *b"MQTD", 0..=1) }.map(drop) }
}

/// NULL is no options at all.
///
/// The callbacks of MQTT 5.0 count for a client for MQTT 5.0 whatever the version of the structure: there are programs that
/// set them in one of version 0, and wait for them (contract ). A header that has such clients has these members, so
/// they are there.
///
/// # Safety
/// `raw` is NULL or as long as its `struct_version` implies; and as long as the structure is today if the client is for
/// MQTT 5.0.
pub(in crate::c_api) unsafe fn read_disconnect_options(
    raw: *const MQTTAsync_disconnectOptions,
    client_is_v5: bool,
) -> Result<Disconnect, Error> {
    let defaults = MQTTAsync_disconnectOptions_initializer;
    let raw = if raw.is_null() { &raw const defaults } else { raw };
    // SAFETY: our caller's promise.
    let s = unsafe { Versioned::open(raw, *b"MQTD", 0..=1) }?;
    // SAFETY: as above; not read here. From version 1 on the structure has this field.
    let properties = if s.has(1) { unsafe { &raw const (*s.raw).properties } } else { null() };
    let reason = field!(s.reasonCode, since 1, 0);
    let has_v5_callbacks = s.has(1) || client_is_v5;
    Ok(Disconnect {
        options: DisconnectOptions {
            timeout: Duration::from_millis(u64::try_from(field!(s.timeout)).unwrap_or(0)),
            reason: ReasonCode(u8::try_from(reason).map_err(|_| Error::BadArgument)?),
            // SAFETY: our caller's promise.
            properties: unsafe { read_properties(properties) }?,
        },
        callbacks: RequestCallbacks {
            context: Context(field!(s.context)),
            on_success: field!(s.onSuccess),
            on_failure: field!(s.onFailure),
            on_success5: if has_v5_callbacks { field!(s.onSuccess5) } else { None },
            on_failure5: if has_v5_callbacks { field!(s.onFailure5) } else { None },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::c_api::structs::properties::MQTTProperties;
    use crate::c_api::structs::short::Short;

    unsafe extern "C-unwind" fn succeeded5(
        _: *mut c_void,
        _: *mut super::super::results5::MQTTAsync_successData5,
    ) {
    }

    #[test]
    fn no_options_are_the_defaults() {
        let read = unsafe { read_disconnect_options(null(), true) }.unwrap().options;
        assert_eq!((read.timeout, read.reason), (Duration::ZERO, ReasonCode(0)));
        let negative = MQTTAsync_disconnectOptions { timeout: -5, ..MQTTAsync_disconnectOptions_initializer };
        assert_eq!(
            unsafe { read_disconnect_options(&negative, true) }.unwrap().options.timeout,
            Duration::ZERO
        );
    }

    #[test]
    fn structures_are_checked() {
        let read = |options| unsafe { read_disconnect_options(&options, true) }.err();
        let options = MQTTAsync_disconnectOptions_initializer5;
        let wrong = MQTTAsync_disconnectOptions { struct_id: eyecatcher(*b"MQTC"), ..options };
        assert!(matches!(read(wrong), Some(Error::BadStructure)));
        let newer = MQTTAsync_disconnectOptions { struct_version: 2, ..options };
        assert!(matches!(read(newer), Some(Error::BadStructure)));
        let reason = MQTTAsync_disconnectOptions { reasonCode: 256, ..options };
        assert!(matches!(read(reason), Some(Error::BadArgument)));
    }

    #[test]
    fn old_structures_end_early() {
        let whole = MQTTAsync_disconnectOptions {
            timeout: 1500,
            // Whoever looks at these in an old structure is lost.
            properties: MQTTProperties { count: 1, max_count: 1, length: 1, array: without_provenance() },
            reasonCode: 4,
            onSuccess5: Some(succeeded5),
            ..MQTTAsync_disconnectOptions_initializer
        };
        let short = Short::of(&whole, 40);
        let read = unsafe { read_disconnect_options(short.as_ptr(), false) }.unwrap();
        assert_eq!((read.options.timeout, read.options.reason), (Duration::from_millis(1500), ReasonCode(0)));
        assert!(!read.callbacks.are_v5());
        let new = MQTTAsync_disconnectOptions {
            struct_version: 1,
            properties: MQTTProperties_initializer,
            ..whole
        };
        let read = unsafe { read_disconnect_options(&new, true) }.unwrap();
        assert_eq!(read.options.reason, ReasonCode(4));
        assert!(read.callbacks.are_v5());
    }

    /// As `paho_c_pub` of release 1.3.12 does it.
    #[test]
    fn callbacks_of_mqtt_5_count_in_an_old_structure_of_a_client_for_mqtt_5() {
        let options = MQTTAsync_disconnectOptions {
            reasonCode: 4,
            onSuccess5: Some(succeeded5),
            ..MQTTAsync_disconnectOptions_initializer
        };
        let read = |client_is_v5| unsafe { read_disconnect_options(&options, client_is_v5) }.unwrap();
        assert!(read(true).callbacks.are_v5() && !read(false).callbacks.are_v5());
        assert_eq!(read(true).options.reason, ReasonCode(0));
    }

    fn without_provenance<T>() -> *mut T {
        std::ptr::without_provenance_mut(8)
    }
}
