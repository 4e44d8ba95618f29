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
/// @param handle Takes a pointer of the program's choice, which is passed to all other functions.
/// @param clientID The client's identifier.
/// @param serverURI Its server without "scheme://". Together they name the store.
/// @param context The member of MQTTClient_persistence.
/// @return 0, or MQTTCLIENT_PERSISTENCE_ERROR, which creating the client then returns.
/// @see Contract P-110, P-121.
pub type Persistence_open = Option<
    unsafe extern "C-unwind" fn(
        handle: *mut *mut c_void,
        clientID: *const c_char,
        serverURI: *const c_char,
        context: *mut c_void,
    ) -> c_int,
>;

/// Closes the store; what is in it stays. Called while the client is destroyed.
///
/// @param handle What opening has given.
/// @return 0, or MQTTCLIENT_PERSISTENCE_ERROR.
/// @see Contract P-117, P-121.
pub type Persistence_close = Option<unsafe extern "C-unwind" fn(handle: *mut c_void) -> c_int>;

/// Stores a record, replacing what was there. The record is the buffers, one after the other. All of them are
/// the library's, and valid only during the call.
///
/// @param handle What opening has given.
/// @param key The name of the record.
/// @param bufcount How many buffers.
/// @param buffers The buffers.
/// @param buflens The length of each, in bytes.
/// @return 0, or MQTTCLIENT_PERSISTENCE_ERROR: then the message is not sent, or not taken for safe.
/// @see Contract P-113, P-121.
pub type Persistence_put = Option<
    unsafe extern "C-unwind" fn(
        handle: *mut c_void,
        key: *mut c_char,
        bufcount: c_int,
        buffers: *mut *mut c_char,
        buflens: *mut c_int,
    ) -> c_int,
>;

/// Fetches a record.
///
/// @param handle What opening has given.
/// @param key The name of the record.
/// @param buffer Takes the record, in memory that the function allocates, with MQTTClient_malloc or malloc.
///   The library frees it.
/// @param buflen Takes its length, in bytes.
/// @return 0, or MQTTCLIENT_PERSISTENCE_ERROR.
/// @see Contract P-112, P-120, P-121.
pub type Persistence_get = Option<
    unsafe extern "C-unwind" fn(
        handle: *mut c_void,
        key: *mut c_char,
        buffer: *mut *mut c_char,
        buflen: *mut c_int,
    ) -> c_int,
>;

/// Removes a record.
///
/// @param handle What opening has given.
/// @param key The name of the record.
/// @return 0, also if there is none, or MQTTCLIENT_PERSISTENCE_ERROR.
/// @see Contract P-114, P-121.
pub type Persistence_remove =
    Option<unsafe extern "C-unwind" fn(handle: *mut c_void, key: *mut c_char) -> c_int>;

/// Lists the names of all records. Without records keys may be NULL.
///
/// @param handle What opening has given.
/// @param keys Takes an array of strings. The function allocates it and each of them, with MQTTClient_malloc
///   or malloc; the library frees them.
/// @param nkeys Takes how many there are.
/// @return 0, or MQTTCLIENT_PERSISTENCE_ERROR.
/// @see Contract P-111, P-120, P-121.
pub type Persistence_keys = Option<
    unsafe extern "C-unwind" fn(handle: *mut c_void, keys: *mut *mut *mut c_char, nkeys: *mut c_int) -> c_int,
>;

/// Removes all records.
///
/// @param handle What opening has given.
/// @return 0, or MQTTCLIENT_PERSISTENCE_ERROR.
/// @see Contract P-116, P-121.
pub type Persistence_clear = Option<unsafe extern "C-unwind" fn(handle: *mut c_void) -> c_int>;

/// Tells whether there is a record.
///
/// @param handle What opening has given.
/// @param key The name of the record.
/// @return 0 if there is one, else MQTTCLIENT_PERSISTENCE_ERROR.
/// @see Contract P-115.
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
/// The record is the buffers, one after the other. The function may change their bytes, or put other buffers
/// and lengths in place of them: those must stay valid until its next call, and the library does not free
/// them.
///
/// @param context What MQTTAsync_setBeforePersistenceWrite was given.
/// @param bufcount How many buffers.
/// @param buffers The buffers.
/// @param buflens The length of each, in bytes.
/// @return 0; anything else keeps the record from being stored.
/// @see Contract P-702, P-703.
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
/// @param context What MQTTAsync_setAfterPersistenceRead was given.
/// @param buffer The record. The function may change its bytes, or free it with MQTTAsync_free and put in its
///   place one that it got from MQTTAsync_malloc; the library frees what is there in the end.
/// @param buflen Its length in bytes, which the function may change.
/// @return 0; anything else means that the record cannot be read.
/// @see Contract P-704, P-705.
#[allow(dead_code, reason = "for C programs")]
pub type MQTTPersistence_afterRead = Option<
    unsafe extern "C-unwind" fn(context: *mut c_void, buffer: *mut *mut c_char, buflen: *mut c_int) -> c_int,
>;
