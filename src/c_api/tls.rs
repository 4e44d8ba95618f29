//! TLS options of the application: what it asks for, copied, and the callback for errors.

use std::env;
use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::ptr::{null, null_mut};
use std::slice;

use zeroize::Zeroizing;

use super::boundary::{Versioned, field};
use super::callbacks::Context;
use super::calls::callback;
use super::structs::ssl_options::MQTTApi_SSLOptions;
use crate::error::Error;
use crate::transport::{OnTlsError, TlsOptions};

/// Checks and copies the options.
///
/// # Safety
/// `raw` is NULL or as long as its `struct_version` implies, its strings are NUL-terminated, and protos is as long as
/// protos_len says.
pub(super) unsafe fn read_tls(
    raw: *const MQTTApi_SSLOptions,
) -> Result<(TlsOptions, Option<OnTlsError>), Error> {
    // SAFETY: our caller's promise.
    let s = unsafe { Versioned::open(raw, *b"MQTS", 0..=5) }?;
    // SAFETY: our caller's promise.
    let text = |raw: *const c_char| (!raw.is_null()).then(|| unsafe { CStr::from_ptr(raw) }.to_bytes());
    let path = |raw| text(raw).map(|text| PathBuf::from(OsStr::from_bytes(text)));
    let (protos, length) = (field!(s.protos, since 5, null()), field!(s.protos_len, since 5, 0));
    let protocols = match usize::try_from(length) {
        // SAFETY: not NULL; our caller's promise.
        Ok(length) if !protos.is_null() => unsafe { slice::from_raw_parts(protos, length) }.to_vec(),
        _ => Vec::new(),
    };
    let options = TlsOptions {
        trust_store: path(field!(s.trustStore)),
        trust_directory: path(field!(s.CApath, since 2, null())),
        trusts_system: field!(s.disableDefaultTrustStore, since 4, 0) == 0,
        key_store: path(field!(s.keyStore)),
        private_key: path(field!(s.privateKey)),
        password: text(field!(s.privateKeyPassword)).map(|text| Zeroizing::new(text.to_vec())),
        cipher_suites: text(field!(s.enabledCipherSuites))
            .map(|text| String::from_utf8_lossy(text).into_owned()),
        checks_chain: field!(s.enableServerCertAuth) != 0,
        checks_name: field!(s.verify, since 2, 0) != 0 || is_set("MQTT_C_CLIENT_TLS_VERIFY", "1"),
        protocols,
        has_pre_shared_key: field!(s.ssl_psk_cb, since 4, None).is_some(),
        logs_secrets: may_log_secrets(),
        without_post_quantum: is_set("MQTT_C_CLIENT_TLS_POST_QUANTUM", "0"),
    };
    let context = Context(field!(s.ssl_error_context, since 3, null_mut()));
    let on_error = field!(s.ssl_error_cb, since 3, None).map(|function| on_error(function, context));
    Ok((options, on_error))
}

type ErrorFunction = unsafe extern "C-unwind" fn(*const c_char, usize, *mut c_void) -> c_int;

fn on_error(function: ErrorFunction, context: Context) -> OnTlsError {
    OnTlsError::new(move |line| {
        // All of it is captured, and not only the pointer, which is not for other threads by itself.
        let context: &Context = &context;
        // With a NUL behind it, for programs that rely on one.
        let text = CString::new(line.replace('\0', " ")).unwrap_or_default();
        let (text, length) = (text.as_ptr(), text.as_bytes().len());
        // SAFETY: as MQTTClient.h says. The text lives until the call is over.
        let answer = callback("ssl_error_cb", || unsafe { function(text, length, context.0) });
        answer.is_some_and(|answer| answer > 0)
    })
}

fn is_set(variable: &str, value: &str) -> bool {
    env::var_os(variable).is_some_and(|found| found == value)
}

