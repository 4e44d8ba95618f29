//! MQTTAsync_connectOptions: how to connect.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::time::Duration;

use super::callbacks::{
    MQTTAsync_onFailure, MQTTAsync_onFailure5, MQTTAsync_onSuccess, MQTTAsync_onSuccess5,
};
use crate::c_api::async_client::request_callbacks::RequestCallbacks;
use crate::c_api::boundary::{Versioned, clamp_to_u16, eyecatcher, field, seconds};
use crate::c_api::callbacks::Context;
use crate::c_api::properties::read_properties;
use crate::c_api::structs::credentials::{Credentials, MQTTApi_binaryPassword};
use crate::c_api::structs::mqtt_version::{MQTTVERSION_5, MQTTVERSION_DEFAULT, read_version};
use crate::c_api::structs::name_value::MQTTApi_nameValue;
use crate::c_api::structs::properties::MQTTProperties;
use crate::c_api::structs::servers::read_servers;
use crate::c_api::structs::ssl_options::MQTTApi_SSLOptions;
use crate::c_api::structs::transport::{any_needs_tls, read_transport};
use crate::c_api::structs::will_options::{MQTTApi_willOptions, read_will};
use crate::client::{AutomaticReconnect, ConnectOptions, MqttVersion};
use crate::error::Error;
use crate::protocol::packet::Properties;

