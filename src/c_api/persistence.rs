//! The application's own store, as a [`Store`].
//!
//! Its functions run while the client works on its state, one at a time (contract P-122), and must
//! not call the API.

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::ptr::null_mut;

use super::boundary::{bytes, c_length};
use super::calls::in_store;
use super::memory;
use super::structs::persistence::{
    MQTTCLIENT_PERSISTENCE_DEFAULT, MQTTCLIENT_PERSISTENCE_ERROR, MQTTCLIENT_PERSISTENCE_NONE,
    MQTTCLIENT_PERSISTENCE_USER, MQTTClient_persistence,
};
use crate::client::Persistence;
use crate::error::PersistError;
use crate::store::Store;

/// A scratch buffer larger than this is not kept for the next record.
const KEPT_SCRATCH: usize = 64 << 10;

/// Where a client is to keep what is unfinished. A choice that makes no sense gives a store that
/// cannot be opened: the client exists nevertheless (contract C-2.5).
///
/// # Safety
/// `context` is what belongs to the type: a string or NULL, or a structure that lives as long as
/// the client.
pub(super) unsafe fn read_persistence(persistence_type: c_int, context: *const c_void) -> Persistence {
    match persistence_type {
        MQTTCLIENT_PERSISTENCE_NONE => Persistence::None,
        MQTTCLIENT_PERSISTENCE_DEFAULT if context.is_null() => Persistence::Files(None),
        MQTTCLIENT_PERSISTENCE_DEFAULT => {
            // SAFETY: not NULL; our caller's promise.
            let directory = unsafe { CStr::from_ptr(context.cast()) };
            Persistence::Files(Some(PathBuf::from(OsStr::from_bytes(directory.to_bytes()))))
        }
        // SAFETY: our caller's promise.
        MQTTCLIENT_PERSISTENCE_USER => match unsafe { Functions::read(context.cast()) } {
            Some(functions) => Persistence::Custom(Box::new(move |client_id, server| {
                Ok(Box::new(CStore::open(functions, client_id, server)?))
            })),
            None => unusable(),
        },
        _ => unusable(),
    }
}

fn unusable() -> Persistence {
    Persistence::Custom(Box::new(|_, _| Err(failure(MQTTCLIENT_PERSISTENCE_ERROR))))
}

fn failure(code: c_int) -> PersistError {
    PersistError { code }
}

/// `None`: the application has ended the thread in the function, which failed by that.
fn check(code: Option<c_int>) -> Result<(), PersistError> {
    match code {
        Some(0) => Ok(()),
        code => Err(failure(code.unwrap_or(MQTTCLIENT_PERSISTENCE_ERROR))),
    }
}

/// The functions of a store that are called.
struct Functions {
    context: *mut c_void,
    open: unsafe extern "C-unwind" fn(*mut *mut c_void, *const c_char, *const c_char, *mut c_void) -> c_int,
    close: unsafe extern "C-unwind" fn(*mut c_void) -> c_int,
    put: unsafe extern "C-unwind" fn(*mut c_void, *mut c_char, c_int, *mut *mut c_char, *mut c_int) -> c_int,
    get: unsafe extern "C-unwind" fn(*mut c_void, *mut c_char, *mut *mut c_char, *mut c_int) -> c_int,
    remove: unsafe extern "C-unwind" fn(*mut c_void, *mut c_char) -> c_int,
    keys: unsafe extern "C-unwind" fn(*mut c_void, *mut *mut *mut c_char, *mut c_int) -> c_int,
    clear: unsafe extern "C-unwind" fn(*mut c_void) -> c_int,
}

// SAFETY: the application's, which knows that its functions are called on any thread.
unsafe impl Send for Functions {}

