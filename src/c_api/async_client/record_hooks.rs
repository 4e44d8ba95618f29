//! What a program does with records on their way into the store and out of it: MQTTPersistence_beforeWrite and
//! MQTTPersistence_afterRead. Contract P-702 to P-704.
//!
//! The client is locked meanwhile, as in functions of a store.

use std::ffi::{c_char, c_int};

use super::application::Callback;
use crate::c_api::boundary::{bytes, c_length};
use crate::c_api::calls::in_store;
use crate::c_api::memory;
use crate::c_api::structs::persistence::{
    MQTTCLIENT_PERSISTENCE_ERROR, MQTTPersistence_afterRead, MQTTPersistence_beforeWrite,
};
use crate::error::PersistError;
use crate::store::{AfterRead, BeforeWrite};

const FAILED: PersistError = PersistError { code: MQTTCLIENT_PERSISTENCE_ERROR };

/// The hook that calls the program's function, if there is one.
pub(super) fn before_write(callback: Callback<MQTTPersistence_beforeWrite>) -> Option<BeforeWrite> {
    let Callback { context, function } = callback;
    let function = function?;
    Some(Box::new(move |parts| {
        let context = context;
        let mut buffers: Vec<*mut c_char> = parts.iter_mut().map(|part| part.as_mut_ptr().cast()).collect();
        let mut lengths: Vec<c_int> = parts.iter().map(|part| c_length(part.len())).collect();
        let (count, buffers_of_c, lengths_of_c) =
            (c_length(parts.len()), buffers.as_mut_ptr(), lengths.as_mut_ptr());
        // SAFETY: the program's own function, with what MQTTClientPersistence.h says that it gets.
        let answer = in_store("MQTTPersistence_beforeWrite", || unsafe {
            function(context.0, count, buffers_of_c, lengths_of_c)
        });
        if answer != Some(0) {
            return Err(FAILED);
        }
        // SAFETY: what the program has put there is as long as it says. All is copied before any part goes.
        let changed: Result<Vec<Vec<u8>>, _> = buffers
            .iter()
            .zip(&lengths)
            .map(|(&buffer, &length)| unsafe { bytes(buffer.cast(), length) }.map(<[u8]>::to_vec))
            .collect();
        *parts = changed.map_err(|_| FAILED)?;
        Ok(())
    }))
}

/// The hook that calls the program's function, if there is one.
pub(super) fn after_read(callback: Callback<MQTTPersistence_afterRead>) -> Option<AfterRead> {
    let Callback { context, function } = callback;
    let function = function?;
    Some(Box::new(move |record| {
        let context = context;
        let mut buffer: *mut c_char = memory::copy_bytes(&record).map_err(|_| FAILED)?;
        let mut length = c_length(record.len());
        let (buffer_of_c, length_of_c) = (&raw mut buffer, &raw mut length);
        // SAFETY: the program's own function, with what MQTTClientPersistence.h says that it gets.
        let answer = in_store("MQTTPersistence_afterRead", || unsafe {
            function(context.0, buffer_of_c, length_of_c)
        });
        // SAFETY: our memory, or what the program has put in its place: as long as it says, and ours to free.
        unsafe {
            let record = bytes(buffer.cast(), length).map(<[u8]>::to_vec);
            memory::free(buffer.cast());
            if answer == Some(0) { record.map_err(|_| FAILED) } else { Err(FAILED) }
        }
    }))
}

#[cfg(test)]
mod tests {
    use std::ffi::c_void;
    use std::ptr::null_mut;

    use super::*;
    use crate::c_api::callbacks::Context;

    /// Changes the first part in place, and has another one for the last. With a context: wants no record.
    unsafe extern "C-unwind" fn change(
        context: *mut c_void,
        count: c_int,
        buffers: *mut *mut c_char,
        lengths: *mut c_int,
    ) -> c_int {
        let count = usize::try_from(count).unwrap();
        unsafe {
            let length = usize::try_from(lengths.read()).unwrap();
            std::slice::from_raw_parts_mut(buffers.read().cast::<u8>(), length).make_ascii_uppercase();
            buffers.add(count - 1).write(c"other".as_ptr().cast_mut());
            lengths.add(count - 1).write(5);
        }
        if context.is_null() { 0 } else { 7 }
    }

    /// Makes the record shorter. With a context: has another one in its place.
    unsafe extern "C-unwind" fn change_back(
        context: *mut c_void,
        buffer: *mut *mut c_char,
        length: *mut c_int,
    ) -> c_int {
        unsafe {
            if context.is_null() {
                length.write(2);
                return 0;
            }
            memory::free(buffer.read().cast());
            buffer.write(memory::copy_bytes(b"another").unwrap());
            length.write(7);
        }
        0
    }

    unsafe extern "C-unwind" fn fail(_: *mut c_void, _: *mut *mut c_char, _: *mut c_int) -> c_int {
        1
    }

    fn here() -> Context {
        static HERE: u8 = 0;
        Context((&raw const HERE).cast_mut().cast())
    }

    #[test]
    fn programs_change_what_is_written() {
        let parts = || vec![b"one".to_vec(), Vec::new(), b"two".to_vec()];
        let hook = |context| before_write(Callback { context, function: Some(change) }).unwrap();
        let mut changed = parts();
        hook(Context(null_mut()))(&mut changed).unwrap();
        assert_eq!(changed, [b"ONE".to_vec(), Vec::new(), b"other".to_vec()]);
        assert_eq!(hook(here())(&mut parts()), Err(FAILED));
        assert!(before_write(Callback::default()).is_none());
    }

    #[test]
    fn programs_change_what_was_read() {
        let read = |callback| after_read(callback).unwrap()(b"record".to_vec());
        let change_back = |context| Callback { context, function: Some(change_back as _) };
        assert_eq!(read(change_back(Context(null_mut()))).unwrap(), b"re");
        assert_eq!(read(change_back(here())).unwrap(), b"another");
        assert_eq!(read(Callback { context: here(), function: Some(fail as _) }), Err(FAILED));
        assert!(after_read(Callback::default()).is_none());
    }
}