/// Options for MQTTAsync_connect.
///
/// Start from one of the initializers. All that is pointed to is copied during the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTAsync_connectOptions {
    /// "MQTC".
    pub struct_id: [c_char; 4],
    /// Which members there are. 0 and 1: those up to context, of which 0 ignores ssl. 2: also serverURIs.
    /// 3: also MQTTVersion. 4: also those of automatic reconnect. 5: also binarypwd. 6: also those of
    /// MQTT 5.0, from cleanstart to onFailure5. 7: also httpHeaders. 8: all.
    pub struct_version: c_int,
    /// In seconds: after so long without traffic the client asks the server for a sign of life, and
    /// the server gives the client up after half as long again. 0: never. Pings of a WebSocket, which
    /// a gateway may send for a server, are no traffic.
    pub keepAliveInterval: c_int,
    /// Before MQTT 5.0: 1 starts, and later ends, without subscriptions and unfinished messages;
    /// 0 goes on with those that client and server have. Must be 0 for MQTT 5.0.
    pub cleansession: c_int,
    /// How many messages of QoS 1 or 2 may be under way at a time; others wait. Less than 1: as many as
    /// MQTT has identifiers for.
    pub maxInflight: c_int,
    /// The message that the server publishes if the client vanishes. NULL: none.
    pub will: *mut MQTTApi_willOptions,
    /// The user name, in UTF-8. NULL: none.
    pub username: *const c_char,
    /// The password, in UTF-8. NULL: see binarypwd.
    pub password: *const c_char,
    /// How many seconds connecting may take, for each server. Less than one is three.
    pub connectTimeout: c_int,
    /// In seconds, no fewer than 10: unacknowledged messages are sent again after so long. 0, and in
    /// MQTT 5: only after a new connection.
    pub retryInterval: c_int,
    /// TLS options. NULL: none, which will not do for a server that wants TLS.
    pub ssl: *mut MQTTApi_SSLOptions,
    /// Called when the client is connected. NULL: nothing is.
    pub onSuccess: MQTTAsync_onSuccess,
    /// Called when the client could not connect. NULL: nothing is.
    pub onFailure: MQTTAsync_onFailure,
    /// Passed to these callbacks.
    pub context: *mut c_void,
    /// How many servers there are in serverURIs.
    pub serverURIcount: c_int,
    /// Servers to try, in this order, instead of the one that the client was created with.
    pub serverURIs: *const *mut c_char,
    /// One of the MQTTVERSION_ constants.
    pub MQTTVersion: c_int,
    /// 1: a client that has lost its connection connects again by itself.
    pub automaticReconnect: c_int,
    /// How many seconds to wait before the first attempt. After each failed one it is twice as long.
    pub minRetryInterval: c_int,
    /// How many seconds to wait at most.
    pub maxRetryInterval: c_int,
    /// A password of any bytes, used if password is NULL and data is not.
    pub binarypwd: MQTTApi_binaryPassword,
    /// MQTT 5.0: 1 starts without subscriptions and unfinished messages; 0 goes on with those that
    /// client and server have. Must be 0 before MQTT 5.0.
    pub cleanstart: c_int,
    /// MQTT 5.0: properties of the CONNECT packet. NULL: none. Must be NULL before MQTT 5.0.
    pub connectProperties: *mut MQTTProperties,
    /// MQTT 5.0: properties of the will. NULL: none. Must be NULL before MQTT 5.0.
    pub willProperties: *mut MQTTProperties,
    /// MQTT 5.0: called in place of onSuccess, if that is NULL. Must be NULL before MQTT 5.0.
    pub onSuccess5: MQTTAsync_onSuccess5,
    /// MQTT 5.0: called in place of onFailure, if that is NULL. Must be NULL before MQTT 5.0.
    pub onFailure5: MQTTAsync_onFailure5,
    /// HTTP headers for the request of a WebSocket (schemes ws and wss), behind the library's own. The
    /// array ends with an element whose name or value is NULL. They are sent as they are, but for a line
    /// end, with which connecting fails. NULL: none.
    pub httpHeaders: *const MQTTApi_nameValue,
    /// The proxy for connections without TLS: [scheme://][user[:password]@]host[:port]. User name and password may
    /// have %XX for any byte.
    ///
    /// The scheme is http, or nothing, for a proxy that knows CONNECT (port 8080); https means the same, without TLS on
    /// the way to the proxy. socks5 is for a SOCKS5 proxy (port 1080) that is asked for an address, which is looked up
    /// here; socks5h for one that is asked for the server's name, which it looks up itself.
    ///
    /// NULL: the one that the environment variable http_proxy names, if PAHO_C_CLIENT_USE_HTTP_PROXY begins with TRUE
    /// and no_proxy does not name the server; or none. no_proxy is a list with commas and without spaces: a host, a
    /// domain or *, each perhaps with a port.
    ///
    /// The variables are read when connect is called. A proxy that cannot be used makes connecting fail; no server is
    /// then asked without it, and the trace says why.
    pub httpProxy: *const c_char,
    /// The proxy for connections with TLS, as httpProxy. NULL: the one that the environment variable https_proxy names,
    /// with the same conditions; or the one for connections without TLS.
    pub httpsProxy: *const c_char,
}

/// For MQTT 3.1.1 and 3.1.
pub const MQTTAsync_connectOptions_initializer: MQTTAsync_connectOptions = MQTTAsync_connectOptions {
    struct_id: eyecatcher(*b"MQTC"),
    struct_version: 8,
    keepAliveInterval: 60,
    cleansession: 1,
    maxInflight: 65535,
    will: null_mut(),
    username: null(),
    password: null(),
    connectTimeout: 30,
    retryInterval: 0,
    ssl: null_mut(),
    onSuccess: None,
    onFailure: None,
    context: null_mut(),
    serverURIcount: 0,
    serverURIs: null(),
    MQTTVersion: MQTTVERSION_DEFAULT,
    automaticReconnect: 0,
    minRetryInterval: 1,
    maxRetryInterval: 60,
    binarypwd: MQTTApi_binaryPassword { len: 0, data: null() },
    cleanstart: 0,
    connectProperties: null_mut(),
    willProperties: null_mut(),
    onSuccess5: None,
    onFailure5: None,
    httpHeaders: null(),
    httpProxy: null(),
    httpsProxy: null(),
};

