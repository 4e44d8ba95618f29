//! What the library says of itself.

use std::ffi::{CStr, c_char};
use std::ptr::null;

use crate::c_api::calls::traced;
use crate::c_api::structs::init_options::MQTTClient_init_options;
use crate::c_api::structs::name_value::MQTTClient_nameValue;

/// The texts of the version information, and the array that C gets of them.
pub struct VersionInfo {
    pairs: [MQTTClient_nameValue; 5],
}

// SAFETY: the pointers are to constants.
unsafe impl Sync for VersionInfo {}

/// Names and order are the contract's (C-2.11, decision 6); programs print them.
pub static VERSION_INFO: VersionInfo = VersionInfo {
    pairs: [
        pair(c"Product name", c"Ferro Synchronous MQTT C Client Library"),
        pair(c"Version", VERSION),
        pair(c"Build level", BUILD_LEVEL),
        pair(c"Compatible with", c"1.3.15"),
        MQTTClient_nameValue { name: null(), value: null() },
    ],
};

const VERSION: &CStr = c_text(concat!(env!("CARGO_PKG_VERSION"), "\0"));
const BUILD_LEVEL: &CStr = c_text(concat!(env!("FERRO_BUILD_LEVEL"), "\0"));

/// Tools look for these texts in library files (contract A-103).
#[used]
static VERSION_MARK: [u8; VERSION_TEXT.len()] = bytes_of(VERSION_TEXT);
#[used]
static TIMESTAMP_MARK: [u8; TIMESTAMP_TEXT.len()] = bytes_of(TIMESTAMP_TEXT);
const VERSION_TEXT: &str = concat!("MQTTClientV3_Version ", env!("CARGO_PKG_VERSION"), "\0");
const TIMESTAMP_TEXT: &str = concat!("MQTTClientV3_Timestamp ", env!("FERRO_BUILD_LEVEL"), "\0");

impl VersionInfo {
    /// The pairs as text.
    pub fn pairs(&self) -> Vec<(&'static str, &'static str)> {
        let text = |raw: *const c_char| {
            // SAFETY: a constant of this file, NUL-terminated.
            unsafe { CStr::from_ptr(raw) }.to_str().unwrap_or_default()
        };
        let pairs = self.pairs.iter().filter(|pair| !pair.name.is_null());
        pairs.map(|pair| (text(pair.name), text(pair.value))).collect()
    }
}

/// The name and the version of the library: an array that ends with a NULL name. Not to be freed.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn MQTTClient_getVersionInfo() -> *mut MQTTClient_nameValue {
    traced("MQTTClient_getVersionInfo", || VERSION_INFO.pairs.as_ptr().cast_mut())
}

/// Does nothing: there is nothing to be initialised before the first client is created. Other
/// libraries of this interface set up OpenSSL here.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_global_init(_inits: *mut MQTTClient_init_options) {
    traced("MQTTClient_global_init", || ());
}

const fn pair(name: &'static CStr, value: &'static CStr) -> MQTTClient_nameValue {
    MQTTClient_nameValue { name: name.as_ptr(), value: value.as_ptr() }
}

const fn c_text(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => text,
        Err(_) => c"",
    }
}

const fn bytes_of<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(text.as_bytes());
    bytes
}
