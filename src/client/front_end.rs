//! What an API does with a whole client, when the core says that it is time.
//!
//! The operations themselves are methods, which wait on the thread that calls or leave requests behind. This is the
//! other direction.

use super::api::Api;
use super::application::Application;
use super::client::Client;
use super::locked::Locked;
use super::records::Records;
use super::state::State;
use crate::error::PersistError;
use std::time::Instant;

/// An API in front of clients.
#[allow(private_interfaces, reason = "no other crate has an API of its own in front of a client")]
pub trait FrontEnd<A: Application<Api = Self>>: Api<A> {
    /// Tells the application, on whichever thread runs its callbacks, with no lock held. If the application ends the
    /// thread meanwhile, this answers what is left to be told.
    fn tell(client: &Client<A>, application: &A, event: Self::Event) -> Option<Self::Event>;

    /// Takes up what a store kept, or sees to it that this is done later.
    fn restore(state: &mut State<A>, records: Records) -> Result<(), PersistError> {
        state.restore(records)
    }

    /// Writes all that is unsent, on the thread that calls, which may wait. Gives up at the deadline, or with the
    /// connection.
    fn flush<'a>(client: &'a Client<A>, state: Locked<'a, A>, deadline: Instant) -> Locked<'a, A>;

    /// A worker has panicked on behalf of the client, whose connection is closed.
    #[inline]
    fn panicked(_state: &mut State<A>) {}

    /// Goes on with what was requested. Called by each worker that visits the client: after it has read, and before
    /// it runs callbacks. What is appended to the output is written afterwards. Must not wait; the lock may be let
    /// go for a while ([`Locked::unlocked`]), and another worker may come meanwhile.
    #[inline]
    fn advance(_client: &Client<A>, _state: &mut Locked<'_, A>) {}
}

/// An application whose API is such a one.
pub trait Served: Application<Api: FrontEnd<Self>> {}

impl<A: Application<Api: FrontEnd<A>>> Served for A {}
