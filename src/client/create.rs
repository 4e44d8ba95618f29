//! Making a client: its store is opened, and what that kept is taken up.

use super::client::Client;
use super::front_end::{FrontEnd, Served};
use super::options::{CreateOptions, Persistence};
use super::records::Records;
use super::registry;
use super::state::State;
use crate::error::PersistError;
use crate::store::{FileStore, Store};
use crate::trace::{self, Level};
use crate::transport::ServerUri;
use std::sync::{Arc, Weak};

impl<A: Served> Client<A> {
    /// Makes a client, and takes up what its store kept. Nothing is sent anywhere.
    ///
    /// If the store fails there is a client nevertheless, without a store (contract C-2.5).
    pub fn create(options: CreateOptions) -> (Arc<Client<A>>, Result<(), PersistError>) {
        let name = String::from_utf8_lossy(&options.client_id).into_owned();
        let mut state = State::new();
        let opened = open_store(options.persistence, &options.client_id, &name, &options.server);
        let restored = opened.and_then(|store| match store {
            Some(store) => A::Api::restore(&mut state, Records::new(store, options.version.is_v5(), &name)),
            None => {
                // As Paho, though there is nothing to restore from.
                trace::line(Level::Minimum, format_args!("0 queued messages restored for client {name}"));
                Ok(())
            }
        });
        let client = Arc::new_cyclic(|me: &Weak<Client<A>>| {
            let is_v5 = options.version.is_v5();
            Client::new(me.clone(), me.clone(), options.client_id, options.server, is_v5, state)
        });
        let registered: Weak<Client<A>> = Arc::downgrade(&client);
        registry::add(registered);
        (client, restored)
    }
}

/// Opens a client's store, if it is to have one.
fn open_store(
    persistence: Persistence,
    client_id: &[u8],
    name: &str,
    server: &ServerUri,
) -> Result<Option<Box<dyn Store>>, PersistError> {
    match persistence {
        Persistence::None => Ok(None),
        Persistence::Files(directory) => {
            let store = FileStore::open(directory.as_deref(), name, server.without_scheme())?;
            Ok(Some(Box::new(store)))
        }
        Persistence::Custom(open) => open(client_id, server.without_scheme()).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::options::MqttVersion;
    use crate::client::testing::Program;

    fn create(persistence: Persistence) -> (Arc<Client<Program>>, Result<(), PersistError>) {
        let (server, version) = (ServerUri::parse("tcp://127.0.0.1:1").unwrap(), MqttVersion::Default);
        Client::create(CreateOptions { server, client_id: b"unit".to_vec(), version, persistence })
    }

    /// Contract C-2.5.
    #[test]
    fn a_store_that_fails_leaves_a_client_without_one() {
        let open = |client_id: &[u8], server: &str| {
            assert_eq!((client_id, server), (&b"unit"[..], "127.0.0.1:1"));
            Err(PersistError { code: -7 })
        };
        let (client, created) = create(Persistence::Custom(Box::new(open)));
        assert_eq!(created.unwrap_err().code, -7);
        assert!(client.lock().unwrap().host.records.is_none());
    }

    #[test]
    fn all_living_clients_are_known() {
        let (client, created) = create(Persistence::None);
        created.unwrap();
        let is_known = |client: &Arc<Client<Program>>| {
            let address = Arc::as_ptr(client).cast::<()>();
            registry::all().iter().any(|known| Arc::as_ptr(known).cast::<()>() == address)
        };
        assert!(is_known(&client));
        client.destroy();
        let gone = Arc::downgrade(&client);
        drop(client);
        assert!(gone.upgrade().is_none(), "the list of all clients keeps none alive");
    }
}