impl Functions {
    /// `None` if anything is NULL, even the context (contract P-102).
    ///
    /// # Safety
    /// `raw` is NULL or a whole structure.
    unsafe fn read(raw: *const MQTTClient_persistence) -> Option<Functions> {
        // SAFETY: our caller's promise; it has no versions.
        let raw = unsafe { raw.as_ref() }?;
        if raw.context.is_null() {
            return None;
        }
        // Never called, but it has to be there.
        raw.pcontainskey?;
        Some(Functions {
            context: raw.context,
            open: raw.popen?,
            close: raw.pclose?,
            put: raw.pput?,
            get: raw.pget?,
            remove: raw.premove?,
            keys: raw.pkeys?,
            clear: raw.pclear?,
        })
    }
}

/// An open store of the application's.
struct CStore {
    functions: Functions,
    handle: *mut c_void,
    is_open: bool,
    /// Where a record is put together: the application gets bytes that are its own to change.
    scratch: Vec<u8>,
}

// SAFETY: as for its functions, whose handle it is.
unsafe impl Send for CStore {}

impl CStore {
    fn open(functions: Functions, client_id: &[u8], server: &str) -> Result<CStore, PersistError> {
        let (client_id, server) = (c_text(client_id)?, c_text(server.as_bytes())?);
        // As Paho (contract P-117): what fails to open is closed, too, with whatever handle it left.
        let mut store = CStore { functions, handle: null_mut(), is_open: true, scratch: Vec::new() };
        let CStore { functions, handle, .. } = &mut store;
        // SAFETY: the application's own function, with what MQTTClientPersistence.h says that it gets.
        check(in_store("Persistence_open", || unsafe {
            (functions.open)(handle, client_id.as_ptr(), server.as_ptr(), functions.context)
        }))?;
        Ok(store)
    }
}

impl Store for CStore {
    fn put(&mut self, key: &str, parts: &[&[u8]]) -> Result<(), PersistError> {
        let key = c_text(key.as_bytes())?;
        self.scratch.clear();
        parts.iter().for_each(|part| self.scratch.extend_from_slice(part));
        let mut lengths: Vec<c_int> = parts.iter().map(|part| c_length(part.len())).collect();
        let start: *mut c_char = self.scratch.as_mut_ptr().cast();
        let mut buffers: Vec<*mut c_char> = Vec::with_capacity(parts.len());
        let mut offset = 0;
        for part in parts {
            buffers.push(start.wrapping_add(offset));
            offset += part.len();
        }
        // SAFETY: the application's own function, with what MQTTClientPersistence.h says that it gets.
        let code = in_store("Persistence_put", || unsafe {
            (self.functions.put)(
                self.handle,
                key.as_ptr().cast_mut(),
                c_length(parts.len()),
                buffers.as_mut_ptr(),
                lengths.as_mut_ptr(),
            )
        });
        if self.scratch.capacity() > KEPT_SCRATCH {
            self.scratch = Vec::new();
        }
        check(code)
    }

    fn get(&mut self, key: &str) -> Result<Vec<u8>, PersistError> {
        let key = c_text(key.as_bytes())?;
        let (mut buffer, mut length) = (null_mut(), 0);
        // SAFETY: as in `put`.
        check(in_store("Persistence_get", || unsafe {
            (self.functions.get)(self.handle, key.as_ptr().cast_mut(), &mut buffer, &mut length)
        }))?;
        // SAFETY: the application's buffer, as long as it says, and ours to free.
        unsafe {
            let record = bytes(buffer.cast(), length).map(<[u8]>::to_vec);
            memory::free(buffer.cast());
            record.map_err(|_| failure(MQTTCLIENT_PERSISTENCE_ERROR))
        }
    }

    fn remove(&mut self, key: &str) -> Result<(), PersistError> {
        let key = c_text(key.as_bytes())?;
        // SAFETY: as in `put`.
        check(in_store("Persistence_remove", || unsafe {
            (self.functions.remove)(self.handle, key.as_ptr().cast_mut())
        }))
    }

