//! MQTTApi_SSLOptions: how TLS is to be used.

use std::ffi::{c_char, c_int, c_uchar, c_uint, c_void};
use std::ptr::null;

use crate::c_api::boundary::eyecatcher;

/// Whatever TLS version both sides have.
#[allow(dead_code, reason = "for C programs")]
pub const MQTT_SSL_VERSION_DEFAULT: c_int = 0;
/// TLS 1.0.
#[allow(dead_code, reason = "for C programs")]
pub const MQTT_SSL_VERSION_TLS_1_0: c_int = 1;
/// TLS 1.1.
#[allow(dead_code, reason = "for C programs")]
pub const MQTT_SSL_VERSION_TLS_1_1: c_int = 2;
/// TLS 1.2.
#[allow(dead_code, reason = "for C programs")]
pub const MQTT_SSL_VERSION_TLS_1_2: c_int = 3;

/// TLS options, for servers with the schemes ssl, tls, mqtts and wss.
///
/// A library without TLS ignores them.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTApi_SSLOptions {
    /// "MQTS".
    pub struct_id: [c_char; 4],
    /// 0: the members up to enableServerCertAuth. 1: also sslVersion. 2: also verify and CApath.
    /// 3: also ssl_error_cb. 4: also ssl_psk_cb and disableDefaultTrustStore. 5: all members.
    pub struct_version: c_int,
    /// A PEM file with the certificates of the authorities to trust. NULL: see
    /// disableDefaultTrustStore.
    pub trustStore: *const c_char,
    /// A PEM file with the client's certificate, followed by those of its issuers. NULL: none.
    pub keyStore: *const c_char,
    /// A PEM file with the client's private key. NULL: it is in keyStore.
    pub privateKey: *const c_char,
    /// The password of the private key. NULL: it has none.
    pub privateKeyPassword: *const c_char,
    /// The cipher suites to offer, as OpenSSL names them, separated by colons. NULL: the usual ones.
    pub enabledCipherSuites: *const c_char,
    /// 1: the server's certificate must come from a trusted authority. 0: any certificate will do,
    /// which protects against nobody.
    pub enableServerCertAuth: c_int,
    /// One of the MQTT_SSL_VERSION_ constants: the TLS version to use.
    pub sslVersion: c_int,
    /// 1: the server's certificate must have been issued for the name of the server. 0: any name.
    pub verify: c_int,
    /// A directory with certificates of authorities to trust, as OpenSSL lays it out. NULL: none.
    pub CApath: *const c_char,
    /// Called with each line of what went wrong: the text, its length, and ssl_error_context. The
    /// text is not NUL-terminated and valid only during the call. The result is ignored.
    pub ssl_error_cb:
        Option<unsafe extern "C-unwind" fn(str: *const c_char, len: usize, u: *mut c_void) -> c_int>,
    /// Passed to ssl_error_cb.
    pub ssl_error_context: *mut c_void,
    /// Called for a pre-shared key: writes the identity, NUL-terminated, and the key, each no longer
    /// than its maximum, and returns the length of the key, or 0 if there is none.
    pub ssl_psk_cb: Option<
        unsafe extern "C-unwind" fn(
            hint: *const c_char,
            identity: *mut c_char,
            max_identity_len: c_uint,
            psk: *mut c_uchar,
            max_psk_len: c_uint,
            u: *mut c_void,
        ) -> c_uint,
    >,
    /// Passed to ssl_psk_cb.
    pub ssl_psk_context: *mut c_void,
    /// With neither trustStore nor CApath: 0 trusts the authorities that the system trusts, 1 none.
    pub disableDefaultTrustStore: c_int,
    /// The protocols to offer by ALPN: each a byte with the length, then the name. NULL: none.
    pub protos: *const c_uchar,
    /// The length of protos in bytes.
    pub protos_len: c_uint,
}

/// The server's certificate is checked, its name is not.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTApi_SSLOptions_initializer: MQTTApi_SSLOptions = MQTTApi_SSLOptions {
    struct_id: eyecatcher(*b"MQTS"),
    struct_version: 5,
    trustStore: null(),
    keyStore: null(),
    privateKey: null(),
    privateKeyPassword: null(),
    enabledCipherSuites: null(),
    enableServerCertAuth: 1,
    sslVersion: MQTT_SSL_VERSION_DEFAULT,
    verify: 0,
    CApath: null(),
    ssl_error_cb: None,
    ssl_error_context: std::ptr::null_mut(),
    ssl_psk_cb: None,
    ssl_psk_context: std::ptr::null_mut(),
    disableDefaultTrustStore: 0,
    protos: null(),
    protos_len: 0,
};
