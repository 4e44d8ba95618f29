//! MQTTAsync_updateConnectOptions: what a program may change before its client connects again by itself.

use std::ffi::{CStr, c_char, c_void};

use super::application::Callback;
use super::structs::callbacks::MQTTAsync_updateConnectOptions;
use super::structs::connect_data::{MQTTAsync_connectData, MQTTAsync_connectData_initializer};
use crate::c_api::boundary::{bytes, c_length};
use crate::c_api::calls::callback;
use crate::c_api::memory;
use crate::c_api::structs::credentials::MQTTApi_binaryPassword;
use crate::client::Credentials;
use crate::error::Error;

/// Asks the program. Contract: a pointer that it has changed is ours from then on, and so is what the
/// pointer was before; one that it has not changed says nothing.
///
/// An error leaves the credentials as they were.
pub(super) fn ask(
    update: Callback<MQTTAsync_updateConnectOptions>,
    credentials: &mut Credentials,
) -> Result<(), Error> {
    let Callback { context, function } = update;
    let Some(function) = function else { return Ok(()) };
    let (username, password) = (Copied::of(&credentials.username)?, Copied::of(&credentials.password)?);
    let mut data = MQTTAsync_connectData {
        username: username.0.cast(),
        binarypwd: MQTTApi_binaryPassword {
            len: credentials.password.as_ref().map_or(0, |password| c_length(password.len())),
            data: password.0,
        },
        ..MQTTAsync_connectData_initializer
    };
    // SAFETY: the program's own function, with what MQTTAsync.h says that it gets.
    let answer = callback("MQTTAsync_updateConnectOptions", || unsafe { function(context.0, &mut data) });
    if answer.is_none_or(|answer| answer == 0) {
        return Ok(());
    }
    // What is new is ours from here on, whatever is in it.
    let new_username =
        (data.username != username.0.cast::<c_char>()).then(|| Copied(data.username.cast_mut().cast()));
    let new_password =
        (data.binarypwd.data != password.0.cast_const()).then(|| Copied(data.binarypwd.data.cast_mut()));
    let mut new = credentials.clone();
    if let Some(text) = new_username {
        // SAFETY: not NULL: the program's text.
        new.username =
            (!text.0.is_null()).then(|| unsafe { CStr::from_ptr(text.0.cast()) }.to_bytes().to_vec());
    }
    if let Some(data_of_program) = new_password {
        new.password = match data_of_program.0.is_null() {
            true => None,
            // SAFETY: the program's bytes, as many as it says.
            false => Some(unsafe { bytes(data_of_program.0, data.binarypwd.len) }?.to_vec()),
        };
    }
    *credentials = new;
    Ok(())
}

/// Memory of the C allocator's, or NULL, to be freed.
struct Copied(*mut c_void);

impl Copied {
    fn of(text: &Option<Vec<u8>>) -> Result<Copied, Error> {
        match text {
            Some(text) => Ok(Copied(memory::copy_bytes(text)?.cast())),
            None => Ok(Copied(std::ptr::null_mut())),
        }
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        // SAFETY: from `copy_bytes`, or the program's, which has given it away.
        unsafe { memory::free(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::c_int;
    use std::ptr::null;

    use super::*;
    use crate::c_api::callbacks::Context;

    type Change = fn(&mut MQTTAsync_connectData) -> c_int;

    unsafe extern "C-unwind" fn update(context: *mut c_void, data: *mut MQTTAsync_connectData) -> c_int {
        unsafe { (*context.cast::<Change>())(&mut *data) }
    }

    fn after(mut change: Change) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        let mut credentials = Credentials { username: Some(b"me".into()), password: Some(b"p\0w".into()) };
        let context = Context((&raw mut change).cast());
        ask(Callback { context, function: Some(update) }, &mut credentials).unwrap();
        (credentials.username, credentials.password)
    }

    fn copy(text: &CStr) -> *mut c_char {
        memory::copy_bytes(text.to_bytes()).unwrap()
    }

    #[test]
    fn the_program_sees_what_is_used_now() {
        let (username, password) = after(|data| {
            assert_eq!((data.struct_id.map(|letter| letter as u8), data.struct_version), (*b"MQCD", 0));
            assert_eq!(unsafe { CStr::from_ptr(data.username) }, c"me");
            assert_eq!(unsafe { bytes(data.binarypwd.data, data.binarypwd.len) }.unwrap(), b"p\0w");
            // As Paho: a length alone is no change.
            data.binarypwd.len = 1;
            1
        });
        assert_eq!((username, password), (Some(b"me".into()), Some(b"p\0w".into())));
    }

    #[test]
    fn what_is_changed_is_taken() {
        let (username, password) = after(|data| {
            data.username = copy(c"you");
            data.binarypwd = MQTTApi_binaryPassword { len: 2, data: copy(c"secret").cast() };
            1
        });
        assert_eq!((username, password), (Some(b"you".into()), Some(b"se".into())));
        let (username, password) = after(|data| {
            data.username = null();
            data.binarypwd.data = null();
            1
        });
        assert_eq!((username, password), (None, None));
    }

    #[test]
    fn zero_takes_nothing() {
        let (username, _) = after(|data| {
            data.username = null();
            0
        });
        assert_eq!(username, Some(b"me".into()));
    }
}
