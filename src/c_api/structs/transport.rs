//! What the connect options of both APIs say of proxies, WebSocket and TLS.

use std::ffi::{CStr, c_char};
use std::sync::Arc;

use super::name_value::MQTTApi_nameValue;
use super::ssl_options::MQTTApi_SSLOptions;
#[cfg(feature = "any-tls")]
use crate::c_api::tls::read_tls;
use crate::error::Error;
use crate::transport::{HttpHeader, Proxies, ServerUri, TransportOptions};

/// Checks and copies all of it, and what the environment says of proxies. A library without TLS does not look at `ssl`.
///
/// # Safety
/// `ssl` is NULL or as long as its `struct_version` implies, and so is what it points to. The texts are NULL or end with
/// a NUL. `http_headers` is NULL or ends with an element that has a NULL.
pub(in crate::c_api) unsafe fn read_transport(
    ssl: *const MQTTApi_SSLOptions,
    http_proxy: *const c_char,
    https_proxy: *const c_char,
    http_headers: *const MQTTApi_nameValue,
) -> Result<TransportOptions, Error> {
    let mut transport = TransportOptions::default();
    #[cfg(feature = "any-tls")]
    if !ssl.is_null() {
        // SAFETY: our caller's promise.
        let (options, on_error) = unsafe { read_tls(ssl) }?;
        (transport.tls, transport.on_tls_error) = (Some(Arc::new(options)), on_error);
    }
    #[cfg(not(feature = "any-tls"))]
    let _ = ssl;
    // SAFETY: our caller's promise.
    let (http, https) = unsafe { (optional_bytes(http_proxy), optional_bytes(https_proxy)) };
    transport.proxies = Proxies::new(http, https);
    // SAFETY: our caller's promise.
    transport.http_headers = unsafe { headers(http_headers) };
    Ok(transport)
}

/// Whether any of these is a server with TLS, for which there must be options (contract T-104).
pub(in crate::c_api) fn any_needs_tls(servers: &[String]) -> bool {
    servers.iter().any(|server| ServerUri::parse(server).is_ok_and(|server| server.has_tls()))
}

/// The headers up to the first that has no name or no value (contract T-302), byte for byte.
///
/// # Safety
/// The array is NULL or ends with such an element; texts end with a NUL.
unsafe fn headers(array: *const MQTTApi_nameValue) -> Arc<[HttpHeader]> {
    if array.is_null() {
        return Arc::default();
    }
    // SAFETY: our caller's promise; nothing behind the last element is read.
    let elements = (0..).map(|index| unsafe { array.add(index).read() });
    let pairs = elements.take_while(|pair| !pair.name.is_null() && !pair.value.is_null());
    // SAFETY: not NULL; our caller's promise.
    let bytes = |text| unsafe { CStr::from_ptr(text) }.to_bytes().to_vec();
    pairs.map(|pair| HttpHeader { name: bytes(pair.name), value: bytes(pair.value) }).collect()
}

/// # Safety
/// The text is NULL, or ends with a NUL and does not change while the result is in use.
unsafe fn optional_bytes<'a>(raw: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: our caller's promise.
    (!raw.is_null()).then(|| unsafe { CStr::from_ptr(raw) }.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::null;

    /// Contract T-302.
    #[test]
    fn headers_end_where_a_name_or_a_value_is_missing() {
        let pair = |name, value| MQTTApi_nameValue { name, value };
        let (name, empty) = (c"Name".as_ptr(), c"".as_ptr());
        for end in [pair(null(), null()), pair(null(), empty), pair(name, null())] {
            let array = [pair(name, empty), pair(empty, c"\xFF: ".as_ptr()), end, pair(name, empty)];
            let read = unsafe { headers(array.as_ptr()) };
            let texts: Vec<_> = read.iter().map(|header| (&header.name[..], &header.value[..])).collect();
            assert_eq!(texts, [(&b"Name"[..], &b""[..]), (b"", b"\xFF: ")]);
        }
        assert!(unsafe { headers(null()) }.is_empty());
    }
}
