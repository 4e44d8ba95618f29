//! User name and password.

use std::ffi::{c_char, c_int, c_void};

use crate::c_api::boundary::{bytes, text};
use crate::error::Error;

/// A password with its length.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTApi_binaryPassword {
    /// How many bytes.
    pub len: c_int,
    /// The bytes.
    pub data: *const c_void,
}

/// What to log in with.
pub(in crate::c_api) struct Credentials {
    pub username: Option<Vec<u8>>,
    pub password: Option<Vec<u8>>,
}

impl Credentials {
    /// Texts must be UTF-8, the user name first. The bytes count only if the text is NULL (contract C-3.9, A-5.16).
    ///
    /// # Safety
    /// The texts are NULL or NUL-terminated, and the bytes are NULL or as long as they say.
    pub unsafe fn read(
        username: *const c_char,
        password: *const c_char,
        binary: MQTTApi_binaryPassword,
    ) -> Result<Credentials, Error> {
        // SAFETY: our caller's promise.
        let (username, password) = unsafe { (optional_text(username)?, optional_text(password)?) };
        let password = match password {
            None if !binary.data.is_null() => {
                // SAFETY: our caller's promise.
                Some(unsafe { bytes(binary.data, binary.len) }?.to_vec())
            }
            password => password,
        };
        Ok(Credentials { username, password })
    }
}

/// # Safety
/// `raw` is NULL or a NUL-terminated string.
unsafe fn optional_text(raw: *const c_char) -> Result<Option<Vec<u8>>, Error> {
    if raw.is_null() {
        return Ok(None);
    }
    // SAFETY: our caller's promise.
    Ok(Some(unsafe { text(raw) }?.as_bytes().to_vec()))
}
