//! What the library says of itself.

use crate::c_api::calls::traced;
use crate::c_api::structs::init_options::MQTTApi_init_options;
use crate::c_api::structs::name_value::MQTTApi_nameValue;
use crate::c_api::version_info::{VersionInfo, bytes_of};

pub(super) static VERSION_INFO: VersionInfo = VersionInfo::new(c"Ferro Synchronous MQTT C Client Library");

/// Tools look for these texts in library files (contract A-103).
#[used]
static VERSION_MARK: [u8; VERSION_TEXT.len()] = bytes_of(VERSION_TEXT);
#[used]
static TIMESTAMP_MARK: [u8; TIMESTAMP_TEXT.len()] = bytes_of(TIMESTAMP_TEXT);
const VERSION_TEXT: &str = concat!("MQTTClientV3_Version ", env!("CARGO_PKG_VERSION"), "\0");
const TIMESTAMP_TEXT: &str = concat!("MQTTClientV3_Timestamp ", env!("FERRO_BUILD_LEVEL"), "\0");

/// Tells the name and the version of the library, and which version of Eclipse Paho's it is compatible with.
/// May be called at any time.
///
/// @return An array of names and values that ends with a NULL name. Not to be freed.
/// @see Contract C-2.11; decision 6 there.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn MQTTClient_getVersionInfo() -> *mut MQTTApi_nameValue {
    traced("MQTTClient_getVersionInfo", || VERSION_INFO.as_ptr())
}

/// Does nothing: there is nothing to be initialised before the first client is created. Other libraries of
/// this interface set up OpenSSL here.
///
/// @param inits Not looked at. May be NULL.
/// @see Contract C-2.10.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn MQTTClient_global_init(inits: *mut MQTTApi_init_options) {
    let _ = inits;
    traced("MQTTClient_global_init", || ());
}
