//! All that C may free is allocated here, with the C allocator: so `free`, `MQTTClient_free` and
//! `MQTTAsync_free` are interchangeable (contract A-303, C-2.12).

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{NonNull, null_mut};

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

/// What the original writes in front of its memory, to know it again.
const MARK: u64 = 0x8888_8888_8888_8888;

/// Where a block of the original's memory begins, if this is one.
///
/// A process may have the original's other API beside this library. Both export the functions of
/// MQTTProperties.h, and one library's calls go to the other's functions. The original's blocks begin
/// with a mark of eight bytes, which makes them known by their address: malloc's are multiples of 16.
///
/// # Safety
/// `raw` is NULL, or from the C allocator or the original, and not freed yet.
unsafe fn begin_of_marked(raw: *mut c_void) -> Option<*mut c_void> {
    if size_of::<usize>() != 8 || raw.addr() % 16 != 8 {
        return None;
    }
    let begin = raw.wrapping_byte_sub(8);
    // SAFETY: aligned. The original's; or an allocator's that gives out multiples of 8: then it is still
    // on the same page.
    (unsafe { begin.cast::<u64>().read() } == MARK).then_some(begin)
}

/// As [`free`], for what is in a list of properties, which may be the original's.
///
/// # Safety
/// `raw` is NULL, or from the C allocator or the original, and not freed yet.
pub(super) unsafe fn free_any(raw: *mut c_void) {
    // SAFETY: our caller's promise.
    unsafe { free(begin_of_marked(raw).unwrap_or(raw)) }
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
/// `array` is NULL, or from the C allocator or the original. `count` is more than it has.
pub(super) unsafe fn resize<T: Copy>(array: *mut T, count: usize) -> Result<*mut T, Error> {
    let size = count.checked_mul(size_of::<T>()).ok_or(Error::OutOfMemory)?;
    // SAFETY: our caller's promise.
    let array = match unsafe { begin_of_marked(array.cast()) } {
        // SAFETY: our caller's promise.
        None => unsafe { libc::realloc(array.cast(), size.max(1)) },
        // SAFETY: our caller's promise. The values move to where no mark is in front of them.
        Some(begin) => unsafe {
            let longer = libc::realloc(begin, size + 8);
            if !longer.is_null() {
                longer.copy_from(longer.byte_add(8), size);
            }
            longer
        },
    };
    if array.is_null() { Err(Error::OutOfMemory) } else { Ok(array.cast()) }
}

/// Tokens as a program gets them: an array that ends with -1, or NULL if there are none.
pub(super) fn place_tokens(packet_ids: &[u16]) -> Result<*mut c_int, Error> {
    if packet_ids.is_empty() {
        return Ok(null_mut());
    }
    let tokens: Vec<c_int> = packet_ids.iter().map(|&id| c_int::from(id)).chain([-1]).collect();
    place_all(&tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block as the original has them.
    fn marked(values: &[u64]) -> *mut u64 {
        let mut block = vec![MARK];
        block.extend(values);
        unsafe { place_all(&block).unwrap().add(1) }
    }

    #[test]
    fn the_originals_blocks_are_freed_from_their_beginning() {
        unsafe {
            free_any(marked(&[1, 2, 3]).cast());
            free_any(copy_bytes(b"ours").unwrap().cast());
            free_any(std::ptr::null_mut());
        }
    }

    #[test]
    fn the_originals_arrays_become_ours_when_they_grow() {
        unsafe {
            let longer = resize(marked(&[1, 2, 3]), 1000).unwrap();
            assert_eq!(std::slice::from_raw_parts(longer, 3), [1, 2, 3]);
            assert_eq!(longer.addr() % 16, 0);
            free(longer.cast());
        }
    }
}
