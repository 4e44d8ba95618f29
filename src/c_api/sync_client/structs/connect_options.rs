//! MQTTClient_connectOptions: how to connect.

use std::ffi::{c_char, c_int};
use std::ptr::{null, null_mut};

use crate::c_api::boundary::{Versioned, clamp_to_u16, eyecatcher, field, seconds};
use crate::c_api::structs::credentials::{Credentials, MQTTApi_binaryPassword};
use crate::c_api::structs::mqtt_version::{MQTTVERSION_5, MQTTVERSION_DEFAULT, read_version};
use crate::c_api::structs::name_value::MQTTApi_nameValue;
use crate::c_api::structs::servers::read_servers;
use crate::c_api::structs::ssl_options::MQTTApi_SSLOptions;
use crate::c_api::structs::transport::{any_needs_tls, read_transport};
use crate::c_api::structs::will_options::{MQTTApi_willOptions, read_will};
use crate::client::ConnectOptions;
use crate::error::Error;
use crate::protocol::packet::Properties;

/// What MQTTClient_connect found out.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTClient_connectReturned {
    /// The server that accepted the connection, without "scheme://". Not to be freed: it lives in
    /// serverURIs, or as long as the client.
    pub serverURI: *const c_char,
    /// The version of the protocol that is used now: 3, 4 or 5.
    pub MQTTVersion: c_int,
    /// 1 if the server had kept this client's session.
    pub sessionPresent: c_int,
}

/// Options for MQTTClient_connect and MQTTClient_connect5.
///
/// Start from one of the initializers. All that is pointed to is copied during the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTClient_connectOptions {
    /// "MQTC".
    pub struct_id: [c_char; 4],
    /// Which members there are. 0: those up to retryInterval. 1: also ssl. 2: also serverURIs.
    /// 3: also MQTTVersion. 4: also returned. 5: also binarypwd. 6: also maxInflightMessages and
    /// cleanstart. 7: also httpHeaders. 8: all.
    pub struct_version: c_int,
    /// In seconds: after so long without traffic the client asks the server for a sign of life, and
    /// the server gives the client up after half as long again. 0: never. Pings of a WebSocket, which
    /// a gateway may send for a server, are no traffic.
    pub keepAliveInterval: c_int,
    /// Before MQTT 5.0: 1 starts, and later ends, without subscriptions and unfinished messages;
    /// 0 goes on with those that client and server have. Must be 0 for MQTT 5.0.
    pub cleansession: c_int,
    /// 1: one message of QoS 1 or 2 at a time. 0: up to ten. See also maxInflightMessages.
    pub reliable: c_int,
    /// The message that the server publishes if the client vanishes. NULL: none.
    pub will: *mut MQTTApi_willOptions,
    /// The user name, in UTF-8. NULL: none.
    pub username: *const c_char,
    /// The password, in UTF-8. NULL: see binarypwd.
    pub password: *const c_char,
    /// How many seconds connecting may take, for each server.
    pub connectTimeout: c_int,
    /// In seconds, no fewer than 10: unacknowledged messages are sent again after so long. 0, and in
    /// MQTT 5: only after a new connection.
    pub retryInterval: c_int,
    /// TLS options. NULL: none, which will not do for a server that wants TLS.
    pub ssl: *mut MQTTApi_SSLOptions,
    /// How many servers there are in serverURIs.
    pub serverURIcount: c_int,
    /// Servers to try, in this order, instead of the one that the client was created with.
    pub serverURIs: *const *mut c_char,
    /// One of the MQTTVERSION_ constants.
    pub MQTTVersion: c_int,
    /// Filled in when the connection is made.
    pub returned: MQTTClient_connectReturned,
    /// A password of any bytes, used if password is NULL and data is not.
    pub binarypwd: MQTTApi_binaryPassword,
    /// How many messages of QoS 1 or 2 may be under way at a time. 0 or less: as reliable says.
    pub maxInflightMessages: c_int,
    /// MQTT 5.0: 1 starts without subscriptions and unfinished messages; 0 goes on with those that
    /// client and server have. Must be 0 before MQTT 5.0.
    pub cleanstart: c_int,
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
pub const MQTTClient_connectOptions_initializer: MQTTClient_connectOptions = MQTTClient_connectOptions {
    struct_id: eyecatcher(*b"MQTC"),
    struct_version: 8,
    keepAliveInterval: 60,
    cleansession: 1,
    reliable: 1,
    will: null_mut(),
    username: null(),
    password: null(),
    connectTimeout: 30,
    retryInterval: 0,
    ssl: null_mut(),
    serverURIcount: 0,
    serverURIs: null(),
    MQTTVersion: MQTTVERSION_DEFAULT,
    returned: MQTTClient_connectReturned { serverURI: null(), MQTTVersion: 0, sessionPresent: 0 },
    binarypwd: MQTTApi_binaryPassword { len: 0, data: null() },
    maxInflightMessages: -1,
    cleanstart: 0,
    httpHeaders: null(),
    httpProxy: null(),
    httpsProxy: null(),
};