/// For MQTT 5.0.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTAsync_connectOptions_initializer5: MQTTAsync_connectOptions = MQTTAsync_connectOptions {
    cleansession: 0,
    MQTTVersion: MQTTVERSION_5,
    cleanstart: 1,
    ..MQTTAsync_connectOptions_initializer
};

/// For MQTT 3.1.1 and 3.1 over WebSocket: a shorter keep alive, since proxies cut idle connections.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTAsync_connectOptions_initializer_ws: MQTTAsync_connectOptions =
    MQTTAsync_connectOptions { keepAliveInterval: 45, ..MQTTAsync_connectOptions_initializer };

/// For MQTT 5.0 over WebSocket: a shorter keep alive, since proxies cut idle connections.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTAsync_connectOptions_initializer5_ws: MQTTAsync_connectOptions =
    MQTTAsync_connectOptions { keepAliveInterval: 45, ..MQTTAsync_connectOptions_initializer5 };

/// For programs that give no time: as Paho, which looks at it every three seconds (contract ).
const WITHOUT_TIMEOUT: Duration = Duration::from_secs(3);

/// What MQTTAsync_connect was asked for.
pub(in crate::c_api) struct Connect {
    pub options: ConnectOptions,
    /// The version is none. That is found out when it is its turn (contract ).
    pub version_is_unknown: bool,
    /// `None`: the structure is too old to say, so what an earlier connect said stays (contract ).
    pub reconnect: Option<AutomaticReconnect>,
    pub callbacks: RequestCallbacks,
}

/// Checks and copies the options, for a client that speaks MQTT 5.0 or one that does not, and whose own server needs
/// TLS or does not. The order of the checks is the contract's.
///
/// # Safety
/// `raw` is NULL or as long as its `struct_version` implies, and so is what it points to.
pub(in crate::c_api) unsafe fn read_connect_options(
    raw: *const MQTTAsync_connectOptions,
    client_is_v5: bool,
    needs_tls: bool,
) -> Result<Connect, Error> {
    // SAFETY: our caller's promise.
    let s = unsafe { Versioned::open(raw, *b"MQTC", 0..=8) }?;
    let defaults = MQTTAsync_connectOptions_initializer;

    let ssl = field!(s.ssl, since 1, null_mut());
    let servers = (field!(s.serverURIs, since 2, null()), field!(s.serverURIcount, since 2, 0));
    // SAFETY: our caller's promise.
    let servers = unsafe { read_servers(servers.0, servers.1) };
    if ssl.is_null() && (needs_tls || any_needs_tls(&servers)) {
        return Err(Error::NullArgument);
    }
    let will = field!(s.will);
    // SAFETY: our caller's promise.
    let mut will = if will.is_null() { None } else { Some(unsafe { read_will(will) }?) };
    if !ssl.is_null() {
        // SAFETY: our caller's promise.
        unsafe { Versioned::open(ssl, *b"MQTS", 0..=5) }?;
    }
    let proxies = (field!(s.httpProxy, since 8, null()), field!(s.httpsProxy, since 8, null()));
    let http_headers = field!(s.httpHeaders, since 7, null());
    // SAFETY: our caller's promise.
    let transport = unsafe { read_transport(ssl, proxies.0, proxies.1, http_headers) }?;
    let number = field!(s.MQTTVersion, since 3, MQTTVERSION_DEFAULT);
    let is_v5 = number >= MQTTVERSION_5;
    if is_v5 && !client_is_v5 {
        return Err(Error::WrongVersion);
    }
    let (username, password) = (field!(s.username), field!(s.password));
    let binary_password = field!(s.binarypwd, since 5, defaults.binarypwd);
    // SAFETY: our caller's promise.
    let credentials = unsafe { Credentials::read(username, password, binary_password) }?;
    if is_v5 && !s.has(6) {
        return Err(Error::BadStructure);
    }
    let clean_session = field!(s.cleansession) != 0;
    let clean_start = field!(s.cleanstart, since 6, 0) != 0;
    let connect_properties = field!(s.connectProperties, since 6, null_mut());
    let will_properties = field!(s.willProperties, since 6, null_mut());
    let callbacks = RequestCallbacks {
        context: Context(field!(s.context)),
        on_success: field!(s.onSuccess),
        on_failure: field!(s.onFailure),
        on_success5: field!(s.onSuccess5, since 6, None),
        on_failure5: field!(s.onFailure5, since 6, None),
    };
    let has_v5_options =
        clean_start || callbacks.are_v5() || !connect_properties.is_null() || !will_properties.is_null();
    if (is_v5 && clean_session) || (!is_v5 && has_v5_options) {
        return Err(Error::BadOption);
    }
    if !ssl.is_null() && !cfg!(feature = "any-tls") {
        return Err(Error::TlsNotSupported);
    }

    let mut properties = Properties::default();
    if is_v5 {
        // SAFETY: our caller's promise: lists or NULL.
        properties = unsafe { read_properties(connect_properties) }?;
        if let Some(will) = &mut will {
            // SAFETY: as above.
            will.properties = unsafe { read_properties(will_properties) }?;
        }
    }
    let version = read_version(number);
    Ok(Connect {
        options: ConnectOptions {
            keep_alive: clamp_to_u16(field!(s.keepAliveInterval)),
            clean: clean_session || clean_start,
            window: match field!(s.maxInflight) {
                limit @ 1.. => clamp_to_u16(limit),
                _ => u16::MAX,
            },
            username: credentials.username,
            password: credentials.password,
            will: will.map(Box::new),
            connect_timeout: match field!(s.connectTimeout) {
                number @ 1.. => seconds(number),
                _ => WITHOUT_TIMEOUT,
            },
            retry_interval: match field!(s.retryInterval) {
                // As Paho: no more often than every ten seconds (contract ).
                interval @ 1.. => Some(seconds(interval.max(10))),
                _ => None,
            },
            servers,
            transport,
            version: version.unwrap_or(MqttVersion::Default),
            properties,
        },
        version_is_unknown: version.is_none(),
        reconnect: s.has(4).then(|| AutomaticReconnect {
            is_on: field!(s.automaticReconnect) != 0,
            min_interval: seconds(field!(s.minRetryInterval)),
            max_interval: seconds(field!(s.maxRetryInterval)),
        }),
        callbacks,
    })
}

