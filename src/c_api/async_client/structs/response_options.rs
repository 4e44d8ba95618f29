//! MQTTAsync_responseOptions: who hears of a request, and what MQTT 5.0 adds to it.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

use super::callbacks::{
    MQTTAsync_onFailure, MQTTAsync_onFailure5, MQTTAsync_onSuccess, MQTTAsync_onSuccess5,
};
use crate::c_api::async_client::handle::MQTTAsync_token;
use crate::c_api::async_client::request_callbacks::RequestCallbacks;
use crate::c_api::boundary::{Versioned, eyecatcher, field};
use crate::c_api::callbacks::Context;
use crate::c_api::properties::read_properties;
use crate::c_api::structs::properties::{MQTTProperties, MQTTProperties_initializer};
use crate::c_api::structs::subscribe_options::{MQTTSubscribe_options, MQTTSubscribe_options_initializer};
use crate::error::Error;
use crate::protocol::packet::Properties;

/// Options for a request.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTAsync_responseOptions {
    /// "MQTR".
    pub struct_id: [c_char; 4],
    /// Which members there are. 0: those up to token. 1: all, which MQTT 5.0 needs.
    pub struct_version: c_int,
    /// Called when the request has succeeded. NULL: nothing is. Must be NULL for MQTT 5.0.
    pub onSuccess: MQTTAsync_onSuccess,
    /// Called when the request has failed. NULL: nothing is. Must be NULL for MQTT 5.0.
    pub onFailure: MQTTAsync_onFailure,
    /// Passed to these callbacks.
    pub context: *mut c_void,
    /// Takes the token of the request, which its callbacks are told, too.
    pub token: MQTTAsync_token,
    /// Called when the request has succeeded. Must be NULL before MQTT 5.0.
    pub onSuccess5: MQTTAsync_onSuccess5,
    /// Called when the request has failed. Must be NULL before MQTT 5.0.
    pub onFailure5: MQTTAsync_onFailure5,
    /// MQTT 5.0: properties of the packet. They are copied, and stay the caller's.
    pub properties: MQTTProperties,
    /// MQTT 5.0: the options of MQTTAsync_subscribe, and of MQTTAsync_subscribeMany for one topic filter.
    pub subscribeOptions: MQTTSubscribe_options,
    /// How many options there are in subscribeOptionsList: as many as topic filters, or 0.
    pub subscribeOptionsCount: c_int,
    /// MQTT 5.0: the options of MQTTAsync_subscribeMany for several topic filters.
    pub subscribeOptionsList: *mut MQTTSubscribe_options,
}

/// Nobody to hear of the request, and nothing added.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTAsync_responseOptions_initializer: MQTTAsync_responseOptions = MQTTAsync_responseOptions {
    struct_id: eyecatcher(*b"MQTR"),
    struct_version: 1,
    onSuccess: None,
    onFailure: None,
    context: null_mut(),
    token: 0,
    onSuccess5: None,
    onFailure5: None,
    properties: MQTTProperties_initializer,
    subscribeOptions: MQTTSubscribe_options_initializer,
    subscribeOptionsCount: 0,
    subscribeOptionsList: null_mut(),
};

/// The same as MQTTAsync_responseOptions.
#[allow(dead_code, reason = "for C programs")]
pub type MQTTAsync_callOptions = MQTTAsync_responseOptions;

/// The same as MQTTAsync_responseOptions_initializer.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTAsync_callOptions_initializer: MQTTAsync_callOptions = MQTTAsync_responseOptions_initializer;

/// Who hears of a request, and what MQTT 5.0 adds to it.
#[derive(Default)]
pub(in crate::c_api) struct Response {
    pub callbacks: RequestCallbacks,
    /// Empty before MQTT 5.0.
    pub properties: Properties,
}

/// NULL is no options at all. As Paho: neither the eyecatcher nor the version is checked (contract ),
/// but which members there are goes by the version.
///
/// # Safety
/// `raw` is NULL or as long as its `struct_version` implies.
pub(in crate::c_api) unsafe fn read_response_options(
    raw: *const MQTTAsync_responseOptions,
    is_v5: bool,
) -> Result<Response, Error> {
    if raw.is_null() {
        return Ok(Response::default());
    }
    // SAFETY: our caller's promise.
    let s = unsafe { Versioned::trust(raw) };
    let callbacks = RequestCallbacks {
        context: Context(field!(s.context)),
        on_success: field!(s.onSuccess),
        on_failure: field!(s.onFailure),
        on_success5: field!(s.onSuccess5, since 1, None),
        on_failure5: field!(s.onFailure5, since 1, None),
    };
    let is_right = match is_v5 {
        true => s.has(1) && !callbacks.are_before_v5(),
        false => !callbacks.are_v5(),
    };
    if !is_right {
        return Err(Error::BadOption);
    }
    let properties = if is_v5 {
        // SAFETY: version 1 has this field, which is a list of the caller's.
        unsafe { read_properties(&raw const (*s.raw).properties) }?
    } else {
        Properties::default()
    };
    Ok(Response { callbacks, properties })
}

