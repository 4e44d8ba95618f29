//! Structures of old programs, for tests: shorter than ours, and what is behind them cannot be read.

use std::marker::PhantomData;
use std::ptr::null_mut;

/// The first bytes of a structure, at the end of the memory that this process may read.
pub(in crate::c_api) struct Short<T> {
    pages: *mut libc::c_void,
    offset: usize,
    kind: PhantomData<T>,
}

const PAGE: usize = 64 << 10;

impl<T: Copy> Short<T> {
    /// `length` is that of the version, with the padding at its end.
    pub fn of(whole: &T, length: usize) -> Short<T> {
        assert!(length <= size_of::<T>() && length % align_of::<T>() == 0);
        unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let pages = libc::mmap(null_mut(), 2 * PAGE, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            assert_ne!(pages, libc::MAP_FAILED);
            let offset = PAGE - length;
            pages.cast::<u8>().add(offset).copy_from((&raw const *whole).cast(), length);
            assert_eq!(libc::mprotect(pages.byte_add(PAGE), PAGE, libc::PROT_NONE), 0);
            Short { pages, offset, kind: PhantomData }
        }
    }

    pub fn as_ptr(&self) -> *mut T {
        self.pages.wrapping_byte_add(self.offset).cast()
    }
}

impl<T> Drop for Short<T> {
    fn drop(&mut self) {
        unsafe { libc::munmap(self.pages, 2 * PAGE) };
    }
}