#[cfg(test)]
mod tests {
    use super::super::results5::MQTTAsync_successData5;
    use super::*;
    use crate::c_api::structs::mqtt_version::{MQTTVERSION_3_1, MQTTVERSION_3_1_1};
    use crate::c_api::structs::short::Short;
    use crate::c_api::structs::ssl_options::MQTTApi_SSLOptions_initializer;
    use crate::c_api::structs::will_options::MQTTApi_willOptions_initializer;
    use crate::protocol::Version;
    use crate::transport::Proxies;

    const V3: MQTTAsync_connectOptions = MQTTAsync_connectOptions_initializer;
    const V5: MQTTAsync_connectOptions = MQTTAsync_connectOptions_initializer5;
    const BAD: *const c_char = c"\xFF".as_ptr();

    unsafe extern "C-unwind" fn succeeded5(_: *mut c_void, _: *mut MQTTAsync_successData5) {}

    fn read(options: &MQTTAsync_connectOptions) -> Result<Connect, Error> {
        unsafe { read_connect_options(options, true, false) }
    }

    #[test]
    fn defaults_are_read() {
        let Connect { options, version_is_unknown, reconnect, .. } = read(&V3).unwrap();
        assert_eq!((options.keep_alive, options.clean, options.window), (60, true, 65_535));
        assert_eq!(options.connect_timeout, Duration::from_secs(30));
        assert_eq!((options.retry_interval, options.version), (None, MqttVersion::Default));
        assert!(options.username.is_none() && options.password.is_none() && options.will.is_none());
        assert!(!version_is_unknown);
        let (min_interval, max_interval) = (Duration::from_secs(1), Duration::from_secs(60));
        assert_eq!(reconnect, Some(AutomaticReconnect { is_on: false, min_interval, max_interval }));
        let options = read(&V5).unwrap().options;
        assert_eq!((options.clean, options.version), (true, MqttVersion::Fixed(Version::V5)));
    }

