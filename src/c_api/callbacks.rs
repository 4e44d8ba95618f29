//! What the callbacks of both APIs have in common.

use std::ffi::c_void;
use std::ptr::null_mut;

use super::properties::{free_properties, write_properties};
use super::structs::properties::{MQTTProperties, MQTTProperties_initializer};
use crate::protocol::packet::PropertyList;

/// What a program passes along for its callbacks.
#[derive(Clone, Copy)]
pub(super) struct Context(pub *mut c_void);

// SAFETY: only ever handed back to the program, which knows that callbacks run on other threads.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Default for Context {
    fn default() -> Context {
        Context(null_mut())
    }
}

/// Lends a list of properties for a call. Without memory it is empty.
pub(super) fn with_properties(properties: PropertyList<'_>, call: impl FnOnce(*mut MQTTProperties)) {
    let mut list = write_properties(properties).unwrap_or(MQTTProperties_initializer);
    call(&mut list);
    // SAFETY: made above.
    unsafe { free_properties(&mut list) };
}