    fn keys(&mut self) -> Result<Vec<String>, PersistError> {
        let (mut keys, mut count) = (null_mut(), 0);
        // SAFETY: as in `put`.
        check(in_store("Persistence_keys", || unsafe {
            (self.functions.keys)(self.handle, &mut keys, &mut count)
        }))?;
        let count = if keys.is_null() { 0 } else { usize::try_from(count).unwrap_or(0) };
        let mut texts = Vec::with_capacity(count);
        for index in 0..count {
            // SAFETY: the application's array has so many strings, ours to free.
            unsafe {
                let key = keys.add(index).read();
                if !key.is_null() {
                    // A key that is not text is not one of ours.
                    texts.extend(CStr::from_ptr(key).to_str().ok().map(str::to_owned));
                    memory::free(key.cast());
                }
            }
        }
        // SAFETY: NULL, or the application's array, ours to free.
        unsafe { memory::free(keys.cast()) };
        Ok(texts)
    }

    fn clear(&mut self) -> Result<(), PersistError> {
        // SAFETY: as in `put`.
        check(in_store("Persistence_clear", || unsafe { (self.functions.clear)(self.handle) }))
    }

    fn close(&mut self) -> Result<(), PersistError> {
        if !std::mem::take(&mut self.is_open) {
            return Ok(());
        }
        // SAFETY: as in `put`; nothing is called with this handle again.
        check(in_store("Persistence_close", || unsafe { (self.functions.close)(self.handle) }))
    }
}

impl Drop for CStore {
    /// A store that could be opened but not read: the application still gets it closed.
    fn drop(&mut self) {
        let _ = self.close();
    }
}

