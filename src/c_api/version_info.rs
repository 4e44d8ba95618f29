//! What a library says of itself.

use std::ffi::{CStr, c_char};
use std::ptr::null;

use super::structs::name_value::MQTTApi_nameValue;

/// The texts of the version information, and the array that C gets of them.
pub(super) struct VersionInfo {
    pairs: [MQTTApi_nameValue; 6],
}

// SAFETY: the pointers are to constants.
unsafe impl Sync for VersionInfo {}

const VERSION: &CStr = c_text(concat!(env!("CARGO_PKG_VERSION"), "\0"));
const BUILD_LEVEL: &CStr = c_text(concat!(env!("FERRO_BUILD_LEVEL"), "\0"));
#[cfg(feature = "any-tls")]
const TLS_LIBRARY: Option<&CStr> = Some(c_text(concat!(env!("FERRO_TLS_LIBRARY"), "\0")));
#[cfg(not(feature = "any-tls"))]
const TLS_LIBRARY: Option<&CStr> = None;

const END: MQTTApi_nameValue = MQTTApi_nameValue { name: null(), value: null() };

impl VersionInfo {
    /// Names and order are the contract's (C-2.11, A-1.4, decision 6); programs print them.
    pub const fn new(product: &'static CStr) -> VersionInfo {
        VersionInfo {
            pairs: [
                pair(c"Product name", product),
                pair(c"Version", VERSION),
                pair(c"Build level", BUILD_LEVEL),
                pair(c"Compatible with", c"1.3.15"),
                match TLS_LIBRARY {
                    Some(library) => pair(c"TLS library", library),
                    None => END,
                },
                END,
            ],
        }
    }

    /// The array: it ends with a NULL name.
    pub fn as_ptr(&self) -> *mut MQTTApi_nameValue {
        self.pairs.as_ptr().cast_mut()
    }

    /// The pairs as text.
    pub fn pairs(&self) -> Vec<(&'static str, &'static str)> {
        let text = |raw: *const c_char| {
            // SAFETY: a constant of the library, NUL-terminated.
            unsafe { CStr::from_ptr(raw) }.to_str().unwrap_or_default()
        };
        let pairs = self.pairs.iter().filter(|pair| !pair.name.is_null());
        pairs.map(|pair| (text(pair.name), text(pair.value))).collect()
    }
}

const fn pair(name: &'static CStr, value: &'static CStr) -> MQTTApi_nameValue {
    MQTTApi_nameValue { name: name.as_ptr(), value: value.as_ptr() }
}

const fn c_text(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => text,
        Err(_) => c"",
    }
}

/// A text as the bytes of a static, which is in the file of the library as it is.
pub(super) const fn bytes_of<const N: usize>(text: &str) -> [u8; N] {
    match text.as_bytes().first_chunk() {
        Some(bytes) => *bytes,
        None => [0; N],
    }
}