    /// Contract: callers see the first failing code. Each step mends what the one before found.
    #[test]
    fn checks_come_in_the_order_of_the_original() {
        let mut will = MQTTApi_willOptions { struct_version: 2, qos: 3, ..MQTTApi_willOptions_initializer };
        let will = &raw mut will;
        let mut ssl = MQTTApi_SSLOptions { struct_version: 6, ..MQTTApi_SSLOptions_initializer };
        let ssl = &raw mut ssl;
        let mut options = MQTTAsync_connectOptions {
            struct_version: 9,
            will,
            ssl,
            username: BAD,
            MQTTVersion: MQTTVERSION_5,
            cleanstart: 1,
            ..V3
        };
        let check = |options: &MQTTAsync_connectOptions, is_v5| unsafe {
            read_connect_options(options, is_v5, false).err()
        };
        assert!(matches!(unsafe { read_connect_options(null(), true, false) }, Err(Error::NullArgument)));
        assert!(matches!(check(&options, false), Some(Error::BadStructure)));
        options.struct_version = 8;
        assert!(matches!(check(&options, false), Some(Error::BadStructure)));
        unsafe { (*will).struct_version = 1 };
        assert!(matches!(check(&options, false), Some(Error::BadQos)));
        unsafe { (*will).qos = 2 };
        assert!(matches!(check(&options, false), Some(Error::NullArgument)));
        unsafe { (*will).topicName = c"".as_ptr() };
        assert!(matches!(check(&options, false), Some(Error::EmptyWillTopic)));
        unsafe { (*will).topicName = c"will".as_ptr() };
        assert!(matches!(check(&options, false), Some(Error::BadStructure)));
        unsafe { (*ssl).struct_version = 5 };
        assert!(matches!(check(&options, false), Some(Error::WrongVersion)));
        assert!(matches!(check(&options, true), Some(Error::BadUtf8)));
        options.username = null();
        options.password = BAD;
        assert!(matches!(check(&options, true), Some(Error::BadUtf8)));
        options.password = null();
        options.struct_version = 5;
        assert!(matches!(check(&options, true), Some(Error::BadStructure)));
        options.struct_version = 6;
        assert!(matches!(check(&options, true), Some(Error::BadOption)));
        options.MQTTVersion = MQTTVERSION_3_1_1;
        assert!(matches!(check(&options, true), Some(Error::BadOption)));
        options.cleanstart = 0;
        options.onSuccess5 = Some(succeeded5);
        assert!(matches!(check(&options, true), Some(Error::BadOption)));
        options.onSuccess5 = None;
        options.willProperties = std::ptr::without_provenance_mut(8);
        assert!(matches!(check(&options, true), Some(Error::BadOption)));
        options.willProperties = null_mut();
        // Only a library without TLS refuses it.
        let is_refused = matches!(check(&options, true), Some(Error::TlsNotSupported));
        assert_eq!(is_refused, !cfg!(feature = "any-tls"));
        options.struct_version = 0;
        assert!(check(&options, true).is_none());
        options.struct_version = 8;
        options.ssl = null_mut();
        assert!(check(&options, true).is_none());
    }

