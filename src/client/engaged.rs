//! A client's place in the engine, once it needs one, and what the engine knows of the client.
//!
//! What the engine should know follows from the client's state, and it is told where the client's lock is let go. Here
//! is what it was told, so that it is told only what changes. Without a place it knows nothing.

use super::link::watch::Watch;
use crate::engine::{Handler, Registration, Token};
use crate::transport::SocketFd;
use std::mem;
use std::sync::Weak;
use std::time::Instant;

/// The place, and what the engine knows.
#[derive(Default)]
pub(super) struct Engaged {
    /// The place.
    pub registration: Option<Registration>,
    /// What it watches the socket for.
    pub watch: Watch,
    /// When it is to look at the client.
    pub deadline: Option<Instant>,
}

impl Engaged {
    /// Takes a place, if there is none. `None`: the engine cannot be had.
    pub fn join(&mut self, handler: &Weak<dyn Handler>) -> Option<&Registration> {
        if self.registration.is_none() {
            self.registration = Registration::join(handler.clone()).ok();
        }
        self.registration.as_ref()
    }

    /// By what the engine knows this client.
    pub fn token(&self) -> Option<Token> {
        self.registration.as_ref().map(Registration::token)
    }

    /// Leaves an engine whose descriptors the program has closed. Whether it was so.
    pub fn leave_if_lost(&mut self) -> bool {
        let is_lost = self.registration.as_ref().is_some_and(|registration| !registration.is_intact());
        if is_lost {
            // What it was to tell, it may not have told.
            self.leave();
        }
        is_lost
    }

    /// The socket is no more to be watched.
    pub fn unwatch(&mut self, socket: &SocketFd) {
        if let Some(registration) = self.registration.as_ref().filter(|_| self.watch.is_watched()) {
            registration.unwatch(socket);
        }
        self.watch.end();
    }

    /// The time to tell the engine, if it does not know of one as early.
    pub fn deadline_to_set(&self, next: Instant) -> Option<Instant> {
        self.deadline.is_none_or(|known| next < known).then_some(next)
    }

    /// Gives the place up. What is answered is not to be dropped under the client's lock: the last one of all ends the
    /// workers, which may take that on their way.
    pub fn leave(&mut self) -> Option<Registration> {
        self.watch.end();
        self.deadline = None;
        self.registration.take()
    }

    /// In a child of fork: the engine is the parent's. It is not told, and its workers are not waited for.
    pub fn abandon(&mut self) {
        mem::forget(mem::take(self).registration);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{Program, client};
    use crate::engine::{Interests, clock};
    use std::time::Duration;

    #[test]
    fn the_engine_is_told_of_a_time_once_and_of_earlier_ones() {
        let (soon, later) = (clock::now(), clock::now() + Duration::from_secs(1));
        let mut engaged = Engaged::default();
        assert_eq!(engaged.deadline_to_set(later), Some(later));
        engaged.deadline = Some(later);
        assert_eq!((engaged.deadline_to_set(later), engaged.deadline_to_set(soon)), (None, Some(soon)));
    }

    #[test]
    fn with_its_place_goes_what_the_engine_knew() {
        let client = client(&Program::default());
        let handler: Weak<dyn Handler> = client.me.clone();
        let mut engaged = Engaged::default();
        assert!(engaged.token().is_none() && !engaged.leave_if_lost());
        let place = engaged.join(&handler).map(std::ptr::from_ref);
        assert!(place.is_some() && engaged.join(&handler).map(std::ptr::from_ref) == place);
        assert!(engaged.token().is_some());
        engaged.watch.begun(Some(Interests { readable: true, writable: false }));
        engaged.deadline = Some(clock::now());
        assert!(!engaged.leave_if_lost(), "its engine is there");
        let registration = engaged.leave();
        assert!(registration.is_some() && engaged.token().is_none());
        assert!(!engaged.watch.is_watched() && engaged.deadline.is_none());
    }
}
