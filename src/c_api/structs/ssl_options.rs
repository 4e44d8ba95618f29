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

/// TLS options, for servers with the schemes ssl, tls, mqtts and wss. TLS 1.2 and 1.3 are spoken.
///
/// All that is pointed to is copied when they are given to a function. The files are read when a connection is made;
/// one that has changed since is used from the next connection on.
///
/// A library without TLS does not use them.
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
    /// The cipher suites to offer for TLS 1.2, as OpenSSL names them, separated by colons. NULL: the usual ones. Those
    /// of TLS 1.3 are always offered.
    pub enabledCipherSuites: *const c_char,
    /// 1: the server's certificate must come from a trusted authority. 0: any certificate will do,
    /// which protects against nobody.
    pub enableServerCertAuth: c_int,
    /// One of the MQTT_SSL_VERSION_ constants. It changes nothing: the highest version is used that the server has,
    /// and none below TLS 1.2.
    pub sslVersion: c_int,
    /// 1: the server's certificate must have been issued for the name of the server. 0: any name, so that whoever
    /// has any certificate of a trusted authority can stand in for the server. The environment variable
    /// MQTT_C_CLIENT_TLS_VERIFY=1 makes it 1 for all connections.
    pub verify: c_int,
    /// A directory with certificates of authorities to trust, as OpenSSL lays it out. NULL: none.
    pub CApath: *const c_char,
    /// Called while connecting with each line of what goes wrong with TLS: the text, its length with the newline
    /// at its end, and ssl_error_context. The text is valid only during the call. Returns 1 for the next line, too.
    /// NULL: nothing is called.
    pub ssl_error_cb:
        Option<unsafe extern "C-unwind" fn(str: *const c_char, len: usize, u: *mut c_void) -> c_int>,
    /// Passed to ssl_error_cb.
    pub ssl_error_context: *mut c_void,
    /// For a pre-shared key, which this library cannot use: it is not called, and the server's certificate counts. Unless
    /// it is NULL, connecting fails where no certificate is asked for: enableServerCertAuth is 0, or enabledCipherSuites
    /// has only suites with PSK. A callback would write the identity, NUL-terminated, and the key, and return the length
    /// of the key.
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
    /// With neither trustStore nor CApath: 0 trusts the authorities that the system trusts, 1 none. Where
    /// those are, SSL_CERT_FILE and SSL_CERT_DIR may say, as they are at each connect.
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
