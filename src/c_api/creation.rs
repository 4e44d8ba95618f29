//! What both APIs are told when a client is created.

use std::ffi::{CStr, c_char, c_int};

use super::boundary::text;
use super::process;
use super::structs::persistence::{MQTTCLIENT_PERSISTENCE_DEFAULT, MQTTCLIENT_PERSISTENCE_ERROR};
use super::version_info::VersionInfo;
use crate::error::{Error, PersistError};
use crate::trace::{self, Level};
use crate::transport::ServerUri;

/// Who a client is, and which server is its own.
pub(super) struct Identity {
    pub client_id: Vec<u8>,
    pub server: ServerUri,
}

impl Identity {
    /// The order of the checks is the contract's (C-2.1, A-3.1).
    ///
    /// # Safety
    /// The pointers are NULL or NUL-terminated strings.
    pub unsafe fn read(
        server_uri: *const c_char,
        client_id: *const c_char,
        persistence_type: c_int,
        library: &VersionInfo,
    ) -> Result<Identity, Error> {
        if server_uri.is_null() || client_id.is_null() {
            return Err(Error::NullArgument);
        }
        // SAFETY: our caller's promise.
        let client_id = unsafe { text(client_id) }?;
        if client_id.is_empty() && persistence_type == MQTTCLIENT_PERSISTENCE_DEFAULT {
            return Err(PersistError { code: MQTTCLIENT_PERSISTENCE_ERROR }.into());
        }
        // SAFETY: not NULL; our caller's promise.
        let server_uri = unsafe { CStr::from_ptr(server_uri) }.to_string_lossy();
        let server =
            ServerUri::parse(&server_uri).inspect_err(|error| tell_of_scheme(&server_uri, error, library))?;
        Ok(Identity { client_id: client_id.as_bytes().to_vec(), server })
    }
}

/// Says in the trace what the return code does not. There may be no client yet, and so no trace.
fn tell_of_scheme(server_uri: &str, error: &Error, library: &VersionInfo) {
    process::client_created(library);
    let scheme = ServerUri::scheme_of(server_uri);
    trace::line(Level::Error, format_args!("Cannot create a client for {scheme}: {error}"));
    process::client_destroyed();
}
