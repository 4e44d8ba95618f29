//! What every export passes through: the panic guard, and the readers of what C hands over.

use std::ffi::{CStr, c_char, c_int, c_ulong, c_void};
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::calls::{Outcome, is_in_signal_handler, traced};
use crate::error::Error;
use crate::protocol::Qos;
use crate::trace;

/// Runs the body of an export, and traces the call. A panic ends here: it is traced, and the call
/// fails.
#[inline]
pub(super) fn guard<T: Outcome>(
    name: &'static str,
    fail: fn(&Error) -> T,
    body: impl FnOnce() -> Result<T, Error>,
) -> T {
    traced(name, || guard_untraced(name, fail, body))
}

/// As [`guard`], for what is no call of the application's, or is traced already.
#[inline]
pub(super) fn guard_untraced<T>(
    name: &'static str,
    fail: fn(&Error) -> T,
    body: impl FnOnce() -> Result<T, Error>,
) -> T {
    if is_in_signal_handler() {
        return fail(&Error::NotNow);
    }
    let outcome = contain(name, || body().unwrap_or_else(|error| fail(&error)));
    outcome.unwrap_or_else(|| fail(&Error::Panicked))
}

/// Runs code of ours that must not unwind any further. `None`: it has panicked.
#[inline]
pub(super) fn contain<T>(name: &'static str, body: impl FnOnce() -> T) -> Option<T> {
    // What a panic leaves half done is the client's, and that client is retired.
    catch_unwind(AssertUnwindSafe(body)).inspect_err(|panic| trace::panicked(name, &**panic)).ok()
}

/// The first four bytes of a structure, as C has them.
pub(super) const fn eyecatcher(text: [u8; 4]) -> [c_char; 4] {
    [text[0] as c_char, text[1] as c_char, text[2] as c_char, text[3] as c_char]
}

/// A structure whose `struct_version` says how much of it there is.
///
/// Programs built with an old header pass a shorter one. So no reference to the whole may exist:
/// each field is read alone, by `field!`, and only if `struct_version` has it.
pub(super) struct Versioned<T> {
    pub raw: *const T,
    version: c_int,
}

impl<T> Versioned<T> {
    /// Checks that it is such a structure. NULL comes first, then the eyecatcher, then the version.
    ///
    /// # Safety
    /// `raw` is NULL, or begins with four bytes and an int and is as long as its version implies.
    pub unsafe fn open(
        raw: *const T,
        id: [u8; 4],
        versions: RangeInclusive<c_int>,
    ) -> Result<Versioned<T>, Error> {
        if raw.is_null() {
            return Err(Error::NullArgument);
        }
        // SAFETY: our caller's promise.
        let (found, version) =
            unsafe { (raw.cast::<[u8; 4]>().read(), raw.cast::<u8>().add(4).cast::<c_int>().read()) };
        if found != id || !versions.contains(&version) {
            return Err(Error::BadStructure);
        }
        Ok(Versioned { raw, version })
    }

    /// A structure of a kind that the original never checks.
    ///
    /// # Safety
    /// `raw` is as [`Versioned::open`] wants it, and not NULL.
    #[cfg(feature = "async")]
    pub unsafe fn trust(raw: *const T) -> Versioned<T> {
        // SAFETY: our caller's promise.
        Versioned { raw, version: unsafe { raw.cast::<u8>().add(4).cast::<c_int>().read() } }
    }

    /// Whether the fields that came with this version are there.
    pub fn has(&self, version: c_int) -> bool {
        self.version >= version
    }
}

/// Reads one field of a [`Versioned`] structure, or gives the default if the structure is older.
macro_rules! field {
    ($s:ident.$name:ident) => {
        // SAFETY: who opened the structure promised that it has the fields of its version.
        unsafe { (&raw const (*$s.raw).$name).read() }
    };
    ($s:ident.$name:ident, since $version:literal, $default:expr) => {
        if $s.has($version) { field!($s.$name) } else { $default }
    };
}
pub(super) use field;

/// A string that must be UTF-8. NULL is not, as far as the contract goes (C-1.7).
///
/// # Safety
/// `raw` is NULL, or NUL-terminated and unchanged while the result is in use.
pub(super) unsafe fn text<'a>(raw: *const c_char) -> Result<&'a str, Error> {
    // SAFETY: our caller's promise.
    simdutf8::basic::from_utf8(unsafe { until_nul(raw) }?).map_err(|_| Error::BadUtf8)
}

/// As [`text`], for the hot path, which wants the bytes: nearly all of them are ASCII.
///
/// # Safety
/// As for [`text`].
#[inline]
pub(super) unsafe fn text_bytes<'a>(raw: *const c_char) -> Result<&'a [u8], Error> {
    // SAFETY: our caller's promise.
    let bytes = unsafe { until_nul(raw) }?;
    let is_text = bytes.is_ascii() || simdutf8::basic::from_utf8(bytes).is_ok();
    is_text.then_some(bytes).ok_or(Error::BadUtf8)
}

