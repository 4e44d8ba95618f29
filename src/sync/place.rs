//! Where a thread is: in the application's code or in ours. A signal handler may interrupt both.
//!
//! In ours it may find this thread with a lock, or in the middle of allocating memory, and must not wait for
//! either. So a call of the library from there fails, unless the interrupted call only waits for something.

use std::cell::Cell;

/// Where a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the application's code, or waiting with no lock held.
    Application,
    /// In a call of the library.
    Library,
    /// In a call of the library that has interrupted another one.
    Interrupting,
}

thread_local! {
    static PLACE: Cell<Place> = const { Cell::new(Place::Application) };
}

/// Where the calling thread is.
#[inline]
pub fn place() -> Place {
    PLACE.get()
}

/// Says where the calling thread is from now on. Answers where it was.
#[inline]
pub fn change_place(place: Place) -> Place {
    PLACE.replace(place)
}

/// A call of the library begins. Answers where the thread was, for [`change_place`] at its end.
#[inline]
pub fn enter() -> Place {
    PLACE.with(|place| {
        let before = place.get();
        place.set(if before == Place::Application { Place::Library } else { Place::Interrupting });
        before
    })
}

/// Waits, with no lock held. A signal handler may call the library meanwhile.
pub fn while_waiting<T>(wait: impl FnOnce() -> T) -> T {
    let before = PLACE.replace(Place::Application);
    let outcome = wait();
    PLACE.set(before);
    outcome
}
