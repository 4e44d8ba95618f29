//! The message on offer: what the program frees of it while its messageArrived runs.
//!
//! Programs free a message and then return 0 by mistake, or return nothing at all. What was freed is
//! not offered again: the message counts as taken (decision 15).
//!
//! Topic and structure keep their memory until the callback returns. So nothing else has their
//! addresses meanwhile, and freeing them twice is recognised.

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;

use super::memory;
use super::properties::free_properties;
use super::structs::message::MQTTApi_message;
use crate::trace::{self, Level};

/// What one thread's messageArrived has just now.
#[derive(Clone, Copy)]
struct Offer {
    topic: *mut c_char,
    /// NULL: nothing is on offer.
    message: *mut MQTTApi_message,
    freed: Freed,
}

/// What the program has freed of it.
#[derive(Clone, Copy, Default)]
struct Freed {
    topic: bool,
    payload: bool,
    /// Payload, properties and structure.
    message: bool,
    /// The structure alone.
    structure: bool,
}

const NONE: Offer = Offer {
    topic: null_mut(),
    message: null_mut(),
    freed: Freed { topic: false, payload: false, message: false, structure: false },
};

thread_local! {
    /// Without a destructor, so that a program may free messages at any time in a thread's life.
    static OFFER: Cell<Offer> = const { Cell::new(NONE) };
}

/// Offers a message by this call of the program's function. Whether the program has taken it: then
/// what it freed is gone, and what it did not free is its own.
///
/// # Safety
/// Topic and message are from the C allocator, and nobody else has them.
pub(super) unsafe fn make(
    topic: *mut c_char,
    message: *mut MQTTApi_message,
    call: impl FnOnce() -> c_int,
) -> bool {
    OFFER.set(Offer { topic, message, ..NONE });
    let answer = call();
    let Freed { topic: topic_freed, payload, message: message_freed, structure } = OFFER.replace(NONE).freed;
    if !(topic_freed || payload || message_freed || structure) {
        return answer != 0;
    }
    // If the program says that it did not take the message, it knows nothing of what it has not freed.
    let is_refused = answer == 0;
    // SAFETY: our caller's promise; what was freed before the callback returned is NULL now.
    unsafe {
        if message_freed || is_refused {
            free_message(message);
        } else if structure {
            memory::free(message.cast());
        }
        if topic_freed || is_refused {
            memory::free(topic.cast());
        }
    }
    true
}

/// Frees memory for the program, which has called the function of this name.
///
/// # Safety
/// `raw` is NULL or from the C allocator. It is not freed yet, unless it is of the message on offer.
pub(super) unsafe fn free(function: &'static str, raw: *mut c_void) {
    let Offer { topic, message, mut freed } = OFFER.get();
    if message.is_null() || raw.is_null() {
        // SAFETY: our caller's promise.
        return unsafe { memory::free(raw) };
    }
    let is_again = if raw == topic.cast() {
        std::mem::replace(&mut freed.topic, true)
    } else if raw == message.cast() {
        freed.message || std::mem::replace(&mut freed.structure, true)
    } else {
        // SAFETY: the message keeps its memory while it is on offer.
        let payload = unsafe { &mut (*message).payload };
        if *payload == raw {
            *payload = null_mut();
            freed.payload = true;
        }
        // SAFETY: our caller's promise.
        unsafe { memory::free(raw) };
        false
    };
    OFFER.set(Offer { topic, message, freed });
    if is_again {
        refuse(function);
    }
}

/// Frees a message for the program, which has called the function of this name: with its payload and its
/// properties. NULL is nothing.
///
/// # Safety
/// `message` is NULL or a message whose parts are from the C allocator. It is not freed yet, unless it
/// is the one on offer.
pub(super) unsafe fn free_whole(function: &'static str, message: *mut MQTTApi_message) {
    let mut offer = OFFER.get();
    if message.is_null() || message != offer.message {
        // SAFETY: our caller's promise.
        return unsafe { free_message(message) };
    }
    if offer.freed.message || offer.freed.structure {
        return refuse(function);
    }
    offer.freed.message = true;
    OFFER.set(offer);
    // SAFETY: our caller's promise.
    unsafe { free_content(message) };
}

#[cold]
fn refuse(function: &str) {
    trace::line(
        Level::Error,
        format_args!("{function}: ignored, messageArrived has freed this part of its message before"),
    );
}

/// Frees a message with its payload and its properties. NULL is nothing.
///
/// # Safety
/// `message` is NULL or a message whose parts are from the C allocator, not freed yet.
pub(super) unsafe fn free_message(message: *mut MQTTApi_message) {
    if message.is_null() {
        return;
    }
    // SAFETY: our caller's promise.
    unsafe {
        free_content(message);
        memory::free(message.cast());
    }
}

/// Frees payload and properties. Afterwards there are none.
///
/// # Safety
/// As for [`free_message`], but not NULL.
unsafe fn free_content(message: *mut MQTTApi_message) {
    // SAFETY: our caller's promise.
    unsafe {
        free_properties(&raw mut (*message).properties);
        memory::free((*message).payload);
        (*message).payload = null_mut();
    }
}
