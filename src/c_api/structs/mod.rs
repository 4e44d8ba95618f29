//! The structures of the public headers, one file each, with the readers that turn them into ours.
//!
//! Layouts are the contract's (abi.md section 4) and may never change: programs were compiled
//! against them years ago. The doc comments here become the comments of the headers, so they speak
//! to C programmers.
//!
//! What both MQTTClient.h and MQTTAsync.h have is here once, under names that begin with `MQTTApi_` or
//! `MQTTAPI_`: the headers get their own prefix in its place. What only one of them has is with its API.

use std::ffi::c_int;

pub mod credentials;
pub mod init_options;
pub mod message;
pub mod mqtt_version;
pub mod name_value;
pub mod persistence;
pub mod properties;
pub mod servers;
#[cfg(test)]
pub mod short;
pub mod ssl_options;
pub mod subscribe_options;
pub mod trace_levels;
pub mod transport;
pub mod will_options;

/// An `enum MQTTReasonCodes` as C hands it over: any number at all, so no Rust enum.
pub type ReasonCodeNumber = c_int;

/// An `enum MQTTPropertyCodes` as C hands it over: any number at all, so no Rust enum.
pub type PropertyCodeNumber = c_int;
