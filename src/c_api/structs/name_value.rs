//! MQTTApi_nameValue: a pair of texts.

use std::ffi::c_char;

/// A name and a value, in an array that ends with a pair whose name is NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTApi_nameValue {
    /// The name; NULL ends the array.
    pub name: *const c_char,
    /// The value.
    pub value: *const c_char,
}