/// # Safety
/// As for [`text`].
#[inline]
unsafe fn until_nul<'a>(raw: *const c_char) -> Result<&'a [u8], Error> {
    if raw.is_null() {
        return Err(Error::BadUtf8);
    }
    // SAFETY: not NULL; our caller's promise.
    Ok(unsafe { CStr::from_ptr(raw) }.to_bytes())
}

/// Bytes with their length.
///
/// # Safety
/// `raw` is NULL or has `length` bytes, unchanged while the result is in use.
pub(super) unsafe fn bytes<'a>(raw: *const c_void, length: c_int) -> Result<&'a [u8], Error> {
    let length = usize::try_from(length).map_err(|_| Error::NullArgument)?;
    if length == 0 {
        return Ok(&[]);
    }
    if raw.is_null() {
        return Err(Error::NullArgument);
    }
    // SAFETY: not NULL; our caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(raw.cast(), length) })
}

/// A QoS that C gives as a number.
pub(super) fn qos(number: c_int) -> Result<Qos, Error> {
    u8::try_from(number).ok().and_then(Qos::from_level).ok_or(Error::BadQos)
}

/// A time in seconds. Less than none is none.
pub(super) fn seconds(number: c_int) -> Duration {
    Duration::from_secs(u64::try_from(number).unwrap_or(0))
}

/// A time in milliseconds, as C gives it.
#[allow(clippy::unnecessary_cast, reason = "it has 32 bits or 64")]
pub(super) fn milliseconds(number: c_ulong) -> Duration {
    Duration::from_millis(number as u64)
}

/// What does not fit becomes the nearest that does (contract C-3.3).
pub(super) fn clamp_to_u16(number: c_int) -> u16 {
    u16::try_from(number.max(0)).unwrap_or(u16::MAX)
}

/// A length for C. What MQTT can carry always fits.
pub(super) fn c_length(length: usize) -> c_int {
    c_int::try_from(length).unwrap_or(c_int::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_failure() {
        let outcome =
            guard("test", |error| c_int::from(matches!(error, Error::Panicked)), || panic!("as asked"));
        assert_eq!(outcome, 1);
    }

    #[repr(C)]
    struct Sample {
        struct_id: [c_char; 4],
        struct_version: c_int,
        old: c_int,
        new: c_int,
    }

    /// The structure of an old program ends early: here, where its memory ends (valgrind, Miri).
    #[test]
    fn fields_beyond_the_version_are_not_read() {
        let short: Box<[c_int; 3]> = Box::new([c_int::from_ne_bytes(*b"TEST"), 0, 7]);
        let raw = Box::into_raw(short);
        // SAFETY: version 0 of `Sample` is these three numbers.
        let s = unsafe { Versioned::open(raw.cast::<Sample>(), *b"TEST", 0..=1) }.unwrap();
        assert_eq!(field!(s.old), 7);
        assert_eq!(field!(s.new, since 1, 42), 42);
        // SAFETY: from `into_raw` above.
        drop(unsafe { Box::from_raw(raw) });
    }

    #[test]
    fn structures_are_checked_in_order() {
        let open = |raw: *const Sample| unsafe { Versioned::open(raw, *b"TEST", 0..=1) }.err();
        let sample =
            |id, version| Sample { struct_id: eyecatcher(id), struct_version: version, old: 0, new: 0 };
        assert!(matches!(open(std::ptr::null()), Some(Error::NullArgument)));
        assert!(matches!(open(&sample(*b"TSET", 0)), Some(Error::BadStructure)));
        assert!(matches!(open(&sample(*b"TEST", 2)), Some(Error::BadStructure)));
        assert!(matches!(open(&sample(*b"TEST", -1)), Some(Error::BadStructure)));
        assert!(open(&sample(*b"TEST", 1)).is_none());
    }

    #[test]
    fn texts_are_utf8_and_not_null() {
        let read = |text: &CStr| unsafe { super::text(text.as_ptr()) }.ok().map(str::to_owned);
        assert_eq!(read(c"").as_deref(), Some(""));
        assert_eq!(read(c"a/\u{10FFFF}").as_deref(), Some("a/\u{10FFFF}"));
        // Overlong, surrogate, beyond U+10FFFF, cut short: contract C-1.7.
        for bad in [&b"\xC0\x80\0"[..], b"\xED\xA0\x80\0", b"\xF4\x90\x80\x80\0", b"\xE2\x82\0"] {
            assert_eq!(read(CStr::from_bytes_with_nul(bad).unwrap()), None);
        }
        assert!(matches!(unsafe { super::text(std::ptr::null()) }, Err(Error::BadUtf8)));
    }

    #[test]
    fn bytes_are_bounded() {
        let data = b"abc";
        let read = |length| unsafe { bytes(data.as_ptr().cast(), length) };
        assert_eq!(read(2).unwrap(), b"ab");
        assert_eq!(read(0).unwrap(), b"");
        assert!(matches!(read(-1), Err(Error::NullArgument)));
        assert!(matches!(unsafe { bytes(std::ptr::null(), 1) }, Err(Error::NullArgument)));
        assert_eq!(unsafe { bytes(std::ptr::null(), 0) }.unwrap(), b"");
    }
}
