//! A message that the program publishes.

use std::ffi::c_char;

use super::boundary::{bytes, qos, text_bytes};
use super::properties::read_properties;
use super::structs::message::MessageFields;
use crate::error::Error;
use crate::protocol::packet::Properties;
use crate::protocol::session::OutgoingMessage;

/// The message, still without its properties, and these, if it may have any. What `retained` means is for the
/// API to say. This is the hot path.
///
/// # Safety
/// `topic` is NULL or a NUL-terminated string, the message's payload is as long as it says, and its properties are
/// NULL or a list. Topic and payload are unchanged while the result is in use.
#[inline]
pub(super) unsafe fn read_outgoing<'a>(
    topic: *const c_char,
    message: &MessageFields,
    retain: bool,
) -> Result<(OutgoingMessage<'a>, Option<Properties>), Error> {
    // SAFETY: our caller's promise.
    let (topic, payload) = unsafe { (text_bytes(topic)?, bytes(message.payload, message.payload_length)?) };
    let properties = match message.properties.is_null() {
        true => None,
        // SAFETY: our caller's promise.
        false => Some(unsafe { read_properties(message.properties) }?),
    };
    let outgoing =
        OutgoingMessage { topic, payload, qos: qos(message.qos)?, retain, properties: Default::default() };
    Ok((outgoing, properties))
}