/// For MQTT 5.0.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTClient_connectOptions_initializer5: MQTTClient_connectOptions = MQTTClient_connectOptions {
    cleansession: 0,
    MQTTVersion: MQTTVERSION_5,
    cleanstart: 1,
    ..MQTTClient_connectOptions_initializer
};

/// For MQTT 3.1.1 and 3.1 over WebSocket: a shorter keep alive, since proxies cut idle connections.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTClient_connectOptions_initializer_ws: MQTTClient_connectOptions =
    MQTTClient_connectOptions { keepAliveInterval: 45, ..MQTTClient_connectOptions_initializer };

/// For MQTT 5.0 over WebSocket: a shorter keep alive, since proxies cut idle connections.
#[allow(dead_code, reason = "for C programs")]
pub const MQTTClient_connectOptions_initializer5_ws: MQTTClient_connectOptions =
    MQTTClient_connectOptions { keepAliveInterval: 45, ..MQTTClient_connectOptions_initializer5 };

/// Checks and copies the options, for a client whose own server needs TLS or does not. The order of the checks is
/// the contract's (C-3.2); NULL is the caller's to refuse.
///
/// # Safety
/// `raw` is as long as its `struct_version` implies, and so is what it points to.
pub(in crate::c_api) unsafe fn read_connect_options(
    raw: *const MQTTClient_connectOptions,
    needs_tls: bool,
) -> Result<ConnectOptions, Error> {
    // SAFETY: our caller's promise.
    let s = unsafe { Versioned::open(raw, *b"MQTC", 0..=8) }?;
    let defaults = MQTTClient_connectOptions_initializer;

    let ssl = field!(s.ssl, since 1, null_mut());
    let servers = (field!(s.serverURIs, since 2, null()), field!(s.serverURIcount, since 2, 0));
    // SAFETY: our caller's promise.
    let servers = unsafe { read_servers(servers.0, servers.1) };
    if ssl.is_null() && (needs_tls || any_needs_tls(&servers)) {
        return Err(Error::NullArgument);
    }
    let will = field!(s.will);
    // SAFETY: our caller's promise.
    let will = if will.is_null() { None } else { Some(unsafe { read_will(will) }?) };
    let proxies = (field!(s.httpProxy, since 8, null()), field!(s.httpsProxy, since 8, null()));
    let http_headers = field!(s.httpHeaders, since 7, null());
    // SAFETY: our caller's promise.
    let transport = unsafe { read_transport(ssl, proxies.0, proxies.1, http_headers) }?;
    let (username, password) = (field!(s.username), field!(s.password));
    let binary_password = field!(s.binarypwd, since 5, defaults.binarypwd);
    // SAFETY: our caller's promise.
    let credentials = unsafe { Credentials::read(username, password, binary_password) }?;
    let version =
        read_version(field!(s.MQTTVersion, since 3, MQTTVERSION_DEFAULT)).ok_or(Error::BadVersion)?;
    let clean_session = field!(s.cleansession) != 0;
    let clean_start = field!(s.cleanstart, since 6, 0) != 0;
    let is_v5 = version.is_v5();
    if (is_v5 && clean_session) || (!is_v5 && clean_start) {
        return Err(Error::BadOption);
    }
    let reliable = field!(s.reliable) != 0;
    let max_inflight = field!(s.maxInflightMessages, since 6, defaults.maxInflightMessages);
    Ok(ConnectOptions {
        keep_alive: clamp_to_u16(field!(s.keepAliveInterval)),
        clean: clean_session || clean_start,
        window: match max_inflight {
            1.. => clamp_to_u16(max_inflight),
            _ if reliable => 1,
            _ => 10,
        },
        username: credentials.username,
        password: credentials.password,
        will: will.map(Box::new),
        connect_timeout: seconds(field!(s.connectTimeout)),
        retry_interval: match field!(s.retryInterval) {
            // As Paho: no more often than every ten seconds (contract C-10.7).
            interval @ 1.. => Some(seconds(interval.max(10))),
            _ => None,
        },
        servers,
        transport,
        version,
        properties: Properties::default(),
    })
}

/// Tells the program what `MQTTClient_connect` found out, if its structure is new enough for that.
///
/// # Safety
/// As for [`read_connect_options`], which has accepted `raw` before.
pub(in crate::c_api) unsafe fn write_returned(
    raw: *mut MQTTClient_connectOptions,
    returned: MQTTClient_connectReturned,
) {
    // SAFETY: `raw` was checked; from version 4 on it has this field.
    unsafe {
        if (&raw const (*raw).struct_version).read() >= 4 {
            (&raw mut (*raw).returned).write(returned);
        }
    }
}