/// The options of each of `count` subscriptions: contract. Before MQTT 5.0 there are none.
///
/// # Safety
/// As for [`read_response_options`], and the list has as many options as it says.
pub(in crate::c_api) unsafe fn read_subscribe_options(
    raw: *const MQTTAsync_responseOptions,
    is_v5: bool,
    count: usize,
) -> Result<Vec<MQTTSubscribe_options>, Error> {
    let defaults = || Ok(vec![MQTTSubscribe_options_initializer; count]);
    if raw.is_null() || !is_v5 {
        return defaults();
    }
    // SAFETY: our caller's promise.
    let s = unsafe { Versioned::trust(raw) };
    if !s.has(1) {
        return Err(Error::BadOption);
    }
    if count == 1 {
        return Ok(vec![field!(s.subscribeOptions)]);
    }
    let list = field!(s.subscribeOptionsList);
    match usize::try_from(field!(s.subscribeOptionsCount)) {
        Ok(0) => defaults(),
        Ok(length) if length == count && !list.is_null() => {
            // SAFETY: not NULL; our caller's promise.
            Ok(unsafe { std::slice::from_raw_parts(list, length) }.to_vec())
        }
        _ => Err(Error::BadOption),
    }
}

/// Tells the program the token of its request.
///
/// # Safety
/// `raw` is NULL, or as long as its `struct_version` implies and may be written.
pub(in crate::c_api) unsafe fn write_token(raw: *mut MQTTAsync_responseOptions, token: MQTTAsync_token) {
    if !raw.is_null() {
        // SAFETY: not NULL; each version has this field.
        unsafe { (&raw mut (*raw).token).write(token) };
    }
}

/// Where the properties of the message are to be seen, too (contract ). NULL if there is no such place.
///
/// # Safety
/// As for [`read_response_options`].
pub(in crate::c_api) unsafe fn properties_of(raw: *mut MQTTAsync_responseOptions) -> *mut MQTTProperties {
    // SAFETY: our caller's promise.
    if raw.is_null() || unsafe { !Versioned::trust(raw).has(1) } {
        return null::<MQTTProperties>().cast_mut();
    }
    // SAFETY: version 1 has this field, which is not read here.
    unsafe { &raw mut (*raw).properties }
}

#[cfg(test)]
mod tests {
    use super::super::results::MQTTAsync_failureData;
    use super::super::results5::MQTTAsync_failureData5;
    use super::*;
    use crate::c_api::structs::short::Short;

    const DEFAULTS: MQTTAsync_responseOptions = MQTTAsync_responseOptions_initializer;

    unsafe extern "C-unwind" fn failed(_: *mut c_void, _: *mut MQTTAsync_failureData) {}
    unsafe extern "C-unwind" fn failed5(_: *mut c_void, _: *mut MQTTAsync_failureData5) {}

    fn read(options: &MQTTAsync_responseOptions, is_v5: bool) -> Result<Response, Error> {
        unsafe { read_response_options(options, is_v5) }
    }

    /// Contract: which callbacks there may be goes by the client.
    #[test]
    fn callbacks_are_those_of_the_version() {
        let old = MQTTAsync_responseOptions { onFailure: Some(failed), ..DEFAULTS };
        let new = MQTTAsync_responseOptions { onFailure5: Some(failed5), ..DEFAULTS };
        let short = MQTTAsync_responseOptions { struct_version: 0, ..DEFAULTS };
        for (options, before_v5, v5) in
            [(&DEFAULTS, true, true), (&old, true, false), (&new, false, true), (&short, true, false)]
        {
            assert_eq!((read(options, false).is_ok(), read(options, true).is_ok()), (before_v5, v5));
        }
        assert!(matches!(read(&old, true), Err(Error::BadOption)));
        assert!(unsafe { read_response_options(null(), true) }.is_ok());
    }

    #[test]
    fn old_structures_end_early() {
        let whole = MQTTAsync_responseOptions {
            struct_version: 0,
            onFailure: Some(failed),
            onFailure5: Some(failed5),
            ..DEFAULTS
        };
        let short = Short::of(&whole, 40);
        let response = unsafe { read_response_options(short.as_ptr(), false) }.unwrap();
        assert!(response.callbacks.are_before_v5() && !response.callbacks.are_v5());
        unsafe { write_token(short.as_ptr(), 77) };
        assert_eq!(unsafe { (&raw const (*short.as_ptr()).token).read() }, 77);
        assert!(unsafe { properties_of(short.as_ptr()) }.is_null());
        let read = |is_v5| unsafe { read_subscribe_options(short.as_ptr(), is_v5, 2) };
        assert_eq!(read(false).unwrap().len(), 2);
        assert!(matches!(read(true), Err(Error::BadOption)));
    }

    /// Contract.
    #[test]
    fn each_subscription_has_its_options() {
        let option =
            |number| MQTTSubscribe_options { retainHandling: number, ..MQTTSubscribe_options_initializer };
        let mut list = [option(1), option(2)];
        let mut options = MQTTAsync_responseOptions {
            subscribeOptions: option(3),
            subscribeOptionsCount: 2,
            subscribeOptionsList: list.as_mut_ptr(),
            ..DEFAULTS
        };
        let read = |options: &MQTTAsync_responseOptions, count| {
            let options = unsafe { read_subscribe_options(options, true, count) };
            options.map(|all| all.iter().map(|one| one.retainHandling).collect::<Vec<_>>()).ok()
        };
        assert_eq!(read(&options, 1), Some(vec![3]));
        assert_eq!(read(&options, 2), Some(vec![1, 2]));
        assert_eq!(read(&options, 3), None);
        options.subscribeOptionsCount = 0;
        assert_eq!(read(&options, 3), Some(vec![0, 0, 0]));
        options.subscribeOptionsCount = -1;
        assert_eq!(read(&options, 3), None);
        options.subscribeOptionsCount = 3;
        options.subscribeOptionsList = null_mut();
        assert_eq!(read(&options, 3), None);
    }
}
