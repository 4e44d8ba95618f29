//! Work that must not end in the middle because the thread is cancelled.
//!
//! The C library looks for that in many of its functions: those that open, read, write and close files, that wait for
//! a thread, that ask for random numbers. Most calls of the application are not cancelled between their edges, but
//! to have it so takes a part of the time that publishing takes. So whatever publishing may come by and that is none
//! of its everyday work begins with an [`Uncancelled`]. Nothing else may call such functions: system calls for sockets,
//! events, timers and locks are made without the C library.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::OnceLock;

/// Has the C library not cancel the calling thread, and undoes that. The first answers for the second whether there is
/// anything to undo.
pub type Cancellation = (fn() -> bool, fn(bool));

static CANCELLATION: OnceLock<Cancellation> = OnceLock::new();

/// Brings what asks the C library. Until then threads are cancelled anywhere. Only the first call counts.
pub fn set_cancellation(cancellation: Cancellation) {
    let _ = CANCELLATION.set(cancellation);
}

/// As long as this lives, its thread is not cancelled, but in the application's code.
pub struct Uncancelled {
    is_begun: bool,
    /// It ends on the thread that it begins on.
    _stays: PhantomData<*const ()>,
}

impl Uncancelled {
    /// Begins it.
    pub fn begin() -> Uncancelled {
        let is_begun = CANCELLATION.get().is_some_and(|(disable, _)| disable());
        Uncancelled { is_begun, _stays: PhantomData }
    }
}

impl Drop for Uncancelled {
    fn drop(&mut self) {
        if let Some((_, restore)) = CANCELLATION.get() {
            restore(self.is_begun);
        }
    }
}

/// A value whose destructor is not cut short: one that closes descriptors, or waits for threads.
#[derive(Debug)]
pub struct DroppedWhole<T>(ManuallyDrop<T>);

impl<T> DroppedWhole<T> {
    /// Keeps a value.
    pub fn new(value: T) -> DroppedWhole<T> {
        DroppedWhole(ManuallyDrop::new(value))
    }
}

impl<T> Deref for DroppedWhole<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Drop for DroppedWhole<T> {
    fn drop(&mut self) {
        let _whole = Uncancelled::begin();
        // SAFETY: once, and nobody sees it afterwards.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}