/// The servers of the options, as they were when they were read, for `returned.serverURI`: the
/// text that is the program's own.
///
/// # Safety
/// As for [`read_connect_options`], which has accepted `raw` before.
pub(in crate::c_api) unsafe fn server_text(
    raw: *const MQTTClient_connectOptions,
    index: usize,
) -> *const c_char {
    // SAFETY: `raw` was checked; servers were found in it, so it has these fields.
    unsafe { (&raw const (*raw).serverURIs).read().add(index).read() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::c_api::structs::mqtt_version::{MQTTVERSION_3_1, MQTTVERSION_3_1_1};
    use crate::c_api::structs::ssl_options::MQTTApi_SSLOptions_initializer;
    use crate::c_api::structs::will_options::MQTTApi_willOptions_initializer;
    use crate::client::MqttVersion;
    use crate::protocol::{Qos, Version};

    const V3: MQTTClient_connectOptions = MQTTClient_connectOptions_initializer;
    const V5: MQTTClient_connectOptions = MQTTClient_connectOptions_initializer5;
    const BAD: *const c_char = c"\xFF".as_ptr();

    fn read(options: &MQTTClient_connectOptions) -> Result<ConnectOptions, Error> {
        unsafe { read_connect_options(options, false) }
    }

    #[test]
    fn defaults_are_read() {
        let options = read(&V3).unwrap();
        assert_eq!((options.keep_alive, options.clean, options.window), (60, true, 1));
        assert_eq!(options.connect_timeout, Duration::from_secs(30));
        assert_eq!((options.retry_interval, options.version), (None, MqttVersion::Default));
        assert!(options.username.is_none() && options.password.is_none() && options.will.is_none());
        let options = read(&V5).unwrap();
        assert_eq!((options.clean, options.version), (true, MqttVersion::Fixed(Version::V5)));
    }

    /// Contract C-3.2: callers see the first failing code. Each step mends what the one before found.
    #[test]
    fn checks_come_in_the_order_of_the_original() {
        let mut will = MQTTApi_willOptions { struct_version: 2, qos: 3, ..MQTTApi_willOptions_initializer };
        let will = &raw mut will;
        let mut options = MQTTClient_connectOptions {
            struct_version: 9,
            will,
            username: BAD,
            MQTTVersion: 6,
            cleanstart: 1,
            ..V3
        };
        assert!(matches!(unsafe { read_connect_options(null(), false) }, Err(Error::NullArgument)));
        assert!(matches!(read(&options), Err(Error::BadStructure)));
        options.struct_version = 8;
        assert!(matches!(read(&options), Err(Error::BadStructure)));
        unsafe { (*will).struct_version = 1 };
        assert!(matches!(read(&options), Err(Error::BadQos)));
        unsafe { (*will).qos = 2 };
        assert!(matches!(read(&options), Err(Error::NullArgument)));
        unsafe { (*will).topicName = c"".as_ptr() };
        assert!(matches!(read(&options), Err(Error::EmptyWillTopic)));
        unsafe { (*will).topicName = c"will".as_ptr() };
        assert!(matches!(read(&options), Err(Error::BadUtf8)));
        options.username = null();
        options.password = BAD;
        assert!(matches!(read(&options), Err(Error::BadUtf8)));
        options.password = null();
        assert!(matches!(read(&options), Err(Error::BadVersion)));
        options.MQTTVersion = MQTTVERSION_5;
        assert!(matches!(read(&options), Err(Error::BadOption)));
        options.MQTTVersion = MQTTVERSION_3_1_1;
        assert!(matches!(read(&options), Err(Error::BadOption)));
        options.cleanstart = 0;
        assert_eq!(read(&options).unwrap().will.unwrap().qos, Qos::ExactlyOnce);
    }

    /// Contract C-1.6: what an old structure does not have counts as its default.
    #[test]
    fn old_structures_end_early() {
        let mut server = *c"tcp://other".to_bytes_with_nul().first_chunk::<12>().unwrap();
        let mut servers = [server.as_mut_ptr().cast::<c_char>()];
        let mut options = MQTTClient_connectOptions {
            serverURIcount: 1,
            serverURIs: servers.as_mut_ptr(),
            MQTTVersion: MQTTVERSION_3_1,
            binarypwd: MQTTApi_binaryPassword { len: 2, data: c"pw".as_ptr().cast() },
            maxInflightMessages: 20,
            reliable: 0,
            ..V3
        };
        let mut seen = |version| {
            options.struct_version = version;
            let read = read(&options).unwrap();
            (read.servers.len(), read.version, read.password.is_some(), read.window)
        };
        let fixed = MqttVersion::Fixed(Version::V3_1);
        assert_eq!(seen(0), (0, MqttVersion::Default, false, 10));
        assert_eq!(seen(2), (1, MqttVersion::Default, false, 10));
        assert_eq!(seen(3), (1, fixed, false, 10));
        assert_eq!(seen(5), (1, fixed, true, 10));
        assert_eq!(seen(6), (1, fixed, true, 20));
        let before = MQTTClient_connectReturned { serverURI: null(), MQTTVersion: 0, sessionPresent: 0 };
        for (version, written) in [(3, 0), (4, 4)] {
            options.struct_version = version;
            options.returned = before;
            unsafe { write_returned(&mut options, MQTTClient_connectReturned { MQTTVersion: 4, ..before }) };
            assert_eq!(options.returned.MQTTVersion, written);
        }
    }

    #[test]
    fn numbers_out_of_range_become_the_nearest() {
        let keep_alive =
            |number| read(&MQTTClient_connectOptions { keepAliveInterval: number, ..V3 }).unwrap().keep_alive;
        assert_eq!(
            (keep_alive(-1), keep_alive(0), keep_alive(65_535), keep_alive(65_536)),
            (0, 0, 65_535, 65_535)
        );
        let window =
            |number| read(&MQTTClient_connectOptions { maxInflightMessages: number, ..V3 }).unwrap().window;
        assert_eq!((window(-1), window(0), window(1), window(c_int::MAX)), (1, 1, 1, 65_535));
        let retry =
            |number| read(&MQTTClient_connectOptions { retryInterval: number, ..V3 }).unwrap().retry_interval;
        assert_eq!(
            (retry(-1), retry(1), retry(20)),
            (None, Some(Duration::from_secs(10)), Some(Duration::from_secs(20)))
        );
        let timeout = |number| {
            read(&MQTTClient_connectOptions { connectTimeout: number, ..V3 }).unwrap().connect_timeout
        };
        assert_eq!((timeout(-1), timeout(0)), (Duration::ZERO, Duration::ZERO));
    }

    /// Contract C-3.2, C-3.4: before anything else.
    #[test]
    fn servers_with_tls_need_options_for_it() {
        let mut will = MQTTApi_willOptions { struct_version: 2, ..MQTTApi_willOptions_initializer };
        let mut ssl = MQTTApi_SSLOptions { struct_version: 6, ..MQTTApi_SSLOptions_initializer };
        let ssl = &raw mut ssl;
        let mut options = MQTTClient_connectOptions { will: &mut will, ..V3 };
        let check = |options: &MQTTClient_connectOptions, needs_tls| unsafe {
            read_connect_options(options, needs_tls).err()
        };
        assert!(matches!(check(&options, true), Some(Error::NullArgument)));
        let servers = [c"tcp://a".as_ptr().cast_mut(), c"ssl://b".as_ptr().cast_mut()];
        (options.serverURIs, options.serverURIcount) = (servers.as_ptr(), 2);
        assert!(matches!(check(&options, false), Some(Error::NullArgument)));
        options.ssl = ssl;
        assert!(matches!(check(&options, false), Some(Error::BadStructure)), "the will");
        // In an old structure there is none.
        options.struct_version = 0;
        assert!(matches!(check(&options, true), Some(Error::NullArgument)));
        options.struct_version = 8;
        (options.will, options.username) = (null_mut(), BAD);
        let refused = check(&options, false);
        assert!(matches!(refused, Some(Error::BadStructure)), "before the user name: {refused:?}");
        unsafe { (*ssl).struct_version = 5 };
        assert!(matches!(check(&options, false), Some(Error::BadUtf8)));
    }

    /// Contract C-3.9.
    #[test]
    fn the_string_is_the_password_and_the_bytes_are_the_will() {
        let binarypwd = MQTTApi_binaryPassword { len: 3, data: b"\xFF\0x".as_ptr().cast() };
        let password = |text| {
            read(&MQTTClient_connectOptions { password: text, binarypwd, ..V3 }).unwrap().password.unwrap()
        };
        assert_eq!(password(c"text".as_ptr()), b"text");
        assert_eq!(password(null())[0], 0xFF);

        let mut will = MQTTApi_willOptions {
            topicName: c"will".as_ptr(),
            message: c"text".as_ptr(),
            ..MQTTApi_willOptions_initializer
        };
        let payload = |will: &mut MQTTApi_willOptions| {
            read(&MQTTClient_connectOptions { will, ..V3 }).unwrap().will.unwrap().payload
        };
        assert_eq!(payload(&mut will), b"text");
        will.payload.data = c"bytes".as_ptr().cast();
        will.payload.len = 5;
        assert_eq!(payload(&mut will), b"bytes");
        will.struct_version = 0;
        assert_eq!(payload(&mut will), b"text");
        will.message = null();
        assert_eq!(payload(&mut will), b"");
    }
}
