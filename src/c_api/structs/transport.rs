//! What the connect options of both APIs say of proxies, WebSocket and TLS.

use crate::transport::TransportOptions;
use std::ffi::{CStr, c_char};

/// Copies all of it.
///
/// # Safety
/// The texts are NULL or end with a NUL.
pub(in crate::c_api) unsafe fn read_transport(http_proxy: *const c_char) -> TransportOptions {
    TransportOptions {
        // SAFETY: our caller's promise.
        http_proxy: unsafe { optional_text(http_proxy) },
    }
}

/// # Safety
/// The text is NULL or ends with a NUL.
unsafe fn optional_text(raw: *const c_char) -> Option<String> {
    // SAFETY: our caller's promise.
    (!raw.is_null()).then(|| unsafe { CStr::from_ptr(raw) }.to_string_lossy().into_owned())
}