fn c_text(text: &[u8]) -> Result<CString, PersistError> {
    CString::new(text).map_err(|_| failure(MQTTCLIENT_PERSISTENCE_ERROR))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// What a program would keep.
    #[derive(Default)]
    struct Kept {
        opened_as: Option<(CString, CString)>,
        closed: usize,
        records: BTreeMap<CString, Vec<u8>>,
    }

    unsafe fn kept<'a>(handle: *mut c_void) -> &'a mut Kept {
        unsafe { &mut *handle.cast() }
    }

    unsafe fn text(raw: *const c_char) -> CString {
        unsafe { CStr::from_ptr(raw) }.to_owned()
    }

    unsafe extern "C-unwind" fn open(
        handle: *mut *mut c_void,
        client_id: *const c_char,
        server: *const c_char,
        context: *mut c_void,
    ) -> c_int {
        unsafe {
            kept(context).opened_as = Some((text(client_id), text(server)));
            handle.write(context);
        }
        0
    }

    unsafe extern "C-unwind" fn refuse(
        handle: *mut *mut c_void,
        _: *const c_char,
        _: *const c_char,
        context: *mut c_void,
    ) -> c_int {
        unsafe { handle.write(context) };
        -77
    }

    unsafe extern "C-unwind" fn close(handle: *mut c_void) -> c_int {
        unsafe { kept(handle) }.closed += 1;
        0
    }

    /// Like a program that encrypts: writes into what it is given.
    unsafe extern "C-unwind" fn put(
        handle: *mut c_void,
        key: *mut c_char,
        count: c_int,
        buffers: *mut *mut c_char,
        lengths: *mut c_int,
    ) -> c_int {
        let mut record = Vec::new();
        for index in 0..usize::try_from(count).unwrap() {
            unsafe {
                let length = usize::try_from(lengths.add(index).read()).unwrap();
                let buffer = std::slice::from_raw_parts_mut(buffers.add(index).read().cast::<u8>(), length);
                buffer.make_ascii_uppercase();
                record.extend_from_slice(buffer);
            }
        }
        unsafe { kept(handle).records.insert(text(key), record) };
        0
    }

    unsafe extern "C-unwind" fn get(
        handle: *mut c_void,
        key: *mut c_char,
        buffer: *mut *mut c_char,
        length: *mut c_int,
    ) -> c_int {
        unsafe {
            let Some(record) = kept(handle).records.get(&text(key)) else { return -2 };
            buffer.write(memory::copy_bytes(record).unwrap());
            length.write(c_length(record.len()));
        }
        0
    }

    unsafe extern "C-unwind" fn remove(handle: *mut c_void, key: *mut c_char) -> c_int {
        unsafe { kept(handle).records.remove(&text(key)) };
        0
    }

    unsafe extern "C-unwind" fn keys(
        handle: *mut c_void,
        keys: *mut *mut *mut c_char,
        count: *mut c_int,
    ) -> c_int {
        unsafe {
            let texts: Vec<*mut c_char> =
                kept(handle).records.keys().map(|key| memory::copy_bytes(key.as_bytes()).unwrap()).collect();
            keys.write(if texts.is_empty() { null_mut() } else { memory::place_all(&texts).unwrap() });
            count.write(c_length(texts.len()));
        }
        0
    }

    unsafe extern "C-unwind" fn clear(handle: *mut c_void) -> c_int {
        unsafe { kept(handle) }.records.clear();
        0
    }

    unsafe extern "C-unwind" fn contains(handle: *mut c_void, key: *mut c_char) -> c_int {
        if unsafe { kept(handle).records.contains_key(&text(key)) } { 0 } else { -2 }
    }

    fn structure(kept: *mut Kept) -> MQTTClient_persistence {
        MQTTClient_persistence {
            context: kept.cast(),
            popen: Some(open),
            pclose: Some(close),
            pput: Some(put),
            pget: Some(get),
            premove: Some(remove),
            pkeys: Some(keys),
            pclear: Some(clear),
            pcontainskey: Some(contains),
        }
    }

    fn open_with(structure: &MQTTClient_persistence) -> Result<Box<dyn Store>, PersistError> {
        let context: *const MQTTClient_persistence = structure;
        match unsafe { read_persistence(MQTTCLIENT_PERSISTENCE_USER, context.cast()) } {
            Persistence::Custom(open) => open(b"client", "host:1883"),
            _ => panic!("not a store of the program's"),
        }
    }

    #[test]
    fn a_programs_store_is_a_store() {
        let mut kept = Kept::default();
        let kept = &raw mut kept;
        let mut store = open_with(&structure(kept)).unwrap();
        let opened_as = unsafe { (*kept).opened_as.clone() };
        assert_eq!(opened_as, Some((c"client".to_owned(), c"host:1883".to_owned())));

        assert_eq!(store.keys(), Ok(vec![]));
        let parts: [&[u8]; 3] = [b"one", b"", b" two"];
        store.put("s-1", &parts).unwrap();
        store.put("s-2", &[]).unwrap();
        assert_eq!(parts, [&b"one"[..], b"", b" two"]);
        assert_eq!(store.get("s-1").unwrap(), b"ONE TWO");
        assert_eq!(store.get("s-2").unwrap(), b"");
        assert_eq!(store.get("s-3"), Err(PersistError { code: -2 }));
        assert_eq!(store.keys().unwrap(), ["s-1", "s-2"]);
        store.remove("s-1").unwrap();
        store.remove("s-1").unwrap();
        assert_eq!(store.keys().unwrap(), ["s-2"]);
        store.clear().unwrap();
        assert_eq!(store.keys().unwrap(), [""; 0]);

        store.close().unwrap();
        drop(store);
        assert_eq!(unsafe { (*kept).closed }, 1);
    }

    /// Contract P-102, C-2.5.
    #[test]
    fn what_is_incomplete_cannot_be_opened() {
        let mut kept = Kept::default();
        let whole = structure(&mut kept);
        let code = |structure| open_with(&structure).err().map(|error| error.code);
        assert_eq!(code(MQTTClient_persistence { context: null_mut(), ..whole }), Some(-2));
        assert_eq!(code(MQTTClient_persistence { pclear: None, ..whole }), Some(-2));
        assert_eq!(code(MQTTClient_persistence { popen: Some(refuse), ..whole }), Some(-77));
        for (persistence_type, context) in
            [(MQTTCLIENT_PERSISTENCE_USER, null_mut()), (3, null_mut()), (-1, null_mut())]
        {
            let Persistence::Custom(open) = (unsafe { read_persistence(persistence_type, context) }) else {
                panic!("this is no type");
            };
            assert_eq!(open(b"client", "host").err().map(|error| error.code), Some(-2));
        }
        assert_eq!(kept.closed, 1, "contract P-117: the one that refused");
    }
}