    /// Contract, T-104.
    #[test]
    fn servers_with_tls_need_options_for_it() {
        let mut will = MQTTApi_willOptions { struct_version: 2, ..MQTTApi_willOptions_initializer };
        let options = MQTTAsync_connectOptions { will: &mut will, ..V3 };
        let check = |options: &MQTTAsync_connectOptions, needs_tls| unsafe {
            read_connect_options(options, true, needs_tls).err()
        };
        assert!(matches!(check(&options, true), Some(Error::NullArgument)), "before anything else");
        let mut servers = [c"tcp://a".as_ptr().cast_mut(), c"ssl://b".as_ptr().cast_mut()];
        let mut listed =
            MQTTAsync_connectOptions { serverURIs: servers.as_mut_ptr(), serverURIcount: 2, ..options };
        assert!(matches!(check(&listed, false), Some(Error::NullArgument)));
        let mut ssl = MQTTApi_SSLOptions_initializer;
        listed.ssl = &mut ssl;
        assert!(matches!(check(&listed, true), Some(Error::BadStructure)), "the will");
    }

    /// Contract: what is no version of MQTT fails later.
    #[test]
    fn unknown_versions_are_told() {
        for (number, expected) in [(0, false), (1, true), (-1, true), (MQTTVERSION_3_1, false)] {
            let options = MQTTAsync_connectOptions { MQTTVersion: number, ..V3 };
            assert_eq!(read(&options).unwrap().version_is_unknown, expected, "{number}");
        }
        assert!(read(&MQTTAsync_connectOptions { MQTTVersion: 6, ..V5 }).unwrap().version_is_unknown);
    }

    /// Contract: what an old structure does not have counts as its default.
    #[test]
    fn old_structures_end_early() {
        let mut server = *c"tcp://other".to_bytes_with_nul().first_chunk::<12>().unwrap();
        let mut servers = [server.as_mut_ptr().cast::<c_char>()];
        let nowhere = std::ptr::without_provenance_mut(8);
        let mut ssl = MQTTApi_SSLOptions { struct_version: 6, ..MQTTApi_SSLOptions_initializer };
        let whole = MQTTAsync_connectOptions {
            ssl: &mut ssl,
            serverURIcount: 1,
            serverURIs: servers.as_mut_ptr(),
            MQTTVersion: MQTTVERSION_3_1,
            automaticReconnect: 1,
            binarypwd: MQTTApi_binaryPassword { len: 2, data: c"pw".as_ptr().cast() },
            cleanstart: 1,
            connectProperties: nowhere,
            onSuccess5: Some(succeeded5),
            httpProxy: c"http://proxy".as_ptr(),
            ..V3
        };
        for (version, length) in [(0, 88), (2, 104), (3, 112), (4, 120), (5, 136)] {
            // From version 1 on these would be refused.
            let ssl = if version == 0 { whole.ssl } else { null_mut() };
            let short =
                Short::of(&MQTTAsync_connectOptions { struct_version: version, ssl, ..whole }, length);
            let connect = unsafe { read_connect_options(short.as_ptr(), false, false) }.unwrap();
            let options = &connect.options;
            assert_eq!(options.servers.len(), usize::from(version >= 2), "{version}");
            assert_eq!(options.version != MqttVersion::Default, version >= 3, "{version}");
            assert_eq!(connect.reconnect.is_some_and(|reconnect| reconnect.is_on), version >= 4, "{version}");
            assert_eq!(options.password.is_some(), version >= 5, "{version}");
            assert!(
                !connect.callbacks.are_v5() && options.transport.proxies == Proxies::default(),
                "{version}"
            );
        }
        for (version, length) in [(6, 176), (7, 184), (8, 200)] {
            let plain = MQTTAsync_connectOptions {
                struct_version: version,
                httpProxy: c"http://proxy".as_ptr(),
                onSuccess5: Some(succeeded5),
                ..V5
            };
            let short = Short::of(&plain, length);
            let connect = unsafe { read_connect_options(short.as_ptr(), true, false) }.unwrap();
            assert!(connect.callbacks.are_v5() && connect.options.clean, "{version}");
            assert_eq!(connect.options.transport.proxies != Proxies::default(), version >= 8, "{version}");
        }
    }
}
