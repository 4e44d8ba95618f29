//! The list of servers that connect options may have.

use std::ffi::{CStr, c_char, c_int};

/// The servers as text. One that is NULL is empty.
///
/// # Safety
/// `servers` is NULL or has `count` elements, each NULL or a NUL-terminated string.
pub(in crate::c_api) unsafe fn read_servers(servers: *const *mut c_char, count: c_int) -> Vec<String> {
    if servers.is_null() {
        return Vec::new();
    }
    let count = usize::try_from(count).unwrap_or(0);
    (0..count)
        .map(|index| {
            // SAFETY: our caller's promise.
            let server = unsafe { servers.add(index).read() };
            if server.is_null() {
                return String::new();
            }
            // SAFETY: not NULL; our caller's promise.
            unsafe { CStr::from_ptr(server) }.to_string_lossy().into_owned()
        })
        .collect()
}
