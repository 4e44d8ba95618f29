//! What this API does when the core says that it is time.

use super::api::AsyncApi;
use super::application::AsyncApplication;
use super::to_tell::ToTell;
use super::{advance, telling};
use crate::client::application::Application;
use crate::client::client::Client;
use crate::client::front_end::FrontEnd;
use crate::client::locked::Locked;
use crate::client::records::Records;
use crate::client::state::State;
use crate::engine::clock;
use crate::error::{Error, PersistError};
use crate::store::HookedStore;
use std::time::Instant;

#[allow(private_interfaces, reason = "see there")]
impl<A, T> FrontEnd<A> for AsyncApi<T>
where
    A: AsyncApplication<Token = T> + Application<Api = AsyncApi<T>>,
    T: Copy + Send + Sync + 'static,
{
    fn tell(client: &Client<A>, application: &A, event: ToTell<T>) -> Option<ToTell<T>> {
        telling::tell(client, application, event);
        None
    }

    /// What is there is read now, and taken up when it is needed.
    fn restore(state: &mut State<A>, records: Records) -> Result<(), PersistError> {
        let (hooks, mqtt5) = (state.host.api.hooks.get_or_insert_default().clone(), records.mqtt5);
        let records = records.map_store(|store| Ok(Box::new(HookedStore::read(store, hooks, mqtt5)?)))?;
        state.host.records = Some(Box::new(records));
        Ok(())
    }

    fn flush<'a>(client: &'a Client<A>, mut state: Locked<'a, A>, deadline: Instant) -> Locked<'a, A> {
        let _ = client.write_out(&mut state, clock::now());
        while state.is_up() && !state.is_flushed() && !state.wait(Some(deadline)) {
            let _ = client.write_out(&mut state, clock::now());
        }
        state
    }

    fn panicked(state: &mut State<A>) {
        let State { host, connecting, .. } = state;
        if host.api.wanted.is_out {
            *connecting = None;
            if let Some(token) = host.api.wanted.panicked(clock::now()) {
                let error = Box::new(Error::Panicked.into());
                host.events.push(ToTell::Failed { token, packet_id: 0, error });
            }
        }
    }

    fn advance(client: &Client<A>, state: &mut Locked<'_, A>) {
        advance::advance(client, state);
    }
}
