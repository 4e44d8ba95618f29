//! Handles: keys into a table, never pointers. A stale, garbage or doubly destroyed one is found
//! out, and gives an error.

use std::ffi::c_void;

use super::boundary::{contain, guard_untraced};
use super::calls::{Outcome, must_not_wait, traced};
use crate::error::Error;
use crate::sync::{Found, Free, Held, Table, Uncancelled};

/// Keys are small numbers; programs have those in uninitialised variables. Handles are not, and as
/// addresses of 64 bits they are not canonical: who follows one gets a clean fault. Of 32 bits any word may be an
/// address. It is no key itself, or that one's handle would be NULL.
#[cfg(target_pointer_width = "64")]
const MASK: usize = 0x5AFE_0C1E_0000_0000;
#[cfg(not(target_pointer_width = "64"))]
const MASK: usize = 0x5AEF_FFFF;

/// The handles of one API, and what is behind them.
pub(super) struct Handles<T> {
    table: Table<T>,
}

impl<T> Handles<T> {
    pub const fn new() -> Handles<T> {
        Handles { table: Table::new() }
    }

    /// A new handle, never NULL. `None`: there is no room for another.
    pub fn insert(&self, client: T) -> Option<*mut c_void> {
        let key = self.table.insert(client)?;
        Some(std::ptr::without_provenance_mut(key ^ MASK))
    }

    /// What the handle stands for, if it is one. No lock, no waiting.
    #[inline]
    pub fn find(&self, handle: *mut c_void) -> Option<Found<'_, T>> {
        self.table.get(handle.addr() ^ MASK)
    }

    /// Ends the handle. Only one caller gets what it stood for, however many try.
    pub fn remove(&self, handle: *mut c_void) -> Result<Found<'_, T>, Error> {
        self.table.remove(handle.addr() ^ MASK).ok_or(Error::InvalidHandle)
    }

    /// To be called before a fork, and released after it, so that the child can make handles, too.
    pub fn hold(&'static self, may_wait: bool) -> Option<Held<Free>> {
        self.table.hold(may_wait)
    }
}

/// What stands behind a handle.
pub(super) trait Retire {
    /// Ends it: from now on all calls fail.
    fn retire(&self);
}

impl<T: Retire> Handles<T> {
    /// Runs the body of an export that is about one client, and traces the call.
    #[inline]
    pub fn with_client<O: Outcome>(
        &self,
        name: &'static str,
        handle: *mut c_void,
        fail: fn(&Error) -> O,
        body: impl FnOnce(&T) -> Result<O, Error>,
    ) -> O {
        traced(name, || self.in_client(name, handle, fail, body))
    }

    /// As [`Handles::with_client`], within an export that is traced already. A panic retires the client.
    #[inline]
    pub fn in_client<O>(
        &self,
        name: &'static str,
        handle: *mut c_void,
        fail: fn(&Error) -> O,
        body: impl FnOnce(&T) -> Result<O, Error>,
    ) -> O {
        if must_not_wait() {
            return fail(&Error::NotNow);
        }
        // This is the hot path: neither what was found nor the outcome is moved.
        let found = self.find(handle);
        let Some(client) = &found else { return fail(&Error::InvalidHandle) };
        let outcome = contain(name, || body(client).unwrap_or_else(|error| fail(&error)));
        if outcome.is_none() {
            retire(&**client);
        }
        drop(found);
        outcome.unwrap_or_else(|| fail(&Error::Panicked))
    }
}

/// Nobody knows what state a client is in whose code has panicked.
#[cold]
fn retire(client: &impl Retire) {
    let _uncancelled = Uncancelled::begin();
    guard_untraced(
        "retire",
        |_| (),
        || {
            client.retire();
            Ok(())
        },
    );
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::ptr::{null_mut, without_provenance_mut};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn finds_what_was_inserted() {
        let handles = Handles::new();
        let first = handles.insert(1).unwrap();
        let second = handles.insert(2).unwrap();
        assert_eq!((*handles.find(first).unwrap(), *handles.find(second).unwrap()), (1, 2));
        assert_eq!(*handles.remove(first).unwrap(), 1);
        assert!(handles.find(first).is_none());
        assert!(handles.remove(first).is_err());
        assert_eq!(*handles.find(second).unwrap(), 2);
    }

    #[test]
    fn stale_handles_stay_stale_when_slots_are_used_again() {
        let handles = Handles::new();
        let mut stale = HashSet::new();
        for round in 0..1000 {
            let handle = handles.insert(round).unwrap();
            assert!(stale.insert(handle));
            handles.remove(handle).unwrap();
        }
        let _fresh = handles.insert(0).unwrap();
        assert!(stale.iter().all(|&handle| handles.find(handle).is_none()));
    }

    #[test]
    fn garbage_is_no_handle() {
        let handles = Handles::new();
        let here = 0;
        let genuine = handles.insert(here).unwrap();
        let addresses = [&raw const here as usize, 0, 1, 2, 0x1000, usize::MAX, usize::MAX / 2];
        let neighbours = (0..usize::BITS).map(|bit| genuine.addr() ^ (1 << bit));
        for address in addresses.into_iter().chain(neighbours) {
            assert!(handles.find(without_provenance_mut(address)).is_none(), "{address:#x}");
        }
        assert!(handles.remove(null_mut()).is_err());
    }

    #[test]
    fn one_of_many_threads_removes() {
        let handles = Handles::new();
        let clients: Vec<usize> = (0..200).map(|number| handles.insert(number).unwrap().addr()).collect();
        let removed = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for (number, &handle) in clients.iter().enumerate() {
                        let handle = without_provenance_mut(handle);
                        if let Some(client) = handles.find(handle) {
                            assert_eq!(*client, number);
                        }
                        removed.fetch_add(usize::from(handles.remove(handle).is_ok()), Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(removed.into_inner(), 200);
    }
}
