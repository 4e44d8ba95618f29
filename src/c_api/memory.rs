//! All that C may free is allocated here, with the C allocator: so `free`, `MQTTClient_free` and
//! `MQTTAsync_free` are interchangeable (contract A-303, C-2.12).

use std::ffi::{c_char, c_void};
use std::ptr::NonNull;

use crate::error::Error;

/// Memory for bytes, at least one, so that it is never NULL. The content is undefined.
fn allocate(length: usize) -> Result<NonNull<c_void>, Error> {
    // SAFETY: malloc takes any size.
    NonNull::new(unsafe { libc::malloc(length.max(1)) }).ok_or(Error::OutOfMemory)
}

/// Memory of zeros, never NULL, even for no bytes at all.
pub(super) fn zeroed(length: usize) -> *mut c_void {
    // SAFETY: calloc takes any size.
    unsafe { libc::calloc(1, length.max(1)) }
}

/// Frees what this module or the application allocated. NULL is nothing.
///
/// # Safety
/// `raw` is NULL or from the C allocator, and not freed yet.
pub(super) unsafe fn free(raw: *mut c_void) {
    // SAFETY: our caller's promise.
    unsafe { libc::free(raw) }
}

/// A copy of bytes with a NUL after them, which no length counts: programs take payloads and
/// properties for C strings (decision 11).
pub(super) fn copy_bytes(bytes: &[u8]) -> Result<*mut c_char, Error> {
    let copy = allocate(bytes.len() + 1)?.cast::<u8>();
    // SAFETY: `copy` has room for them and for the NUL, and is new, so they do not overlap.
    unsafe {
        copy.copy_from_nonoverlapping(NonNull::from(bytes).cast(), bytes.len());
        copy.add(bytes.len()).write(0);
    }
    Ok(copy.as_ptr().cast())
}

/// One value.
pub(super) fn place<T: Copy>(value: T) -> Result<*mut T, Error> {
    let place = allocate(size_of::<T>())?.cast::<T>();
    // SAFETY: malloc's memory is aligned for every C type, and large enough for this one.
    unsafe { place.write(value) };
    Ok(place.as_ptr())
}

/// An array of values.
pub(super) fn place_all<T: Copy>(values: &[T]) -> Result<*mut T, Error> {
    let place = allocate(size_of_val(values))?.cast::<T>();
    // SAFETY: malloc's memory is aligned for every C type, large enough, and new.
    unsafe { place.copy_from_nonoverlapping(NonNull::from(values).cast(), values.len()) };
    Ok(place.as_ptr())
}

/// Makes an array longer. Its first values stay; the new ones are undefined.
///
/// # Safety
/// `array` is NULL or from the C allocator.
pub(super) unsafe fn resize<T: Copy>(array: *mut T, count: usize) -> Result<*mut T, Error> {
    let size = count.checked_mul(size_of::<T>()).ok_or(Error::OutOfMemory)?;
    // SAFETY: our caller's promise.
    let array = unsafe { libc::realloc(array.cast(), size.max(1)) };
    if array.is_null() { Err(Error::OutOfMemory) } else { Ok(array.cast()) }
}