/// Whoever has started a program that has more rights than they must not read what it keeps secret.
fn may_log_secrets() -> bool {
    // SAFETY: asks for a number.
    let is_secure = unsafe { libc::getauxval(libc::AT_SECURE) } != 0;
    !is_secure && is_set("MQTT_C_CLIENT_TLS_KEY_LOG", "1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::c_api::structs::short::Short;
    use crate::c_api::structs::ssl_options::MQTTApi_SSLOptions_initializer;
    use std::cell::RefCell;

    unsafe extern "C-unwind" fn no_key(
        _: *const c_char,
        _: *mut c_char,
        _: u32,
        _: *mut u8,
        _: u32,
        _: *mut c_void,
    ) -> u32 {
        0
    }

    unsafe extern "C-unwind" fn keep_line(text: *const c_char, length: usize, context: *mut c_void) -> c_int {
        let lines: &RefCell<Vec<String>> = unsafe { &*context.cast() };
        let text = unsafe { CStr::from_ptr(text) }.to_str().unwrap();
        assert_eq!(text.len(), length);
        lines.borrow_mut().push(text.to_owned());
        i32::from(text == "more\n")
    }

    /// Contract T-501: programs that were built with an old header pass a shorter structure.
    #[test]
    fn what_is_newer_than_the_structure_is_not_read() {
        let whole = MQTTApi_SSLOptions {
            trustStore: c"trust".as_ptr(),
            keyStore: c"certificate".as_ptr(),
            privateKey: c"key".as_ptr(),
            privateKeyPassword: c"password".as_ptr(),
            enabledCipherSuites: c"HIGH".as_ptr(),
            verify: 1,
            CApath: c"directory".as_ptr(),
            ssl_error_cb: Some(keep_line),
            ssl_psk_cb: Some(no_key),
            disableDefaultTrustStore: 1,
            protos: b"\x03a\0b".as_ptr(),
            protos_len: 4,
            ..MQTTApi_SSLOptions_initializer
        };
        for (version, length) in [(0, 56), (1, 56), (2, 72), (3, 88), (4, 112), (5, 128)] {
            let short = Short::of(&MQTTApi_SSLOptions { struct_version: version, ..whole }, length);
            let (options, on_error) = unsafe { read_tls(short.as_ptr()) }.unwrap();
            assert_eq!(options.trust_store, Some(PathBuf::from("trust")), "{version}");
            assert_eq!(options.key_store, Some(PathBuf::from("certificate")), "{version}");
            assert_eq!(options.private_key, Some(PathBuf::from("key")), "{version}");
            assert_eq!(options.password.as_ref().unwrap().as_slice(), b"password", "{version}");
            assert_eq!(options.cipher_suites.as_deref(), Some("HIGH"), "{version}");
            assert!(options.checks_chain, "{version}");
            assert_eq!(options.checks_name, version >= 2, "{version}");
            assert_eq!(options.trust_directory.is_some(), version >= 2, "{version}");
            assert_eq!(on_error.is_some(), version >= 3, "{version}");
            assert_eq!(options.has_pre_shared_key, version >= 4, "{version}");
            assert_eq!(options.trusts_system, version < 4, "{version}");
            // A NUL does not end it.
            let protocols: &[u8] = if version >= 5 { b"\x03a\0b" } else { b"" };
            assert_eq!(options.protocols, protocols, "{version}");
        }
    }

    #[test]
    fn what_is_no_such_structure_is_refused() {
        let read = |options: MQTTApi_SSLOptions| unsafe { read_tls(&options) }.err();
        let id = [0; 4];
        for version in [-1, 6] {
            let options = MQTTApi_SSLOptions { struct_version: version, ..MQTTApi_SSLOptions_initializer };
            assert!(matches!(read(options), Some(Error::BadStructure)), "{version}");
        }
        let options = MQTTApi_SSLOptions { struct_id: id, ..MQTTApi_SSLOptions_initializer };
        assert!(matches!(read(options), Some(Error::BadStructure)));
        let (options, on_error) = unsafe { read_tls(&MQTTApi_SSLOptions_initializer) }.unwrap();
        let defaults = TlsOptions { trusts_system: true, checks_chain: true, ..TlsOptions::default() };
        assert!(options == defaults && on_error.is_none());
    }

    #[test]
    fn the_callback_gets_lines_and_says_whether_it_wants_more() {
        let lines = RefCell::new(Vec::<String>::new());
        let on_error = on_error(keep_line, Context((&raw const lines).cast_mut().cast()));
        on_error.tell("more\na\0b\nand more");
        assert_eq!(*lines.borrow(), ["more\n", "a b\n"]);
    }
}
