//! MQTTAsync_connectData: what a client logs in with, for the program to change.

use std::ffi::{c_char, c_int};
use std::ptr::null;

use crate::c_api::boundary::eyecatcher;
use crate::c_api::structs::credentials::MQTTApi_binaryPassword;

/// What MQTTAsync_updateConnectOptions gets.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTAsync_connectData {
    /// "MQCD".
    pub struct_id: [c_char; 4],
    /// 0.
    pub struct_version: c_int,
    /// The user name. NULL: none.
    pub username: *const c_char,
    /// The password. If its data is NULL there is none.
    pub binarypwd: MQTTApi_binaryPassword,
}

/// Neither user name nor password.
pub const MQTTAsync_connectData_initializer: MQTTAsync_connectData = MQTTAsync_connectData {
    struct_id: eyecatcher(*b"MQCD"),
    struct_version: 0,
    username: null(),
    binarypwd: MQTTApi_binaryPassword { len: 0, data: null() },
};
