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
struct Offer {
    topic: Cell<*mut c_char>,
    /// NULL: nothing is on offer.
    message: Cell<*mut MQTTApi_message>,
    freed: Cell<Freed>,
}

/// What the program has freed of it: a sum of the constants.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Freed(u8);

impl Freed {
    const NOTHING: Freed = Freed(0);
    const TOPIC: Freed = Freed(1);
    const PAYLOAD: Freed = Freed(2);
    /// Payload, properties and structure.
    const MESSAGE: Freed = Freed(4);
    /// The structure alone.
    const STRUCTURE: Freed = Freed(8);
    /// What a program frees that has taken the message.
    const ALL: Freed = Freed::TOPIC.with(Freed::MESSAGE);

    const fn with(self, other: Freed) -> Freed {
        Freed(self.0 | other.0)
    }

    fn has_any(self, others: Freed) -> bool {
        self.0 & others.0 != 0
    }
}

impl Offer {
    /// Notes that a part is freed. True: it was so already, since one of the `same` was.
    #[inline]
    fn is_freed_again(&self, part: Freed, same: Freed) -> bool {
        let freed = self.freed.get();
        if freed.has_any(same) {
            return true;
        }
        self.freed.set(freed.with(part));
        false
    }
}

thread_local! {
    /// Without a destructor, so that a program may free messages at any time in a thread's life.
    static OFFER: Offer = const {
        Offer { topic: Cell::new(null_mut()), message: Cell::new(null_mut()), freed: Cell::new(Freed::NOTHING) }
    };
}

/// Offers a message by this call of the program's function. Whether the program has taken it: then
/// what it freed is gone, and what it did not free is its own.
///
/// # Safety
/// Topic and message are from the C allocator, and nobody else has them.
#[inline]
pub(super) unsafe fn make(
    topic: *mut c_char,
    message: *mut MQTTApi_message,
    call: impl FnOnce() -> c_int,
) -> bool {
    OFFER.with(|offer| {
        offer.topic.set(topic);
        offer.message.set(message);
        offer.freed.set(Freed::NOTHING);
    });
    let answer = call();
    let freed = OFFER.with(|offer| {
        offer.message.set(null_mut());
        offer.freed.get()
    });
    if freed == Freed::ALL {
        // SAFETY: our caller's promise. What is in the message is freed already.
        unsafe {
            memory::free(message.cast());
            memory::free(topic.cast());
        }
        return true;
    }
    // SAFETY: our caller's promise.
    freed != Freed::NOTHING && unsafe { free_rest(topic, message, freed, answer) } || answer != 0
}

/// Frees the memory of what the program has freed, and what it does not know to be its own. True: it has taken the
/// message.
///
/// # Safety
/// As for [`make`]; `freed` is what the program has freed.
#[cold]
unsafe fn free_rest(topic: *mut c_char, message: *mut MQTTApi_message, freed: Freed, answer: c_int) -> bool {
    // If the program says that it did not take the message, it knows nothing of what it has not freed.
    let is_refused = answer == 0;
    // SAFETY: our caller's promise; what was freed before the callback returned is NULL now.
    unsafe {
        if is_refused || freed.has_any(Freed::MESSAGE) {
            free_message(message);
        } else if freed.has_any(Freed::STRUCTURE) {
            memory::free(message.cast());
        }
        if is_refused || freed.has_any(Freed::TOPIC) {
            memory::free(topic.cast());
        }
    }
    true
}

/// Frees memory for the program, which has called the function of this name.
///
/// # Safety
/// `raw` is NULL or from the C allocator. It is not freed yet, unless it is of the message on offer.
#[inline]
pub(super) unsafe fn free(function: &'static str, raw: *mut c_void) {
    let is_again = OFFER.with(|offer| {
        let message = offer.message.get();
        if !message.is_null() && !raw.is_null() {
            if raw == offer.topic.get().cast() {
                return offer.is_freed_again(Freed::TOPIC, Freed::TOPIC);
            }
            if raw == message.cast() {
                return offer.is_freed_again(Freed::STRUCTURE, Freed::STRUCTURE.with(Freed::MESSAGE));
            }
            // SAFETY: the message keeps its memory while it is on offer.
            let payload = unsafe { &mut (*message).payload };
            if *payload == raw {
                *payload = null_mut();
                offer.freed.set(offer.freed.get().with(Freed::PAYLOAD));
            }
        }
        // SAFETY: our caller's promise.
        unsafe { memory::free(raw) };
        false
    });
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
#[inline]
pub(super) unsafe fn free_whole(function: &'static str, message: *mut MQTTApi_message) {
    if message.is_null() {
        return;
    }
    let (is_on_offer, is_again) = OFFER.with(|offer| {
        let is_on_offer = message == offer.message.get();
        let same = Freed::MESSAGE.with(Freed::STRUCTURE);
        (is_on_offer, is_on_offer && offer.is_freed_again(Freed::MESSAGE, same))
    });
    if is_again {
        return refuse(function);
    }
    // SAFETY: our caller's promise.
    unsafe {
        free_content(message);
        if !is_on_offer {
            memory::free(message.cast());
        }
    }
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
        // Nearly all messages have none, which is faster to see here.
        if !(*message).properties.array.is_null() {
            free_properties(&raw mut (*message).properties);
        }
        memory::free((*message).payload);
        (*message).payload = null_mut();
    }
}
