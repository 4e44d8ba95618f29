//! Memory that passes between the library and the program.

use std::ffi::c_void;
use std::ptr::null_mut;

use super::structs::response::MQTTResponse;
use crate::c_api::calls::{traced, traced_brief};
use crate::c_api::memory;
use crate::c_api::offer;
use crate::c_api::properties::free_properties;
use crate::c_api::structs::message::MQTTApi_message;

/// Allocates memory that the library is to free, for example in a persistence function. The same as calloc,
/// so free and MQTTClient_free will do, too.
///
/// @param size How many bytes.
/// @return The memory, all zeros; also for 0 bytes. NULL if there is none left.
/// @see Contract C-2.12; decision 10 there.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn MQTTClient_malloc(size: usize) -> *mut c_void {
    traced("MQTTClient_malloc", || memory::zeroed(size))
}

/// Frees memory that the library has allocated, for example the topic of a message. The same as free.
///
/// As with free, memory must not be freed twice, and nothing may be given that neither the library nor malloc
/// has allocated: what happens then is undefined, and mostly the C library ends the program. Only for the
/// topic and the message that messageArrived has just now the library knows better: freeing them again,
/// before the callback returns, is ignored, with a line of level ERROR in the trace.
///
/// @param ptr The memory. NULL is nothing.
/// @see Contract C-2.12; decisions 10 and 15 there.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_free(ptr: *mut c_void) {
    const NAME: &str = "MQTTClient_free";
    // SAFETY: MQTTClient.h asks for NULL or memory of the library's, which is the C allocator's.
    traced_brief(NAME, || unsafe { offer::free(NAME, ptr) });
}

/// Frees a received message, with its payload and its properties but without its topic. Does nothing if the
/// pointer is NULL already. A message must not be freed twice by way of two pointers: see MQTTClient_free.
///
/// @param msg The pointer to the message. It becomes NULL.
/// @see Contract C-2.12; decision 15 there.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_freeMessage(msg: *mut *mut MQTTApi_message) {
    const NAME: &str = "MQTTClient_freeMessage";
    traced_brief(NAME, || {
        if msg.is_null() {
            return;
        }
        // SAFETY: not NULL; MQTTClient.h asks for a pointer to a message, or to NULL.
        unsafe { offer::free_whole(NAME, msg.replace(null_mut())) };
    });
}

/// Frees what is in a response. To be called once for each.
///
/// @param response The response. It is given by value, so the caller's keeps pointers that are no longer
///   valid.
/// @see Contract C-8.1.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTResponse_free(response: MQTTResponse) {
    // SAFETY: MQTTClient.h asks for a response of the library's, which has not been freed.
    traced("MQTTResponse_free", || unsafe { free_response(response) });
}

/// Frees what is in a response.
///
/// # Safety
/// It is one of the library's, and has not been freed.
pub unsafe fn free_response(response: MQTTResponse) {
    // SAFETY: our caller's promise.
    unsafe {
        free_properties(response.properties);
        memory::free(response.properties.cast());
        memory::free(response.reasonCodes.cast());
    }
}
