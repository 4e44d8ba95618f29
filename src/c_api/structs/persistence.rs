//! MQTTClientPersistence.h: the store that a program may bring along.

use std::ffi::{c_char, c_int, c_void};

/// Unfinished messages are kept in files, in a directory of the client's own below the directory
/// that persistence_context names (a C string; NULL is the current directory).
pub const MQTTCLIENT_PERSISTENCE_DEFAULT: c_int = 0;
/// Nothing is kept: unfinished messages end with the process. persistence_context is ignored.
pub const MQTTCLIENT_PERSISTENCE_NONE: c_int = 1;
/// The program keeps them: persistence_context points to an MQTTClient_persistence.
pub const MQTTCLIENT_PERSISTENCE_USER: c_int = 2;
/// What a persistence function returns if it failed.
pub const MQTTCLIENT_PERSISTENCE_ERROR: c_int = -2;

/// Opens the store of one client. Called once, while the client is created.
///
/// handle takes a pointer of the program's choice, which is passed to all other functions.
/// clientID is the client's identifier and serverURI its server without "scheme://"; together they
/// name the store. context is the member of MQTTClient_persistence. Returns 0, or
/// MQTTCLIENT_PERSISTENCE_ERROR.
pub type Persistence_open = Option<
    unsafe extern "C-unwind" fn(
        handle: *mut *mut c_void,
        clientID: *const c_char,
        serverURI: *const c_char,
        context: *mut c_void,
    ) -> c_int,
>;

/// Closes the store; what is in it stays. Called while the client is destroyed. Returns 0, or
/// MQTTCLIENT_PERSISTENCE_ERROR.
pub type Persistence_close = Option<unsafe extern "C-unwind" fn(handle: *mut c_void) -> c_int>;

/// Stores a record under key, replacing what was there.
///
/// The record is the bufcount buffers, of the lengths in buflens, one after the other. They are the
/// library's, and valid only during the call. Returns 0, or MQTTCLIENT_PERSISTENCE_ERROR.
pub type Persistence_put = Option<
    unsafe extern "C-unwind" fn(
        handle: *mut c_void,
        key: *mut c_char,
        bufcount: c_int,
        buffers: *mut *mut c_char,
        buflens: *mut c_int,
    ) -> c_int,
>;

/// Fetches the record of key into memory that the function allocates, with MQTTClient_malloc or
/// malloc; the library frees it. Returns 0, or MQTTCLIENT_PERSISTENCE_ERROR.
pub type Persistence_get = Option<
    unsafe extern "C-unwind" fn(
        handle: *mut c_void,
        key: *mut c_char,
        buffer: *mut *mut c_char,
        buflen: *mut c_int,
    ) -> c_int,
>;

/// Removes the record of key. Returns 0, also if there is none, or MQTTCLIENT_PERSISTENCE_ERROR.
pub type Persistence_remove =
    Option<unsafe extern "C-unwind" fn(handle: *mut c_void, key: *mut c_char) -> c_int>;

/// Lists the keys of all records: nkeys strings, and an array of pointers to them in keys.
///
/// The function allocates each string and the array, with MQTTClient_malloc or malloc; the library
/// frees them. Without records, nkeys is 0 and keys may be NULL. Returns 0, or
/// MQTTCLIENT_PERSISTENCE_ERROR.
pub type Persistence_keys = Option<
    unsafe extern "C-unwind" fn(handle: *mut c_void, keys: *mut *mut *mut c_char, nkeys: *mut c_int) -> c_int,
>;

/// Removes all records. Returns 0, or MQTTCLIENT_PERSISTENCE_ERROR.
pub type Persistence_clear = Option<unsafe extern "C-unwind" fn(handle: *mut c_void) -> c_int>;

/// Whether there is a record of key: 0 if so, else MQTTCLIENT_PERSISTENCE_ERROR.
pub type Persistence_containskey =
    Option<unsafe extern "C-unwind" fn(handle: *mut c_void, key: *mut c_char) -> c_int>;

/// A store that the program implements, for MQTTCLIENT_PERSISTENCE_USER.
///
/// No member may be NULL. The functions of one client never run at the same time, and they must not
/// call this library. The structure must outlive the client.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MQTTClient_persistence {
    /// Passed to popen.
    pub context: *mut c_void,
    /// Opens the store.
    pub popen: Persistence_open,
    /// Closes the store.
    pub pclose: Persistence_close,
    /// Stores a record.
    pub pput: Persistence_put,
    /// Fetches a record.
    pub pget: Persistence_get,
    /// Removes a record.
    pub premove: Persistence_remove,
    /// Lists the keys.
    pub pkeys: Persistence_keys,
    /// Removes all records.
    pub pclear: Persistence_clear,
    /// Tells whether there is a record.
    pub pcontainskey: Persistence_containskey,
}

/// Called before a record is stored; may change it, for example to encrypt it.
///
/// The record is the bufcount buffers, of the lengths in buflens. The function may change their
/// bytes, or put other buffers and lengths in place of them: those must stay valid until its next
/// call, and the library does not free them. It returns 0; anything else keeps the record from
/// being stored.
#[allow(dead_code, reason = "for C programs")]
pub type MQTTPersistence_beforeWrite = Option<
    unsafe extern "C-unwind" fn(
        context: *mut c_void,
        bufcount: c_int,
        buffers: *mut *mut c_char,
        buflens: *mut c_int,
    ) -> c_int,
>;

/// Called after a record was fetched; undoes what MQTTPersistence_beforeWrite did.
///
/// The function may change the bytes of buffer and its length buflen, or free it with
/// MQTTAsync_free and put in its place one that it got from MQTTAsync_malloc; the library frees what
/// is there in the end. It returns 0; anything else means that the record cannot be read.
#[allow(dead_code, reason = "for C programs")]
pub type MQTTPersistence_afterRead = Option<
    unsafe extern "C-unwind" fn(context: *mut c_void, buffer: *mut *mut c_char, buflen: *mut c_int) -> c_int,
>;
